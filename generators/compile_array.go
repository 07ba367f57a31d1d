package generators

import (
	"fmt"
	"slices"

	"github.com/hookrig/hookrig/schemas"
)

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
