package consumer

import (
	"slices"

	"github.com/hookrig/hookrig/schemas"
)

// novelties are the places of an event at which the provider may add values, and the values known there.
type novelties map[schemas.Pointer][]string

// noveltiesOf reads each event's novelties from its schema; nil without a catalog.
func noveltiesOf(c *schemas.Catalog) map[string]novelties {
	if c == nil {
		return nil
	}
	all := map[string]novelties{}
	for _, e := range c.Events() {
		found := novelties{}
		found.collect(e.Schema, "", map[*schemas.Schema]bool{})
		all[e.Name] = found
	}
	return all
}

// collect walks a schema together with the places that its parts describe; `*` is any element.
func (n novelties) collect(s *schemas.Schema, at schemas.Pointer, above map[*schemas.Schema]bool) {
	if s == nil || above[s] {
		return
	}
	above[s] = true
	defer delete(above, s)
	if s.Open {
		for _, raw := range s.Enum {
			if value, err := schemas.Decode(raw); err == nil {
				if text, ok := value.(string); ok {
					n[at] = append(n[at], text)
				}
			}
		}
	}
	for _, p := range s.Properties {
		n.collect(p.Schema, at.Child(p.Name), above)
	}
	n.collect(s.Items, at+"/*", above)
	for _, beside := range slices.Concat([]*schemas.Schema{s.Ref, s.If, s.Then, s.Else}, s.AllOf, s.AnyOf, s.OneOf) {
		n.collect(beside, at, above)
	}
	for _, p := range s.DependentSchemas {
		n.collect(p.Schema, at, above)
	}
}

// in reports whether a document has a value of tomorrow: what comes with it, no schema of today can say.
func (n novelties) in(doc any) bool {
	for place, known := range n {
		for _, value := range place.Find(doc) {
			if text, ok := value.(string); ok && !slices.Contains(known, text) {
				return true
			}
		}
	}
	return false
}
