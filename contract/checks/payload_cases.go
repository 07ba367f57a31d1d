package checks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// placesTried bounds how many places of one message a check changes, one at a time.
const placesTried = 48

// survive is what must happen to a message that the provider could send and the consumer may not like.
func survive(rule string) Expect {
	return Expect{Good: "2xx 3xx 4xx", Rule: rule, Want: "an acknowledgement, or a 4xx"}
}

func unknownValues(s *Subject) ([]Case, error) {
	expect := Expect{Good: "ack", Minor: "3xx 4xx", Rule: "events and values that are new must not break a consumer", Want: "an acknowledgement"}
	var cases []Case
	if s.Provider.Fields.Event != "" {
		cases = append(cases, Case{
			Name: "an invented event", Where: string(s.Provider.Fields.Event), Expect: expect,
			Steps: []Step{s.step(Edit{Op: Set, Place: string(s.Provider.Fields.Event), JSON: quote("hookrig.invented")})},
		})
	}
	if s.Event.Schema == nil {
		return cases, nil
	}
	for _, place := range s.enums() {
		step := s.step()
		body := s.like(step).Body
		at, ok := find(body, place)
		if !ok || body[at.from] != '"' || matchesPlace(place, s.Provider.Fields.Event) {
			continue
		}
		step.Edits = []Edit{{Op: Set, Place: string(place), JSON: quote("hookrig_invented")}}
		cases = append(cases, Case{Name: "an invented value at " + string(place), Where: string(place), Steps: []Step{step}, Expect: expect})
	}
	return cases, nil
}

func unknownFields(s *Subject) ([]Case, error) {
	expect := accept("fields that are new must be ignored")
	values := []struct{ name, raw string }{{"text", `"new"`}, {"number", `1.5`}, {"object", `{"new":[1,2,{"deep":true}]}`}}
	var cases []Case
	base := s.step()
	body := s.like(base).Body
	for i, object := range objects(body) {
		place := object.Child(unknownField)
		for k, value := range values {
			if i > 0 && k != i%len(values) || len(cases) >= 12 {
				continue // all kinds at the top, one of them further down
			}
			if !s.allows(body, place, value.raw) {
				continue
			}
			step := base
			step.Edits = []Edit{{Op: Set, Place: string(place), JSON: json.RawMessage(value.raw)}}
			cases = append(cases, Case{Name: "an unknown " + value.name + " in " + called(object), Where: string(place), Steps: []Step{step}, Expect: expect})
		}
	}
	for i := range cases[min(1, len(cases)):] {
		cases[i+1].Steps = []Step{renewed(s, cases[i+1].Steps[0])}
	}
	if len(cases) == 0 {
		return []Case{{Name: "an unknown field", Reason: "the schema closes every object"}}, nil
	}
	return cases, nil
}

// renewed is the step with a message of its own, when its edits fit that message too.
func renewed(s *Subject, step Step) Step {
	own := step
	own.Coordinate = s.Lives.Next()
	m := s.like(Step{Event: own.Event, Coordinate: own.Coordinate})
	if _, _, err := s.editMessage(m, own.Edits); err != nil {
		return step
	}
	return own
}

func called(place schemas.Pointer) string {
	if place == "" {
		return "the body"
	}
	return string(place)
}

// emptyPlaces changes one place at a time to what the schema still allows. Where objects are open, a
// new field may be empty too.
func emptyPlaces(s *Subject) ([]Case, error) {
	expect := survive("what the schema allows to be absent, null or empty must not break a consumer")
	base := s.step()
	body := s.like(base).Body
	var cases []Case
	add := func(place schemas.Pointer, name string, edit Edit) {
		step := renewed(s, Step{Event: base.Event, Coordinate: base.Coordinate, Edits: []Edit{edit}})
		if len(cases) < placesTried && s.valid(s.like(step).Body) {
			cases = append(cases, Case{Name: name + " at " + string(place), Where: string(place), Steps: []Step{step}, Expect: expect})
		}
	}
	empty := []string{"null", `""`, "[]", "{}"}
	added := schemas.Pointer("").Child(unknownField)
	for _, raw := range empty {
		if s.allows(body, added, raw) {
			add(added, raw, Edit{Op: Set, Place: string(added), JSON: json.RawMessage(raw)})
		}
	}
	walk(body, func(place schemas.Pointer, at span) {
		if place == "" || s.identifies(place) || s.Event.Schema == nil {
			return
		}
		if without, err := remove(body, place); err == nil && s.valid(without) {
			add(place, "nothing", Edit{Op: Remove, Place: string(place)})
		}
		for _, raw := range empty {
			if !bytes.Equal(body[at.from:at.to], []byte(raw)) && s.allows(body, place, raw) {
				add(place, raw, Edit{Op: Set, Place: string(place), JSON: json.RawMessage(raw)})
			}
		}
	})
	if least, ok := s.least(base); ok && s.Event.Schema != nil {
		cases = append([]Case{{Name: "only what is required", Where: "body", Steps: []Step{least}, Expect: expect}}, cases...)
	}
	if len(cases) == 0 {
		return []Case{{Name: "empty places", Reason: "the schema lets nothing be absent, null or empty"}}, nil
	}
	return cases, nil
}

// least is the message with everything taken away that the schema lets be absent.
func (s *Subject) least(base Step) (least Step, ok bool) {
	least = base
	body := s.like(base).Body
	for again := true; again; {
		again = false
		for _, place := range placesOf(body) {
			without, err := remove(body, place)
			if err != nil || s.identifies(place) || !s.valid(without) {
				continue
			}
			body, again = without, true
			least.Edits = append(least.Edits[:len(least.Edits):len(least.Edits)], Edit{Op: Remove, Place: string(place)})
			break
		}
	}
	return least, len(least.Edits) > len(base.Edits)
}

// placesOf lists the places of a body but its root, the deepest last.
func placesOf(body []byte) []schemas.Pointer {
	var all []schemas.Pointer
	walk(body, func(place schemas.Pointer, _ span) {
		if place != "" {
			all = append(all, place)
		}
	})
	return all
}

func hostileStrings(s *Subject) ([]Case, error) {
	texts := []struct{ name, raw string }{
		{"U+0000", `"a\u0000b"`},
		{"a lone surrogate", `"\ud83d"`},
		{"right-to-left marks", string(quote("abc\u202egnp.exe\u2066\u200f"))},
		{"SQL", string(quote(`'); DROP TABLE users;--`))},
		{"HTML", string(quote(`<script>alert(1)</script>"><img src=x onerror=alert(1)>`))},
		{"a spreadsheet formula", string(quote(`=cmd|' /C calc'!A0`))},
		{"64 KiB", string(quote(strings.Repeat("0123456789abcdef", 4<<10)))},
	}
	base := s.step()
	body := s.like(base).Body
	places := s.texts(body)
	if len(places) == 0 {
		if place, ok := s.text(body); ok {
			places = append(places, place)
		}
	}
	var cases []Case
	for _, place := range places {
		for _, text := range texts {
			if len(cases) == placesTried || text.name == "64 KiB" && s.MaxBody > 0 && s.MaxBody < 68<<10 {
				continue
			}
			step := renewed(s, Step{Event: base.Event, Coordinate: base.Coordinate, Edits: []Edit{{Op: Set, Place: string(place), JSON: json.RawMessage(text.raw)}}})
			c := Case{
				Name: text.name + " at " + string(place), Where: string(place), Steps: []Step{step},
				Expect: survive("no text that a person may write must break a consumer"),
			}
			if text.name == "a lone surrogate" {
				c.Level = LevelAdvisory
			} else if !s.allows(body, place, text.raw) {
				continue
			}
			cases = append(cases, c)
		}
	}
	if len(cases) == 0 {
		return []Case{{Name: "hostile text", Reason: "the event has no text that people write"}}, nil
	}
	return cases, nil
}

func protoKeys(s *Subject) ([]Case, error) {
	var cases []Case
	for _, key := range []struct{ name, place, raw string }{
		{"__proto__", "/__proto__", `{"hookrig":"polluted","status":500,"statusCode":500}`},
		{"constructor.prototype", "/constructor", `{"prototype":{"hookrig":"polluted","status":500,"statusCode":500}}`},
	} {
		probe := s.step(Edit{Op: Set, Place: key.place, JSON: json.RawMessage(key.raw)})
		cases = append(cases, Case{
			Name: "the key " + key.name, Where: key.place, Steps: []Step{s.step(), probe, s.step(), s.step()}, Judge: s.unchanged,
		})
	}
	return cases, nil
}

// unchanged finds plain messages that are answered differently after the probe than before it: two of them,
// since one may be refused for reasons of its own, and only where all was well before.
func (s *Subject) unchanged(e Evidence) *Flaw {
	before, probe, after := e.Exchanges[0].Reply, e.Exchanges[1].Reply, e.Exchanges[2].Reply
	changed := func(x Exchange) bool {
		return before.Status != x.Reply.Status || !slices.Equal(headerNames(before), headerNames(x.Reply)) || containsAny(x.Reply.Body, "polluted")
	}
	if before.Acknowledged(s.Provider.Policy) && !slices.ContainsFunc(e.Exchanges[2:], func(x Exchange) bool { return !changed(x) }) {
		return &Flaw{
			Rule: "a key of one message must not change how others are handled",
			Got:  "a plain message afterwards got " + after.String() + ", before " + before.String() + ", or other headers or body",
			Want: "the same answer as before", Index: 2,
		}
	}
	if probe.in("5xx reset", s.Provider.Policy) {
		return &Flaw{
			Level: LevelAdvisory, Kind: Availability, Index: 1,
			Rule: "a key of any name must be ignored or refused", Got: probe.String(), Want: "an acknowledgement, or 400",
		}
	}
	return nil
}

// headerNames lists the names of a reply's headers, but those that come and go by themselves.
func headerNames(r Reply) []string {
	var names []string
	for _, line := range r.Headers {
		switch name := strings.ToLower(line[0]); name {
		case "date", "age", "connection", "keep-alive", "set-cookie", "etag", "server-timing":
		default:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func repeatedKeys(s *Subject) ([]Case, error) {
	body := s.sample()
	place, ok := s.tampered(body)
	if f := s.Provider.Fields.ID; f != "" {
		place, ok = f, true
	}
	if !ok || len(place.Segments()) == 0 {
		return []Case{{Name: "a key twice", Reason: "the message holds no text to repeat"}}, nil
	}
	return []Case{{
		Name: "a key twice", Where: string(place), Steps: []Step{s.step(Edit{Op: Duplicate, Place: string(place), JSON: quote("hookrig-second")})},
		Expect: survive("a repeated key must be read or refused"),
	}}, nil
}

func deepNesting(s *Subject) ([]Case, error) {
	expect := Expect{Good: "2xx 3xx 4xx", Rule: "nesting must be limited, not followed", Want: "400 or 413"}
	place := "/" + unknownField
	depths := []int{10_000}
	if s.Aggressive {
		depths = append(depths, 100_000)
	}
	var cases []Case
	for _, depth := range depths {
		cases = append(cases, Case{
			Name: fmt.Sprintf("%d levels", depth), Where: place,
			Steps: []Step{s.step(Edit{Op: Nest, Place: place, Count: depth})}, Expect: expect,
		})
	}
	return cases, nil
}

func oddJSON(s *Subject) ([]Case, error) {
	expect := Expect{Good: "2xx 3xx 4xx", Minor: "5xx", Rule: "a body that is no object must be refused, not crash", Want: "400, or an acknowledgement"}
	var cases []Case
	for _, odd := range []struct{ name, body string }{
		{"null", "null"}, {"an empty array", "[]"}, {"a string", `"x"`}, {"a number", "1"}, {"a truncated object", `{"a":`}, {"an empty body", ""},
	} {
		cases = append(cases, Case{
			Name: odd.name, Where: "body", Steps: []Step{s.step(Edit{Op: Replace, Bytes: []byte(odd.body)})}, Expect: expect,
		})
	}
	return cases, nil
}

// marked finds a crash on a marked body, or the refusal of whoever is not let in, as a body without a
// signature gets it: the mark was taken off before the signature was verified. A 400 may be for the mark.
func (s *Subject) marked(e Evidence) *Flaw {
	marked := e.Exchanges[0].Reply
	flaw := &Flaw{Rule: "a byte order mark must be refused or skipped", Got: marked.String(), Want: "400, or an acknowledgement"}
	switch last := e.Exchanges[len(e.Exchanges)-1].Reply; {
	case marked.in("5xx reset", s.Provider.Policy):
		return flaw
	case len(e.Exchanges) > 1 && marked.Status == last.Status && (marked.Status == 401 || marked.Status == 403):
		flaw.Got += ", the answer to a body without a signature, though it is truly signed"
		return flaw
	}
	return nil
}

func badUTF8(s *Subject) ([]Case, error) {
	mark := Case{Name: "a byte order mark", Where: "body", Level: LevelAdvisory, Judge: s.marked,
		Steps: []Step{s.step(Edit{Op: Prepend, Bytes: []byte("\xef\xbb\xbf")})}}
	if s.Provider.Signing != nil {
		mark.Steps = append(mark.Steps, s.step(Edit{Op: Unsign}))
	}
	cases := []Case{mark}
	step := s.step()
	place, ok := s.text(s.like(step).Body)
	if !ok {
		return cases, nil
	}
	step.Edits = []Edit{{Op: Set, Place: string(place), JSON: json.RawMessage("\"a\xffb\"")}}
	return append(cases, Case{
		Name: "the byte 0xff in a text", Where: string(place), Steps: []Step{step},
		Expect: survive("bytes that are not UTF-8 must be refused or replaced"),
	}), nil
}
