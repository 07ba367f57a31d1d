package openapi

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hookrig/hookrig/schemas"
)

// Import makes a provider folder of a document with `webhooks`: provider.json, event schemas and
// examples, ready for [schemas.Load]. What the document cannot say (signing, deadlines, retries) is
// written as assumed, for somebody who knows to correct.
//
// A document that Write made gives back the provider as it was; when it holds several, name says
// which. A name given for any other document becomes the provider's. Events named in except are left
// out; where that leaves none, it is an error.
func Import(document []byte, name string, except ...string) (fs.FS, error) {
	model, release, err := read(document)
	if err != nil {
		return nil, err
	}
	defer release()
	if !strings.HasPrefix(model.Version, "3.1") {
		return nil, fmt.Errorf("import OpenAPI document: version %q has no webhooks; 3.1 is needed", model.Version)
	}
	if model.Webhooks == nil || model.Webhooks.Len() == 0 {
		return nil, errors.New("import OpenAPI document: it has no webhooks")
	}
	root, err := tree(document)
	if err != nil {
		return nil, err
	}
	source, err := newSource(root, name)
	if err != nil {
		return nil, fmt.Errorf("import OpenAPI document: %w", err)
	}
	folder := folder{}
	for key := range model.Webhooks.KeysFromOldest() {
		if event, mine := source.event(key); mine && !slices.Contains(except, event) {
			if err := source.add(event, key, folder); err != nil {
				return nil, fmt.Errorf("import webhook %q: %w", key, err)
			}
		}
	}
	if len(source.events) == 0 {
		return nil, errors.New("import OpenAPI document: no webhook is left")
	}
	provider, err := source.provider()
	if err != nil {
		return nil, err
	}
	pin := schemas.Pointer(provider.object("envelope").text("event"))
	for _, w := range source.events {
		if err := source.write(w, pin, folder); err != nil {
			return nil, fmt.Errorf("import webhook %q: %w", w.name, err)
		}
	}
	if err := source.components(folder); err != nil {
		return nil, fmt.Errorf("import OpenAPI document: %w", err)
	}
	if err := folder.put("provider.json", provider); err != nil {
		return nil, err
	}
	return folder.fs()
}

// source is the document that a provider folder is made of.
type source struct {
	root   object
	name   string // provider
	note   object // provider.json as Write left it; nil in anybody else's document
	events []webhook
	asked  []string          // components that the events reach, in the order of first use
	files  map[string]string // component → its file
}

// webhook is an event as the document describes it.
type webhook struct {
	name      string // of the event
	listing   object // as provider.json lists it
	operation object
	schema    any   // of the body, as the document has it
	examples  []any // bodies
}

func newSource(root object, name string) (*source, error) {
	s := &source{root: root, name: name, files: map[string]string{}}
	notes := root.object(providersKey)
	if len(notes) == 0 {
		if s.name == "" {
			s.name = slug(root.object("info").text("title"))
		}
		return s, nil
	}
	names := make([]string, len(notes))
	for i, m := range notes {
		names[i] = m.name
	}
	if s.name == "" && len(notes) == 1 {
		s.name = names[0]
	}
	if s.note = notes.object(s.name); s.note == nil {
		return nil, fmt.Errorf("it describes the providers %s; name one of them", strings.Join(names, ", "))
	}
	return s, nil
}

// event turns a webhook's key into the event's name, and says whether it is this provider's.
func (s *source) event(webhook string) (name string, mine bool) {
	if s.note == nil {
		return webhook, true
	}
	return strings.CutPrefix(webhook, s.name+".")
}

// add reads what the document says of an event, and puts its examples into the folder.
func (s *source) add(event, key string, folder folder) error {
	if !fs.ValidPath(event) || strings.Contains(event, "\\") {
		return errors.New("the name cannot be a file's; rename it without backslashes, .. and slashes at its ends")
	}
	item, err := s.resolve(s.root.object("webhooks").object(key))
	if err != nil {
		return err
	}
	operation := item.object("post")
	if operation == nil {
		return errors.New("it has no post operation")
	}
	body, err := s.resolve(operation.object("requestBody"))
	if err != nil {
		return err
	}
	media := jsonMedia(body.object("content"))
	if media == nil {
		return errors.New("its request body has no JSON media type with a schema")
	}
	w := webhook{name: event, listing: listing(event, item, operation), operation: operation, schema: media.get("schema")}
	if w.examples, err = s.writeExamples(event, media, folder); err != nil {
		return err
	}
	s.events = append(s.events, w)
	return nil
}

// write puts the event's schema into the folder, with its name pinned where every body carries one.
func (s *source) write(w webhook, pin schemas.Pointer, folder folder) error {
	file := "events/" + w.name + ".schema.json"
	schema, _ := w.schema.(object)
	if component, ok := componentOf(schema.text("$ref")); ok && s.note != nil {
		s.place(component, file) // a document of ours: the component is the event's file
		return nil
	}
	moved, err := s.move(file, w.schema)
	if err != nil {
		return err
	}
	schema, isObject := moved.(object)
	if !isObject {
		return errors.New("its body has no schema that is an object")
	}
	if pin != "" && s.note == nil && !s.pinned(w, pin) {
		schema = named(schema, pin.Segments(), w.name)
	}
	return folder.put(file, withDialect(schema))
}

// named is the schema narrowed to bodies that carry the name at the path.
func named(schema object, path []string, name string) object {
	inner := object{{"const", name}}
	for i := len(path) - 1; i >= 0; i-- {
		inner = object{{"properties", object{{path[i], inner}}}, {"required", []any{path[i]}}}
	}
	return append(object{{"allOf", []any{schema}}}, inner...)
}

func listing(event string, item, operation object) object {
	summary := ""
	for _, text := range []string{operation.text("summary"), item.text("summary"), operation.text("operationId"), event} {
		if summary == "" {
			summary = firstSentence(text)
		}
	}
	stability := "stable"
	if operation.get("deprecated") == true {
		stability = "deprecated"
	}
	return object{{"name", event}, {"summary", summary}}.
		with("description", operation.text("description")).
		with("stability", stability)
}

// longestSummary is what provider.schema.json allows, in characters.
const longestSummary = 120

// firstSentence is the first line of a text, or its first sentence where that is long.
func firstSentence(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	line = strings.TrimSpace(line)
	if utf8.RuneCountInString(line) <= longestSummary {
		return line
	}
	if sentence, _, found := strings.Cut(line, ". "); found && utf8.RuneCountInString(sentence) < longestSummary {
		return sentence + "."
	}
	return string([]rune(line)[:longestSummary-1]) + "…"
}

func jsonMedia(content object) object {
	for _, m := range content {
		name, _, _ := strings.Cut(m.name, ";")
		media, isObject := m.value.(object)
		if isObject && (name == "application/json" || strings.HasSuffix(name, "+json")) && media.object("schema") != nil {
			return media
		}
	}
	return nil
}

func (s *source) writeExamples(event string, media object, folder folder) (bodies []any, err error) {
	if value := media.get("example"); value != nil {
		if err := folder.put("examples/"+event+".json", value); err != nil {
			return nil, err
		}
		bodies = append(bodies, value)
	}
	for _, m := range media.object("examples") {
		example, err := s.resolve(m.value)
		if err != nil {
			return nil, err
		}
		file := "examples/" + event + "." + slug(m.name) + ".json"
		if m.name == "plain" {
			file = "examples/" + event + ".json"
		}
		if value := example.get("value"); value != nil {
			if err := folder.put(file, value); err != nil {
				return nil, err
			}
			bodies = append(bodies, value)
		}
	}
	return bodies, nil
}

// resolve follows references within the document until something else stands there.
func (s *source) resolve(value any) (object, error) {
	for range 32 {
		found, isObject := value.(object)
		if !isObject {
			return nil, nil
		}
		ref := found.text("$ref")
		if ref == "" {
			return found, nil
		}
		pointer, inside := strings.CutPrefix(ref, "#/")
		if !inside {
			return nil, fmt.Errorf("reference %q leaves the document; bundle it first", ref)
		}
		value = any(s.root)
		for name := range strings.SplitSeq(pointer, "/") {
			parent, _ := value.(object)
			value = parent.get(strings.NewReplacer("~1", "/", "~0", "~").Replace(name))
		}
		if value == nil {
			return nil, fmt.Errorf("reference %q leads nowhere", ref)
		}
	}
	return nil, errors.New("references go round in a circle")
}
