package load

import (
	"math"
	"math/rand/v2"
	"time"
)

// Spacing is how arrivals are spread over a plan.
type Spacing string

// The spacings: each arrival as far from the last as the rate says; at random, as independent people would
// come; all of a second at its beginning.
const (
	Even    Spacing = "even"
	Poisson Spacing = "poisson"
	Bursts  Spacing = "bursts"
)

// Schedule gives the intended time of each arrival of a plan, in order. The same plan, spacing and seed
// give the same times. Use one Schedule from one goroutine.
type Schedule struct {
	plan   Plan
	random *rand.Rand    // nil: even
	unit   time.Duration // that times are cut to; 0: none
	stage  int
	before float64         // arrivals of the stages before
	began  time.Duration   // of the stage
	level  float64         // arrivals that the next one stands at
	count  uint64          // of the plan's arrivals so far
	head   time.Duration   // the plan's next arrival
	more   bool            // there is one
	behind []time.Duration // of an outage, rising; those still to come
	next   uint64          // of all arrivals
}

// NewSchedule begins at the first arrival of a plan that Check finds nothing wrong with.
func NewSchedule(plan Plan, spacing Spacing, seed uint64) *Schedule {
	s := &Schedule{plan: plan}
	if spacing == Poisson {
		s.random = rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))
		s.level = s.random.ExpFloat64()
	}
	if spacing == Bursts {
		s.unit = time.Second
	}
	s.head, s.more = s.advance()
	return s
}

// Next is the time of the next arrival since the start of the plan; false when the plan has no more.
func (s *Schedule) Next() (time.Duration, bool) {
	at, _, ok := s.arrival()
	return at, ok
}

// arrival is Next, and says whether it is one that an outage has held back.
func (s *Schedule) arrival() (at time.Duration, late, ok bool) {
	switch {
	case len(s.behind) > 0 && (!s.more || s.behind[0] <= s.head):
		at, late = s.behind[0], true
		s.behind = s.behind[1:]
	case s.more:
		at = s.head
		s.head, s.more = s.advance()
	default:
		return 0, false, false
	}
	s.next++
	return at, late, true
}

// advance is the plan's next arrival.
func (s *Schedule) advance() (time.Duration, bool) {
	for s.stage < len(s.plan) {
		now := s.plan[s.stage]
		whole := now.arrivals()
		if inside := s.level - s.before; inside < whole {
			at := now.reach(inside)
			s.count++
			if s.random == nil {
				s.level = float64(s.count)
			} else {
				s.level += s.random.ExpFloat64()
			}
			return (s.began + at).Truncate(s.unit), true
		}
		s.before += whole
		s.began += now.Length
		s.stage++
	}
	return 0, false
}

// At is the time of the n-th arrival (from 0) of those not yet passed; asked for in rising order.
func (s *Schedule) At(n uint64) (time.Duration, bool) {
	at, _, ok := s.arrivalAt(n)
	return at, ok
}

// arrivalAt is At, and says whether the arrival is one that an outage has held back.
func (s *Schedule) arrivalAt(n uint64) (at time.Duration, late, ok bool) {
	for s.next < n {
		if _, ok := s.Next(); !ok {
			return 0, false, false
		}
	}
	return s.arrival()
}

// reach is when the stage has had so many arrivals: the inverse of a rate that changes evenly.
func (s Stage) reach(arrivals float64) time.Duration {
	length, from := s.Length.Seconds(), float64(s.From)
	slope := float64(s.To-s.From) / length
	// from·t + slope/2·t² = arrivals, in the form that loses nothing when the slope is small.
	root := math.Sqrt(max(0, from*from+2*slope*arrivals))
	seconds := 0.0
	if arrivals > 0 {
		seconds = 2 * arrivals / (from + root)
	}
	return min(time.Duration(seconds*float64(time.Second)), s.Length)
}
