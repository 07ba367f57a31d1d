package openapi

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// place is a schema that a document gives a component of its own: a file, or one of its $defs.
type place struct{ file, def string }

// files are the schemas of one catalog that the document has asked for.
type files struct {
	catalog *schemas.Catalog
	asked   []place          // in the order of first use
	names   map[string]place // component name → what it is
	read    map[string]object
}

func newFiles(catalog *schemas.Catalog) *files {
	return &files{catalog: catalog, names: map[string]place{}, read: map[string]object{}}
}

// reference asks for a file, or for the $defs that a pointer leads into, and returns the reference to
// that place in the document.
func (f *files) reference(file, pointer string) (string, error) {
	if _, err := f.file(file); err != nil {
		return "", err
	}
	p := place{file: file}
	if rest, found := strings.CutPrefix(pointer, "/$defs/"); found {
		p.def, pointer, _ = strings.Cut(rest, "/")
		if pointer != "" {
			pointer = "/" + pointer
		}
	}
	name := f.component(p)
	if there, known := f.names[name]; known && there != p {
		return "", fmt.Errorf("two places would be the component %q: %s#%s and %s#%s", name, there.file, there.def, p.file, p.def)
	} else if !known {
		f.names[name] = p
		f.asked = append(f.asked, p)
	}
	return "#/components/schemas/" + name + pointer, nil
}

// component names the component of a place: events/common/phone.schema.json#/$defs/business is
// <provider>.common.phone.business.
func (f *files) component(p place) string {
	name := strings.TrimSuffix(strings.TrimPrefix(p.file, "events/"), ".schema.json")
	name = f.catalog.Provider.Name + "." + strings.ReplaceAll(name, "/", ".")
	if p.def != "" {
		name += "." + p.def
	}
	return name
}

// components makes the component of every place asked for, and of those that they ask for in turn.
func (f *files) components() (object, error) {
	all := object{}
	for i := 0; i < len(f.asked); i++ { // moving a schema's references may ask for more
		p := f.asked[i]
		schema, err := f.file(p.file)
		if err != nil {
			return nil, err
		}
		if p.def != "" {
			if schema = schema.object("$defs").object(p.def); schema == nil {
				return nil, fmt.Errorf("move %s: it has no $defs %q", p.file, p.def)
			}
		}
		moved, err := f.move(p.file, schema)
		if err != nil {
			return nil, fmt.Errorf("move %s: %w", p.file, err)
		}
		all = all.with(f.component(p), moved)
	}
	return all, nil
}

// file reads a schema file once.
func (f *files) file(name string) (object, error) {
	if schema, done := f.read[name]; done {
		return schema, nil
	}
	text, err := readFile(f.catalog.Files(), name)
	if err != nil {
		return nil, err
	}
	value, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	schema, isObject := value.(object)
	if !isObject {
		return nil, fmt.Errorf("read %s: a schema that is no object cannot be a component", name)
	}
	f.read[name] = schema
	return schema, nil
}

// move rewrites a schema of the given file for its place in the document: references lead to
// components, and what only the file needs is gone: its $defs, and $schema and $id, against which
// viewers would resolve references.
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
		case "$defs":
			if _, isObject := value.(object); isObject {
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
