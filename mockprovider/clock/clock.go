package clock

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrSpeed is a speed that no clock can run at.
var ErrSpeed = errors.New("speed must be above 0 and at most 1000000")

// ErrBackwards is a move that would turn the clock back.
var ErrBackwards = errors.New("the clock only goes forward")

// Clock is a time that can be frozen, moved and sped up, and the agenda of what is to happen at which
// time. Safe for concurrent use.
type Clock struct {
	now func() time.Time // the machine's

	mu       sync.Mutex // guards all below
	virtual  time.Time  // the clock's time at real
	real     time.Time  // the machine's time at virtual
	latest   time.Time  // the last time told
	speed    float64
	frozen   bool
	advances int           // calls of Advance under way: only they run tasks
	busy     int           // work begun and not ended
	agenda   agenda        // tasks to come
	changed  chan struct{} // closed and renewed when anything above changes
	closed   bool
	done     chan struct{} // closed when the runner has ended
}

// State is how a clock stands.
type State struct {
	Now    time.Time `json:"now"`
	Speed  float64   `json:"speed"`
	Frozen bool      `json:"frozen"`
}

// New starts a clock that agrees with now, which is the machine's clock when nil. Close stops it.
func New(now func() time.Time) *Clock {
	if now == nil {
		now = time.Now
	}
	real := now()
	c := &Clock{now: now, virtual: real, real: real, latest: real, speed: 1, changed: make(chan struct{}), done: make(chan struct{})}
	go c.run()
	return c
}

// Now is the time on the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at()
}

// State says how the clock stands.
func (c *Clock) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return State{Now: c.at().UTC(), Speed: c.speed, Frozen: c.frozen}
}

// Freeze stops the clock; what is due later waits.
func (c *Clock) Freeze() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.anchor(c.at())
	c.frozen = true
	c.wake()
}

// Resume lets a frozen clock run on.
func (c *Clock) Resume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.anchor(c.at())
	c.frozen = false
	c.wake()
}

// SetSpeed lets the clock run so many times as fast as the machine's: 1 is real time, 3600 an hour a
// second.
func (c *Clock) SetSpeed(speed float64) error {
	if !(speed > 0 && speed <= 1e6) {
		return fmt.Errorf("set speed %v: %w", speed, ErrSpeed)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.anchor(c.at())
	c.speed = speed
	c.wake()
	return nil
}

// Advance moves the clock forward by d, at once but not in one leap: it stops at every task on the
// way and waits until the work that it began has ended, then goes on. A frozen clock stays frozen.
// When ctx ends first the clock stands where it got to.
func (c *Clock) Advance(ctx context.Context, d time.Duration) error {
	if d < 0 {
		return fmt.Errorf("advance by %v: %w", d, ErrBackwards)
	}
	c.mu.Lock()
	target := c.at().Add(d)
	c.advances++
	c.wake()
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.advances--
		c.wake()
		c.mu.Unlock()
	}()
	for {
		if err := c.idle(ctx); err != nil {
			return fmt.Errorf("advance to %s: %w", target.UTC().Format(time.RFC3339), err)
		}
		tasks, reached := c.step(target)
		for _, t := range tasks {
			t.Run()
		}
		if reached {
			return c.idle(ctx)
		}
	}
}

// step moves the clock to the next task that is due by target and takes all that are due then.
func (c *Clock) step(target time.Time) (tasks []Task, reached bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if next, ok := c.agenda.next(); ok && !next.After(target) {
		if next.After(c.at()) {
			c.anchor(next)
		}
		return c.agenda.due(c.at()), false
	}
	if target.After(c.at()) {
		c.anchor(target)
	}
	return nil, true
}

// Begin says that work has begun which Advance must wait for; End must follow.
func (c *Clock) Begin() {
	c.mu.Lock()
	c.busy++
	c.mu.Unlock()
}

// End says that the work has ended, after it has put what follows on the agenda.
func (c *Clock) End() {
	c.mu.Lock()
	c.busy--
	if c.busy == 0 && c.advances > 0 {
		c.wake()
	}
	c.mu.Unlock()
}

// Close stops the clock and waits for a task that is running. What is still to come never happens.
func (c *Clock) Close() {
	c.mu.Lock()
	c.closed = true
	c.wake()
	c.mu.Unlock()
	<-c.done
}

// at is the time on the clock. Callers hold mu.
func (c *Clock) at() time.Time {
	if c.frozen {
		return c.virtual
	}
	now := c.now()
	if now.Before(c.real) { // the machine's clock was turned back: go on from here
		c.virtual, c.real = c.latest, now
	}
	at := c.virtual.Add(time.Duration(float64(now.Sub(c.real)) * c.speed))
	if at.Before(c.latest) {
		return c.latest
	}
	c.latest = at
	return at
}

// anchor makes at the time of this moment. Callers hold mu.
func (c *Clock) anchor(at time.Time) { c.virtual, c.real, c.latest = at, c.now(), at }

// wake lets all who wait for a change look again. Callers hold mu.
func (c *Clock) wake() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// idle waits until no work is under way.
func (c *Clock) idle(ctx context.Context) error {
	for {
		c.mu.Lock()
		idle, changed := c.busy == 0 || c.closed, c.changed
		c.mu.Unlock()
		if idle {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
