package contract

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/generators"
)

// Bounds of shrinking the findings of a run.
const (
	reduceTime  = 10 * time.Second       // all findings together
	reduceReply = 250 * time.Millisecond // a consumer that takes longer to answer would take all of it
)

// reducible reports whether a finding may be shrunk: what it rests on can be sent again at will,
// without wounding the consumer, waiting for effects or for a slow answer.
func reducible(a *assessment, f *checks.Finding) bool {
	return a.check.Phase != checks.Wounding && len(f.Case.Steps) > 0 && len(f.Evidence.Readings) == 0 && f.Case.Before == checks.NoAction &&
		!slices.ContainsFunc(f.Evidence.Exchanges, func(x checks.Exchange) bool { return x.Reply.Status == 0 || x.Reply.Done > reduceReply })
}

// reduce shrinks a confirmed finding to the least that still shows it, and puts that in its place.
func (r *runner) reduce(ctx context.Context, a *assessment, f *checks.Finding) {
	began := r.plan.cfg.Now()
	r.mu.Lock()
	left := reduceTime - r.reducing
	r.mu.Unlock()
	if left <= 0 || !reducible(a, f) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	trial := r.trial(a)
	last := *f // as the last try that failed showed it
	s := shrinker{
		body:  trial.body,
		valid: r.possible,
		fails: func(ctx context.Context, steps []checks.Step) bool {
			if f.Case.Judge != nil && len(steps) != len(f.Case.Steps) {
				return false // its judgement compares the answers to all steps
			}
			c := f.Case
			c.Steps = steps
			trial.renew()
			evidence, reason := r.gather(ctx, trial.assessment, c)
			if reason != "" || cut(evidence) {
				return false
			}
			flaw := statusOnly(c).Judged(r.plan.provider, evidence)
			if flaw == nil || flaw.Rule != f.Rule {
				return false
			}
			last.Case, last.Evidence, last.Index, last.RunID = c, evidence, flaw.Index, trial.runID
			return true
		},
	}
	if _, shrunk := s.shrink(ctx, f.Case.Steps); shrunk != "" {
		*f = last
		f.Shrunk = shrunk
	}
	r.mu.Lock()
	r.reducing += r.since(began)
	r.mu.Unlock()
}

// trial is an assessment whose messages are those of another run each time: of the same shapes, so that
// what was left out before can be left out again, and with ids that nobody has seen.
type trial struct {
	assessment *assessment
	sources    []checks.Source // of the run
	base       string
	number     int
	runID      string
}

func (r *runner) trial(a *assessment) *trial {
	subject := *a.subject
	return &trial{
		assessment: &assessment{check: a.check, event: a.event, subject: &subject},
		sources:    subject.Sources, base: r.plan.cfg.RunID + "." + a.check.ID + "." + a.event.Name,
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
func (r *runner) possible(_ string, body []byte) bool {
	return r.plan.cfg.Catalog.Validate(body) == nil
}
