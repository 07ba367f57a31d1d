package delivery

import "time"

// Breaker keeps a lane from hammering an endpoint that fails: after so many failures in a row nothing is
// sent for a while, then exactly one attempt decides. Its owner guards it.
type Breaker struct {
	Failures int           // in a row that open it; 0: never
	Cooldown time.Duration // from opening to the one attempt

	state  BreakerState
	failed int
	until  time.Time
}

// BreakerState is where a breaker stands.
type BreakerState string

// The states of a breaker.
const (
	Closed   BreakerState = "closed"    // everything is sent
	Open     BreakerState = "open"      // nothing is sent
	HalfOpen BreakerState = "half-open" // one attempt is under way and decides
)

// State is where it stands.
func (b *Breaker) State() BreakerState {
	if b.state == "" {
		return Closed
	}
	return b.state
}

// Allow asks for one attempt. A yes in the open state makes it half-open: the next answer comes when
// that attempt has been reported.
func (b *Breaker) Allow(now time.Time) bool {
	switch b.State() {
	case Closed:
		return true
	case Open:
		if now.Before(b.until) {
			return false
		}
		b.state = HalfOpen
		return true
	}
	return false
}

// Report says how an allowed attempt ended. It returns when to ask again if the breaker is open now,
// else zero.
func (b *Breaker) Report(ok bool, now time.Time) (again time.Time) {
	if ok {
		b.state, b.failed = Closed, 0
		return time.Time{}
	}
	b.failed++
	if b.State() == HalfOpen || b.Failures > 0 && b.failed >= b.Failures && b.State() == Closed {
		b.state, b.until = Open, now.Add(b.Cooldown)
		return b.until
	}
	return time.Time{}
}

// Reset closes it.
func (b *Breaker) Reset() { b.state, b.failed = Closed, 0 }
