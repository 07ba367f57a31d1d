package openapi

import (
	"fmt"
	"path"
	"strings"
)

const dialect = "https://json-schema.org/draft/2020-12/schema"

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

// place gives a component its file, once.
func (s *source) place(component, file string) {
	if s.files[component] == "" {
		s.files[component] = file
		s.asked = append(s.asked, component)
	}
}

// file is where a component goes: <provider>.common.contact of our own documents back to
// events/common/contact.schema.json, anybody else's to events/common/, each to a file of its own.
func (s *source) file(component string) string {
	if file := s.files[component]; file != "" {
		return file
	}
	name := slug(component)
	if rest, ours := strings.CutPrefix(component, s.name+".common."); ours && s.note != nil {
		name = rest
	}
	file := "events/common/" + name + ".schema.json"
	for i := 2; s.taken(file); i++ { // two names that differ in case alone, or in what a file cannot have
		file = fmt.Sprintf("events/common/%s-%d.schema.json", name, i)
	}
	s.place(component, file)
	return file
}

func (s *source) taken(file string) bool {
	for _, other := range s.files {
		if other == file {
			return true
		}
	}
	return false
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
				if m.name == "properties" && s.note == nil {
					named = named.suited()
				}
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

// follow turns a reference of the document into one between files of the folder.
func (s *source) follow(file, ref string) (string, error) {
	if !strings.HasPrefix(ref, "#") {
		return "", fmt.Errorf("reference %q leaves the document; bundle it first", ref)
	}
	rest, found := strings.CutPrefix(ref, "#/components/schemas/")
	if !found {
		return "", fmt.Errorf("reference %q does not lead to a schema component", ref)
	}
	name, pointer, deeper := strings.Cut(rest, "/")
	target := s.file(strings.NewReplacer("~1", "/", "~0", "~").Replace(name))
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
