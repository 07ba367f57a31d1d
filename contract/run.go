package contract

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/contract/report"
	"github.com/hookrig/hookrig/schemas"
)

// errMaxTime is why a run ended that took too long.
var errMaxTime = errors.New("cut off by the run's time limit (--max-time)")

// errMaxFailures is why a run ended that had seen enough.
var errMaxFailures = errors.New("stopped after the number of failures asked for (--max-failures)")

// Run tests the consumer and says what it found. The error is about the Config (nothing was sent, and
// the report is nil); all trouble with the consumer is in the report. Cancelling ctx ends the run with
// a report of what was found so far.
func Run(ctx context.Context, cfg Config) (*report.Report, error) {
	p, err := newPlan(cfg)
	if err != nil {
		return nil, err
	}
	stop, err := p.serve(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	if p.cfg.MaxTime > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, p.cfg.MaxTime, errMaxTime)
		defer cancel()
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	r := newRunner(p, end)
	r.course(ctx)
	return r.report(ctx), nil
}

// runner is one run. Its assessments go on side by side.
type runner struct {
	plan   *plan
	sender *sender
	end    context.CancelCauseFunc

	mu       sync.Mutex // guards all below
	active   map[*assessment]bool
	current  []*assessment // of the phase
	deaths   []death
	results  []checks.Result
	failures int
	phase    checks.Phase
	total    int

	parented map[string]bool // guarded by mu: events whose messages come after what they refer to

	accepted []*schemas.Event // after the baseline: acknowledged, in catalog order
	refused  map[string]string
	letters  map[string]bool // events of which letters beyond ASCII are refused
	points   coverage
	story    story
	tale     *tale          // nil when none was told to its end
	units    map[string]int // event → effects that one plain message raises
	reducing time.Duration  // spent on shrinking; guarded by mu
}

func newRunner(p *plan, end context.CancelCauseFunc) *runner {
	r := &runner{plan: p, end: end, active: map[*assessment]bool{}, refused: map[string]string{}, letters: map[string]bool{}, units: map[string]int{}, parented: map[string]bool{}}
	r.sender = newSender(p, r.progressSent)
	return r
}

// course is the order of a run: the baseline; what does no harm, side by side; what needs a calm
// consumer, alone; what rests on effects; what may wound, alone and last; what the whole run shows.
func (r *runner) course(ctx context.Context) {
	r.enter(checks.Baseline)
	r.open(ctx)
	tasks := r.tasks()
	if len(r.accepted) == 0 {
		r.abandon(tasks, "no event is acknowledged")
		return
	}
	r.enter(checks.Harmless)
	quiet := func(a *assessment) bool { return a.check.Alone }
	r.sideBySide(ctx, only(tasks, checks.Harmless, quiet, false))
	r.oneByOne(ctx, only(tasks, checks.Harmless, quiet, true))
	r.enter(checks.Hooked)
	r.hooked(ctx, only(tasks, checks.Hooked, quiet, false))
	r.echo(ctx)
	r.oneByOne(ctx, only(tasks, checks.Hooked, quiet, true))
	r.enter(checks.Wounding)
	r.oneByOne(ctx, only(tasks, checks.Wounding, quiet, false))
	r.enter(checks.Closing)
	r.closing(ctx, tasks)
}

// tasks makes an assessment of each selected check on each event that it runs on.
func (r *runner) tasks() []*assessment {
	var all []*assessment
	for _, c := range r.plan.selected {
		if !c.Selects(r.plan.scheme) || opens(c) {
			continue
		}
		events := r.accepted
		if len(events) == 0 {
			events = r.plan.events[:1]
		}
		if c.Scope == checks.OneEvent || c.Review != nil {
			events = events[:1]
		}
		for _, event := range events {
			a := &assessment{check: c, event: event, subject: r.plan.subject(c, event)}
			a.whole = c.Review != nil || c.Level == checks.LevelNever || len(r.accepted) == 0 && c.Scope == checks.OneEvent
			all = append(all, a)
		}
		if c.Scope == checks.EachEvent {
			for _, event := range r.plan.events {
				if why, ok := r.refused[event.Name]; ok && len(r.accepted) > 0 {
					a := &assessment{check: c, event: event}
					a.notAssessed("%s", why)
					r.file(a.result())
				}
			}
		}
	}
	r.mu.Lock()
	r.total = len(r.results) + len(all)
	r.mu.Unlock()
	return all
}

// phaseOf is the turn of an assessment: a check whose effects can be seen takes its turn with those
// that rest on effects.
func phaseOf(a *assessment) checks.Phase {
	if a.check.Effects && a.subject.Observed && a.check.Phase == checks.Harmless {
		return checks.Hooked
	}
	return a.check.Phase
}

func only(all []*assessment, phase checks.Phase, pick func(*assessment) bool, want bool) []*assessment {
	return slices.DeleteFunc(slices.Clone(all), func(a *assessment) bool {
		return phaseOf(a) != phase || pick(a) != want
	})
}

// sideBySide assesses independent checks at once. Their exchanges share the run's slots.
func (r *runner) sideBySide(ctx context.Context, tasks []*assessment) {
	r.attend(tasks)
	r.together(ctx, tasks, r.conclude)
	for range looks {
		r.together(ctx, r.shaken(tasks), r.conclude)
	}
	r.buried()
	for _, a := range tasks {
		r.fileUnlessReviewed(a)
	}
}

// together does the same for assessments side by side.
func (r *runner) together(ctx context.Context, tasks []*assessment, do func(context.Context, *assessment)) {
	turns := make(chan *assessment)
	var workers sync.WaitGroup
	for range min(r.plan.cfg.Concurrency, len(tasks)) {
		workers.Go(func() {
			for a := range turns {
				do(ctx, a)
			}
		})
	}
	for _, a := range tasks {
		turns <- a
	}
	close(turns)
	workers.Wait()
}

// attend makes these the assessments that a death of the consumer may be a finding of.
func (r *runner) attend(tasks []*assessment) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current = tasks
}

func (r *runner) oneByOne(ctx context.Context, tasks []*assessment) {
	r.attend(tasks)
	for _, a := range tasks {
		r.conclude(ctx, a)
		r.buried()
		r.settlePending(ctx, []*assessment{a})
		r.fileUnlessReviewed(a)
	}
}

// conclude runs one assessment to its end.
func (r *runner) conclude(ctx context.Context, a *assessment) {
	if ctx.Err() != nil {
		a.notAssessed("%v", context.Cause(ctx))
		return
	}
	r.during(a, func() { r.assess(ctx, a) })
	if ctx.Err() != nil && a.cases == 0 {
		a.reasons = nil
		a.notAssessed("%v", context.Cause(ctx))
	}
}

// during does something for an assessment, which counts as under way meanwhile.
func (r *runner) during(a *assessment, do func()) {
	r.mu.Lock()
	r.active[a] = true
	r.mu.Unlock()
	do()
	r.mu.Lock()
	delete(r.active, a)
	r.mu.Unlock()
}

// fileUnlessReviewed files the result, unless the end of the run has a word in it.
func (r *runner) fileUnlessReviewed(a *assessment) {
	if a.check.Review == nil {
		r.file(a.result())
	}
}

// file keeps a result and tells of it.
func (r *runner) file(res checks.Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.results = append(r.results, res)
	if res.Verdict == checks.Fail {
		r.failures++
		if limit := r.plan.cfg.MaxFailures; limit > 0 && r.failures >= limit {
			r.end(errMaxFailures)
		}
	}
	if r.plan.cfg.Progress != nil {
		r.plan.cfg.Progress(Progress{Phase: r.phase, Result: &res, Finished: len(r.results), Total: r.total, Sent: r.sender.count()})
	}
}

func (r *runner) enter(phase checks.Phase) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.phase = phase
	if r.plan.cfg.Progress != nil {
		r.plan.cfg.Progress(Progress{Phase: phase, Finished: len(r.results), Total: r.total, Sent: r.sender.count()})
	}
}

// abandon files what could not be assessed at all.
func (r *runner) abandon(tasks []*assessment, reason string) {
	for _, a := range tasks {
		if a.check.Review != nil { // the baseline's own exchanges may show it: a hang, a redirect
			r.review(a)
		}
		if len(a.findings)+len(a.flaky) == 0 {
			a.cases = 0
			a.notAssessed("%s", reason)
		}
		r.file(a.result())
	}
}

// lacks says what the run was not given that the check needs, "" when it has all.
func (r *runner) lacks(c *checks.Check) string {
	cfg, n := r.plan.cfg, c.Needs
	switch {
	case c.Level == checks.LevelNever:
		return "cannot be decided over a network. " + c.Fix
	case n.Handshake && r.plan.provider.Handshake == nil:
		return "the provider has no handshake"
	case n.Schema && cfg.Catalog == nil:
		return "needs a catalog: a sample body has no schema"
	case n.Endpoints > len(cfg.Endpoints):
		return "needs two endpoints with secrets of their own in hookrig.yaml"
	case n.Restart && cfg.Restart == nil && n.Hook && cfg.Observer == nil:
		return "needs --observe and --restart-cmd"
	case n.FailNext && cfg.FailNext == nil && n.Hook && cfg.Observer == nil:
		return "needs --observe and --fail-next-cmd"
	case n.Hook && cfg.Observer == nil:
		return "needs --observe"
	case n.Restart && cfg.Restart == nil:
		return "needs --restart-cmd"
	case n.FailNext && cfg.FailNext == nil:
		return "needs --fail-next-cmd"
	case n.Aggressive && !cfg.Aggressive:
		return "needs --aggressive"
	}
	return ""
}
