package schemas

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"strings"
)

// Example is a message of the provider's documentation, or one made to show a variant.
type Example struct {
	Name    string // file name below examples/ without .json: <event>[.<variant>]
	Variant string // "" for the plain one; "published" is the text as published, elisions included
	Body    []byte
}

// published is the variant of an example that stands as the provider printed it, elisions included.
const published = "published"

// readExamples gives each event its examples, in the order plain, then by variant.
func (l *loader) readExamples() {
	names, err := list(l.fsys, "examples")
	if err != nil {
		l.problems.add("examples", 0, "", "%v", cause(err))
	}
	for _, name := range names {
		e := l.exampleOf(name)
		if e == nil {
			if _, err := fs.Stat(l.own, name); err == nil {
				l.problems.add(name, 0, "", "no event has this name: want examples/<event>[.<variant>].json")
			}
			continue
		}
		text, err := readFile(l.fsys, name)
		if err != nil {
			l.problems.add(name, 0, "", "%v", err)
			continue
		}
		example := Example{Name: exampleName(name), Body: text}
		example.Variant = strings.TrimPrefix(strings.TrimPrefix(example.Name, e.Name), ".")
		e.Examples = append(e.Examples, example)
		if l.trust != trusted {
			l.checkExample(name, e, example)
		}
	}
	for _, e := range l.events {
		slices.SortFunc(e.Examples, func(a, b Example) int { return cmp.Compare(a.Variant, b.Variant) })
	}
}

// exampleOf finds the event with the longest name that the file's name begins with; nil when none.
func (l *loader) exampleOf(file string) *Event {
	name := exampleName(file)
	if !strings.HasSuffix(file, ".json") {
		return nil
	}
	var found *Event
	for _, e := range l.events {
		fits := name == e.Name || strings.HasPrefix(name, e.Name+".")
		if fits && (found == nil || len(e.Name) > len(found.Name)) {
			found = e
		}
	}
	return found
}

// exampleName is the name of the example in a file of examples/.
func exampleName(file string) string {
	return strings.TrimSuffix(strings.TrimPrefix(file, "examples/"), ".json")
}

func (l *loader) checkExample(file string, e *Event, example Example) {
	root, err := parseNode(example.Body)
	if err != nil {
		l.problems.add(file, 0, "", "%v", err)
		return
	}
	reportRepeats(&l.problems, file, root)
	if example.Variant == published || e.Schema == nil || e.validate.compile() != nil {
		return // a schema that does not compile is reported with its file
	}
	err = e.Validate(example.Body)
	var broken *InvalidError
	switch {
	case errors.As(err, &broken):
		for _, v := range broken.Violations {
			line := 0
			if n := root.find(v.Pointer); n != nil {
				line = root.line(n)
			}
			l.problems.add(file, line, v.Pointer, "does not follow %s: %s", e.file, v.Message)
		}
	case err != nil:
		l.problems.add(file, 0, "", "%v", err)
	}
	if l.provider.Fields.Event == "" {
		return // a header names the event
	}
	if message, err := l.provider.Read(example.Body); err == nil && message.Event != e.Name {
		l.problems.add(file, 0, l.provider.Fields.Event, "names event %q, the file's name says %q", message.Event, e.Name)
	}
}
