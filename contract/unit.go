package contract

import (
	"cmp"
	"context"
	"slices"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/schemas"
)

// measurement learns how many effects a plain message of each event raises: the unit in which effects are
// judged.
type measurement struct {
	runner *runner
	why    map[string]string // event → why its effects cannot be judged; "" is for all
	sent   []measured
}

// measured is one plain message whose effects are to be counted.
type measured struct {
	event    *schemas.Event
	exchange checks.Exchange
	told     []checks.Exchange // before it
}

// messagesMeasured is how many plain messages of an event are looked at.
const messagesMeasured = 2

// measureUnits measures every accepted event. A message that is acknowledged and raises nothing is tried
// again with what it refers to told before it. Tasks of events without effects, or without a key, are filed
// as not assessed; the others are returned.
func (r *runner) measureUnits(ctx context.Context, tasks []*assessment) []*assessment {
	m := &measurement{runner: r, why: map[string]string{}}
	keyless := func(e *schemas.Event) bool { return len(r.plan.provider.Entity[e.Name]) == 0 }
	parented := func(e *schemas.Event) bool { return r.wantsParents(e.Name) }
	events := slices.DeleteFunc(slices.Clone(r.accepted), keyless)
	m.measure(ctx, slices.DeleteFunc(slices.Clone(events), parented))
	m.measure(ctx, slices.DeleteFunc(slices.Clone(events), func(e *schemas.Event) bool { return !parented(e) }))
	silent := slices.DeleteFunc(slices.Clone(events), func(e *schemas.Event) bool {
		return r.units[e.Name] > 0 || m.why[e.Name]+m.why[""] != "" || parented(e) || !r.refers(e)
	})
	for _, e := range silent {
		r.wantParents(e.Name, true)
	}
	m.measure(ctx, silent)
	for _, e := range silent {
		r.wantParents(e.Name, r.units[e.Name] > 0)
	}
	return r.able(tasks, m.why)
}

// able files the tasks whose effects cannot be judged, and returns the others.
func (r *runner) able(tasks []*assessment, why map[string]string) []*assessment {
	var able []*assessment
	for _, a := range tasks {
		if reason := r.noEffects(a, why); reason != "" {
			a.unseen = true
			if a.check.Phase == checks.Hooked {
				a.notAssessed("%s", reason)
				r.fileUnlessReviewed(a)
				continue
			}
			a.subject.Observed = false // its answers are still judged
		}
		able = append(able, a)
	}
	return able
}

// measure sends plain messages of the events and counts what they raise.
func (m *measurement) measure(ctx context.Context, events []*schemas.Event) {
	r := m.runner
	m.sent = nil
	var keys []string
	for _, event := range events {
		s := r.plan.subject(nil, event)
		s.Lives.First += livesPerTask / 4
		if r.wantsParents(event.Name) {
			s.Lives.First += messagesMeasured // others than those that nobody had been told of
		}
		for range messagesMeasured {
			if r.counterOnly() {
				m.count(ctx, s, event)
				continue
			}
			told, x := r.plainTold(ctx, s, event, "")
			m.sent = append(m.sent, measured{event, x, told})
			if len(x.Message.Entities) > 0 {
				keys = append(keys, x.Message.Entities[0])
			}
		}
	}
	if len(keys) == 0 {
		return
	}
	readings, err := r.readKeys(ctx, keys...)
	if err != nil {
		m.why[""] = "the observer does not answer: " + err.Error()
	}
	m.learn(readings)
}

// count learns from an observer's one counter what one plain message raises.
func (m *measurement) count(ctx context.Context, s *checks.Subject, event *schemas.Event) {
	before, err := m.runner.readKeys(ctx, "")
	told, _ := m.runner.plainTold(ctx, s, event, "")
	after, err2 := m.runner.readKeys(ctx, "")
	if err := cmp.Or(err, err2); err != nil {
		m.why[""] = "the observer does not answer: " + err.Error()
		return
	}
	m.raise(event.Name, countOf(after)-countOf(before)-m.runner.toldUnits(told, ""))
}

func (m *measurement) raise(event string, count int) {
	m.runner.units[event] = max(m.runner.units[event], count)
}

// learn takes the counts from the readings.
func (m *measurement) learn(readings []checks.Reading) {
	counts := map[string]checks.Reading{}
	for _, reading := range readings {
		counts[reading.Key] = reading
	}
	seen := map[string]bool{}
	for _, one := range m.sent {
		x, event := one.exchange, one.event.Name
		if len(x.Message.Entities) == 0 || !x.Reply.Acknowledged(m.runner.plan.provider.Policy) {
			continue
		}
		key := x.Message.Entities[0]
		if seen[event+" "+key] {
			m.why[event] = "two messages have the key " + key + ": it must not be pinned by --set"
		}
		seen[event+" "+key] = true
		if err := counts[key].Err; err != nil {
			m.why[event] = "the observer does not answer: " + err.Error()
		}
		m.raise(event, counts[key].Count-m.runner.toldUnits(one.told, key))
	}
}
