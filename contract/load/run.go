package load

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/hookrig/hookrig/internal/wire"
)

// grace is how long messages under way may take to be answered once the run is over.
const grace = 800 * time.Millisecond

// Run plays the plan against the endpoint. It ends within a second of the plan's end or of ctx, with a
// record either way; an error means that nothing was begun.
func Run(ctx context.Context, cfg Config) (*Record, error) {
	if err := cfg.settle(); err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	stream, err := cfg.stream()
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	cfg.began = time.Now()
	path, err := newRoute(&cfg)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	schedule, outage, err := cfg.schedule()
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	cut, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	running, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	c := newCrew(cut, &cfg, path, newCourse(&cfg, stream, schedule))
	c.outage = outage
	if cfg.Observer != nil {
		c.ledger = newLedger()
	}
	used, machine := processorTime(), machineTime()
	c.play(running, cancel, giveUp)
	r := c.record(running)
	r.ProcessorNS, r.Processors = int64(processorTime()-used), runtime.GOMAXPROCS(0)
	r.MachineBusyRatio = machineTime().busySince(machine)
	r.Retries, r.Outage = c.course.again.total(), c.outage
	if r.Ended != EndedInterrupted && c.ledger != nil {
		r.Effects = reconcile(ctx, &cfg, c.ledger, time.Now())
	}
	r.Warnings = warnings(r)
	return r, nil
}

// schedule is when messages are due: nil in a closed loop.
func (c *Config) schedule() (*Schedule, *OutageFigures, error) {
	if c.Plan == nil {
		return nil, nil, nil
	}
	s := NewSchedule(c.Plan, c.Spacing, c.Making.Seed)
	var outage *OutageFigures
	var err error
	s.behind, outage, err = c.backlog()
	return s, outage, err
}

// play runs the plan: (1) messages are handed out until the plan or ctx ends, (2) those under way may
// still be answered, (3) the rest is cut off.
func (c *crew) play(ctx context.Context, cut context.CancelFunc, giveUp context.CancelCauseFunc) {
	c.watch(giveUp)
	over, done := context.WithTimeout(ctx, c.config.Length)
	defer done()
	if c.config.Plan == nil {
		c.fill()
		<-over.Done()
	} else {
		late, expired := context.WithTimeout(ctx, c.config.Length+c.config.grace)
		c.pace(late)
		expired()
		if ctx.Err() == nil {
			<-over.Done() // the plan lasts to its end, though the last arrival is before it
		}
	}
	c.stop(ctx.Err() != nil || c.config.Plan == nil)
	limit := time.NewTimer(min(c.config.grace, max(0, c.config.Length+c.config.grace-c.now())))
	defer limit.Stop()
	select {
	case <-c.quiet:
	case <-limit.C:
	}
	c.stop(true)
	cut()
	<-c.quiet
	close(c.done)
	c.group.Wait()
	c.leftovers(ctx)
}

// watch tells of the run's progress once a second, until it is done, and gives it up where it is hopeless.
func (c *crew) watch(giveUp context.CancelCauseFunc) {
	c.group.Add(1)
	go func() {
		defer c.group.Done()
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				if c.config.Progress != nil {
					c.config.Progress(c.tally.progress(c.now(), c.config.Length))
				}
				if c.hopeless() {
					giveUp(errHopeless)
				}
			case <-c.done:
				return
			}
		}
	}()
}

// record writes down what happened.
func (c *crew) record(ctx context.Context) *Record {
	cfg := c.config
	r := &Record{SchemaVersion: recordVersion, Kind: "load", Tool: Tool{Name: "hookrig"}, Provider: cfg.Catalog.Provider.Name,
		CatalogDigest: cfg.Catalog.Digest(), Target: cfg.Endpoint.URL, Seed: max(1, cfg.Making.Seed), RunID: cfg.Making.RunID,
		Start: cfg.Making.Start, Shards: []Shard{{cfg.Shard, cfg.Shards}}, Connections: cfg.Connections,
		TimeoutMS: cfg.Timeout.Milliseconds(), StartedAt: cfg.began.UTC(), Ended: EndedWhole}
	if cfg.Plan != nil {
		r.Plan, r.Spacing = cfg.Plan.String(), cfg.Spacing
	}
	switch {
	case errors.Is(context.Cause(ctx), errHopeless):
		r.Ended = EndedHopeless
	case ctx.Err() != nil:
		r.Ended = EndedInterrupted
	case c.course.dry:
		r.Ended = EndedNoMessages
	}
	c.tally.fill(r)
	r.Counts.Opened = c.route.opened.Load()
	r.SLO = cfg.SLO.Judge(r)
	return r
}

// Reached says whether any connection was ever made.
func (r *Record) Reached() bool { return r.Counts.Opened > 0 }

// warnings says where the figures are those of hookrig or of its limits rather than the consumer's.
func warnings(r *Record) []string {
	var list []string
	say := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if late, was := r.late(); was {
		say("hookrig itself was late: 1 arrival in 100 left %s after its time; give it more of the machine, or ask for less", Milliseconds(late))
	}
	if r.saturated() {
		say("hookrig itself was the limit: it used %.1f of %d processors; give it more of the machine, or run shards of it on several", r.ProcessorsUsed(), r.Processors)
	}
	if r.crowded() {
		say("the machine had nothing idle, and hookrig used %.1f of its processors: on a machine of its own, the consumer may be faster", r.ProcessorsUsed())
	}
	if r.Counts.Waited > 0 {
		say("%d arrivals waited because all %d connections were busy; their wait counts from the intended time", r.Counts.Waited, r.Connections)
	}
	if r.Counts.Held > 0 {
		say("%d arrivals waited for the message before theirs of the same life", r.Counts.Held)
	}
	if r.Counts.Unsent > 0 && r.Ended == EndedWhole {
		say("%d arrivals were due and never sent: the consumer did not keep up", r.Counts.Unsent)
	}
	if n := r.Failures[string(wire.FailureCanceled)]; n > 0 {
		say("%d messages were still unanswered %s after the end", n, grace)
	}
	return list
}
