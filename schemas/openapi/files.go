package openapi

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// files are the schema files of one catalog that the document has asked for. Each becomes a component
// named provider.path; its own $defs stay inside it.
type files struct {
	catalog *schemas.Catalog
	asked   []string        // in the order of first use
	known   map[string]bool // the same as a set
}

func newFiles(catalog *schemas.Catalog) *files {
	return &files{catalog: catalog, known: map[string]bool{}}
}

// reference asks for a file and returns the reference to a place in it.
func (f *files) reference(file, pointer string) (string, error) {
	if !f.known[file] {
		if _, err := fs.Stat(f.catalog.Files(), file); err != nil {
			return "", err
		}
		f.known[file] = true
		f.asked = append(f.asked, file)
	}
	return "#/components/schemas/" + f.component(file) + pointer, nil
}

// component names the component of a file: events/common/contact.schema.json is
// <provider>.common.contact.
func (f *files) component(file string) string {
	name := strings.TrimSuffix(strings.TrimPrefix(file, "events/"), ".schema.json")
	return f.catalog.Provider.Name + "." + strings.ReplaceAll(name, "/", ".")
}

// components reads every file asked for, and those that they ask for in turn.
func (f *files) components() (object, error) {
	all := object{}
	for i := 0; i < len(f.asked); i++ { // moving a file's references may ask for more
		file := f.asked[i]
		text, err := readFile(f.catalog.Files(), file)
		if err != nil {
			return nil, err
		}
		schema, err := decode(text)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		moved, err := f.move(file, schema)
		if err != nil {
			return nil, fmt.Errorf("move %s: %w", file, err)
		}
		all = all.with(f.component(file), moved)
	}
	return all, nil
}

// move rewrites a schema of the given file for its place in the document: references lead to
// components, and $schema and $id, against which viewers would resolve them, are gone.
func (f *files) move(file string, value any) (any, error) {
	switch value := value.(type) {
	case []any:
		moved := make([]any, len(value))
		for i, item := range value {
			var err error
			if moved[i], err = f.move(file, item); err != nil {
				return nil, err
			}
		}
		return moved, nil
	case object:
		return f.moveObject(file, value)
	}
	return value, nil
}

func (f *files) moveObject(file string, schema object) (object, error) {
	moved := object{}
	for _, m := range schema {
		value := m.value
		var err error
		switch m.name {
		case "$schema", "$id":
			if _, isText := value.(string); isText {
				continue
			}
		case "$ref":
			if ref, isText := value.(string); isText {
				value, err = f.follow(file, ref)
			}
		case "const", "enum", "default", "examples":
			// instances, not schemas: whatever they hold stays as it is
		default:
			value, err = f.move(file, value)
		}
		if err != nil {
			return nil, err
		}
		moved = append(moved, member{m.name, value})
	}
	return moved, nil
}

// follow turns a reference written in a file into one of the document.
func (f *files) follow(file, ref string) (string, error) {
	target, fragment, _ := strings.Cut(ref, "#")
	if fragment != "" && !strings.HasPrefix(fragment, "/") {
		return "", fmt.Errorf("reference %q: only JSON Pointers can be moved, not anchors", ref)
	}
	if target == "" {
		return f.reference(file, fragment)
	}
	return f.reference(path.Join(path.Dir(file), target), fragment)
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read catalog: %w", err)
	}
	return text, nil
}
