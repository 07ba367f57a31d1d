package contract

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/contract/shrink"
	"github.com/hookrig/hookrig/generators"
)

// trial tries candidates for a smaller finding. The messages of each are those of another run: of the
// same shapes, so that what was left out before can be left out again, and with ids that nobody has seen.
type trial struct {
	runner     *runner
	assessment *assessment
	finding    *checks.Finding // as it was found
	observed   bool            // it rests on effects
	careful    bool            // it wounds: the consumer is looked after before each try
	sources    []checks.Source // of the run
	base       string
	number     int
	runID      string

	last      checks.Finding // as the last candidate that failed showed it
	gone      bool           // the consumer did not come back
	deadlines int            // waited out
}

func (r *runner) trial(a *assessment, f *checks.Finding) *trial {
	subject := *a.subject
	return &trial{
		runner: r, finding: f, observed: len(f.Evidence.Readings) > 0, careful: a.check.Phase == checks.Wounding || cut(f.Evidence),
		assessment: &assessment{check: a.check, event: a.event, subject: &subject},
		sources:    subject.Sources, base: r.plan.cfg.RunID + "." + a.check.ID + "." + a.event.Name, last: *f,
	}
}

// fails sends the candidates, one after the other, and returns the place of the first that shows the
// same flaw, -1 for none. Where effects count, all are sent before effects are read once.
func (t *trial) fails(ctx context.Context, candidates [][]shrink.Part) int {
	waiting := make([]pending, len(candidates))
	var keys []string
	for i, parts := range candidates {
		c, ok := t.caseOf(parts)
		if !ok || !t.ready(ctx) {
			continue
		}
		t.renew()
		c.Steps = t.unseen(c.Steps)
		before := t.runner.countBefore(ctx, c)
		evidence, reason := t.runner.gather(ctx, t.assessment, c)
		t.count(evidence)
		if reason != "" || cut(evidence) != cut(t.finding.Evidence) {
			continue
		}
		if !t.observed {
			if t.shows(c, evidence, statusOnly(c).Judged(t.runner.plan.provider, evidence)) {
				return i
			}
			continue
		}
		p := pending{kase: c, evidence: evidence, before: before, runID: t.runID}
		if p.kase.Effects = t.present(p); len(p.kase.Effects) > 0 {
			waiting[i] = p
			keys = append(keys, keysOf(p)...)
		}
	}
	if len(keys) == 0 {
		return -1
	}
	return t.firstLost(ctx, waiting, keys)
}

// present are the effects of a case on what it still has: a part of a batch may be gone.
func (t *trial) present(p pending) []checks.Effect {
	if t.runner.plan.counterOnly() {
		return p.kase.Effects
	}
	var present []checks.Effect
	for i, key := range keysOf(p) {
		if key != "" {
			present = append(present, p.kase.Effects[i])
		}
	}
	return present
}

// firstLost reads the effects of what was sent and returns the place of the first that shows the flaw.
func (t *trial) firstLost(ctx context.Context, waiting []pending, keys []string) int {
	byKey, err := t.runner.readingsOf(ctx, keys)
	if err != nil {
		return -1
	}
	for i, p := range waiting {
		if len(p.kase.Effects) == 0 {
			continue
		}
		p.evidence.Readings = t.runner.read(p, byKey, t.assessment.event)
		flaw := effectsOnly(p, t.runner.plan.provider.Policy).Judged(t.runner.plan.provider, p.evidence)
		t.runID = p.runID
		if t.shows(p.kase, p.evidence, flaw) {
			return i
		}
	}
	return -1
}

// shows keeps what a candidate has shown, when it is the same flaw.
func (t *trial) shows(c checks.Case, e checks.Evidence, flaw *checks.Flaw) bool {
	if flaw == nil || flaw.Rule != t.finding.Rule || flaw.Kind != "" && flaw.Kind != t.finding.Kind {
		return false
	}
	t.last.Case, t.last.Evidence, t.last.Index, t.last.RunID = c, e, flaw.Index, t.runID
	t.last.Got, t.last.Want = flaw.Got, flaw.Want
	return true
}

// caseOf is the finding's case with other steps. Its effects follow the steps that they are about; ok is
// false when nothing is left to judge.
func (t *trial) caseOf(parts []shrink.Part) (c checks.Case, ok bool) {
	c = t.finding.Case
	c.Steps, c.Effects = nil, nil
	for _, part := range parts {
		c.Steps = append(c.Steps, part.Step)
	}
	for _, effect := range t.finding.Case.Effects {
		if at := slices.IndexFunc(parts, func(p shrink.Part) bool { return p.Of == effect.Step }); at >= 0 {
			effect.Step = at
			c.Effects = append(c.Effects, effect)
		}
	}
	if slices.ContainsFunc(parts[:1], func(p shrink.Part) bool { return p.Step.Again }) {
		return c, false
	}
	return c, !t.observed || len(c.Effects) > 0
}

// ready reports whether the consumer is well enough for another try.
func (t *trial) ready(ctx context.Context) bool {
	if !t.careful || t.gone {
		return !t.gone
	}
	for range 2 {
		x, ok := t.runner.acknowledged(ctx, t.assessment)
		if ok {
			return true
		}
		t.count(checks.Evidence{Exchanges: []checks.Exchange{x}})
		restart := t.runner.plan.cfg.Restart
		if restart == nil || restart(ctx) != nil {
			break
		}
		t.runner.sender.comeUp()
	}
	t.gone = true
	return false
}

func (t *trial) count(e checks.Evidence) {
	for _, x := range e.Exchanges {
		if x.Reply.Failure == checks.FailureTimeout {
			t.deadlines++
		}
	}
}

// renew goes on to the next run id. Samples have no ids to renew.
func (t *trial) renew() {
	t.number++
	t.runID = fmt.Sprintf("%s.%d", t.base, t.number)
	subject := t.assessment.subject
	subject.Sources = make([]checks.Source, len(t.sources))
	for i, source := range t.sources {
		switch source := source.(type) {
		case *generators.Generator:
			subject.Sources[i] = source.Renewed(t.runID)
		case *storySource:
			subject.Sources[i] = source.renewed(t.runID)
		default:
			subject.Sources[i] = source
		}
	}
}

// unseen gives messages that are written out, and so are the same in every run, ids of their own.
func (t *trial) unseen(steps []checks.Step) []checks.Step {
	p := t.runner.plan
	if p.provider.Fields.ID == "" || p.generator == nil {
		return steps
	}
	steps = slices.Clone(steps)
	lives := map[string]uint64{} // by body: a message that comes twice keeps its id
	for i, step := range steps {
		m, err := p.provider.Read(step.Body)
		if step.Coordinate != nil || err != nil || m.ID == "" {
			continue
		}
		life, again := lives[string(step.Body)]
		if !again {
			life = uint64(len(lives))
			lives[string(step.Body)] = life
		}
		id := checks.Edit{Op: checks.SetFrom, Place: string(p.provider.Fields.ID), Event: t.assessment.event.Name, Coordinate: &generators.Coordinate{Life: life}}
		steps[i].Edits = slices.Concat([]checks.Edit{id}, step.Edits)
	}
	return steps
}

// body is the message of a step as its Remove edits leave it. Without a catalog nobody can say what
// the provider may leave out.
func (t *trial) body(step checks.Step) ([]byte, error) {
	if t.assessment.subject.Catalog == nil {
		return nil, errors.New("a sample has no schema")
	}
	step.Edits = slices.DeleteFunc(slices.Clone(step.Edits), func(e checks.Edit) bool { return e.Op != checks.Remove })
	step.Fault = nil
	x, err := t.assessment.subject.Build(step, nil)
	return x.Request.Body, err
}

// possible reports whether the provider could have sent the body.
func (t *trial) possible(body []byte) bool {
	return t.runner.plan.cfg.Catalog.Validate(body) == nil
}
