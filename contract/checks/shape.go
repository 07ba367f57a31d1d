package checks

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// unknownField is the name of a key that no provider has.
const unknownField = "hookrig_unknown"

// plain is the event's message at a coordinate of its own, with the edits.
func (s *Subject) step(edits ...Edit) Step {
	return Step{Event: s.Event.Name, Coordinate: s.Lives.Next(), Edits: edits}
}

// sample is a body of the event to look at. It costs no life of its own.
func (s *Subject) sample() []byte {
	m, err := s.message(Step{Event: s.Event.Name, Coordinate: s.Lives.peek()})
	if err != nil {
		return nil
	}
	return m.Body
}

// like is the edited message of a step, for looking at.
func (s *Subject) like(step Step) schemas.Message {
	m, err := s.message(step)
	if err != nil {
		return schemas.Message{}
	}
	m, _, _ = s.editMessage(m, step.Edits)
	return m
}

// valid reports whether the provider could send that body. Without a schema anything that is JSON
// goes.
func (s *Subject) valid(body []byte) bool {
	if s.Event.Schema == nil {
		return json.Valid(body)
	}
	return s.Event.Validate(body) == nil
}

// allows reports whether the provider could send the body with raw at the place.
func (s *Subject) allows(body []byte, place schemas.Pointer, raw string) bool {
	edited, err := set(body, place, []byte(raw))
	return err == nil && s.valid(edited)
}

// text is a place for any text in a body: a string of the event that may hold anything, or an unknown
// field where objects are open. ok is false when the event has neither.
func (s *Subject) text(body []byte) (place schemas.Pointer, ok bool) {
	for _, place := range s.texts(body) {
		return place, true
	}
	if place := schemas.Pointer("").Child(unknownField); s.allows(body, place, `"text"`) {
		return place, true
	}
	return "", false
}

// texts lists the strings of a body that may hold any text.
func (s *Subject) texts(body []byte) []schemas.Pointer {
	if s.Event.Schema == nil {
		return nil
	}
	var places []schemas.Pointer
	for _, leaf := range leaves(body) {
		if leaf.kind == '"' && !s.identifies(leaf.place) && s.allows(body, leaf.place, `"😀 <b>x</b>\n"`) {
			places = append(places, leaf.place)
		}
	}
	return places
}

// tampered is a string of the body that carries meaning, to change after signing.
func (s *Subject) tampered(body []byte) (place schemas.Pointer, ok bool) {
	all := leaves(body)
	for _, wanted := range []func(schemas.Pointer) bool{
		func(p schemas.Pointer) bool { return slices.Contains(s.texts(body), p) },
		func(p schemas.Pointer) bool { return !s.identifies(p) },
		func(schemas.Pointer) bool { return true },
	} {
		for _, leaf := range all {
			if leaf.kind != '"' || !wanted(leaf.place) {
				continue
			}
			if _, err := flip(body, leaf.place); err == nil {
				return leaf.place, true
			}
		}
	}
	return "", false
}

// identifies reports whether the place says which message this is, or what it is about.
func (s *Subject) identifies(place schemas.Pointer) bool {
	f := s.Provider.Fields
	for _, own := range append([]schemas.Pointer{f.Event, f.ID, f.Time, f.Tenant}, s.Provider.Entity[s.Event.Name]...) {
		if own != "" && matchesPlace(own, place) {
			return true
		}
	}
	return false
}

// matchesPlace reports whether the pattern, in which `*` is any element, reaches the place.
func matchesPlace(pattern, place schemas.Pointer) bool {
	a, b := pattern.Segments(), place.Segments()
	return slices.EqualFunc(a, b, func(x, y string) bool { return x == y || x == "*" })
}

// leaf is a value of a body that holds no other: string, number, true, false, null, [] or {}.
type leaf struct {
	place schemas.Pointer
	kind  byte
	raw   []byte
}

// leaves lists the leaves of a body in source order.
func leaves(body []byte) []leaf {
	var all []leaf
	walk(body, func(place schemas.Pointer, at span) {
		empty := len(bytes.TrimSpace(body[at.from+1:max(at.to-1, at.from+1)])) == 0
		if c := body[at.from]; c != '{' && c != '[' || empty {
			all = append(all, leaf{place, c, body[at.from:at.to]})
		}
	})
	return all
}

// objects lists the places of the objects of a body in source order, the body itself first.
func objects(body []byte) []schemas.Pointer {
	var all []schemas.Pointer
	walk(body, func(place schemas.Pointer, at span) {
		if body[at.from] == '{' {
			all = append(all, place)
		}
	})
	return all
}

// walk visits every value of a body, parents first.
func walk(body []byte, visit func(place schemas.Pointer, at span)) {
	if !json.Valid(body) {
		return
	}
	var inner func(place schemas.Pointer, at span)
	inner = func(place schemas.Pointer, at span) {
		visit(place, at)
		switch body[at.from] {
		case '{':
			for _, m := range members(body, at) {
				inner(place.Child(m.name), m.value)
			}
		case '[':
			for i, item := range elements(body, at) {
				inner(place.Index(i), item)
			}
		}
	}
	inner("", valueAt(body, 0))
}

// enums lists where the event's schema has an enum to which the provider may add values. Segment `*`
// is any element.
func (s *Subject) enums() []schemas.Pointer {
	var places []schemas.Pointer
	visitSchema(s.Event.Schema, "", map[*schemas.Schema]bool{}, func(place schemas.Pointer, at *schemas.Schema) {
		if at.Open && len(at.Enum) > 0 && !slices.Contains(places, place) {
			places = append(places, place)
		}
	})
	return places
}

// visitSchema walks a schema together with the places in an instance that its parts describe.
func visitSchema(at *schemas.Schema, place schemas.Pointer, above map[*schemas.Schema]bool, visit func(schemas.Pointer, *schemas.Schema)) {
	if at == nil || above[at] {
		return
	}
	above[at] = true
	defer delete(above, at)
	visit(place, at)
	for _, p := range at.Properties {
		visitSchema(p.Schema, place.Child(p.Name), above, visit)
	}
	visitSchema(at.Items, place+"/*", above, visit)
	for _, same := range [][]*schemas.Schema{{at.Ref, at.Then, at.Else}, at.AllOf, at.AnyOf, at.OneOf} {
		for _, part := range same {
			visitSchema(part, place, above, visit)
		}
	}
	for _, p := range at.DependentSchemas {
		visitSchema(p.Schema, place, above, visit)
	}
}

// WrongSecret makes a secret in the provider's form that is nobody's.
func (s *Subject) WrongSecret() string { return wrongSecret(s.Provider, s.Random) }

// token is a short random word of lower-case letters.
func token(random *rand.Rand, length int) string {
	var b strings.Builder
	for range length {
		b.WriteByte('a' + byte(random.IntN(26)))
	}
	return b.String()
}
