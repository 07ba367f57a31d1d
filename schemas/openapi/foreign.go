package openapi

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"
)

const dialect = "https://json-schema.org/draft/2020-12/schema"

// dropped are keywords of OpenAPI that JSON Schema does not have; they check nothing.
var dropped = map[string]bool{"discriminator": true, "xml": true, "externalDocs": true, "nullable": true, "example": true}

// foreignFormats are formats that OpenAPI adds; the bounds of the integers are kept as bounds.
var foreignFormats = map[string][2]json.Number{
	"int32":    {"-2147483648", "2147483647"},
	"int64":    {"-9223372036854775808", "9223372036854775807"},
	"float":    {},
	"double":   {},
	"byte":     {},
	"binary":   {},
	"password": {},
}

// components writes every component that was asked for, and those that they ask for in turn.
func (s *source) components(folder folder) error {
	for i := 0; i < len(s.asked); i++ { // moving a component's references may ask for more
		name := s.asked[i]
		schema, found := s.root.object("components").object("schemas").get(name).(object)
		if !found {
			return fmt.Errorf("component %q is referred to but not there", name)
		}
		file := s.file(name)
		moved, err := s.move(file, schema)
		if err != nil {
			return fmt.Errorf("component %q: %w", name, err)
		}
		if err := folder.put(file, withDialect(moved.(object))); err != nil {
			return err
		}
	}
	return nil
}

func (s *source) ask(component string) {
	if !s.known[component] {
		s.known[component] = true
		s.asked = append(s.asked, component)
	}
}

// file is where a component goes: <provider>.common.contact of our own documents back to
// events/common/contact.schema.json, anybody else's to events/common/.
func (s *source) file(component string) string {
	rest, ours := strings.CutPrefix(component, s.name+".")
	if s.note == nil || !ours {
		return "events/common/" + slug(component) + ".schema.json"
	}
	if shared, isShared := strings.CutPrefix(rest, "common."); isShared {
		return "events/common/" + shared + ".schema.json"
	}
	return "events/" + rest + ".schema.json"
}

// componentOf returns the component that a reference names as a whole.
func componentOf(ref string) (string, bool) {
	name, found := strings.CutPrefix(ref, "#/components/schemas/")
	return name, found && !strings.Contains(name, "/")
}

// move rewrites a schema of the document for its file in the folder.
func (s *source) move(file string, value any) (any, error) {
	switch value := value.(type) {
	case []any:
		moved := make([]any, len(value))
		for i, item := range value {
			var err error
			if moved[i], err = s.move(file, item); err != nil {
				return nil, err
			}
		}
		return moved, nil
	case object:
		return s.moveObject(file, value)
	}
	return value, nil
}

func (s *source) moveObject(file string, schema object) (object, error) {
	moved := object{}
	for _, m := range schema {
		switch m.name {
		case "const", "enum", "default", "examples":
			moved = append(moved, m)
			continue
		case "$ref":
			if ref, isText := m.value.(string); isText {
				followed, err := s.follow(file, ref)
				if err != nil {
					return nil, err
				}
				moved = append(moved, member{m.name, followed})
				continue
			}
		case "properties", "patternProperties", "$defs", "dependentSchemas":
			if named, isObject := m.value.(object); isObject {
				inner, err := s.moveNamed(file, named)
				if err != nil {
					return nil, err
				}
				moved = append(moved, member{m.name, inner})
				continue
			}
		}
		value, err := s.move(file, m.value)
		if err != nil {
			return nil, err
		}
		moved = append(moved, member{m.name, value})
	}
	return standard(moved), nil
}

// moveNamed moves subschemas whose names are the author's, so that a property called `example` stays.
func (s *source) moveNamed(file string, named object) (object, error) {
	moved := object{}
	for _, m := range named {
		value, err := s.move(file, m.value)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", m.name, err)
		}
		moved = append(moved, member{m.name, value})
	}
	return moved, nil
}

// standard turns one OpenAPI schema object into plain JSON Schema: `example` into `examples`,
// `nullable` into a type, foreign formats into bounds, and the rest left out.
func standard(schema object) object {
	plain := object{}
	for _, m := range schema {
		if !dropped[m.name] {
			plain = append(plain, m)
		}
	}
	if example := schema.get("example"); example != nil && plain.get("examples") == nil {
		plain = plain.with("examples", []any{example})
	}
	if kind := schema.text("type"); schema.get("nullable") == true && kind != "" {
		plain = plain.with("type", []any{kind, "null"})
	}
	bounds, foreign := foreignFormats[schema.text("format")]
	if !foreign {
		return plain
	}
	kept := object{}
	for _, m := range plain {
		if m.name != "format" {
			kept = append(kept, m)
		}
	}
	if bounds[0] != "" && kept.get("minimum") == nil && kept.get("exclusiveMinimum") == nil {
		kept = kept.with("minimum", bounds[0])
	}
	if bounds[1] != "" && kept.get("maximum") == nil && kept.get("exclusiveMaximum") == nil {
		kept = kept.with("maximum", bounds[1])
	}
	return kept
}

// follow turns a reference of the document into one between files of the folder.
func (s *source) follow(file, ref string) (string, error) {
	rest, found := strings.CutPrefix(ref, "#/components/schemas/")
	if !found {
		return "", fmt.Errorf("reference %q does not lead to a schema component", ref)
	}
	name, pointer, deeper := strings.Cut(rest, "/")
	s.ask(name)
	target := s.file(name)
	fragment := ""
	if deeper {
		fragment = "#/" + pointer
	}
	if target == file {
		return "#" + strings.TrimPrefix(fragment, "#"), nil
	}
	return relative(path.Dir(file), target) + fragment, nil
}

// relative is the way from a folder to a file, both below events/.
func relative(dir, target string) string {
	if rest, below := strings.CutPrefix(target, dir+"/"); below {
		return rest
	}
	return "../" + strings.TrimPrefix(target, path.Dir(dir)+"/")
}

func withDialect(schema object) object {
	return append(object{{"$schema", dialect}}, schema...)
}

// slug makes a name that a file or provider can have.
func slug(text string) string {
	var b strings.Builder
	dash := false
	for _, r := range strings.ToLower(text) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '.' && b.Len() > 0 {
			if dash && b.Len() > 0 {
				b.WriteByte('-')
			}
			b.WriteRune(r)
			dash = false
			continue
		}
		dash = true
	}
	if b.Len() == 0 {
		return "provider"
	}
	return strings.TrimRight(b.String(), ".")
}
