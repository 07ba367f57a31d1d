package checks

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

func staleUpdate(s *Subject) ([]Case, error) {
	reason := func(text string) ([]Case, error) {
		return []Case{{Name: "two updates, the newer first", Reason: text}}, nil
	}
	if s.Provider.Policy.Ordered {
		return reason("the provider keeps order")
	}
	updates := s.updates()
	if len(updates) == 0 {
		return reason("the event updates nothing, as far as the provider's laws say")
	}
	law := updates[0]
	parent := Step{Event: law.To, Coordinate: s.Lives.Next()}
	newer, text, ok := s.versioned("")
	older, _, both := s.versioned(text)
	if !ok || !both || s.Provider.Fields.Time == "" {
		return reason("the event has no text and time by which two versions could be told apart")
	}
	at := s.timeIn(s.like(newer).Body)
	if at == nil {
		return reason("the event's time is written in a form that cannot be moved")
	}
	key := func(step *Step, mark string, back time.Duration) {
		step.Edits = []Edit{
			{Op: SetFrom, Place: string(law.Value), From: string(law.Key), Event: law.To, Coordinate: parent.Coordinate},
			{Op: Set, Place: string(s.Provider.Fields.Time), JSON: at(back)},
			{Op: Set, Place: string(text), JSON: quote(mark)},
		}
	}
	const newest, oldest = "hookrig newer version", "hookrig older version"
	key(&newer, newest, time.Minute)
	key(&older, oldest, time.Hour)
	parent.Edits = []Edit{{Op: Set, Place: string(s.Provider.Fields.Time), JSON: at(2 * time.Hour)}}
	return []Case{{
		Name: "two updates, the newer first", Where: string(text), Steps: []Step{parent, newer, older},
		Effects: []Effect{{Step: 2, Max: -1, Shows: []string{newest, oldest}, Value: func(value json.RawMessage) *Flaw {
			if !containsAny(value, oldest) || containsAny(value, newest) {
				return nil
			}
			return &Flaw{
				Index: 2, Kind: Existential,
				Rule: "an older update must not overwrite a newer one",
				Got:  "the older update's " + string(text) + ", read back through the hook", Want: "the newer one's",
			}
		}}},
	}}, nil
}

// versioned is a step whose message has a text that can be marked, at the place where one is given:
// what is optional may be absent from the first.
func (s *Subject) versioned(at schemas.Pointer) (step Step, text schemas.Pointer, ok bool) {
	for range 32 {
		step = s.step()
		if text, ok = s.version(s.like(step).Body); ok && (at == "" || at == text) {
			return step, text, true
		}
	}
	return step, "", false
}

// version is a text of the event's own, in which a version can be marked.
func (s *Subject) version(body []byte) (schemas.Pointer, bool) {
	places := s.texts(body)
	if len(places) > 0 {
		return places[0], true
	}
	for _, leaf := range leaves(body) {
		if leaf.kind == '"' && !s.identifies(leaf.place) && s.allows(body, leaf.place, `"hookrig newer version"`) {
			return leaf.place, true
		}
	}
	return "", false
}

// timeIn makes times in the form of the body's own, so long before it; nil when its form is unknown.
func (s *Subject) timeIn(body []byte) func(back time.Duration) json.RawMessage {
	at, ok := find(body, s.Provider.Fields.Time)
	if !ok {
		return nil
	}
	text := string(bytes.Trim(body[at.from:at.to], `"`))
	if then, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return func(back time.Duration) json.RawMessage {
			return quote(then.Add(-back).Format("2006-01-02T15:04:05.000Z07:00"))
		}
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil
	}
	return func(back time.Duration) json.RawMessage {
		moved := strconv.FormatInt(seconds-int64(back/time.Second), 10)
		if body[at.from] == '"' {
			return quote(moved)
		}
		return json.RawMessage(moved)
	}
}

func childFirst(s *Subject) ([]Case, error) {
	var cases []Case
	for _, law := range s.laws().alike(s.Event.Name) {
		parent := Step{Event: law.To, Coordinate: s.Lives.Next()}
		child := s.step()
		child.Edits = []Edit{{Op: SetFrom, Place: string(law.Value), From: string(law.Key), Event: law.To, Coordinate: parent.Coordinate}}
		if _, _, err := s.editMessage(s.like(Step{Event: child.Event, Coordinate: child.Coordinate}), child.Edits); err != nil {
			continue
		}
		again := child
		again.Attempt = 2
		least := 1
		if a, b := s.like(child).Entities, s.like(parent).Entities; len(a) > 0 && len(b) > 0 && a[0] == b[0] {
			least = 2
		}
		cases = append(cases, Case{
			Name: s.Event.Name + " before its " + law.To, Where: string(law.Value), Steps: []Step{child, parent, again}, Judge: s.childJudged,
			Effects: []Effect{{Step: 2, Min: least, Max: -1, Rule: "an update that came before its creation must not be lost"}},
		})
	}
	if len(cases) == 0 {
		return []Case{{Name: "child before parent", Reason: "the event refers to nothing that another creates, as far as the provider's laws say"}}, nil
	}
	return cases, nil
}

func (s *Subject) childJudged(e Evidence) *Flaw {
	first, again := e.Exchanges[0].Reply, e.Exchanges[2].Reply
	if first.in("5xx reset", s.Provider.Policy) {
		return &Flaw{Rule: "an update that comes before its creation must be handled or refused", Got: first.String(), Want: "an acknowledgement, 404 or 409"}
	}
	if !first.Acknowledged(s.Provider.Policy) && !again.Acknowledged(s.Provider.Policy) {
		return &Flaw{Rule: "an update must be accepted once what it refers to is there", Got: again.String() + " after the creation", Want: "an acknowledgement", Index: 2}
	}
	return nil
}
