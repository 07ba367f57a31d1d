package checks

import (
	"strconv"
	"strings"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// Shape of the race of dup-concurrent-race.
const (
	copies   = 20
	messages = 10
	apart    = 3 * time.Millisecond // between two copies: a provider that did not wait
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
	first := s.step()
	cases := []Case{{
		Name: "two copies 3 ms apart", Where: string(s.Provider.Fields.ID), Steps: []Step{first, first}, Parallel: true, Apart: apart, Effects: once(),
	}}
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
