package generators

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/hookrig/hookrig/schemas"
)

// pin is what somebody decided about a place, and about the places under it.
type pin struct {
	constant json.RawMessage // the value; nil: see value
	value    *value          // of a journey's variable; nil: made up
	absent   bool
	kids     map[string]*pin
}

// set finds or makes the pin of a place.
func (p *pin) at(place schemas.Pointer) *pin {
	for _, segment := range place.Segments() {
		if p.kids == nil {
			p.kids = map[string]*pin{}
		}
		next := p.kids[segment]
		if next == nil {
			next = &pin{}
			p.kids[segment] = next
		}
		p = next
	}
	return p
}

// kid is the pin of a member or element; "*" stands for every element. It may be nil.
func (p *pin) kid(name string) *pin {
	if p == nil {
		return nil
	}
	if k := p.kids[name]; k != nil {
		return k
	}
	return p.kids["*"]
}

// names lists the members and elements that are pinned, sorted.
func (p *pin) names() []string {
	if p == nil {
		return nil
	}
	return sortedKeys(p.kids)
}

// elements is how many elements of an array the pins speak of; 0 when they speak of all alike.
func (p *pin) elements() int {
	n := 0
	for _, name := range p.names() {
		if i, err := strconv.Atoi(name); err == nil && i >= 0 {
			n = max(n, i+1)
		}
	}
	return n
}

// schemas are what a pin adds to those of its place.
func (p *pin) schemas() []*schemas.Schema {
	var list []*schemas.Schema
	if p.constant != nil {
		list = append(list, &schemas.Schema{Const: p.constant})
	}
	for _, name := range p.names() {
		if p.kids[name].absent {
			list = append(list, without(name).add...)
		}
	}
	return list
}

// reach lists the schemas that may apply at a place, over all branches; none when the schema does not
// know the place. A segment is a member's name, an index, or "*".
func reach(list []*schemas.Schema, place []string) []*schemas.Schema {
	list = spread(list)
	if len(place) == 0 {
		return list
	}
	var next []*schemas.Schema
	index, err := strconv.Atoi(place[0])
	for _, c := range list {
		for _, p := range c.Properties {
			if p.Name == place[0] {
				next = append(next, p.Schema)
			}
		}
		if place[0] == "*" {
			next = append(next, c.PrefixItems...)
		} else if err == nil && index >= 0 && index < len(c.PrefixItems) {
			next = append(next, c.PrefixItems[index])
			continue
		}
		if c.Items != nil && (err == nil && index >= 0 || place[0] == "*") {
			next = append(next, c.Items)
		}
	}
	if len(next) == 0 {
		for _, c := range list {
			next = append(next, ofPatterns(c, place[0])...)
		}
	}
	if len(next) == 0 {
		return nil
	}
	return reach(next, place[1:])
}

// ofPatterns lists what a schema says of a member that it does not name.
func ofPatterns(c *schemas.Schema, name string) []*schemas.Schema {
	var list []*schemas.Schema
	for _, p := range c.PatternProperties {
		if matches(p.Name, name) {
			list = append(list, p.Schema)
		}
	}
	if a := c.AdditionalProperties; len(list) == 0 && a != nil && a.Bool == nil {
		list = append(list, a)
	}
	return list
}

// spread adds the schemas that apply in the same place: targets of $ref and every branch.
func spread(list []*schemas.Schema) []*schemas.Schema {
	var all []*schemas.Schema
	var add func(c *schemas.Schema)
	add = func(c *schemas.Schema) {
		if c == nil || slices.Contains(all, c) {
			return
		}
		all = append(all, c)
		add(c.Ref)
		for _, subs := range [][]*schemas.Schema{c.AllOf, c.AnyOf, c.OneOf, {c.If, c.Then, c.Else}} {
			for _, sub := range subs {
				add(sub)
			}
		}
		for _, p := range c.DependentSchemas {
			add(p.Schema)
		}
	}
	for _, c := range list {
		add(c)
	}
	return all
}

// subschemas lists every schema that stands directly in a schema, its $ref's target included.
func subschemas(c *schemas.Schema) []*schemas.Schema {
	list := []*schemas.Schema{
		c.Ref, c.AdditionalProperties, c.PropertyNames, c.UnevaluatedProperties, c.Items, c.Contains,
		c.UnevaluatedItems, c.Not, c.If, c.Then, c.Else, c.ContentSchema,
	}
	for _, named := range [][]schemas.Property{c.Properties, c.PatternProperties, c.DependentSchemas} {
		for _, p := range named {
			list = append(list, p.Schema)
		}
	}
	list = slices.Concat(list, c.PrefixItems, c.AllOf, c.AnyOf, c.OneOf)
	return slices.DeleteFunc(list, func(c *schemas.Schema) bool { return c == nil })
}
