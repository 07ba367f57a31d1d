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

// mostElements bounds arrays that are made only to stand on a bound.
const mostElements = 1000

// array makes an array.
func (k *compiler) array(place schemas.Pointer, s *shape, pins *pin) (block, error) {
	a := &array{least: max(s.minItems, pins.elements()), most: s.maxItems}
	first := pins.elements()
	for _, part := range s.parts {
		first = max(first, len(part.PrefixItems))
	}
	for _, part := range s.contains {
		n := 1
		if part.MinContains != nil {
			n = *part.MinContains
		}
		first, a.least = max(first, n), max(a.least, n)
	}
	if a.most >= 0 && a.least > a.most {
		return nil, errEmpty
	}
	if a.most == 0 {
		return block{constant("[]")}, nil
	}
	decision := k.decide(place, nil, true)
	if a.least == 0 {
		// What stands in the elements is met only when there are some.
		defer k.under(decision, optionSome)()
	}
	for i := range first {
		list := s.item(i)
		for _, part := range s.contains {
			if part.MinContains == nil && i < 1 || part.MinContains != nil && i < *part.MinContains {
				list = append(list, part.Contains)
			}
		}
		b, err := k.value(place.Index(i), list, pins.kid(fmt.Sprint(i)))
		if err != nil {
			return nil, err
		}
		a.first = append(a.first, b.packed())
	}
	rest, err := k.value(place.Index(first), s.item(first), pins.kid("*"))
	switch {
	case err == nil:
		a.rest = rest.packed()
	case skippable(err) && a.least <= first:
		a.most = first
	default:
		return nil, err
	}
	sized := k.sized(decision, s, a)
	if b, ok := a.single(); ok && k.cast.story {
		return b, nil
	}
	return block{sized}, nil
}

// single is the block of an array that always has one element, with no array in it, when nothing is
// forced.
func (a *array) single() (block, bool) {
	if a.least != 1 || a.usual > 1 {
		return nil, false
	}
	element := a.rest
	if len(a.first) > 0 {
		element = a.first[0]
	}
	nested := false
	element.visit(func(o *op) { nested = nested || o.verb == opArray })
	return append(append(block{constant("[")}, element...), constant("]")).packed(), !nested
}

// sized decides how many elements an array has.
func (k *compiler) sized(decision int, s *shape, a *array) op {
	a.usual = max(a.least, 1)
	if !k.cast.story && !k.batch(a) {
		a.usual = a.least + 2
	}
	if k.cast.story && (a.most < 0 || a.most > 0) {
		a.least = max(a.least, 1)
	}
	labels := []string{"", "", "", ""}
	if s.minItems > 0 && s.minItems == a.least {
		labels[1] = fmt.Sprintf("minItems %d", a.least)
	}
	if a.most >= 0 && a.most <= mostElements && s.maxItems == a.most {
		labels[2] = fmt.Sprintf("maxItems %d", a.most)
	}
	if a.most < 0 || a.most > mostElements {
		a.most = max(a.usual, a.least+2)
		if len(s.item(len(a.first))) > 0 {
			labels[2] = "several"
		}
	}
	a.usual = min(max(a.usual, a.least), max(a.most, a.least))
	k.ops += len(a.first) + 1
	k.name(decision, labels)
	return op{verb: opArray, decision: int32(decision), detail: &detail{array: a}}
}

// batch says whether the elements play roles: such an array mostly has one.
func (k *compiler) batch(a *array) bool {
	found := false
	for _, b := range append(slices.Clip(a.first), a.rest) {
		b.visit(func(o *op) { found = found || o.verb == opValue && o.value.source.owner != ofPlace })
	}
	return found
}
