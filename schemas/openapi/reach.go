package openapi

import "strings"

// deepest is how many references and branches are followed on the way to one place.
const deepest = 12

// reach lists the schemas that say what stands at a path of property names: through references and
// every branch.
func (s *source) reach(schema any, path []string) []object {
	var found []object
	s.walk(schema, path, deepest, func(o object) { found = append(found, o) })
	return found
}

func (s *source) walk(schema any, path []string, left int, visit func(object)) {
	here, err := s.resolve(schema)
	if err != nil || here == nil || left == 0 {
		return
	}
	if len(path) == 0 {
		visit(here)
	} else if inner := here.object("properties").get(path[0]); inner != nil {
		s.walk(inner, path[1:], left-1, visit)
	}
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		branches, _ := here.get(keyword).([]any)
		for _, branch := range branches {
			s.walk(branch, path, left-1, visit)
		}
	}
}

// propertyNames lists the properties of whatever stands at the path, each once.
func (s *source) propertyNames(schema any, path []string) []string {
	var names []string
	seen := map[string]bool{}
	for _, found := range s.reach(schema, path) {
		for _, m := range found.object("properties") {
			if !seen[m.name] {
				seen[m.name] = true
				names = append(names, m.name)
			}
		}
	}
	return names
}

// valueAt is what stands at a path of a JSON value; nil when nothing does.
func valueAt(value any, path []string) any {
	for _, name := range path {
		inner, _ := value.(object)
		value = inner.get(name)
	}
	return value
}

// pointerText is the path as a JSON Pointer; "" for none.
func pointerText(path []string) string {
	var b strings.Builder
	for _, name := range path {
		b.WriteByte('/')
		b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
	}
	return b.String()
}
