package contract

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/contract/shrink"
	"github.com/hookrig/hookrig/schemas"
)

// Bounds of shrinking the findings of a run.
const (
	reduceTime     = 20 * time.Second // all findings together
	reduceOne      = 4 * time.Second  // one finding, unless its replies are slow
	reduceOneMost  = 12 * time.Second
	reduceReplies  = 6  // slow replies that a finding's shrinking may wait for, at least
	reduceTogether = 16 // candidates whose effects are read at once
)

// reduce shrinks a confirmed finding to the least that still shows it, and puts that in its place. What
// could not be tried is said in its place.
func (r *runner) reduce(ctx context.Context, a *assessment, f *checks.Finding) {
	if len(f.Case.Steps) == 0 || f.Shrunk != "" {
		return
	}
	began := r.plan.cfg.Now()
	r.mu.Lock()
	left := reduceTime - r.reducing
	r.mu.Unlock()
	limit := min(max(reduceOne, reduceReplies*slowest(f.Evidence)), reduceOneMost)
	switch {
	case slices.ContainsFunc(f.Case.Steps, func(s checks.Step) bool { return s.Body != nil }) && len(f.Case.Steps) > 1:
		f.Shrunk = notTried("the messages are written out and keep the ids of what they are about, so each try would meet what the one before has left behind")
		return
	case left <= 0:
		f.Shrunk = notTried("the run has spent its time for shrinking on other findings")
		return
	case 2*slowest(f.Evidence) > limit:
		f.Shrunk = notTried(fmt.Sprintf("each try waits %s for an answer", slowest(f.Evidence).Round(100*time.Millisecond)))
		return
	}
	t := r.trial(a, f)
	cfg := shrink.Config{
		Fails: t.fails, Body: t.body, Possible: t.possible, Time: min(limit, left),
		KeepMessages: !t.freeOfMessages(), KeepEdits: !t.freeOfEdits(),
	}
	if t.observed {
		cfg.Together = reduceTogether
		if r.plan.counterOnly() {
			cfg.Together = 1
		}
	}
	least := shrink.Shrink(ctx, cfg, f.Case.Steps)
	switch {
	case least.Left != "":
		*f = t.last
		f.Shrunk = least.Left
	case t.gone:
		f.Shrunk = notTried("the consumer does not come back after it, and there is no --restart-cmd")
	case !least.Again && ctx.Err() == nil:
		f.Shrunk = notTried("it did not show again")
	}
	r.sender.unwait(t.deadlines)
	r.mu.Lock()
	r.reducing += r.since(began)
	r.mu.Unlock()
}

// notTried is what a finding says of its shrinking when there was none.
func notTried(why string) string { return "not shrunk: " + why }

// slowest is how long the slowest answer of a finding took.
func slowest(e checks.Evidence) time.Duration {
	var longest time.Duration
	for _, x := range e.Exchanges {
		longest = max(longest, x.Reply.Done)
	}
	return longest
}

// freeOfMessages reports whether messages may be left out: where a consumer does right by acknowledging
// each, whichever are sent. What compares the answers needs them all, and so does what misses an effect.
func (t *trial) freeOfMessages() bool {
	f := t.finding
	switch {
	case len(f.Case.Steps) == 1:
		return false
	case t.observed:
		return tooMany(f) || f.Case.Name == storyName
	case f.Case.Judge != nil:
		return false
	}
	return t.freeOfEdits()
}

// freeOfEdits reports whether what makes a message unusual may be left out: where a consumer does right
// by acknowledging the plain one too. What must be refused is no flaw without that for which it must be.
func (t *trial) freeOfEdits() bool {
	if t.observed {
		return false
	}
	e := t.finding.Evidence
	e.Exchanges = slices.Clone(e.Exchanges)
	for i := range e.Exchanges {
		e.Exchanges[i].Reply = checks.Reply{Status: acknowledging(t.runner.plan.provider.Policy)}
	}
	return statusOnly(t.finding.Case).Judged(t.runner.plan.provider, e) == nil
}

// acknowledging is a status that the provider takes for an acknowledgement.
func acknowledging(p schemas.Policy) int {
	for status := 200; status < 600; status++ {
		if (checks.Reply{Status: status}).Acknowledged(p) {
			return status
		}
	}
	return 200
}

// tooMany reports whether the finding is an effect too many.
func tooMany(f *checks.Finding) bool {
	return slices.ContainsFunc(f.Case.Effects, func(e checks.Effect) bool { return e.Max >= 0 }) && f.Kind == checks.Existential && !valued(f)
}

// valued reports whether the finding is about what an entity has become.
func valued(f *checks.Finding) bool {
	return slices.ContainsFunc(f.Case.Effects, func(e checks.Effect) bool { return e.Value != nil })
}

// unwait takes deadlines that were waited out for shrinking off the run's account.
func (s *sender) unwait(deadlines int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deadlines -= deadlines
}
