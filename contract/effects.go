package contract

import (
	"context"
	"slices"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/internal/observe"
	"github.com/hookrig/hookrig/schemas"
)

// hooked assesses what rests on effects: everything is sent, the consumer settles once, then all keys
// are read. With an observer that knows one counter only, cases run alone.
func (r *runner) hooked(ctx context.Context, tasks []*assessment) {
	if len(tasks) == 0 {
		return
	}
	if r.plan.cfg.Observer == nil {
		for _, a := range tasks {
			r.conclude(ctx, a)
			r.fileUnlessReviewed(a)
		}
		return
	}
	able := r.measureUnits(ctx, tasks)
	if r.counterOnly() {
		r.oneByOne(ctx, able)
		return
	}
	r.attend(able)
	r.together(ctx, able, r.conclude)
	for range looks {
		if !slices.ContainsFunc(able, func(a *assessment) bool { return a.shaken }) {
			break
		}
		for _, a := range able {
			a.shaken = true // what it has sent may have left no effect
		}
		r.together(ctx, r.shaken(able), r.conclude)
	}
	r.buried()
	r.settlePending(ctx, able)
	for _, a := range able {
		r.fileUnlessReviewed(a)
	}
}

// counterOnly reports whether the observer knows one counter for all keys.
func (r *runner) counterOnly() bool { return r.plan.counterOnly() }

// countedAs is the key under which the observer counts it: "" for one that knows one counter.
func (r *runner) countedAs(key string) string {
	if r.counterOnly() {
		return ""
	}
	return key
}

// countBefore reads an observer's one counter before a case, under the empty key; nil for an observer
// that knows keys.
func (r *runner) countBefore(ctx context.Context, c checks.Case) map[string]int {
	if len(c.Effects) == 0 || r.plan.cfg.Observer == nil || !r.counterOnly() {
		return nil
	}
	readings, _ := r.readKeys(ctx, "")
	return map[string]int{"": countOf(readings)}
}

// noEffects says why the effects of an assessment's event cannot be judged, "" when they can.
func (r *runner) noEffects(a *assessment, why map[string]string) string {
	switch {
	case r.lacks(a.check) != "":
		return r.lacks(a.check)
	case why[""] != "":
		return why[""]
	case why[a.event.Name] != "":
		return why[a.event.Name]
	case len(r.plan.provider.Entity[a.event.Name]) == 0:
		return "the description names no key for this event"
	case r.units[a.event.Name] == 0:
		return "a plain acknowledged message raises no effect that the hook can see"
	}
	return ""
}

// settlePending reads the effects of all that is pending, once, and judges them. Lost effects are
// looked at twice more.
func (r *runner) settlePending(ctx context.Context, tasks []*assessment) {
	for round := 1; round <= looks; round++ {
		var keys []string
		for _, a := range tasks {
			for _, p := range a.pending {
				keys = append(keys, keysOf(p)...)
			}
		}
		if len(keys) == 0 || r.plan.cfg.Observer == nil || ctx.Err() != nil {
			return
		}
		byKey, err := r.readingsOf(ctx, keys)
		if err != nil && ctx.Err() != nil {
			return
		}
		for _, a := range tasks {
			r.judgePending(ctx, a, byKey)
		}
	}
}

// judgePending judges what an assessment has pending, and sends again what needs another look.
func (r *runner) judgePending(ctx context.Context, a *assessment, byKey map[string]checks.Reading) {
	waiting := a.pending
	a.pending = nil
	for _, p := range waiting {
		if a.must() {
			return
		}
		p.evidence.Readings = r.read(p, byKey, a.event)
		for _, reading := range p.evidence.Readings {
			if reading.Err != nil {
				a.notAssessed("the observer does not answer: %v", reading.Err)
			}
		}
		only := effectsOnly(p, r.plan.provider.Policy)
		flaw := only.Judged(r.plan.provider, p.evidence)
		switch {
		case flaw == nil && p.first == nil && blind(only, p.evidence):
			a.cases--
			a.notAssessed("%s: the value that the hook tells of a thing does not show it", p.kase.Name)
		case flaw == nil && p.first == nil:
		case flaw == nil:
			p.first.Of++
			r.settle(ctx, a, p.first)
		case p.first == nil:
			p.first = r.finding(a, p.kase, p.evidence, flaw)
			r.again(ctx, a, p)
		default:
			p.first.Of++
			p.first.Observed++
			r.again(ctx, a, p)
		}
	}
}

// blind reports whether the hook shows nothing of what the case is about.
func blind(c checks.Case, e checks.Evidence) bool {
	for i, effect := range c.Effects {
		if i < len(e.Readings) && effect.Blind(e.Readings[i]) {
			return true
		}
	}
	return false
}

// read is what was read for a case that was sent, one reading for each of its effects.
func (r *runner) read(p pending, byKey map[string]checks.Reading, event *schemas.Event) []checks.Reading {
	unit := max(r.units[event.Name], 1)
	var readings []checks.Reading
	for _, key := range keysOf(p) {
		reading := byKey[key]
		reading.Key = key
		reading.Count -= p.before[key] + p.before[""] + r.toldUnits(p.evidence.Told, r.countedAs(key))
		reading.Units = (reading.Count + unit - 1) / unit
		readings = append(readings, reading)
	}
	return readings
}

// again sends a case whose effects were lost once more; one that had too many needs no second look.
func (r *runner) again(ctx context.Context, a *assessment, p pending) {
	if p.first.Kind == checks.Existential || p.first.Of >= looks {
		r.settle(ctx, a, p.first)
		return
	}
	fresh := r.fresh(a, p.kase)
	before := r.countBefore(ctx, fresh)
	evidence, reason := r.gather(ctx, a, fresh)
	if reason != "" {
		r.settle(ctx, a, p.first)
		return
	}
	a.pending = append(a.pending, pending{kase: fresh, evidence: evidence, before: before, first: p.first})
}

// effectsOnly is the case without its answers. What was never acknowledged cannot be lost, and what a
// case does to an entity counts only when all of it was acknowledged.
func effectsOnly(p pending, policy schemas.Policy) checks.Case {
	c := p.kase
	c.Expect = checks.Expect{}
	c.Judge = func(checks.Evidence) *checks.Flaw { return nil }
	c.Effects = slices.Clone(c.Effects)
	acknowledged := 0
	for _, x := range p.evidence.Exchanges {
		if x.Reply.Acknowledged(policy) {
			acknowledged++
		}
	}
	for i := range c.Effects {
		if acknowledged < len(p.evidence.Exchanges) {
			c.Effects[i].Min, c.Effects[i].Value = min(c.Effects[i].Min, 1, acknowledged), nil
		}
	}
	return c
}

// keysOf lists the keys that a pending case reads, one for each of its effects.
func keysOf(p pending) []string {
	var keys []string
	for _, effect := range p.kase.Effects {
		key := ""
		if effect.Step < len(p.evidence.Exchanges) {
			if entities := p.evidence.Exchanges[effect.Step].Message.Entities; effect.Entity < len(entities) {
				key = entities[effect.Entity]
			}
		}
		keys = append(keys, key)
	}
	return keys
}

// readingsOf waits until the consumer has settled and reads each key once.
func (r *runner) readingsOf(ctx context.Context, keys []string) (map[string]checks.Reading, error) {
	readings, err := r.readKeys(ctx, keys...)
	byKey := map[string]checks.Reading{}
	for _, reading := range readings {
		byKey[reading.Key] = reading
	}
	return byKey, err
}

// readKeys waits until the consumer has settled and reads each key once.
func (r *runner) readKeys(ctx context.Context, keys ...string) ([]checks.Reading, error) {
	unique := slices.Compact(slices.Sorted(slices.Values(keys)))
	read, _, err := observe.Settle(ctx, observe.SettleConfig{
		Observer: r.plan.cfg.Observer, Keys: unique, Limit: r.plan.cfg.Settle, Idle: r.plan.cfg.Idle,
	})
	readings := make([]checks.Reading, len(read))
	failed := 0
	for i, one := range read {
		readings[i] = checks.Reading{Key: one.Key, Count: one.Count, Units: one.Count, Value: one.Value, Err: one.Err}
		if one.Err != nil {
			failed++
			if err == nil {
				err = one.Err
			}
		}
	}
	if failed < len(read) && ctx.Err() == nil {
		err = nil // a key that cannot be read is its own case's trouble
	}
	return readings, err
}

func countOf(readings []checks.Reading) int {
	if len(readings) == 0 {
		return 0
	}
	return readings[0].Count
}
