package generators

import (
	"bytes"
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// shape is one way to satisfy a set of schemas at once: their keywords merged, one branch chosen for
// each oneOf, anyOf and if. Keywords that speak of children stay with their schema until the children
// are built.
type shape struct {
	judge  *judge
	types  typeSet
	values []json.RawMessage // const and enum; nil: any
	not    []json.RawMessage // values that must not be
	gen    *schemas.Gen

	formats, patterns []string
	minLen, maxLen    int // code points; maxLen -1: no bound
	lenBounds         bool
	content           *schemas.Schema
	json              bool // contentMediaType is application/json

	low, high       *big.Rat // nil: no bound
	lowOut, highOut bool     // the bound itself is out
	multiples       []*big.Rat

	names              []string // declared properties in the order to write them
	required           map[string]bool
	minProps, maxProps int // maxProps -1: no bound
	minItems, maxItems int // maxItems -1: no bound
	contains           []*schemas.Schema

	parts  []*schemas.Schema // every schema that applies here
	hard   bool              // a value must be tried against parts
	label  string            // branches chosen, for people
	weight float64           // how often it is taken, against the other shapes
	open   bool              // x-open
}

func newShape(j *judge) *shape {
	return &shape{judge: j, types: anyType, maxLen: -1, maxProps: -1, maxItems: -1, required: map[string]bool{}, weight: 1}
}

func (s *shape) clone() *shape {
	c := *s
	c.values = slices.Clone(s.values)
	c.not, c.formats, c.patterns = slices.Clip(s.not), slices.Clip(s.formats), slices.Clip(s.patterns)
	c.multiples, c.names, c.parts, c.contains = slices.Clip(s.multiples), slices.Clip(s.names), slices.Clip(s.parts), slices.Clip(s.contains)
	c.required = make(map[string]bool, len(s.required))
	for name := range s.required {
		c.required[name] = true
	}
	return &c
}

// choice is a set of branches of which one must hold.
type choice []branch

// branch is what one alternative of a choice adds.
type branch struct {
	add    []*schemas.Schema
	then   []choice // further choices that it opens
	hard   bool     // what it adds does not say all: try values
	last   bool     // only where no other branch leads anywhere
	label  string
	weight *float64 // x-weight; nil: 1
}

// merge adds a schema to the shape, and the choices it opens to the list. It says false when nothing
// can satisfy both.
func (s *shape) merge(c *schemas.Schema, choices *[]choice) bool {
	if c.Bool != nil {
		return *c.Bool
	}
	if slices.Contains(s.parts, c) {
		return true
	}
	s.parts = append(s.parts, c)
	if c.Ref != nil && !s.merge(c.Ref, choices) {
		return false
	}
	last := writtenBefore(c, "properties", "allOf")
	if last {
		s.declare(c)
	}
	for _, sub := range c.AllOf {
		if !s.merge(sub, choices) {
			return false
		}
	}
	if !last {
		s.declare(c)
	}
	if !s.keywords(c) {
		return false
	}
	s.open = s.open || c.Open
	*choices = append(*choices, s.judge.choicesOf(c)...)
	return s.feasible()
}

// declare takes over the names of properties, in order.
func (s *shape) declare(c *schemas.Schema) {
	for _, p := range c.Properties {
		if !slices.Contains(s.names, p.Name) {
			s.names = append(s.names, p.Name)
		}
	}
	for _, name := range c.Required {
		s.required[name] = true
	}
}

// writtenBefore says whether the schema's text has the first keyword before the second.
func writtenBefore(c *schemas.Schema, first, second string) bool {
	if len(c.AllOf) == 0 || len(c.Properties) == 0 || len(c.Raw) == 0 {
		return false
	}
	document, err := parseTree(c.Raw)
	if err != nil {
		return false
	}
	for _, m := range document.members {
		switch m.name {
		case first:
			return true
		case second:
			return false
		}
	}
	return false
}

// keywords merges the keywords that speak of the value itself.
func (s *shape) keywords(c *schemas.Schema) bool {
	if len(c.Types) > 0 {
		var set typeSet
		for _, t := range typeNames {
			if slices.Contains(c.Types, t.name) {
				set |= t.set
			}
		}
		s.types &= set
	}
	if c.Const != nil && !s.only([]json.RawMessage{c.Const}) || c.Enum != nil && !s.only(c.Enum) {
		return false
	}
	if c.Not != nil && c.Not.Comment == plainNot {
		s.not = append(s.not, c.Not.Enum...)
	}
	if c.Gen != nil {
		s.gen = c.Gen
	}
	if c.Format != "" && !slices.Contains(s.formats, c.Format) {
		s.formats = append(s.formats, c.Format)
	}
	if c.Pattern != "" && !slices.Contains(s.patterns, c.Pattern) {
		s.patterns = append(s.patterns, c.Pattern)
	}
	s.lenBounds = s.lenBounds || c.MinLength != nil || c.MaxLength != nil
	atLeast(&s.minLen, c.MinLength)
	atMost(&s.maxLen, c.MaxLength)
	atLeast(&s.minProps, c.MinProperties)
	atMost(&s.maxProps, c.MaxProperties)
	atLeast(&s.minItems, c.MinItems)
	atMost(&s.maxItems, c.MaxItems)
	if c.ContentSchema != nil {
		s.content = c.ContentSchema
	}
	s.json = s.json || c.ContentMediaType == "application/json"
	s.bound(c)
	if c.Contains != nil {
		s.contains = append(s.contains, c)
		s.hard = s.hard || c.MaxContains != nil
	}
	s.hard = s.hard || c.UniqueItems || c.PropertyNames != nil
	return true
}

func (s *shape) bound(c *schemas.Schema) {
	lower := func(n *json.Number, out bool) {
		if r, ok := rat(n); ok && (s.low == nil || r.Cmp(s.low) > 0 || r.Cmp(s.low) == 0 && out) {
			s.low, s.lowOut = r, out
		}
	}
	upper := func(n *json.Number, out bool) {
		if r, ok := rat(n); ok && (s.high == nil || r.Cmp(s.high) < 0 || r.Cmp(s.high) == 0 && out) {
			s.high, s.highOut = r, out
		}
	}
	lower(c.Minimum, false)
	lower(c.ExclusiveMinimum, true)
	upper(c.Maximum, false)
	upper(c.ExclusiveMaximum, true)
	if r, ok := rat(c.MultipleOf); ok {
		s.multiples = append(s.multiples, r)
	}
}

// only narrows the values to those in the list.
func (s *shape) only(list []json.RawMessage) bool {
	if s.values == nil {
		s.values = slices.Clone(list)
		return len(s.values) > 0
	}
	s.values = slices.DeleteFunc(s.values, func(v json.RawMessage) bool { return !holds(list, v) })
	return len(s.values) > 0
}

// feasible says false when it is plain that nothing satisfies the shape.
func (s *shape) feasible() bool {
	if s.types == 0 || s.maxLen >= 0 && s.minLen > s.maxLen && s.types == typeString {
		return false
	}
	if len(s.not) > 0 && s.values != nil {
		s.values = slices.DeleteFunc(s.values, func(v json.RawMessage) bool { return holds(s.not, v) })
		if len(s.values) == 0 {
			return false
		}
	}
	if s.types != typeObject {
		return true
	}
	for name := range s.required {
		if !s.canHold(name) {
			return false
		}
	}
	return true
}

// canHold says false when the schemas of the property plainly exclude each other.
func (s *shape) canHold(name string) bool {
	var left []json.RawMessage
	for _, child := range s.property(name) {
		if child.Bool != nil && !*child.Bool {
			return false
		}
		if child.Not != nil && len(left) > 0 {
			if out := plainValues(child.Not); out != nil {
				left = slices.DeleteFunc(left, func(v json.RawMessage) bool { return holds(out, v) })
				if len(left) == 0 {
					return false
				}
			}
		}
		if list := plainValues(child); list != nil {
			if left == nil {
				left = slices.Clone(list)
			} else if left = slices.DeleteFunc(left, func(v json.RawMessage) bool { return !holds(list, v) }); len(left) == 0 {
				return false
			}
		}
	}
	return true
}

// property lists the schemas that apply to a property, in the order of the parts.
func (s *shape) property(name string) []*schemas.Schema {
	var list []*schemas.Schema
	for _, part := range s.parts {
		list = append(list, childOf(part, name)...)
	}
	return list
}

// childOf lists what one schema says of a property.
func childOf(part *schemas.Schema, name string) []*schemas.Schema {
	var list []*schemas.Schema
	for _, p := range part.Properties {
		if p.Name == name {
			list = append(list, p.Schema)
		}
	}
	for _, p := range part.PatternProperties {
		if matches(p.Name, name) {
			list = append(list, p.Schema)
		}
	}
	if list == nil && part.AdditionalProperties != nil {
		list = append(list, part.AdditionalProperties)
	}
	return list
}

// item lists the schemas that apply to the element of that index.
func (s *shape) item(i int) []*schemas.Schema {
	var list []*schemas.Schema
	for _, part := range s.parts {
		if i < len(part.PrefixItems) {
			list = append(list, part.PrefixItems[i])
		} else if part.Items != nil {
			list = append(list, part.Items)
		}
	}
	return list
}

// plainValues lists the values that a schema allows by const or enum, or nil when it does not say.
func plainValues(c *schemas.Schema) []json.RawMessage {
	for range 8 {
		switch {
		case c.Const != nil:
			return []json.RawMessage{c.Const}
		case c.Enum != nil:
			return c.Enum
		case c.Ref == nil:
			return nil
		}
		c = c.Ref
	}
	return nil
}

// holds says whether the list has the value.
func holds(list []json.RawMessage, value json.RawMessage) bool {
	return slices.ContainsFunc(list, func(v json.RawMessage) bool { return bytes.Equal(v, value) || sameJSON(v, value) })
}

func atLeast(to *int, n *int) {
	if n != nil {
		*to = max(*to, *n)
	}
}

func atMost(to *int, n *int) {
	if n != nil && (*to < 0 || *n < *to) {
		*to = *n
	}
}

// rat reads a number of at most 64 characters and an exponent of at most 400 either way: what is
// larger would cost more than it is worth.
func rat(n *json.Number) (*big.Rat, bool) {
	if n == nil || len(*n) > 64 {
		return nil, false
	}
	if _, exponent, ok := strings.Cut(strings.ToLower(string(*n)), "e"); ok {
		if e, err := strconv.Atoi(exponent); err != nil || e > 400 || e < -400 {
			return nil, false
		}
	}
	return new(big.Rat).SetString(string(*n))
}
