package schemas

import "slices"

// Reaches says whether the schema foresees something at that place. A schema that says nothing of
// what is inside (no type, no properties, no items) foresees everything.
func (s *Schema) Reaches(at Pointer) bool {
	return s.reaches(at.Segments(), map[visit]bool{})
}

// visit is a schema tried with that many segments left.
type visit struct {
	schema *Schema
	left   int
}

// reaches tries every schema that applies at the same place, each once, so that cycles end.
func (s *Schema) reaches(segments []string, visits map[visit]bool) bool {
	if len(segments) == 0 {
		return true
	}
	if visits[visit{s, len(segments)}] {
		return false
	}
	visits[visit{s, len(segments)}] = true
	if s.Bool != nil {
		return *s.Bool
	}
	if s.silent() {
		return true
	}
	for _, inner := range s.inside(segments[0]) {
		if inner.reaches(segments[1:], visits) {
			return true
		}
	}
	for _, beside := range s.beside() {
		if beside.reaches(segments, visits) {
			return true
		}
	}
	return false
}

// inside lists the schemas of a member or element.
func (s *Schema) inside(segment string) []*Schema {
	var found []*Schema
	for _, p := range s.Properties {
		if p.Name == segment {
			found = append(found, p.Schema)
		}
	}
	if _, ok := arrayIndex(segment); ok || segment == "*" {
		found = append(found, s.PrefixItems...)
		found = append(found, present(s.Items, s.Contains)...)
	}
	for _, p := range s.PatternProperties {
		found = append(found, p.Schema)
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Bool == nil {
		found = append(found, s.AdditionalProperties)
	}
	return found
}

// beside lists the schemas that apply to the same value.
func (s *Schema) beside() []*Schema {
	all := slices.Concat(s.AllOf, s.AnyOf, s.OneOf, present(s.Ref, s.If, s.Then, s.Else))
	for _, p := range s.DependentSchemas {
		all = append(all, p.Schema)
	}
	return all
}

func (s *Schema) silent() bool {
	return len(s.Types) == 0 && s.Const == nil && s.Enum == nil && len(s.Properties) == 0 &&
		s.Items == nil && len(s.PrefixItems) == 0 && len(s.beside()) == 0
}

func present(schemas ...*Schema) []*Schema {
	return slices.DeleteFunc(schemas, func(s *Schema) bool { return s == nil })
}
