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

// progressSent tells how many requests were sent. The sender calls it with its lock held: it waits for
// nobody.
func (r *runner) progressSent(sent int64) {
	if r.plan.cfg.Progress == nil || !r.mu.TryLock() {
		return
	}
	defer r.mu.Unlock()
	r.plan.cfg.Progress(Progress{Phase: r.phase, Finished: len(r.results), Total: r.total, Sent: sent})
}
