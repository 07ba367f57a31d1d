package contract

import (
	"context"
	"fmt"

	"github.com/hookrig/hookrig/contract/checks"
)

// tale is a story that was told and acknowledged: its effects are still to be read.
type tale struct {
	source   *storySource
	evidence checks.Evidence
	openings []*assessment // of valid-rejected, which answers for plain messages
}

const lostRule = "what is acknowledged in a journey must be acted on, as it is alone"

// echo looks for messages of the story that were acknowledged and left no effect, though one of their kind
// alone leaves one, once it is known which do. A consumer may have its reasons, so that is advisory.
func (r *runner) echo(ctx context.Context) {
	if r.tale == nil || r.plan.cfg.Observer == nil || r.plan.counterOnly() || ctx.Err() != nil {
		return
	}
	lost := r.unheard(ctx, r.tale.evidence)
	for _, a := range r.tale.openings {
		for _, effect := range lost {
			if x := r.tale.evidence.Exchanges[effect.Step]; x.Message.Event == a.event.Name {
				r.lose(ctx, a, effect)
				break
			}
		}
	}
}

// unheard lists what of a told story has left no effect.
func (r *runner) unheard(ctx context.Context, e checks.Evidence) []checks.Effect {
	var expected []checks.Effect
	var keys []string
	for i, x := range e.Exchanges {
		if r.units[x.Message.Event] == 0 || !x.Reply.Acknowledged(r.plan.provider.Policy) {
			continue
		}
		for n, key := range x.Message.Entities {
			expected = append(expected, checks.Effect{Step: i, Entity: n, Min: 1, Max: -1, Rule: lostRule})
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	byKey, err := r.readingsOf(ctx, keys)
	if err != nil {
		return nil
	}
	var lost []checks.Effect
	for i, key := range keys {
		if reading, read := byKey[key]; read && reading.Err == nil && reading.Count == 0 {
			lost = append(lost, expected[i])
		}
	}
	return lost
}

// lose confirms that a message of the story is lost each time the story is told, and makes that a finding
// of its event, shrunk to the messages that matter.
func (r *runner) lose(ctx context.Context, a *assessment, effect checks.Effect) {
	told := r.tale.evidence
	steps := make([]checks.Step, effect.Step+1)
	for i := range steps {
		steps[i] = told.Exchanges[i].Step
	}
	key := told.Exchanges[effect.Step].Message.Entities[effect.Entity]
	c := checks.Case{Name: storyName, Steps: steps, Effects: []checks.Effect{effect}}
	f := r.finding(a, c, checks.Evidence{Exchanges: told.Exchanges[:len(steps)], Readings: []checks.Reading{{Key: key}}}, &checks.Flaw{
		Level: checks.LevelAdvisory, Kind: checks.Availability, Rule: lostRule, Index: effect.Step,
		Got: "0 effects for the key " + key + " in a journey, though a message of its kind alone has one", Want: "at least 1 effect",
	})
	f.Fix = "Look at what the messages before it have changed: a state in which this one is skipped. If it is meant to be skipped there, waive this."
	for n := 1; n < looks; n++ {
		renewed := r.tale.source.renewed(fmt.Sprintf("%s.echo.%d", r.plan.cfg.RunID, n)).(*storySource)
		again, flaw := r.recite(ctx, renewed, steps)
		if f.Of++; flaw != nil || len(again.Exchanges) < len(steps) {
			continue
		}
		for _, lost := range r.unheard(ctx, again) {
			if lost.Step == effect.Step && lost.Entity == effect.Entity {
				f.Observed++
			}
		}
	}
	if f.Observed < looks {
		return
	}
	r.reduce(ctx, &assessment{check: a.check, event: a.event, subject: r.teller(r.tale.source)}, f)
	a.findings = append(a.findings, f)
	r.amend(a.result())
}

// amend puts a result in the place of the one that was filed before.
func (r *runner) amend(res checks.Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.results {
		if r.results[i].Check == res.Check && r.results[i].Event == res.Event {
			r.results[i] = res
		}
	}
}
