package contract

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
)

// Bounds of finding out what ended a consumer.
const (
	suspectsTried = 32                    // requests that are sent again alone
	aliveFor      = 50 * time.Millisecond // a consumer that works from a queue ends after its answer
)

// death is a consumer that answered and then stayed down.
type death struct {
	of       *assessment
	evidence checks.Evidence
	manner   string // what is known of how it came, for the finding
}

// suspects are the requests that may have ended the consumer.
type suspects struct {
	cut      []checks.Exchange // in flight when it went down: cut off without a reply
	answered []checks.Exchange // last before that, newest first
}

// wentDown finds out which request ended the consumer, as far as that can be known: when several were in
// flight, and the consumer can be restarted, each is sent again alone. Without a restart all sending ends.
func (r *runner) wentDown(ctx context.Context, a *assessment, after *checks.Evidence) {
	restartable := r.plan.cfg.Restart != nil && ctx.Err() == nil
	found, first := r.sender.goDown(restartable)
	if !first {
		return
	}
	d := r.death(a, after, found)
	if restartable {
		up := r.plan.cfg.Restart(ctx) == nil
		if up && d.of == nil {
			d, up = r.inquest(ctx, a, found)
		}
		if d.of == nil {
			d = r.unsolved(a, found)
		}
		r.bury(d)
		if up {
			r.sender.comeUp()
		} else {
			r.sender.stayDown()
		}
		return
	}
	if d.of == nil {
		d = r.unsolved(a, found)
		d.manner += "; --restart-cmd lets hookrig try them one by one"
	}
	r.bury(d)
}

// death is known when nothing else can have ended the consumer than one request; its assessment is nil when
// several may have.
func (r *runner) death(a *assessment, after *checks.Evidence, found suspects) death {
	known := probes(found.cut)
	switch {
	case len(known) == 1:
		d := death{of: r.assessed(known[0], a), evidence: checks.Evidence{Exchanges: known}}
		if after != nil && d.of == a {
			d.evidence = *after
		}
		return d
	case after != nil && r.alone():
		return death{of: a, evidence: *after}
	}
	return death{}
}

// probes are the suspects that were no plain messages, one of each check and event; all, when they were
// plain.
func probes(cut []checks.Exchange) []checks.Exchange {
	var distinct []checks.Exchange
	for _, plain := range []bool{false, true} {
		for _, x := range cut {
			if x.Plain == plain && !slices.ContainsFunc(distinct, func(y checks.Exchange) bool { return x.Check == y.Check && x.On == y.On }) {
				distinct = append(distinct, x)
			}
		}
		if len(distinct) > 0 {
			break
		}
	}
	return distinct
}

// inquest sends the suspects again, one by one, until the consumer goes down. Others wait meanwhile. It
// reports whether the consumer is up at the end.
func (r *runner) inquest(ctx context.Context, a *assessment, found suspects) (d death, up bool) {
	all := append(slices.Clone(found.cut), found.answered...)
	slices.SortStableFunc(all, func(x, y checks.Exchange) int { // probes first: those that were cut off, then those last answered
		return plainly(x) - plainly(y)
	})
	witness := r.plan.subject(nil, a.event)
	witness.Lives.First += livesPerTask * 3 / 4
	for _, x := range all[:min(len(all), suspectsTried)] {
		if ctx.Err() != nil {
			return death{}, true
		}
		r.sender.sendAlone(ctx, x)
		if r.lives(ctx, witness, a) {
			continue
		}
		d = death{of: r.assessed(x, a), evidence: checks.Evidence{Exchanges: []checks.Exchange{x}}, manner: ", and again when it was sent alone after a restart"}
		return d, r.plan.cfg.Restart(ctx) == nil
	}
	return death{}, true
}

func plainly(x checks.Exchange) int {
	if x.Plain {
		return 1
	}
	return 0
}

// lives reports whether the consumer answers, and goes on doing so.
func (r *runner) lives(ctx context.Context, witness *checks.Subject, a *assessment) bool {
	answered := 0
	for range downTries {
		x, err := witness.Build(checks.Step{Event: a.event.Name, Coordinate: witness.Lives.Next()}, nil)
		if err != nil {
			return true
		}
		wait := downPause
		if r.sender.sendAlone(ctx, r.marked(x)).Reply.Status != 0 {
			if answered++; answered == 2 {
				return true
			}
			wait = aliveFor
		} else {
			answered = 0
		}
		if pause(ctx, wait); ctx.Err() != nil {
			return true
		}
	}
	return false
}

// unsolved is a death that several requests may have caused: the finding names them all.
func (r *runner) unsolved(a *assessment, found suspects) death {
	cut := probes(found.cut)
	when := "in flight when it went down"
	if len(cut) == 0 {
		cut, when = probes(found.answered), "answered just before it went down"
	}
	if len(cut) == 0 {
		return death{of: a}
	}
	var names []string
	for _, x := range cut {
		names = append(names, strings.TrimSpace(x.Check+" "+x.On))
	}
	slices.Sort(names)
	return death{
		of: r.assessed(cut[0], a), evidence: checks.Evidence{Exchanges: cut},
		manner: fmt.Sprintf("; %s: %s", when, strings.Join(names, ", ")),
	}
}

// assessed is the assessment that the exchange was sent for, or the one given.
func (r *runner) assessed(x checks.Exchange, otherwise *assessment) *assessment {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.current {
		if a.check.ID == x.Check && a.event.Name == x.On {
			return a
		}
	}
	return otherwise
}

// alone reports whether no other assessment is going on.
func (r *runner) alone() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.active) <= 1
}

// bury keeps a death for its finding, and marks what it has shaken: the assessments that were under way.
func (r *runner) bury(d death) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.deaths = append(r.deaths, d)
	for a := range r.active {
		a.shaken = true
	}
	d.of.killer = true
}

// ended reports whether a request of the assessment has ended the consumer.
func (r *runner) ended(a *assessment) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return a.killer
}

// shaken lists the assessments of which a death of the consumer, by another's doing, may have changed
// what they saw, ready to begin anew. None when the consumer is down.
func (r *runner) shaken(tasks []*assessment) []*assessment {
	var again []*assessment
	for _, a := range tasks {
		if a.shaken && !a.killer && !r.sender.isDown() {
			r.sender.absolveOf(a)
			*a = assessment{check: a.check, event: a.event, subject: a.subject, whole: a.whole}
			again = append(again, a)
		}
	}
	return again
}

// buried turns the deaths into findings. Called when no assessment is running.
func (r *runner) buried() {
	r.mu.Lock()
	deaths := r.deaths
	r.deaths = nil
	r.mu.Unlock()
	for _, d := range deaths {
		d.of.cases = max(d.of.cases, 1)
		d.of.findings = append(d.of.findings, r.finding(d.of, checks.Case{Name: "the consumer afterwards", Level: checks.LevelMust}, d.evidence, &checks.Flaw{
			Kind: checks.Existential,
			Rule: "no request may end the consumer",
			Got:  "no connection any more: it answered before this check and stayed down after it" + d.manner,
			Want: "a consumer that goes on",
		}))
	}
}
