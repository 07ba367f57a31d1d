package checks

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Shape of the calm run and the bursts of ack-too-slow.
const (
	warmUp    = 3
	calm      = 50
	burst     = 20
	bursts    = 3
	plainSent = 40 // by ack-intermittent itself
)

func (s *Subject) steps(n int) []Step {
	var all []Step
	for range n {
		all = append(all, s.step())
	}
	return all
}

func calmAndBursts(s *Subject) ([]Case, error) {
	return []Case{{
		Name: "one after another", Steps: s.steps(warmUp + calm), Judge: s.slow("50 calm messages", warmUp),
	}, {
		Name: "twenty at one instant", Steps: s.steps(burst), Parallel: true, Judge: s.burst,
	}}, nil
}

// slow judges the 95th percentile of the replies.
func (s *Subject) slow(what string, skip int) func(Evidence) *Flaw {
	return func(e Evidence) *Flaw {
		var took []time.Duration
		for _, x := range e.Exchanges[min(skip, len(e.Exchanges)):] {
			if x.Reply.Status != 0 {
				took = append(took, x.Reply.Done)
			}
		}
		if len(took) == 0 {
			return nil
		}
		slices.Sort(took)
		p95 := took[len(took)*95/100]
		flaw := &Flaw{
			Rule: "a message must be acknowledged well within the provider's deadline, also when many come at once",
			Got:  fmt.Sprintf("95 of 100 replies to %s within %s", what, p95.Round(time.Millisecond)),
			Want: fmt.Sprintf("within %s", s.Deadline), Rests: "/policy/timeout_seconds",
		}
		switch {
		case p95 > s.Deadline:
			return flaw
		case p95 > s.Deadline/2:
			flaw.Level, flaw.Want = LevelAdvisory, fmt.Sprintf("within half of the deadline of %s", s.Deadline)
			return flaw
		}
		return nil
	}
}

// burst judges messages that came at one instant: none may be refused, and none be slow.
func (s *Subject) burst(e Evidence) *Flaw {
	for i, x := range e.Exchanges {
		if !x.Reply.Acknowledged(s.Provider.Policy) && !x.Reply.Busy() {
			return &Flaw{
				Rule: "messages that come at one instant must be acknowledged, or answered 429 or 503 with Retry-After",
				Got:  x.Reply.String() + " to one of " + strconv.Itoa(len(e.Exchanges)), Want: "an acknowledgement of each", Index: i,
			}
		}
	}
	return s.slow("20 messages at one instant", 0)(e)
}

// killAfterAck kills the consumer at the last of twenty acknowledgements and counts what is left.
func killAfterAck(ctx context.Context, b Bench) Outcome {
	s := b.Subject()
	sent := b.Send(ctx, s.steps(burst)...)
	if err := b.Restart(ctx); err != nil {
		return Outcome{Reason: "restart the consumer: " + err.Error()}
	}
	var keys []string
	var last Exchange
	for _, x := range sent {
		if x.Reply.Acknowledged(s.Provider.Policy) && len(x.Message.Entities) > 0 {
			keys, last = append(keys, x.Message.Entities[0]), x
		}
	}
	if len(keys) == 0 {
		return Outcome{Reason: "none of the messages was acknowledged"}
	}
	lost := 0
	readings := b.Settle(ctx, keys...)
	for _, r := range readings {
		if r.Err != nil {
			return Outcome{Reason: "the observer does not answer: " + r.Err.Error()}
		}
		if r.Units < 1 {
			lost++
		}
	}
	o := Outcome{Cases: 1, Case: Case{Name: "killed at the last acknowledgement"}, Evidence: Evidence{Exchanges: []Exchange{last}, Readings: readings}}
	if lost > 0 {
		o.Flaw = &Flaw{
			Rule: "what was acknowledged must survive a crash",
			Got:  fmt.Sprintf("%d of %d acknowledged messages left no effect after a restart", lost, len(keys)), Want: "an effect of each",
		}
	}
	return o
}

// schemaBreaking is signed messages that the event's schema refuses.
func schemaBreaking(s *Subject) ([]Case, error) {
	var cases []Case
	for _, leaf := range leaves(s.sample()) {
		if len(cases) == 3 {
			break
		}
		edit := Edit{Op: Set, Place: string(leaf.place), JSON: json.RawMessage(`{"hookrig":[]}`)}
		step := s.step(edit)
		m := s.like(step)
		if s.identifies(leaf.place) || len(m.Entities) == 0 || s.valid(m.Body) {
			continue
		}
		cases = append(cases, Case{
			Name: "an object at " + string(leaf.place), Where: string(leaf.place), Steps: []Step{step}, Judge: func(Evidence) *Flaw { return nil },
			Effects: []Effect{{Min: 1, Max: -1, Rule: "a message that is not processed must not be acknowledged silently"}},
		})
	}
	if len(cases) == 0 {
		return []Case{{Name: "a broken message", Reason: "nothing in the schema can be broken beside the message's identity"}}, nil
	}
	return cases, nil
}

func redirects(s *Subject, seen []Exchange) []Flaw {
	for i, x := range seen {
		if x.Plain && x.Reply.Status/100 == 3 {
			return []Flaw{{
				Rule: "a message must be answered where it was sent: providers follow no redirect",
				Got:  x.Reply.String() + " to " + x.Reply.Header("Location"), Want: "an acknowledgement", Index: i,
			}}
		}
	}
	for i, x := range seen {
		if x.Plain && x.Reply.Acknowledged(s.Provider.Policy) && htmlForm(x.Reply) {
			return []Flaw{{
				Level: LevelAdvisory,
				Rule:  "a webhook answers with a status, not with a page",
				Got:   x.Reply.String() + " and an HTML page with a form: a login page?", Want: "an acknowledgement by the handler itself", Index: i,
			}}
		}
	}
	return nil
}

func htmlForm(r Reply) bool {
	return strings.Contains(strings.ToLower(r.Header("Content-Type")), "text/html") && bytes.Contains(bytes.ToLower(r.Body), []byte("<form"))
}

// unanswered are requests that handlers forget to answer.
func unanswered(s *Subject) ([]Case, error) {
	any := Expect{Good: "2xx 3xx 4xx 5xx reset", Rule: "every request must be answered", Want: "a reply"}
	cases := []Case{
		{Name: "an empty body", Where: "body", Steps: []Step{{Event: s.Event.Name, Body: []byte{}}}, Expect: any},
		{Name: "a body that is not JSON", Where: "body", Steps: []Step{{Event: s.Event.Name, Body: []byte("hello")}}, Expect: any},
		{Name: "another method", Where: "method", Steps: []Step{s.step(Edit{Op: Method, Value: "GET"})}, Expect: any},
	}
	if s.Provider.Signing != nil {
		cases = append(cases, Case{Name: "no signature", Where: s.signatureHeader(), Steps: []Step{s.step(Edit{Op: Unsign})}, Expect: any})
	}
	return cases, nil
}

func hangs(s *Subject, seen []Exchange) []Flaw {
	times, first := 0, -1
	for i, x := range seen {
		if x.Reply.Failure == FailureTimeout && x.Fault.CutAt == 0 && !x.Step.has(SendBlank) {
			times++
			if first < 0 {
				first = i
			}
		}
	}
	if times == 0 {
		return nil
	}
	return []Flaw{{
		Rule:  "every request must be answered within the provider's deadline",
		Got:   fmt.Sprintf("%s, for %d of %d requests; the first was sent for %s", seen[first].Reply, times, len(seen), seen[first].Check),
		Want:  fmt.Sprintf("a whole reply within %s", s.Deadline),
		Index: first, Times: times, Of: len(seen), Lone: times == 1, Rests: "/policy/timeout_seconds",
	}}
}

func manyPlain(s *Subject) ([]Case, error) {
	return []Case{{Name: "plain messages", Steps: s.steps(plainSent), Judge: func(Evidence) *Flaw { return nil }, Plain: true}}, nil
}

func intermittent(s *Subject, seen []Exchange) []Flaw {
	sent, refused, last := 0, 0, -1
	for i, x := range untilGone(seen) {
		if !x.Plain || x.Reply.Busy() || x.Reply.Failure == FailureCanceled {
			continue
		}
		if s.Provider.Signing != nil && !ASCII(x.Request.Body) {
			continue // a signature check of its own looks at letters beyond ASCII
		}
		sent++
		if !x.Reply.Acknowledged(s.Provider.Policy) && !s.Refused[x.Message.Event] {
			refused, last = refused+1, i
		}
	}
	if refused == 0 {
		return nil
	}
	return []Flaw{{
		Rule:  "plain valid messages must be acknowledged every time",
		Got:   fmt.Sprintf("%d of %d were not; the last got %s", refused, sent, seen[last].Reply),
		Want:  "an acknowledgement of each, or 429 or 503 with Retry-After",
		Index: last, Times: refused, Of: sent, Lone: refused == 1,
	}}
}

// untilGone leaves out what was sent to a consumer that had gone down for good, and what it was cut off
// in: its end is a finding of the check that caused it, not a whim of the consumer's.
func untilGone(seen []Exchange) []Exchange {
	last := len(seen)
	for last > 0 && seen[last-1].Reply.Failure == FailureConnect {
		last--
	}
	for last > 0 && last < len(seen) && seen[last-1].Reply.Failure == FailureReset {
		last--
	}
	return seen[:last]
}

func indistinguishable(s *Subject) ([]Case, error) {
	valid, unknown, stranger, broken := s.step(), s.step(), s.step(), s.step()
	f := s.Provider.Fields
	if f.Event == "" {
		return []Case{{Name: "four unlike messages", Reason: "the description does not say where a body names its event"}}, nil
	}
	unknown.Edits = []Edit{{Op: Set, Place: string(f.Event), JSON: quote("hookrig.unknown")}}
	broken.Edits = []Edit{{Op: Replace, Bytes: []byte(`[]`)}}
	steps := []Step{valid, unknown, broken}
	if f.Tenant != "" {
		stranger.Edits = []Edit{{Op: Set, Place: string(f.Tenant), JSON: quote("00000000-0000-4000-8000-000000000000")}}
		steps = append(steps, stranger)
	}
	return []Case{{Name: "four unlike messages", Where: "body", Steps: steps, Judge: func(e Evidence) *Flaw {
		first := e.Exchanges[0].Reply
		for _, x := range e.Exchanges[1:] {
			if x.Reply.Status != first.Status || !bytes.Equal(x.Reply.Body, first.Body) {
				return nil
			}
		}
		return &Flaw{
			Rule: "an acknowledgement should say something",
			Got:  "the same reply to a valid message, an unknown event and a broken body: " + first.String(),
			Want: "a difference; else only effects can tell what was processed",
		}
	}}}, nil
}
