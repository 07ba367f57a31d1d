package delivery

import (
	"context"
	"sync"
	"time"

	"github.com/hookrig/hookrig/internal/wire"
	"github.com/hookrig/hookrig/mockprovider/clock"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

// idleLimit is how long a connection is kept for the next delivery. It is short, because a peer that
// closes it meanwhile costs an attempt.
const idleLimit = time.Second

// job is a delivery in hand.
type job struct {
	delivery journal.Delivery
	message  *schemas.Message // nil: in the store
	entity   string
	holds    bool // ordered: no other job about the entity goes before it has ended
	lane     *lane
}

// Run hands the job to its lane: it is due.
func (j *job) Run() { j.lane.ready(j) }

// lane is the queue, the connections and the breaker of one subscription.
type lane struct {
	d      *Dispatcher
	ctx    context.Context // of its attempts
	cancel context.CancelFunc

	mu      sync.Mutex // guards all below
	target  Target
	signer  *schemas.Signer
	queue   []*job // due, in order; head is the first that waits
	head    int
	busy    map[string][]*job // ordered: entities under way, and what waits behind each
	workers int
	ended   *sync.Cond // a worker has ended
	breaker Breaker
	stopped bool // starts no more attempts
	removed bool // forgets what comes
	idle    []idleConn
}

// idleConn is an open connection that nobody uses.
type idleConn struct {
	conn  *wire.Conn
	since time.Time
}

func newLane(d *Dispatcher) *lane {
	l := &lane{d: d, breaker: d.cfg.Breaker, busy: map[string][]*job{}}
	l.ended = sync.NewCond(&l.mu)
	l.ctx, l.cancel = context.WithCancel(d.ctx)
	return l
}

// put leads the lane to a target. Connections to another address are closed.
func (l *lane) put(t Target, signer *schemas.Signer) {
	l.mu.Lock()
	if l.target.Endpoint.URL != t.Endpoint.URL || l.target.Paused && !t.Paused {
		l.breaker.Reset()
	}
	moved := l.target.Endpoint.URL != t.Endpoint.URL
	l.target, l.signer = t, signer
	l.pump()
	l.mu.Unlock()
	if moved {
		l.closeIdle(0)
	}
}

// admit takes a new job. In an ordered lane it waits behind an earlier one about the same entity, else
// for its time.
func (l *lane) admit(j *job) {
	l.mu.Lock()
	if l.target.Ordered && j.entity != "" {
		waiting, busy := l.busy[j.entity]
		if busy {
			l.busy[j.entity] = append(waiting, j)
			l.mu.Unlock()
			return
		}
		l.busy[j.entity] = nil
		j.holds = true
	}
	l.mu.Unlock()
	l.schedule(j)
}

// schedule makes the job ready when it is due.
func (l *lane) schedule(j *job) { l.wake(j, j.delivery.Due) }

// ready takes a job that is due.
func (l *lane) ready(j *job) { l.wake(j, time.Time{}) }

// wake makes the job ready at a time, or now.
func (l *lane) wake(j *job, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.removed:
		l.forget(j)
	case at.After(l.d.cfg.Clock.Now()):
		l.d.cfg.Clock.At(at, j)
	default:
		l.queue = append(l.queue, j)
		l.pump()
	}
}

// forget gives back the room that a job had.
func (l *lane) forget(j *job) {
	l.d.Release(1, int64(j.delivery.Size))
	if j.message != nil {
		l.d.cached.Add(-int64(len(j.message.Body)))
	}
}

// pump starts workers for what waits. Callers hold mu.
func (l *lane) pump() {
	for waiting := len(l.queue) - l.head; waiting > 0 && l.workers < l.target.Connections && l.runnable(); waiting-- {
		l.workers++
		l.d.cfg.Clock.Begin()
		l.d.workers.Add(1)
		go l.work()
	}
}

// runnable says whether the next job may be sent now. Callers hold mu.
func (l *lane) runnable() bool {
	return !l.stopped && !l.target.Paused && l.breaker.State() != HalfOpen &&
		(l.breaker.State() == Closed || !l.d.cfg.Clock.Now().Before(l.breaker.until))
}

// work sends jobs until none may be sent.
func (l *lane) work() {
	defer l.d.workers.Done()
	defer l.d.cfg.Clock.End()
	select {
	case l.d.cfg.Sockets <- struct{}{}:
		defer func() { <-l.d.cfg.Sockets }()
	case <-l.ctx.Done():
	}
	for {
		l.mu.Lock()
		j := l.take()
		if j == nil {
			l.workers--
			l.ended.Broadcast()
			l.mu.Unlock()
			return
		}
		target, signer := l.target, l.signer
		l.mu.Unlock()
		l.attempt(j, target, signer)
	}
}

// take takes the next job that may be sent. Callers hold mu.
func (l *lane) take() *job {
	if l.head == len(l.queue) || !l.runnable() || !l.breaker.Allow(l.d.cfg.Clock.Now()) {
		return nil
	}
	j := l.queue[l.head]
	l.queue[l.head] = nil
	l.head++
	if l.head == len(l.queue) || l.head > 1024 && l.head > len(l.queue)/2 {
		l.queue = append(l.queue[:0], l.queue[l.head:]...)
		l.head = 0
	}
	return j
}

// report tells the breaker how an attempt ended.
func (l *lane) report(ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if again := l.breaker.Report(ok, l.d.cfg.Clock.Now()); !again.IsZero() {
		l.d.cfg.Clock.At(again, clock.TaskFunc(func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.pump()
		}))
	}
}

// finish ends a job and lets the next one about the same entity go.
func (l *lane) finish(j *job) {
	l.forget(j)
	if !j.holds {
		return
	}
	l.mu.Lock()
	waiting := l.busy[j.entity]
	if len(waiting) == 0 {
		delete(l.busy, j.entity)
		l.mu.Unlock()
		return
	}
	next := waiting[0]
	next.holds = true
	l.busy[j.entity] = waiting[1:]
	l.mu.Unlock()
	l.schedule(next)
}

// stop starts no more attempts.
func (l *lane) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
}

// remove breaks off what is under way, waits for it, and forgets the rest.
func (l *lane) remove() {
	l.stop()
	l.cancel()
	l.mu.Lock()
	for l.workers > 0 {
		l.ended.Wait()
	}
	forgotten := l.queue[l.head:]
	for _, waiting := range l.busy {
		forgotten = append(forgotten, waiting...)
	}
	l.queue, l.head, l.busy, l.removed = nil, 0, map[string][]*job{}, true
	l.mu.Unlock()
	asleep := l.d.cfg.Clock.Forget(func(t clock.Task) bool {
		j, ok := t.(*job)
		return ok && j.lane == l
	})
	for _, t := range asleep {
		forgotten = append(forgotten, t.(*job))
	}
	for _, j := range forgotten {
		l.forget(j)
	}
	l.closeIdle(0)
}

func (l *lane) state() LaneState {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := len(l.queue) - l.head
	for _, behind := range l.busy {
		waiting += len(behind)
	}
	return LaneState{Waiting: waiting, Sending: l.workers, Breaker: l.breaker.State(), Failures: l.breaker.failed}
}

// borrow takes an open connection, or opens one.
func (l *lane) borrow(ctx context.Context, url string) (conn *wire.Conn, used bool, err error) {
	l.mu.Lock()
	for len(l.idle) > 0 {
		last := l.idle[len(l.idle)-1]
		l.idle = l.idle[:len(l.idle)-1]
		if time.Since(last.since) < idleLimit {
			l.mu.Unlock()
			return last.conn, true, nil
		}
		_ = last.conn.Close() // it is of no use any more
	}
	l.mu.Unlock()
	conn, err = l.d.client.Open(ctx, url)
	return conn, false, err
}

// giveBack keeps a connection for the next job.
func (l *lane) giveBack(conn *wire.Conn, url string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped || l.target.Endpoint.URL != url || len(l.idle) >= l.target.Connections {
		_ = conn.Close() // nobody would use it
		return
	}
	l.idle = append(l.idle, idleConn{conn, time.Now()})
	if len(l.idle) == 1 {
		time.AfterFunc(idleLimit, func() { l.closeIdle(idleLimit) })
	}
}

// closeIdle closes connections that have been idle for so long, and comes back for the others.
func (l *lane) closeIdle(limit time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := l.idle[:0]
	for _, one := range l.idle {
		if time.Since(one.since) < limit {
			kept = append(kept, one)
			continue
		}
		_ = one.conn.Close() // nobody has used it
	}
	l.idle = kept
	if len(kept) > 0 {
		time.AfterFunc(idleLimit, func() { l.closeIdle(idleLimit) })
	}
}
