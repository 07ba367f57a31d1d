package schemas

import "slices"

// Walk enters the schema and every schema it is made of, parents first, each at most once, whatever
// cycles $ref makes. When enter returns false, what is inside is left out.
func (s *Schema) Walk(enter func(*Schema) bool) {
	s.walk(map[*Schema]bool{}, enter)
}

func (s *Schema) walk(seen map[*Schema]bool, enter func(*Schema) bool) {
	if s == nil || seen[s] {
		return
	}
	seen[s] = true
	if !enter(s) {
		return
	}
	for _, part := range s.parts() {
		part.walk(seen, enter)
	}
}

// parts lists the schemas directly inside, in a fixed order; $ref first.
func (s *Schema) parts() []*Schema {
	parts := present(s.Ref)
	for _, named := range [][]Property{s.Properties, s.PatternProperties, s.DependentSchemas} {
		for _, p := range named {
			parts = append(parts, p.Schema)
		}
	}
	return slices.Concat(parts, s.PrefixItems, s.AllOf, s.AnyOf, s.OneOf,
		present(s.AdditionalProperties, s.PropertyNames, s.UnevaluatedProperties, s.Items, s.Contains,
			s.UnevaluatedItems, s.ContentSchema, s.Not, s.If, s.Then, s.Else))
}
