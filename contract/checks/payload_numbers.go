package checks

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

func oddNumbers(s *Subject) ([]Case, error) {
	rule := survive("every number that JSON can write must be read, or refused")
	base := s.step()
	body := s.like(base).Body
	var cases []Case
	forms := []string{"9007199254740993", "1.0", "1e3", "-0", "12345678901234567890"}
	for _, place := range s.numbers(body) {
		for _, form := range forms {
			if len(cases) < placesTried && s.allows(body, place, form) {
				step := renewed(s, Step{Event: base.Event, Coordinate: base.Coordinate, Edits: []Edit{{Op: Set, Place: string(place), JSON: json.RawMessage(form)}}})
				cases = append(cases, Case{Name: form + " at " + string(place), Where: string(place), Steps: []Step{step}, Expect: rule, Effects: s.readBack(place, form)})
			}
		}
	}
	if len(cases) == 0 {
		return []Case{{Name: "numbers", Reason: "the event has no number, and its schema lets none be added"}}, nil
	}
	return cases, nil
}

// numbers lists the places of a body that hold a number; an unknown field when there is none.
func (s *Subject) numbers(body []byte) []schemas.Pointer {
	var places []schemas.Pointer
	for _, leaf := range leaves(body) {
		if leaf.kind == '-' || leaf.kind >= '0' && leaf.kind <= '9' {
			places = append(places, leaf.place)
		}
	}
	if place := schemas.Pointer("").Child(unknownField); len(places) == 0 && s.allows(body, place, "1") {
		places = append(places, place)
	}
	return places
}

// readBack judges the large integer by what the hook shows: rounded to the next double, it is lost.
func (s *Subject) readBack(place schemas.Pointer, form string) []Effect {
	if form != "9007199254740993" || strings.HasSuffix(string(place), unknownField) {
		return nil
	}
	return []Effect{{Max: -1, Value: func(value json.RawMessage) *Flaw {
		if bytes.Contains(value, []byte(form)) || !containsAny(value, "9007199254740992", "9007199254740994") {
			return nil
		}
		return &Flaw{Rule: "a 64-bit integer must be kept exactly", Got: "9007199254740992 read back through the hook", Want: form}
	}}}
}

func oddTimes(s *Subject) ([]Case, error) {
	rule := survive("every spelling of a time that the schema allows must be read")
	if s.Event.Schema == nil {
		return []Case{{Name: "times", Reason: "needs a schema to know which texts are times"}}, nil
	}
	base := s.step()
	body := s.like(base).Body
	var cases []Case
	for _, leaf := range leaves(body) {
		for _, form := range timeForms(leaf.raw) {
			if len(cases) < placesTried && s.allows(body, leaf.place, form) {
				step := renewed(s, Step{Event: base.Event, Coordinate: base.Coordinate, Edits: []Edit{{Op: Set, Place: string(leaf.place), JSON: json.RawMessage(form)}}})
				cases = append(cases, Case{Name: form + " at " + string(leaf.place), Where: string(leaf.place), Steps: []Step{step}, Expect: rule, Effects: notIn1970()})
			}
		}
	}
	if len(cases) == 0 {
		return []Case{{Name: "times", Reason: "the schema allows no other spelling of a time in this event"}}, nil
	}
	return cases, nil
}

// timeForms lists other spellings of what looks like a time: RFC 3339, without a zone, Unix seconds as
// text or number.
func timeForms(raw []byte) []string {
	text := strings.Trim(string(raw), `"`)
	switch {
	case len(text) >= 20 && text[4] == '-' && text[10] == 'T':
		day := text[:19]
		return []string{`"` + day + `Z"`, `"` + day + `.5Z"`, `"` + day + `.123456Z"`, `"` + day + `+00:00"`, `"` + day + `.123+02:00"`}
	case len(text) == 19 && text[4] == '-' && text[10] == ' ':
		return []string{`"` + text + `.123456"`, `"` + strings.Replace(text, " ", "T", 1) + `"`}
	case len(text) == 10 && strings.Trim(text, "0123456789") == "" && (text[0] == '1' || text[0] == '2'):
		other := "1700000000"
		if raw[0] == '"' {
			return []string{`"` + other + `"`}
		}
		return []string{other, other + ".0"}
	}
	return nil
}

func notIn1970() []Effect {
	return []Effect{{Max: -1, Value: func(value json.RawMessage) *Flaw {
		if !bytes.Contains(value, []byte("1970-01-")) {
			return nil
		}
		return &Flaw{Rule: "seconds must not be read as milliseconds", Got: "a date of January 1970 read back through the hook", Want: "the date that was sent"}
	}}}
}
