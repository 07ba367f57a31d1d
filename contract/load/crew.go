package load

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// crew is the workers of a run, each with a connection, and what they share.
type crew struct {
	config *Config
	route  *route
	sender func() sender // a new worker's
	tally  *tally
	cut    context.Context // when it ends, every exchange does
	done   chan struct{}   // closed: idle workers leave
	quiet  chan struct{}   // closed: the run is stopped and nothing is under way
	freed  chan struct{}   // a worker has gone idle
	group  sync.WaitGroup

	mu      sync.Mutex // guards all below
	course  *course
	ledger  *ledger        // nil: nobody asks
	outage  *OutageFigures // nil: none
	idle    []*worker      // the last one in is the first one out: its connection is warm
	workers int
	busy    int           // messages under way
	ended   time.Duration // when it was stopped early; 0: not
	closing bool          // what is due may still be taken, and nothing else comes
	stopped bool          // nothing is taken any more
	silent  bool          // quiet is closed
}

// worker sends one message at a time.
type worker struct {
	sender sender
	jobs   chan job // of one
}

// job is a message and when it was due.
type job struct {
	parcel *parcel
	due    time.Duration
	prompt bool // a connection was to be had: its delay is ours
	held   bool
}

func newCrew(cut context.Context, cfg *Config, path *route, course *course) *crew {
	c := &crew{config: cfg, route: path, sender: path.senders(cfg.Connections), tally: newTally(cfg.Catalog, cfg.Plan), cut: cut, course: course,
		done: make(chan struct{}), quiet: make(chan struct{}), freed: make(chan struct{}, 1)}
	return c
}

// now is the time since the run began.
func (c *crew) now() time.Duration { return time.Since(c.config.began) }

// fill puts a message into every worker's hands: a closed loop goes on by itself.
func (c *crew) fill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.workers < c.config.Connections {
		parcel, _ := c.course.take(0)
		if parcel == nil {
			return
		}
		c.hire(job{parcel: parcel, due: c.now(), prompt: true})
	}
}

// pace hands out each message when it is due, to a worker that is idle or to a new one. Where there is
// neither, the next worker that has finished takes it.
func (c *crew) pace(ctx context.Context) {
	clock := newPacer()
	defer clock.close()
	slice := 100 * time.Millisecond // how soon the end of ctx is seen
	if c.course.again != nil {
		slice = 2 * time.Millisecond // and a retry that has come up meanwhile
	}
	for ctx.Err() == nil {
		due, wait := c.dispatch()
		switch wait {
		case waitNothing:
			return
		case waitFreed:
			select {
			case <-c.freed:
			case <-ctx.Done():
			}
		case waitDue:
			if pause := due - c.now(); pause > 0 {
				clock.rest(min(pause, slice))
			}
		}
	}
}

// wait is what the pacer has to wait for.
type wait int

const (
	waitDue     wait = iota // the next arrival
	waitFreed               // a worker
	waitNothing             // all is handed out
)

// dispatch hands out what is due.
func (c *crew) dispatch() (time.Duration, wait) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		due, any := c.course.due()
		now := c.now()
		switch {
		case c.course.again != nil && now < c.config.Length && (!any || due >= c.config.Length):
			return c.config.Length, waitDue // what is under way may come again
		case !any, c.course.again != nil && due >= c.config.Length:
			return 0, waitNothing
		case due > now:
			return due, waitDue
		}
		free := len(c.idle) > 0
		if !free && c.workers >= c.config.Connections {
			return 0, waitFreed
		}
		parcel, due := c.course.take(now)
		if parcel == nil {
			return 0, waitFreed
		}
		j := job{parcel: parcel, due: due, prompt: true}
		if !free {
			c.hire(j)
			continue
		}
		w := c.idle[len(c.idle)-1]
		c.idle = c.idle[:len(c.idle)-1]
		c.busy++
		w.jobs <- j
	}
}

// hire starts a worker with its first message. The caller holds mu.
func (c *crew) hire(j job) {
	c.workers++
	c.busy++
	w := &worker{sender: c.sender(), jobs: make(chan job, 1)}
	c.group.Add(1)
	go c.work(w, j)
}

// work sends one message after another, until the run is done.
func (c *crew) work(w *worker, j job) {
	defer c.group.Done()
	defer w.sender.close()
	for {
		o, done := c.deliver(w, j)
		runtime.Gosched() // replies that are there are taken in before anything more is sent
		next, ok := c.next(w, j.parcel, o, done)
		if !ok {
			select {
			case next = <-w.jobs:
			case <-c.done:
				return
			}
		}
		j = next
	}
}

// deliver sends a message and counts what became of it.
func (c *crew) deliver(w *worker, j job) (o outcome, done time.Duration) {
	started := c.now()
	o = w.sender.send(c.cut, j.parcel.message, c.course.names.attempt(j.parcel, j.parcel.attempt, c.config.began.Add(started)))
	done = c.now()
	c.tally.add(sample{outcome: o, event: j.parcel.event, due: j.due, started: started, done: done, prompt: j.prompt, held: j.held})
	return o, done
}

// next takes the message that is due while the worker was busy; false when there is none, and the
// worker is idle.
func (c *crew) next(w *worker, finished *parcel, o outcome, now time.Duration) (job, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	due, any := c.course.dues.peek()
	held := any && due.at <= now && c.course.ready.first == nil
	c.conclude(finished, o, now)
	if !c.stopped {
		if c.config.Plan == nil {
			if parcel, _ := c.course.take(now); parcel != nil {
				return job{parcel: parcel, due: now, prompt: true}, true
			}
		} else if due, any := c.course.due(); any && due <= now {
			if parcel, due := c.course.take(now); parcel != nil {
				held := held && parcel.attempt == 1
				// Where a new connection was allowed, it was the pacer that came too late.
				late := !held && c.workers < c.config.Connections
				return job{parcel: parcel, due: due, held: held, prompt: late}, true
			}
		}
	}
	c.busy--
	c.idle = append(c.idle, w)
	c.hush()
	select {
	case c.freed <- struct{}{}:
	default:
	}
	return job{}, false
}

// conclude notes what became of a message, which its provider may send again. The caller holds mu.
func (c *crew) conclude(p *parcel, o outcome, now time.Duration) {
	acknowledged := o.failure == "" && c.tally.acknowledged[o.status]
	c.ledger.note(p.number, acknowledged)
	if !acknowledged && c.course.repeat(p, o.status, now) {
		return
	}
	if acknowledged && p.attempt > 1 {
		c.course.again.figures.Recovered++
	}
	if p.late {
		c.outage.finish(now)
	}
	c.course.finish(p)
}

// stop ends the run: nothing new comes, and when now is set, nothing is taken any more.
func (c *crew) stop(now bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now && !c.stopped {
		c.stopped, c.ended = true, c.now()
	}
	c.closing = true
	c.hush()
}

// hush closes quiet once the run is over and nothing is under way. The caller holds mu.
func (c *crew) hush() {
	if c.closing && c.busy == 0 && !c.silent {
		c.silent = true
		close(c.quiet)
	}
}

// leftovers counts the arrivals that were due before the end and were never sent.
func (c *crew) leftovers(ctx context.Context) {
	if c.config.Plan == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	end := min(c.config.Length, now)
	if ctx.Err() != nil {
		end = min(end, c.ended)
	}
	for {
		due, any := c.course.dues.peek()
		if !any || due.at > end {
			break
		}
		c.tally.unsent(now-c.course.dues.pop().at, 1)
	}
	c.unrepeated(now, end)
	if c.course.dry {
		return
	}
	c.undrawn(now, end)
}

// unrepeated counts the retries that were due and never sent. The caller holds mu.
func (c *crew) unrepeated(now, end time.Duration) {
	for {
		due, any := c.course.again.peek()
		if !any || due > end {
			return
		}
		c.course.again.take()
		c.course.again.figures.Waiting++
		c.tally.unsent(now-due, 1)
	}
}

// undrawn counts the arrivals for which no message was even made. Of a shard's, it knows how many there
// are on the whole. Past mostCounted it goes by the area under the plan.
func (c *crew) undrawn(now, end time.Duration) {
	const mostCounted = 2_000_000
	schedule, shards := c.course.schedule, int64(c.config.Shards)
	for n := range int64(mostCounted) {
		due, ok := schedule.Next()
		if !ok || due > end {
			return
		}
		if n%shards == 0 {
			c.tally.unsent(now-due, 1)
		}
	}
	if rest := (c.config.Plan.until(end) - int64(schedule.count)) / shards; rest > 0 {
		c.tally.unsent(0, rest)
	}
}
