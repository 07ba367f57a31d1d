package schemas

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// trust says how much of a folder is checked.
type trust int

const (
	untrusted trust = iota
	trusted         // a built-in folder: tests have checked it
)

// Load reads the provider folder at the root of fsys: provider.json, events/, examples/, vectors/.
// A provider that extends a built-in one is completed from it, file by file. All problems are joined
// in one error, a *FolderError, each with file and JSON Pointer. Journeys and laws are left to
// generators.Load.
func Load(fsys fs.FS) (*Catalog, error) { return load(fsys, untrusted) }

// loader reads one folder, or checks one description.
type loader struct {
	fsys     fs.FS // with the parent's files under its own
	own      fs.FS // without
	trust    trust
	problems problems
	resolver *resolver
	compiler *compiler

	file     string // provider.json, or how a lone description is called
	text     *node  // what it holds
	provider *Provider
	events   []*Event
}

// load works in steps: (1) provider.json and what it extends, (2) event schemas, (3) examples,
// (4) what provider.json says about the events, (5) signature vectors.
func load(fsys fs.FS, how trust) (*Catalog, error) {
	l := &loader{fsys: fsys, own: fsys, trust: how, file: providerFileName}
	if l.readProvider(); l.provider == nil {
		return nil, l.problems.err()
	}
	l.resolver = newResolver(l.fsys, l.trust, &l.problems)
	l.compiler = newCompiler(func(name string) ([]byte, error) { return readFile(l.fsys, name) })
	l.readEvents()
	l.readExamples()
	if how != trusted {
		l.checkProvider()
	}
	vectors := l.readVectors()
	if err := l.problems.err(); err != nil {
		return nil, err
	}
	if l.provider.API != nil {
		l.provider.API.prepare()
	}
	c := newCatalog(l.provider, l.events, vectors, l.fsys)
	if how != trusted {
		c.Digest() // of what was checked, should the folder change later
	}
	return c, nil
}

// providerFileName is the file that makes a folder a provider folder.
const providerFileName = "provider.json"

// readProvider reads provider.json; on any problem there is no provider.
func (l *loader) readProvider() {
	text, err := readFile(l.fsys, providerFileName)
	if errors.Is(err, fs.ErrNotExist) {
		l.problems.add(providerFileName, 0, "", "is missing: it says who the provider is")
		return
	}
	if err != nil {
		l.problems.add(providerFileName, 0, "", "%v", err)
		return
	}
	if l.text, err = parseNode(text); err != nil {
		l.problems.add(providerFileName, 0, "", "%v", err)
		return
	}
	if l.trust != trusted {
		reportRepeats(&l.problems, providerFileName, l.text)
		l.checkAgainst("provider.schema.json", text)
		if len(l.problems) > 0 {
			return
		}
	}
	p := new(Provider)
	if err := json.Unmarshal(text, p); err != nil {
		l.problems.add(providerFileName, 0, "", "%v", err)
		return
	}
	if p.Extends != "" {
		parent, err := builtinFolder(p.Extends)
		if err != nil {
			l.report("/extends", "%v", err)
			return
		}
		l.fsys = overlay{l.own, parent}
	}
	l.provider = p
}

// checkAgainst checks the description against the published schema of such files.
func (l *loader) checkAgainst(schema string, text []byte) {
	doc, err := decodeInstance(text)
	if err == nil {
		own := validator{compiler: newCompiler(descriptions.ReadFile), file: schema}
		err = own.check(doc)
	}
	var broken *InvalidError
	switch {
	case errors.As(err, &broken):
		for _, v := range broken.Violations {
			message := v.Message
			if v.Keyword == "additionalProperties" {
				message = "unknown key " + strings.TrimSuffix(strings.TrimPrefix(message, "additionalProperties "), " not allowed")
			}
			l.report(v.Pointer, "%s", message)
		}
	case err != nil:
		l.problems.add(l.file, 0, "", "%v", err)
	}
}

// report adds a problem of the description, with the line of the nearest place that exists.
func (l *loader) report(at Pointer, format string, args ...any) {
	place := at
	for l.text.find(place) == nil {
		place = place[:strings.LastIndexByte(string(place), '/')]
	}
	l.problems.add(l.file, l.text.line(l.text.find(place)), at, format, args...)
}

const schemaSuffix = ".schema.json"

// readEvents resolves the schema of each event that provider.json lists, and holds the list against
// the files present.
func (l *loader) readEvents() {
	listed := map[string]bool{}
	for i, listing := range l.provider.Events {
		at := Pointer("/events").Index(i).Child("name")
		file := "events/" + listing.Name + schemaSuffix
		if listed[file] {
			l.report(at, "event %q is listed twice", listing.Name)
			continue
		}
		listed[file] = true
		if _, err := fs.Stat(l.fsys, file); err != nil {
			l.report(at, "event %q has no schema: %q is missing", listing.Name, file)
			continue
		}
		e := &Event{Name: listing.Name, Summary: listing.Summary, Description: listing.Description,
			Stability: listing.Stability, file: file}
		e.Schema = l.resolver.root(file)
		e.validate = &validator{compiler: l.compiler, file: file}
		l.events = append(l.events, e)
	}
	if l.trust == trusted {
		return
	}
	l.checkEventFiles(listed)
	if len(l.problems) == 0 {
		l.compile()
	}
}

// checkEventFiles reports files of events/ that no event names, and reads the shared ones, so that
// an unused one is checked too. What is inherited and not listed is left alone.
func (l *loader) checkEventFiles(listed map[string]bool) {
	names, err := list(l.own, "events")
	if err != nil {
		l.problems.add("events", 0, "", "%v", cause(err))
	}
	for _, name := range names {
		switch {
		case !strings.HasSuffix(name, schemaSuffix):
			l.problems.add(name, 0, "", "unexpected file: events/ holds *%s alone", schemaSuffix)
		case path.Dir(name) == "events" && !listed[name]:
			l.problems.add(name, 0, "", "provider.json does not list this event: add it to /events or remove the file")
		default:
			l.resolver.root(name)
		}
	}
}

// compile compiles every schema, which checks it against the meta-schema.
func (l *loader) compile() {
	var files []string
	for name := range l.resolver.files {
		files = append(files, name)
	}
	slices.Sort(files)
	for _, name := range files {
		_, err := l.compiler.compile(name, "")
		if err != nil {
			l.reportCompile(name, err)
		}
	}
}

// reportCompile turns a compiler's error into problems.
func (l *loader) reportCompile(file string, err error) {
	var broken *jsonschema.ValidationError
	if !errors.As(err, &broken) {
		var schema *jsonschema.SchemaError
		if errors.As(err, &schema) {
			err = schema.Err
		}
		l.problems.add(file, 0, "", "%s", strings.TrimPrefix(err.Error(), "jsonschema: "))
		return
	}
	for _, v := range violations(broken) {
		line := 0
		root := l.resolver.files[file]
		if n := root.find(v.Pointer); n != nil {
			line = root.line(n)
		}
		l.problems.add(file, line, v.Pointer, "%s", shorten(v.Message, maxMessageBytes))
	}
}
