package checks

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// Shape of the race of dup-concurrent-race.
const (
	copies   = 20
	messages = 10
)

const onceRule = "a message must be acted on once, however often it comes"

// once is the effect of a message that came more than once.
func once() []Effect { return []Effect{{Max: 1, Rule: onceRule}} }

// attempts is so many attempts of one message.
func (s *Subject) attempts(n int) []Step {
	step := s.step()
	all := make([]Step, n)
	for i := range all {
		all[i] = step
		all[i].Attempt = i + 1
	}
	return all
}

func replayExact(s *Subject) ([]Case, error) {
	first := s.step()
	again := first
	again.Again = true
	return []Case{{Name: "the same bytes twice", Where: "body and headers", Steps: []Step{first, again}, Effects: once()}}, nil
}

func repeatedMessage(s *Subject) ([]Case, error) {
	return []Case{{Name: "three attempts of one message", Where: string(s.Provider.Fields.ID), Steps: s.attempts(3), Effects: once()}}, nil
}

func copiesAtOnce(s *Subject) ([]Case, error) {
	var cases []Case
	for i := range messages {
		step := s.step()
		c := Case{Name: "twenty copies at one instant, message " + strconv.Itoa(i+1), Where: string(s.Provider.Fields.ID), Parallel: true, Effects: once()}
		for range copies {
			c.Steps = append(c.Steps, step)
		}
		cases = append(cases, c)
	}
	return cases, nil
}

func secondCopy(s *Subject) ([]Case, error) {
	return []Case{{Name: "the second of two attempts", Where: string(s.Provider.Fields.ID), Steps: s.attempts(2), Judge: func(e Evidence) *Flaw {
		first, second := e.Exchanges[0].Reply, e.Exchanges[1].Reply
		if !first.Acknowledged(s.Provider.Policy) || second.Acknowledged(s.Provider.Policy) {
			return nil
		}
		return &Flaw{
			Rule: "a repeated message must be acknowledged, or the provider repeats it for days",
			Got:  second.String(), Want: "an acknowledgement, as the first got", Index: 1,
		}
	}}}, nil
}

func wrongKeys(s *Subject) ([]Case, error) {
	inHeader := strings.Contains(strings.Join(templates(s.Provider), "\n"), "{id}")
	if s.Provider.Fields.ID == "" && !inHeader {
		return []Case{{Name: "ids", Reason: "the provider gives its messages no id"}}, nil
	}
	var cases []Case
	if len(s.Provider.HeaderNames("delivery_id")) > 0 {
		steps := s.attempts(2)
		steps[1].Edits = []Edit{{Op: DeliveryID, Value: "00000000-0000-8000-8000-" + strconv.FormatUint(1e11+steps[1].Coordinate.Life, 10)}}
		c := Case{Name: "one message under two delivery ids", Where: strings.Join(s.Provider.HeaderNames("delivery_id"), ", "), Steps: steps, Effects: once()}
		if s.Provider.Policy.DeliveryID == "per-delivery" {
			c.Level = LevelAdvisory // the provider offers that id for telling repeats
		}
		cases = append(cases, c)
	}
	if len(s.updates()) > 0 {
		first := s.step()
		second, other := first, s.Lives.Next()
		second.Edits = []Edit{{Op: MessageID, Coordinate: other}}
		if s.Provider.Fields.ID != "" {
			second.Edits = []Edit{{Op: SetFrom, Place: string(s.Provider.Fields.ID), Coordinate: other}}
		}
		cases = append(cases, Case{
			Name: "one body under two message ids", Where: string(s.Provider.Fields.ID), Steps: []Step{first, second}, Kind: Availability,
			Effects: []Effect{{Min: 2, Max: -1, Rule: "two messages must be acted on twice, even when they say the same"}},
		})
	}
	if len(cases) == 0 {
		return []Case{{Name: "ids", Reason: "there is no delivery id, and the event updates nothing"}}, nil
	}
	return cases, nil
}

func templates(p *schemas.Provider) []string {
	var all []string
	for _, line := range p.Headers {
		all = append(all, line[1])
	}
	return all
}

func failedFirst(s *Subject) ([]Case, error) {
	return []Case{{
		Name: "a first attempt that fails, then its retry", Where: string(s.Provider.Fields.ID), Steps: s.attempts(2), Before: FailOnce,
		Judge:   func(Evidence) *Flaw { return nil },
		Effects: []Effect{{Min: 1, Max: -1, Rule: "the retry of a message that failed must be processed"}},
	}}, nil
}

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
	key(&newer, "hookrig newer version", time.Minute)
	key(&older, "hookrig older version", time.Hour)
	parent.Edits = []Edit{{Op: Set, Place: string(s.Provider.Fields.Time), JSON: at(2 * time.Hour)}}
	return []Case{{
		Name: "two updates, the newer first", Where: string(text), Steps: []Step{parent, newer, older},
		Effects: []Effect{{Step: 2, Max: -1, Value: func(value json.RawMessage) *Flaw {
			if !containsAny(value, "hookrig older version") || containsAny(value, "hookrig newer version") {
				return nil
			}
			return &Flaw{
				Index: 2, Kind: Existential,
				Rule: "an older update must not overwrite a newer one",
				Got:  "the older update's text read back through the hook", Want: "the newer one's",
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
	for _, law := range references(s.Catalog) {
		if law.Event != s.Event.Name || law.Event == law.To {
			continue
		}
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

// batch is the place of the array by which the event holds several things, ok is false when it holds
// one.
func (s *Subject) batch() (array schemas.Pointer, ok bool) {
	for _, place := range s.Provider.Entity[s.Event.Name] {
		if before, _, found := strings.Cut(string(place), "/*"); found {
			return schemas.Pointer(before), true
		}
	}
	return "", false
}

// batched is a message that holds what several messages hold.
func (s *Subject) batched(extra int) (step Step, ok bool) {
	array, ok := s.batch()
	if !ok {
		return Step{}, false
	}
	step = s.step()
	for range extra {
		step.Edits = append(step.Edits, Edit{Op: Join, Place: string(array), Coordinate: s.Lives.Next()})
	}
	m := s.like(step)
	return step, len(m.Entities) == extra+1 && s.valid(m.Body)
}

func batches(s *Subject) ([]Case, error) {
	step, ok := s.batched(2)
	if !ok {
		return []Case{{Name: "a batch", Reason: "the event holds one thing, as far as the description says"}}, nil
	}
	array, _ := s.batch()
	const rule = "each item of a batch must be processed"
	return []Case{{
		Name: "a batch of three", Where: string(array), Steps: []Step{step},
		Effects: []Effect{{Entity: 0, Min: 1, Max: -1, Rule: rule}, {Entity: 1, Min: 1, Max: -1, Rule: rule}, {Entity: 2, Min: 1, Max: -1, Rule: rule}},
	}}, nil
}

func poisonedBatch(s *Subject) ([]Case, error) {
	step, ok := s.batched(2)
	if !ok {
		return []Case{{Name: "a poisoned batch", Reason: "the event holds one thing, as far as the description says"}}, nil
	}
	array, _ := s.batch()
	for _, place := range s.enums() {
		rest, inside := strings.CutPrefix(string(place), string(array)+"/*/")
		if !inside || strings.Contains(rest, "*") {
			continue
		}
		poison := array.Index(1) + "/" + schemas.Pointer(rest)
		if _, ok := find(s.like(step).Body, poison); !ok {
			continue
		}
		step.Edits = append(step.Edits, Edit{Op: Set, Place: string(poison), JSON: quote("hookrig_invented")})
		again := step
		again.Attempt = 2
		const rule = "a bad item of a batch must not touch the others"
		return []Case{{
			Name: "a good, an unknown and a good item", Where: string(poison), Steps: []Step{step, again},
			Expect:  survive(rule),
			Effects: []Effect{{Entity: 0, Min: 1, Max: 1, Rule: rule}, {Entity: 2, Min: 1, Max: 1, Rule: rule}},
		}}, nil
	}
	return []Case{{Name: "a poisoned batch", Reason: "the items have no value to which the provider may add"}}, nil
}
