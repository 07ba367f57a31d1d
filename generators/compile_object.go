package generators

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// Chances of optional places, of 2^32. A story shows the fields that a provider nearly always sends,
// and an object or array only when it is told to.
const (
	chanceHalf    = 1 << 31
	chanceQuarter = 1 << 30
	chanceMostly  = 7 << 29
	chanceSeldom  = 1 << 28
)

// object makes an object: its properties in order, the optional ones by chance.
func (k *compiler) object(place schemas.Pointer, s *shape, pins *pin) (block, error) {
	fields, err := k.fields(s, pins)
	if err != nil {
		return nil, err
	}
	b := block{constant("{")}
	comma := none
	left := s.maxProps
	for _, f := range fields {
		mark := len(k.plan.decisions)
		decision, back := -1, func() {}
		if !f.must {
			decision = k.decide(place.Child(f.name), []string{"present", "absent"}, true)
			back = k.under(decision, 0)
		}
		kid, err := k.value(place.Child(f.name), f.list, pins.kid(f.name))
		back()
		if err != nil {
			if !f.must && skippable(err) {
				k.plan.decisions = k.plan.decisions[:mark]
				continue
			}
			return nil, err
		}
		if left == 0 {
			k.plan.decisions = k.plan.decisions[:mark]
			continue
		}
		left--
		name := constant(`"` + string(k.world.escape(f.name)) + `":`)
		if f.must {
			b = append(append(append(b, comma.op()...), name), kid...)
			comma = certain
			continue
		}
		inner := append(append(block(comma.op()), name), kid...).packed()
		b = append(b, op{verb: opMaybe, decision: int32(decision), blocks: []block{inner}, detail: &detail{chance: k.chance(place, f.list, kid)}})
		if comma == none {
			comma = unsure
		}
	}
	k.ops += len(b)
	return append(b, constant("}")), nil
}

// comma says what is known about the members before this one.
type comma uint8

const (
	none    comma = iota // there are none
	unsure               // there may be some
	certain              // there are some
)

func (c comma) op() []op {
	switch c {
	case certain:
		return []op{constant(",")}
	case unsure:
		return []op{{verb: opComma, decision: -1}}
	}
	return nil
}

// chance is how often an optional place is there: as its schema says, or else by what it is.
func (k *compiler) chance(place schemas.Pointer, list []*schemas.Schema, made block) uint64 {
	for _, c := range list {
		for ; c != nil; c = c.Ref {
			if c.Presence != nil {
				return uint64(*c.Presence * (1 << 32))
			}
		}
	}
	deep := strings.Count(string(place), "/") > 2
	switch {
	case k.cast.story && made.container():
		return chanceSeldom
	case k.cast.story:
		return chanceMostly
	case deep && made.container():
		return chanceQuarter
	}
	return chanceHalf
}

// field is a property to be written.
type field struct {
	name string
	list []*schemas.Schema
	must bool
}

// fields lists the properties to write: declared ones, required ones that nobody declared, pinned
// ones, and made-up ones where there must be more.
func (k *compiler) fields(s *shape, pins *pin) ([]field, error) {
	var fields []field
	count := 0
	add := func(name string, must bool) bool {
		list := s.property(name)
		if slices.ContainsFunc(list, func(c *schemas.Schema) bool { return c.Bool != nil && !*c.Bool }) {
			return !must
		}
		if must {
			count++
		}
		fields = append(fields, field{name, list, must})
		return true
	}
	names := slices.Clone(s.names)
	for _, name := range sortedKeys(s.required) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range pins.names() {
		if slices.Contains(names, name) || pins.kids[name].absent {
			continue
		}
		if len(s.property(name)) == 0 || s.forbids(name) {
			return nil, errNoPlace
		}
		names = append(names, name)
	}
	for _, name := range names {
		p := pins.kid(name)
		if !add(name, s.required[name] || p != nil && !p.absent) {
			if p != nil && !s.required[name] {
				return nil, errNoPlace
			}
			return nil, errEmpty
		}
	}
	for i := range fields {
		if count < s.minProps && !fields[i].must {
			fields[i].must = true
			count++
		}
	}
	for i := 1; count < s.minProps; i++ {
		name := k.madeUpName(s, i)
		if slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) && i < 1000 {
			continue
		}
		if name == "" || !add(name, true) {
			return nil, errEmpty
		}
	}
	return fields, nil
}

func (s *shape) forbids(name string) bool {
	return slices.ContainsFunc(s.property(name), func(c *schemas.Schema) bool { return c.Bool != nil && !*c.Bool })
}

// madeUpName finds a name for a property that the schema asks for without naming it.
func (k *compiler) madeUpName(s *shape, number int) string {
	candidates := []string{fmt.Sprintf("extra_%d", number), fmt.Sprintf("x%d", number)}
	d := &dice{}
	d.seed(uint64(number))
	for _, part := range s.parts {
		patterns := []string{}
		for _, p := range part.PatternProperties {
			patterns = append(patterns, p.Name)
		}
		if part.PropertyNames != nil && part.PropertyNames.Pattern != "" {
			patterns = append(patterns, part.PropertyNames.Pattern)
		}
		for _, pattern := range patterns {
			if r, err := newRegex(pattern, number+2, -1); err == nil {
				candidates = append(candidates, string(r.append(nil, d)))
			}
		}
	}
	for _, name := range candidates {
		good := !s.forbids(name)
		for _, part := range s.parts {
			good = good && (part.PropertyNames == nil || k.cast.judge.accepts(part.PropertyNames, name, 0))
		}
		if good {
			return name
		}
	}
	return ""
}
