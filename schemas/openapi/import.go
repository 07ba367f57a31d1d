package openapi

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// Import makes a provider folder of a document with `webhooks`: provider.json, event schemas and
// examples, ready for [schemas.Load]. What the document cannot say (signing, deadlines, retries) is
// written as assumed, for somebody who knows to correct.
//
// A document that Write made gives back the provider as it was; when it holds several, name says
// which. A name given for any other document becomes the provider's.
func Import(document []byte, name string) (fs.FS, error) {
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
	for webhook := range model.Webhooks.KeysFromOldest() {
		event, mine := source.event(webhook)
		if !mine {
			continue
		}
		if err := source.write(event, webhook, folder); err != nil {
			return nil, fmt.Errorf("import webhook %q: %w", webhook, err)
		}
	}
	if err := source.components(folder); err != nil {
		return nil, fmt.Errorf("import OpenAPI document: %w", err)
	}
	if err := folder.put("provider.json", source.provider()); err != nil {
		return nil, err
	}
	return folder.fs()
}

// source is the document that a provider folder is made of.
type source struct {
	root   object
	name   string   // provider
	note   object   // provider.json as Write left it; nil in anybody else's document
	events []object // as provider.json lists them
	bodies []object // the schema of each event, references resolved one step
	asked  []string // components that the events reach, in the order of first use
	known  map[string]bool
}

func newSource(root object, name string) (*source, error) {
	s := &source{root: root, name: name, known: map[string]bool{}}
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

// write puts the event's schema and examples into the folder.
func (s *source) write(event, webhook string, folder folder) error {
	if strings.ContainsAny(event, "/\\ ") || strings.HasPrefix(event, ".") {
		return fmt.Errorf("the name cannot be a file's; rename it without spaces, slashes and leading dots")
	}
	item, err := s.resolve(s.root.object("webhooks").object(webhook))
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
	s.events = append(s.events, listing(event, item, operation))
	resolved, err := s.resolve(media.object("schema"))
	if err != nil {
		return err
	}
	s.bodies = append(s.bodies, resolved)
	if err := s.writeExamples(event, media, folder); err != nil {
		return err
	}
	file := "events/" + event + ".schema.json"
	if component, ok := componentOf(media.object("schema").text("$ref")); ok && s.file(component) == file {
		s.ask(component) // a document of ours: the component is the event's file
		return nil
	}
	moved, err := s.move(file, media.object("schema"))
	if err != nil {
		return err
	}
	return folder.put(file, withDialect(moved.(object)))
}

func listing(event string, item, operation object) object {
	summary := operation.text("summary")
	for _, text := range []string{item.text("summary"), operation.text("operationId"), event} {
		if summary == "" {
			summary = text
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

func (s *source) writeExamples(event string, media object, folder folder) error {
	if value := media.get("example"); value != nil {
		if err := folder.put("examples/"+event+".json", value); err != nil {
			return err
		}
	}
	for _, m := range media.object("examples") {
		example, err := s.resolve(m.value)
		if err != nil {
			return err
		}
		file := "examples/" + event + "." + slug(m.name) + ".json"
		if m.name == "plain" {
			file = "examples/" + event + ".json"
		}
		if value := example.get("value"); value != nil {
			if err := folder.put(file, value); err != nil {
				return err
			}
		}
	}
	return nil
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
