package contract

import (
	"context"
	"fmt"
	"slices"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// Ids of the checks that the opening of a run answers, or points at.
const (
	checkRejected = "valid-rejected"
	checkLetters  = "sig-non-ascii-mishandled"
	checkHang     = "ack-hang"
	checkRedirect = "ack-redirect-or-login"
	checkReplay   = "replay" // of recorded deliveries: no check of the list
)

// opens reports whether the opening itself assesses the check.
func opens(c *checks.Check) bool { return c.Phase == checks.Baseline }

// open sends one plain message per event, then one for each of its variants, then the beginning of the
// provider's stream. An event that is refused
// three times in three is left out of the rest of the run.
func (r *runner) open(ctx context.Context) {
	var all []*assessment
	for _, event := range r.plan.events {
		all = append(all, &assessment{check: checks.ByID(checkRejected), event: event, subject: r.plan.subject(nil, event)})
	}
	r.attend(all)
	r.together(ctx, all, func(ctx context.Context, a *assessment) {
		r.during(a, func() { r.openEvent(ctx, a) })
	})
	r.buried()
	chosen := slices.ContainsFunc(r.plan.selected, opens)
	for _, a := range all {
		if why, ok := r.refused[a.event.Name]; !ok {
			r.accepted = append(r.accepted, a.event)
		} else if len(a.findings) == 0 {
			a.cases, a.reasons = 0, nil
			a.notAssessed("%s", why)
		}
	}
	if !chosen {
		return
	}
	r.tell(ctx, all)
	for _, a := range all {
		r.file(a.result())
	}
}

func (r *runner) openEvent(ctx context.Context, a *assessment) {
	event := a.event
	if ctx.Err() != nil {
		r.refuse(event, context.Cause(ctx).Error())
		return
	}
	x, ok := r.acknowledged(ctx, a)
	parentsRefused := false
	if !ok {
		if why := r.notRefused(x); why != "" {
			r.refuse(event, why)
			return
		}
		ok, parentsRefused = r.introduced(ctx, a)
	}
	if ok {
		a.cases++
		r.points.touch(event.Name, nil)
		r.variants(ctx, a)
		return
	}
	if parentsRefused && (x.Reply.Status == 404 || x.Reply.Status == 409) {
		r.refuse(event, fmt.Sprintf("its plain message got %s, and so did what it refers to, see %s", x.Reply, checkRejected))
		return
	}
	a.cases++
	r.refuse(event, fmt.Sprintf("its plain message got %s, see %s", x.Reply, checkRejected))
	diagnosis := r.diagnose(ctx, a, x)
	c := checks.Case{
		Name: "a plain message", Steps: []checks.Step{x.Step},
		Expect: checks.Expect{Good: "ack", Rule: "a plain valid message must be acknowledged", Want: "an acknowledgement"},
	}
	f := r.finding(a, c, checks.Evidence{Exchanges: []checks.Exchange{x}}, &checks.Flaw{
		Rule: c.Expect.Rule, Got: x.Reply.String() + diagnosis.got, Want: c.Expect.Want,
	})
	f.Observed, f.Of = looks, looks
	if diagnosis.fix != "" {
		f.Fix = diagnosis.fix
	}
	a.findings = append(a.findings, f)
}

// notRefused says what else became of a plain message that was not acknowledged: it is not for
// valid-rejected to judge.
func (r *runner) notRefused(x checks.Exchange) string {
	switch {
	case x.Reply.Failure == checks.FailureTimeout:
		return "its plain message got no reply within the deadline, see " + checkHang
	case unjudged(x.Reply) != "":
		return unjudged(x.Reply)
	case x.Reply.Status/100 == 3:
		return "its plain message was redirected, see " + checkRedirect
	case x.Reply.Failure == checks.FailureConnect:
		return "unreachable: " + cause(x.Reply)
	}
	return ""
}

func cause(r checks.Reply) string {
	if r.Err != nil {
		return r.Err.Error()
	}
	return r.String()
}

func (r *runner) refuse(event *schemas.Event, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused[event.Name] = why
}

// variants sends a message for every enum value, branch, bound and pattern of optional fields.
func (r *runner) variants(ctx context.Context, a *assessment) {
	if r.plan.generator == nil {
		return
	}
	r.tryLetters(ctx, a)
	all, err := r.plan.generator.Cover(a.event.Name, a.subject.Lives.First+livesPerTask/2)
	if err != nil {
		a.broken = true
		a.notAssessed("make the event's variants: %v", err)
		return
	}
	for _, v := range all {
		if ctx.Err() != nil || a.must() {
			return
		}
		r.variant(ctx, a, v)
	}
}

func (r *runner) variant(ctx context.Context, a *assessment, v generators.Variant) {
	cases, found := a.cases, len(a.findings)
	step := checks.Step{Event: a.event.Name, Body: v.Message.Body}
	if !checks.ASCII(v.Message.Body) && r.refusesLetters(a.event) {
		step = checks.Escaped(step)
	}
	r.try(ctx, a, checks.Case{
		Name: v.Name, Where: place(v.Points),
		Steps: []checks.Step{step},
		Expect: checks.Expect{
			Good: "ack", Rule: "every message that the schema allows must be acknowledged", Want: "an acknowledgement, as for the plain message",
		},
	})
	if a.cases > cases && len(a.findings) == found {
		r.points.touch(a.event.Name, v.Points)
	}
}
