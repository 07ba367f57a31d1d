package contract

import (
	"context"
	"slices"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/schemas"
)

// closing lets the checks speak that judge the run as a whole, over all that was exchanged.
func (r *runner) closing(ctx context.Context, tasks []*assessment) {
	for _, a := range tasks {
		if a.check.Review == nil {
			continue
		}
		if a.cases == 0 && len(a.findings) == 0 && a.check.Cases == nil && ctx.Err() == nil {
			r.conclude(ctx, a)
		}
		r.review(a)
		r.file(a.result())
	}
}

// whole makes a request again of which only the beginning was kept, signed at the time that it is now.
func (r *runner) whole(x checks.Exchange) checks.Exchange {
	at := slices.IndexFunc(r.plan.all, func(e *schemas.Event) bool { return e.Name == x.On })
	if len(x.Request.Body) < seenBody || at < 0 {
		return x
	}
	again, err := r.plan.subject(nil, r.plan.all[at]).Build(x.Step, nil)
	if err != nil {
		return x
	}
	again.Reply, again.At, again.Plain, again.Check, again.On = x.Reply, r.plan.clock(), x.Plain, x.Check, x.On
	return r.marked(again)
}

func (r *runner) review(a *assessment) {
	seen := r.sender.all()
	if len(seen) == 0 {
		return
	}
	a.cases += len(seen)
	a.subject.Refused = map[string]bool{}
	for event := range r.refused {
		a.subject.Refused[event] = true
	}
	for _, result := range r.results { // refused for what it holds, not now and then
		if result.Check.ID == checkRejected && result.Finding != nil {
			a.subject.Refused[result.Event] = true
		}
	}
	for _, flaw := range a.check.Review(a.subject, seen) {
		x := r.whole(seen[flaw.Index])
		e := checks.Evidence{Exchanges: []checks.Exchange{x}}
		c := checks.Case{Name: "over the whole run", Steps: []checks.Step{x.Step}}
		f := r.finding(a, c, e, &flaw)
		f.Index = 0
		if flaw.Of > 0 {
			f.Observed, f.Of = flaw.Times, flaw.Of
		}
		if flaw.Lone {
			a.flaky = append(a.flaky, f)
			continue
		}
		a.findings = append(a.findings, f)
	}
}
