package generators

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// Mutation is one way to break a body at one place, so that the schema refuses it.
type Mutation struct {
	Name    string // "required /data/from", …
	Place   string // JSON Pointer in the instance
	Keyword string // the keyword that it breaks
	// Apply breaks a body of the event. A body without the place, or in another branch, is an error.
	Apply func(body []byte) ([]byte, error)
	Base  []byte // a body that it breaks for certain
}

// Mutations lists the ways to break the event's messages: every keyword at every place that some
// message has. Each has been tried: the schema takes Base and refuses what Apply makes of it.
func (g *Generator) Mutations(event string) []Mutation {
	p := g.plans[event]
	if p == nil {
		return nil
	}
	variants, err := g.Cover(event, mutationLives)
	if err != nil {
		return nil
	}
	b := breaker{judge: g.cast.judge, event: p.event, seen: map[string]bool{}, failed: map[string]int{}}
	for _, v := range variants {
		t, err := parseTree(v.Message.Body)
		if err != nil || p.event.Validate(v.Message.Body) != nil {
			continue
		}
		b.base = v.Message.Body
		b.walk("", t, []*schemas.Schema{p.event.Schema}, 0)
	}
	return b.list
}

// mutationLives is where the lives of mutations' bases begin, far from those of ordinary messages.
const mutationLives = 1 << 40

// breaker collects the mutations of one event.
type breaker struct {
	judge *judge
	event *schemas.Event
	base  []byte
	seen  map[string]bool
	// failed counts bases that the schema still took after the change.
	failed map[string]int
	list   []Mutation
}

// walk visits a value with the schemas that apply to it in this body.
func (b *breaker) walk(place schemas.Pointer, t *tree, list []*schemas.Schema, depth int) {
	if depth > deepest {
		return
	}
	value := decode(t.append(nil))
	applying := b.active(list, value)
	for _, c := range applying {
		b.value(place, t, c)
	}
	for i, l := range t.members {
		if t.kind == '{' {
			var next []*schemas.Schema
			for _, c := range applying {
				next = append(next, childOf(c, l.name)...)
			}
			b.walk(place.Child(l.name), l.value, next, depth+1)
			continue
		}
		if i > 1 {
			continue
		}
		s := shape{parts: applying}
		b.walk(place.Index(i), l.value, s.item(i), depth+1)
	}
}

// active spreads schemas over the branches that this value has taken.
func (b *breaker) active(list []*schemas.Schema, value any) []*schemas.Schema {
	var all []*schemas.Schema
	var add func(c *schemas.Schema)
	add = func(c *schemas.Schema) {
		if c == nil || slices.Contains(all, c) {
			return
		}
		all = append(all, c)
		add(c.Ref)
		for _, sub := range c.AllOf {
			add(sub)
		}
		for _, sub := range slices.Concat(c.AnyOf, c.OneOf) {
			if b.judge.accepts(sub, value, 0) {
				add(sub)
			}
		}
		if c.If != nil && b.judge.accepts(c.If, value, 0) {
			add(c.Then)
		} else if c.If != nil {
			add(c.Else)
		}
	}
	for _, c := range list {
		add(c)
	}
	return all
}

// value adds the mutations of one schema at one value.
func (b *breaker) value(place schemas.Pointer, t *tree, c *schemas.Schema) {
	if c.Bool != nil {
		return
	}
	if len(c.Types) > 0 {
		// null, which is the likeliest slip, and the first other type that the schema does not have.
		b.replace(place, "type", "null", []byte("null"))
		for _, other := range []string{`17`, `"text"`, `true`, `[]`, `{}`} {
			if !acceptsType(c, decode([]byte(other))) && b.replace(place, "type", kindOf(other), []byte(other)) {
				break
			}
		}
	}
	if c.Const != nil {
		b.replace(place, "const", "", different(c.Const))
	}
	if c.Enum != nil && !c.Open {
		b.replace(place, "enum", "", different(c.Enum[0]))
	}
	switch t.kind {
	case '"':
		b.text(place, t, c)
	case '{':
		b.object(place, c, t)
	case '[':
		b.array(place, c, t)
	default:
		b.number(place, c)
	}
}

func kindOf(text string) string {
	return map[byte]string{'n': "null", '"': "string", '1': "number", 't': "boolean", '[': "array", '{': "object"}[text[0]]
}

// different is a value of the same type that is not the given one.
func different(raw json.RawMessage) []byte {
	switch raw[0] {
	case '"':
		var text string
		_ = json.Unmarshal(raw, &text)
		return quoted(text + "-nosuch")
	case 't':
		return []byte("false")
	case 'f':
		return []byte("true")
	case 'n':
		return []byte("0")
	case '{':
		return []byte(`{"nosuch":1}`)
	case '[':
		return []byte(`["nosuch"]`)
	}
	return append(bytes.Clone(raw), '7')
}

func (b *breaker) text(place schemas.Pointer, t *tree, c *schemas.Schema) {
	if n := c.MinLength; n != nil && *n > 0 {
		b.replace(place, "minLength", "", quoted(strings.Repeat("é", *n-1)))
	}
	if n := c.MaxLength; n != nil && *n < longestBound {
		b.replace(place, "maxLength", "", quoted(strings.Repeat("é", *n+1)))
	}
	if c.Pattern != "" {
		text := t.text()
		for _, other := range []string{text + "\n", "~" + text, text + "~", "", "~", "é", "0", "nosuch value"} {
			if !b.judge.matches(c.Pattern, other) {
				b.replace(place, "pattern", "", quoted(other))
				break
			}
		}
	}
	if c.Format != "" {
		for _, other := range []string{"not a " + c.Format, "", "::", "{", "[", "no/such"} {
			if b.replace(place, "format", "", quoted(other)) {
				break
			}
		}
	}
	if c.ContentSchema != nil {
		b.replace(place, "contentMediaType", "", quoted("{not json"))
		b.replace(place, "contentSchema", "", quoted("[]"))
	}
}

func (b *breaker) number(place schemas.Pointer, c *schemas.Schema) {
	for _, bound := range []struct {
		keyword string
		n       *json.Number
		by      int64
	}{{"minimum", c.Minimum, -1}, {"exclusiveMinimum", c.ExclusiveMinimum, 0}, {"maximum", c.Maximum, 1}, {"exclusiveMaximum", c.ExclusiveMaximum, 0}} {
		if r, ok := rat(bound.n); ok {
			r.Add(r, newRat(bound.by))
			b.replace(place, bound.keyword, "", spellRat(r))
		}
	}
	if r, ok := rat(c.MultipleOf); ok {
		r.Mul(r, newRat(3))
		r.Quo(r, newRat(2))
		b.replace(place, "multipleOf", "", spellRat(r))
	}
}

func (b *breaker) object(place schemas.Pointer, c *schemas.Schema, t *tree) {
	for _, name := range c.Required {
		b.drop(place.Child(name), "required")
	}
	for _, name := range sortedKeys(c.DependentRequired) {
		if has(t, name) {
			for _, other := range c.DependentRequired[name] {
				b.drop(place.Child(other), "dependentRequired")
			}
		}
	}
	if n := c.MinProperties; n != nil && *n > 0 {
		b.replace(place, "minProperties", "", []byte("{}"))
	}
	if n := c.MaxProperties; n != nil && *n < mostElements {
		b.insert(place, "maxProperties", *n+1-len(t.members))
	}
	for _, more := range []struct {
		keyword string
		schema  *schemas.Schema
	}{{"additionalProperties", c.AdditionalProperties}, {"unevaluatedProperties", c.UnevaluatedProperties}, {"propertyNames", c.PropertyNames}} {
		if more.schema != nil {
			b.insert(place, more.keyword, 1)
		}
	}
}

func (b *breaker) array(place schemas.Pointer, c *schemas.Schema, t *tree) {
	resize := func(keyword string, n int) {
		b.add(place, keyword, "", func(at *tree) error {
			if len(at.members) == 0 && n > 0 {
				return errors.New("the array is empty")
			}
			for len(at.members) > n {
				at.members = at.members[:len(at.members)-1]
			}
			for len(at.members) < n {
				at.members = append(at.members, at.members[0])
			}
			return nil
		})
	}
	if n := c.MinItems; n != nil && *n > 0 {
		resize("minItems", *n-1)
	}
	if n := c.MaxItems; n != nil && *n < mostElements {
		resize("maxItems", *n+1)
	}
	if c.UniqueItems && len(t.members) > 0 {
		resize("uniqueItems", len(t.members)+1)
	}
	if c.Contains != nil {
		resize("contains", 0)
	}
}

func has(t *tree, name string) bool {
	return slices.ContainsFunc(t.members, func(l limb) bool { return l.name == name })
}

// replace adds a mutation that puts another value in the place. It says whether the schema refuses it.
func (b *breaker) replace(place schemas.Pointer, keyword, how string, with []byte) bool {
	return b.add(place, keyword, how, func(at *tree) error {
		other, err := parseTree(with)
		if err == nil {
			*at = *other
		}
		return err
	})
}

// drop adds a mutation that takes a member away.
func (b *breaker) drop(place schemas.Pointer, keyword string) {
	b.edit(place, keyword, "", func(t *tree) error {
		found, parent, i := t.find(place)
		if found == nil {
			return fmt.Errorf("change %q: the body has no such place", place)
		}
		parent.members = slices.Delete(slices.Clone(parent.members), i, i+1)
		return nil
	})
}

// insert adds a mutation that adds members nobody knows.
func (b *breaker) insert(place schemas.Pointer, keyword string, n int) {
	b.add(place, keyword, "", func(at *tree) error {
		for i := range n {
			name := fmt.Sprintf("~nosuch %d", i)
			at.members = append(at.members, limb{name, quoted(name), &tree{kind: '"', raw: quoted("nosuch")}})
		}
		return nil
	})
}

// add adds a mutation of the value at a place.
func (b *breaker) add(place schemas.Pointer, keyword, how string, change func(at *tree) error) bool {
	return b.edit(place, keyword, how, func(t *tree) error {
		at, err := t.at(place)
		if err != nil {
			return err
		}
		return change(at)
	})
}

// edit adds a mutation when the schema refuses what it makes of the base, and says whether it does.
func (b *breaker) edit(place schemas.Pointer, keyword, how string, change func(t *tree) error) bool {
	name := strings.TrimSpace(fmt.Sprintf("%s %s %s", keyword, place, how))
	if b.seen[name] {
		return true
	}
	if b.failed[name] == 2 {
		return false
	}
	apply := func(body []byte) ([]byte, error) {
		t, err := parseTree(body)
		if err == nil {
			err = change(t)
		}
		if err != nil {
			return nil, fmt.Errorf("mutate %q: %w", name, err)
		}
		return t.append(nil), nil
	}
	broken, err := apply(b.base)
	var invalid *schemas.InvalidError
	if err != nil || !errors.As(b.event.Validate(broken), &invalid) {
		b.failed[name]++
		return false
	}
	b.seen[name] = true
	b.list = append(b.list, Mutation{Name: name, Place: string(place), Keyword: keyword, Apply: apply, Base: b.base})
	return true
}
