package contract

import (
	"slices"

	"github.com/hookrig/hookrig/contract/checks"
)

// marked adds the header that tells a consumer which run a request belongs to, where the user asked.
func (r *runner) marked(x checks.Exchange) checks.Exchange {
	if r.plan.cfg.MarkRun {
		x.Request.Headers = append(slices.Clone(x.Request.Headers), [2]string{"X-Hookrig-Run", r.plan.cfg.RunID})
	}
	return x
}

// progressSent tells how many requests were sent, now and then.
func (r *runner) progressSent(int64) {}
