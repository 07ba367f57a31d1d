package reference

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// AsyncAPI makes an AsyncAPI 3.0 document of a catalog, as JSON: a channel of unknown address (the
// consumer registers it), a message and a send operation an event. Every schema file of the events is
// a component; keys are sorted.
func AsyncAPI(catalog *schemas.Catalog) ([]byte, error) {
	p := catalog.Provider
	d := asyncapi{files: catalog.Files(), schemas: map[string]any{}}
	messages, references, operations := map[string]any{}, map[string]any{}, map[string]any{}
	for _, event := range catalog.Events() {
		key := fileName(event.Name)
		payload, err := d.component("events/" + event.Name + ".schema.json")
		if err != nil {
			return nil, fmt.Errorf("describe %s %q: %w", p.Name, event.Name, err)
		}
		messages[key] = map[string]any{
			"name": event.Name, "title": event.Name, "summary": event.Summary, "contentType": "application/json",
			"payload": map[string]any{"$ref": payload}, "headers": headersSchema(p),
		}
		references[key] = map[string]any{"$ref": "#/components/messages/" + key}
		operations[key] = map[string]any{
			"action": "send", "summary": event.Summary,
			"channel":  map[string]any{"$ref": "#/channels/endpoint"},
			"messages": []any{map[string]any{"$ref": "#/channels/endpoint/messages/" + key}},
			"bindings": map[string]any{"http": map[string]any{"method": "POST", "bindingVersion": "0.3.0"}},
		}
	}
	document := map[string]any{
		"asyncapi": "3.0.0",
		"info":     map[string]any{"title": p.Title + " webhooks", "version": strings.TrimPrefix(catalog.Digest(), "sha256:")[:12], "description": "Events that " + p.Title + " sends to a consumer's endpoint."},
		"channels": map[string]any{"endpoint": map[string]any{
			"address": nil, "description": "The URL that the consumer registers.", "messages": references,
		}},
		"operations": operations,
		"components": map[string]any{"messages": messages, "schemas": d.schemas},
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return nil, fmt.Errorf("write AsyncAPI document: %w", err)
	}
	return out.Bytes(), nil
}

func headersSchema(p *schemas.Provider) map[string]any {
	properties := map[string]any{}
	for _, line := range p.Headers {
		properties[line[0]] = map[string]any{"type": "string", "description": sentence(meaning(line[1])) + "."}
	}
	return map[string]any{"type": "object", "properties": properties}
}

// asyncapi collects the schema files that a document needs.
type asyncapi struct {
	files   fs.FS
	schemas map[string]any // by component name
}

// component adds a schema file, and those that it refers to, and returns the reference to it.
func (d *asyncapi) component(file string) (string, error) {
	name := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(file, "events/"), ".schema.json"), "/", ".")
	reference := "#/components/schemas/" + name
	if d.schemas[name] != nil {
		return reference, nil
	}
	text, err := fs.ReadFile(d.files, file)
	if err != nil {
		return "", err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var schema map[string]any
	if err := decoder.Decode(&schema); err != nil {
		return "", fmt.Errorf("read %s: %w", file, err)
	}
	d.schemas[name] = schema // before its references, which may lead back here
	delete(schema, "$schema")
	delete(schema, "$id")
	return reference, d.move(file, reference, schema)
}

// move rewrites the references inside a schema of the given file.
func (d *asyncapi) move(file, self string, value any) error {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			if err := d.move(file, self, item); err != nil {
				return err
			}
		}
	case map[string]any:
		for name, inner := range value {
			if name == "const" || name == "enum" || name == "default" || name == "examples" {
				continue // instances, not schemas
			}
			if ref, isText := inner.(string); isText && name == "$ref" {
				moved, err := d.follow(file, self, ref)
				if err != nil {
					return err
				}
				value[name] = moved
				continue
			}
			if err := d.move(file, self, inner); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *asyncapi) follow(file, self, ref string) (string, error) {
	target, fragment, _ := strings.Cut(ref, "#")
	if target == "" {
		return self + fragment, nil
	}
	reference, err := d.component(path.Join(path.Dir(file), target))
	return reference + fragment, err
}
