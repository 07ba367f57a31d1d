package contract

import (
	"context"

	"github.com/hookrig/hookrig/contract/checks"
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
	for _, flaw := range a.check.Review(a.subject, seen) {
		e := checks.Evidence{Exchanges: []checks.Exchange{seen[flaw.Index]}}
		c := checks.Case{Name: "over the whole run", Steps: []checks.Step{seen[flaw.Index].Step}}
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
