package generators

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/hookrig/hookrig/schemas"
)

// mostShapes bounds how many combinations of branches are kept for one place.
const mostShapes = 512

// split lists the ways to satisfy all the schemas: one shape for each combination of branches that is
// not plainly impossible. Of more than mostShapes, each branch keeps its share.
func (j *judge) split(list []*schemas.Schema) ([]*shape, error) {
	s := newShape(j)
	var choices []choice
	for _, c := range list {
		if !s.merge(c, &choices) {
			return nil, errEmpty
		}
	}
	found := s.explore(choices, mostShapes)
	if len(found) == 0 {
		return nil, errEmpty
	}
	return found, nil
}

// explore follows every branch of the first choice, then of those after it, to at most so many shapes:
// what a branch leaves of its share goes to those after it.
func (s *shape) explore(choices []choice, most int) []*shape {
	if len(choices) == 0 {
		return []*shape{s}
	}
	var found []*shape
	for i, b := range choices[0] {
		if b.last && len(found) > 0 || len(found) >= most {
			continue
		}
		next := s.clone()
		rest := slices.Concat(choices[1:], b.then)
		fits := true
		for _, c := range b.add {
			if fits = next.merge(c, &rest); !fits {
				break
			}
		}
		if !fits {
			continue
		}
		next.hard = next.hard || b.hard
		if b.label != "" {
			next.label = b.label
		}
		if b.weight != nil {
			next.weight *= *b.weight
		}
		share := (most - len(found)) / (len(choices[0]) - i)
		found = append(found, next.explore(rest, max(share, 1))...)
	}
	return found
}

// choicesOf lists the choices that a schema's own keywords open.
func (j *judge) choicesOf(c *schemas.Schema) []choice {
	var list []choice
	if len(c.AnyOf) > 0 {
		var any choice
		for i, sub := range c.AnyOf {
			any = append(any, branch{add: []*schemas.Schema{sub}, label: branchLabel(sub, i), weight: sub.Weight})
		}
		list = append(list, any)
	}
	if len(c.OneOf) > 0 {
		list = append(list, j.oneOf(c))
	}
	if c.Not != nil && c.Not.Comment != plainNot {
		list = append(list, negations(c.Not))
	}
	if c.If != nil && (c.Then != nil || c.Else != nil) {
		yes := branch{add: []*schemas.Schema{c.If}}
		if c.Then != nil {
			yes.add = append(yes.add, c.Then)
		}
		no := negations(c.If)
		if c.Else != nil {
			for i := range no {
				no[i].add = append(slices.Clip(no[i].add), c.Else)
			}
		}
		list = append(list, append(choice{yes}, no...))
	}
	for _, name := range sortedKeys(c.DependentRequired) {
		list = append(list, choice{{add: []*schemas.Schema{{Required: append([]string{name}, c.DependentRequired[name]...)}}}, without(name)})
	}
	for _, p := range c.DependentSchemas {
		list = append(list, choice{{add: []*schemas.Schema{{Required: []string{p.Name}}, p.Schema}}, without(p.Name)})
	}
	return list
}

// oneOf makes each branch exclude the others, where they do not do so by themselves.
func (j *judge) oneOf(c *schemas.Schema) choice {
	if known, ok := j.choices.Load(c); ok {
		return known.(choice)
	}
	var list choice
	for i, sub := range c.OneOf {
		b := branch{add: []*schemas.Schema{sub}, label: branchLabel(sub, i), weight: sub.Weight}
		for n, other := range c.OneOf {
			if i == n || j.apart(sub, other) {
				continue
			}
			b.then = append(b.then, negations(other))
		}
		list = append(list, b)
	}
	j.choices.Store(c, list)
	return list
}

// apart says whether two schemas plainly have no value in common: by type, or by a property that both
// require with different values.
func (j *judge) apart(a, b *schemas.Schema) bool {
	left, right := newShape(j), newShape(j)
	var ignored []choice
	if !left.merge(a, &ignored) || !right.merge(b, &ignored) {
		return true
	}
	types := left.types & right.types
	if types == 0 {
		return true
	}
	if left.values != nil && right.values != nil && !slices.ContainsFunc(left.values, func(v json.RawMessage) bool { return holds(right.values, v) }) {
		return true
	}
	if types != typeObject {
		return false
	}
	for name := range left.required {
		if !right.required[name] {
			continue
		}
		both := shape{parts: slices.Concat(left.parts, right.parts)}
		if !both.canHold(name) {
			return true
		}
	}
	return false
}

// negations lists ways to break a schema, each as what must hold instead; where none of them leads
// anywhere, values have to be tried.
func negations(c *schemas.Schema) choice {
	return append(negate(c, 0), branch{hard: true, last: true})
}

func negate(c *schemas.Schema, depth int) choice {
	if c.Bool != nil {
		no := !*c.Bool
		return choice{{add: []*schemas.Schema{{Bool: &no}}}}
	}
	var list choice
	add := func(s *schemas.Schema) { list = append(list, branch{add: []*schemas.Schema{s}}) }
	if depth > 6 {
		return nil
	}
	if c.Ref != nil {
		list = append(list, negate(c.Ref, depth+1)...)
	}
	for _, sub := range c.AllOf {
		list = append(list, negate(sub, depth+1)...)
	}
	if c.Const != nil {
		list = append(list, branch{add: []*schemas.Schema{excluding([]json.RawMessage{c.Const})}})
	}
	if len(c.Enum) > 0 {
		list = append(list, branch{add: []*schemas.Schema{excluding(c.Enum)}})
	}
	if len(c.Types) > 0 {
		add(&schemas.Schema{Types: otherTypes(c.Types)})
	}
	for _, name := range c.Required {
		list = append(list, without(name))
	}
	for _, p := range c.Properties {
		for _, b := range negate(p.Schema, depth+1) {
			if len(b.then) > 0 || b.hard {
				continue
			}
			wrapped := &schemas.Schema{Types: []string{"object"}, Required: []string{p.Name}}
			for _, sub := range b.add {
				wrapped.AllOf = append(wrapped.AllOf, &schemas.Schema{Properties: []schemas.Property{{Name: p.Name, Schema: sub}}})
			}
			add(wrapped)
		}
	}
	if c.MinLength != nil && *c.MinLength > 0 {
		n := *c.MinLength - 1
		add(&schemas.Schema{Types: []string{"string"}, MaxLength: &n})
	}
	if c.MaxLength != nil {
		n := *c.MaxLength + 1
		add(&schemas.Schema{Types: []string{"string"}, MinLength: &n})
	}
	number := []string{"number"}
	if c.Minimum != nil {
		add(&schemas.Schema{Types: number, ExclusiveMaximum: c.Minimum})
	}
	if c.Maximum != nil {
		add(&schemas.Schema{Types: number, ExclusiveMinimum: c.Maximum})
	}
	if c.ExclusiveMinimum != nil {
		add(&schemas.Schema{Types: number, Maximum: c.ExclusiveMinimum})
	}
	if c.ExclusiveMaximum != nil {
		add(&schemas.Schema{Types: number, Minimum: c.ExclusiveMaximum})
	}
	if c.MinItems != nil && *c.MinItems > 0 {
		n := *c.MinItems - 1
		add(&schemas.Schema{Types: []string{"array"}, MaxItems: &n})
	}
	if c.MaxItems != nil {
		n := *c.MaxItems + 1
		add(&schemas.Schema{Types: []string{"array"}, MinItems: &n})
	}
	return list
}

// excluding is a schema that refuses the values; merge knows this form.
func excluding(values []json.RawMessage) *schemas.Schema {
	return &schemas.Schema{Not: &schemas.Schema{Enum: values, Comment: plainNot}}
}

// plainNot marks a `not` that shape.merge takes as a list of values, without further choices.
const plainNot = "values that must not be"

// without is the branch in which the property is absent.
func without(name string) branch {
	no := false
	return branch{add: []*schemas.Schema{{Properties: []schemas.Property{{Name: name, Schema: &schemas.Schema{Bool: &no}}}}}}
}

func otherTypes(types []string) []string {
	var set typeSet
	for _, t := range typeNames {
		if slices.Contains(types, t.name) {
			set |= t.set
		}
	}
	other := []string{}
	for _, t := range typeNames {
		if t.name != "integer" && t.set&set == 0 {
			other = append(other, t.name)
		}
	}
	if len(other) == 0 {
		other = append(other, "nothing")
	}
	return other
}

func branchLabel(sub *schemas.Schema, i int) string {
	title := sub.Title
	if title == "" && sub.Ref != nil {
		title = sub.Ref.Title
	}
	if title == "" {
		return fmt.Sprintf("branch %d", i+1)
	}
	return fmt.Sprintf("branch %d (%s)", i+1, title)
}
