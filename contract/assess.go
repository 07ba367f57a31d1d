package contract

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/schemas"
)

// looks is how often a flaw is looked at before it counts.
const looks = 3

// assessment is one check on one event, in the making.
type assessment struct {
	check   *checks.Check
	event   *schemas.Event // what it runs on
	subject *checks.Subject
	whole   bool // the result is about the endpoint, not the event

	cases    int               // judged
	findings []*checks.Finding // confirmed
	flaky    []*checks.Finding // seen, not confirmed
	reasons  []string          // why cases were not judged
	broken   bool              // trouble of ours
	unseen   bool              // effects cannot be seen for its event
	shaken   bool              // the consumer went down, by whatever, while it was under way; guarded by the runner's mu until it is over
	killer   bool              // its request ended the consumer; guarded likewise
	pending  []pending         // sent, effects not yet read
}

// pending is a case whose effects are still to be read.
type pending struct {
	kase     checks.Case
	evidence checks.Evidence
	before   map[string]int  // counts before it was sent, for an observer with one counter
	runID    string          // of its messages; "" for the run's own
	first    *checks.Finding // what it showed when it was looked at first; nil the first time
}

func (a *assessment) notAssessed(format string, args ...any) {
	if reason := fmt.Sprintf(format, args...); !slices.Contains(a.reasons, reason) {
		a.reasons = append(a.reasons, reason)
	}
}

// must reports whether a confirmed finding counts as must.
func (a *assessment) must() bool {
	return slices.ContainsFunc(a.findings, func(f *checks.Finding) bool { return f.Level == checks.LevelMust })
}

// assess runs a check on an event: control, cases, control. Effects are left pending.
func (r *runner) assess(ctx context.Context, a *assessment) {
	if reason := r.lacks(a.check); reason != "" {
		a.notAssessed("%s", reason)
		return
	}
	a.subject.Accepted = r.accepted
	if a.check.Cases == nil {
		if a.check.Run != nil {
			r.assessRun(ctx, a)
		}
		return
	}
	cases, err := a.check.Cases(a.subject)
	if err != nil {
		a.broken = true
		a.notAssessed("make the cases: %v", err)
		return
	}
	if len(cases) == 0 {
		a.notAssessed("nothing in the description leaves anything to probe")
	}
	for i, c := range cases {
		if c.Reason != "" {
			a.notAssessed("%s: %s", c.Name, c.Reason)
			continue
		}
		if ctx.Err() != nil || a.must() {
			break
		}
		if i == 0 && !r.control(ctx, a) {
			break
		}
		r.try(ctx, a, c)
	}
	if a.check.Run != nil && len(a.pending) > 0 {
		r.settlePending(ctx, []*assessment{a}) // what a case shows needs no longer course
	}
	if a.check.Run != nil && !a.must() && ctx.Err() == nil {
		r.assessRun(ctx, a)
	}
	if ctx.Err() == nil && a.cases > 0 && a.check.Phase != checks.Hooked {
		r.survives(ctx, a, nil)
	}
}

// try runs one case, and again until a flaw in it is confirmed.
func (r *runner) try(ctx context.Context, a *assessment, c checks.Case) {
	if r.ended(a) {
		return // that is the finding
	}
	before := r.countBefore(ctx, c)
	evidence, reason := r.gather(ctx, a, c)
	if reason != "" && silent(evidence) && ctx.Err() == nil {
		evidence, reason = r.gather(ctx, a, r.fresh(a, c)) // a lone missing reply is noise
	}
	if reason != "" {
		a.notAssessed("%s: %s", c.Name, reason)
		return
	}
	a.cases++
	flaw := statusOnly(c).Judged(r.plan.provider, evidence)
	if flaw == nil {
		if p := (pending{kase: c, evidence: evidence, before: before}); len(c.Effects) > 0 && a.subject.Observed {
			if slices.Contains(keysOf(p), "") && !r.counterOnly() {
				a.cases--
				a.notAssessed("%s: the message has no key", c.Name)
				return
			}
			a.pending = append(a.pending, p)
			if before != nil {
				r.settlePending(ctx, []*assessment{a}) // the counter must not see the next case
			}
		}
		if a.check.Phase == checks.Wounding && !calm(evidence) {
			r.survives(ctx, a, &evidence)
		}
		return
	}
	r.confirm(ctx, a, c, evidence, flaw)
}

// statusOnly is the case without its effects.
func statusOnly(c checks.Case) checks.Case {
	c.Effects = nil
	return c
}

// calm reports whether every step got a reply that is no sign of trouble.
func calm(e checks.Evidence) bool {
	return !slices.ContainsFunc(e.Exchanges, func(x checks.Exchange) bool {
		return x.Reply.Failure != "" || x.Reply.Status >= 500
	})
}

// confirm looks twice more, with fresh messages on new connections.
func (r *runner) confirm(ctx context.Context, a *assessment, c checks.Case, evidence checks.Evidence, flaw *checks.Flaw) {
	f := r.finding(a, c, evidence, flaw)
	if (cut(evidence) || a.check.Phase == checks.Wounding && !calm(evidence)) && !r.survives(ctx, a, &evidence) {
		return // it is down, or of no use any more: that is the finding
	}
	for f.Of < looks && ctx.Err() == nil {
		if r.ended(a) {
			return // that is the finding
		}
		again, reason := r.gather(ctx, a, r.fresh(a, c))
		if reason != "" {
			break
		}
		f.Of++
		if statusOnly(c).Judged(r.plan.provider, again) != nil {
			f.Observed++
		}
		if cut(again) && !r.survives(ctx, a, &again) {
			return
		}
	}
	r.settle(ctx, a, f)
}

// settle files a finding: shrunk when it was seen often enough, as flaky when not.
func (r *runner) settle(ctx context.Context, a *assessment, f *checks.Finding) {
	if f.Kind == checks.Existential || f.Observed == looks {
		r.reduce(ctx, a, f)
		a.findings = append(a.findings, f)
		return
	}
	a.flaky = append(a.flaky, f)
	if f.Kind != checks.Availability || len(f.Evidence.Exchanges) <= f.Index {
		return
	}
	if x := f.Evidence.Exchanges[f.Index]; x.Reply.Status == 0 || x.Reply.Status >= 500 {
		r.sender.doubt(x)
	}
}

// silent reports whether a reply is missing at its deadline.
func silent(e checks.Evidence) bool {
	return slices.ContainsFunc(e.Exchanges, func(x checks.Exchange) bool { return x.Reply.Failure == checks.FailureTimeout })
}

func cut(e checks.Evidence) bool {
	return slices.ContainsFunc(e.Exchanges, func(x checks.Exchange) bool { return x.Reply.Status == 0 })
}

// gather builds and sends the steps of a case. A reason says why it cannot be judged.
func (r *runner) gather(ctx context.Context, a *assessment, c checks.Case) (checks.Evidence, string) {
	if c.Before == checks.FailOnce {
		if err := r.plan.cfg.FailNext(ctx); err != nil {
			a.broken = true
			return checks.Evidence{}, "make the next attempt fail: " + err.Error()
		}
	}
	var built []checks.Exchange
	for i, step := range c.Steps {
		var before *checks.Exchange
		if i > 0 {
			before = &built[i-1]
		}
		x, err := a.subject.Build(step, before)
		if err != nil {
			return checks.Evidence{}, err.Error()
		}
		x.Check, x.On, x.Plain = a.check.ID, a.event.Name, c.Plain
		built = append(built, r.marked(x))
	}
	told := r.tellParents(ctx, a.subject, built)
	var sent []checks.Exchange
	if c.Parallel {
		sent = r.sender.sendTogether(ctx, built, c.Apart)
	} else {
		for _, x := range built {
			sent = append(sent, r.sender.send(ctx, x))
		}
	}
	e := checks.Evidence{Exchanges: sent, Told: told}
	for i, x := range sent {
		reason := unjudged(x.Reply)
		if reason == "" {
			continue
		}
		if x.Reply.Failure == checks.FailureTimeout && c.WantsTimeouts() {
			continue
		}
		if len(sent) > 1 {
			reason = fmt.Sprintf("request %d: %s", i+1, reason)
		}
		return e, reason
	}
	return e, ""
}

// unjudged says why a reply says nothing about its case.
func unjudged(reply checks.Reply) string {
	switch {
	case reply.Failure == checks.FailureCanceled:
		return "the run was cut short"
	case reply.Failure == notSentDeadlines || reply.Failure == notSentDown:
		return reply.Failure
	case reply.Failure == checks.FailureTimeout:
		return "no reply within the deadline, see ack-hang"
	case reply.Busy():
		return "busy: the consumer answered " + reply.String()
	}
	return ""
}

// fresh is the case with messages that nobody has seen. Steps that shared a message share the new one.
func (r *runner) fresh(a *assessment, c checks.Case) checks.Case {
	return c.Fresh(a.subject.Lives)
}

// finding is a flaw with all that its reader needs.
func (r *runner) finding(a *assessment, c checks.Case, e checks.Evidence, flaw *checks.Flaw) *checks.Finding {
	f := &checks.Finding{Flaw: *flaw, Why: a.check.Why, Fix: a.check.Fix, Observed: 1, Of: 1, Case: c, Evidence: e}
	f.Level = firstLevel(flaw.Level, c.Level, a.check.Level)
	if f.Level == checks.LevelMustWithHook {
		f.Level = checks.LevelMust
	}
	if f.Kind == "" {
		f.Kind = c.Kind
	}
	if f.Kind == "" {
		f.Kind = a.check.Kind
	}
	if f.Where == "" {
		f.Where = c.Where
	}
	r.base(a.check, f)
	return f
}

func firstLevel(levels ...checks.Level) checks.Level {
	for _, level := range levels {
		if level != "" {
			return level
		}
	}
	return checks.LevelMust
}

// assessRun runs a check that has a course of its own.
func (r *runner) assessRun(ctx context.Context, a *assessment) {
	if !r.control(ctx, a) {
		return
	}
	o := a.check.Run(ctx, &bench{runner: r, assessment: a})
	a.cases += o.Cases
	if o.Reason != "" {
		a.notAssessed("%s", o.Reason)
	}
	if o.Flaw == nil {
		return
	}
	f := r.finding(a, o.Case, o.Evidence, o.Flaw)
	f.Observed, f.Of, f.Shrunk = max(o.Observed, 1), max(o.Of, 1), o.Shrunk
	if f.Kind == checks.Existential || f.Observed == f.Of {
		a.findings = append(a.findings, f)
	} else {
		a.flaky = append(a.flaky, f)
	}
}

// result is what became of an assessment.
func (a *assessment) result() checks.Result {
	res := checks.Result{Check: a.check, Level: levelOf(a.check), Cases: a.cases}
	if !a.whole {
		res.Event = a.event.Name
	}
	slices.SortStableFunc(a.findings, func(x, y *checks.Finding) int {
		return rank(x.Level) - rank(y.Level)
	})
	switch {
	case len(a.findings) > 0:
		res.Finding = a.findings[0]
		res.Level = res.Finding.Level
		res.Verdict = checks.Fail
		if res.Level != checks.LevelMust {
			res.Verdict = checks.Advisory
		}
	case len(a.flaky) > 0:
		res.Verdict, res.Finding = checks.Flaky, a.flaky[0]
	case a.cases > 0:
		res.Verdict = checks.Pass
	default:
		res.Verdict, res.Error = checks.NotAssessed, a.broken
		if len(a.reasons) == 0 {
			a.reasons = []string{"nothing was probed"}
		}
	}
	if len(a.reasons) > 0 {
		res.Reason = a.reasons[0]
		if more := len(a.reasons) - 1; more > 0 {
			res.Reason += fmt.Sprintf(" (and %d more)", more)
		}
	}
	return res
}

func rank(level checks.Level) int {
	if level == checks.LevelMust {
		return 0
	}
	return 1
}

// levelOf is the level that a report shows for a check without a finding.
func levelOf(c *checks.Check) checks.Level {
	if c.Level == checks.LevelMustWithHook {
		return checks.LevelMust
	}
	if c.Level == checks.LevelNever {
		return checks.LevelAdvisory
	}
	return c.Level
}

// since is how long ago t was on the run's clock.
func (r *runner) since(t time.Time) time.Duration { return r.plan.cfg.Now().Sub(t) }
