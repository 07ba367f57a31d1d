package load

import (
	"math"
	"math/rand/v2"
	"time"
)

// Spacing is how arrivals are spread over a plan.
type Spacing string

// The spacings: each arrival as far from the last as the rate says, or at random, as independent people
// would come.
const (
	Even    Spacing = "even"
	Poisson Spacing = "poisson"
)

// Schedule gives the intended time of each arrival of a plan, in order. The same plan, spacing and seed
// give the same times. Use one Schedule from one goroutine.
type Schedule struct {
	plan   Plan
	random *rand.Rand // nil: even
	stage  int
	before float64       // arrivals of the stages before
	began  time.Duration // of the stage
	level  float64       // arrivals that the next one stands at
	next   uint64
}

// NewSchedule begins at the first arrival of a plan that Check finds nothing wrong with.
func NewSchedule(plan Plan, spacing Spacing, seed uint64) *Schedule {
	s := &Schedule{plan: plan}
	if spacing == Poisson {
		s.random = rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))
		s.level = s.random.ExpFloat64()
	}
	return s
}

// Next is the time of the next arrival since the start of the plan; false when the plan has no more.
func (s *Schedule) Next() (time.Duration, bool) {
	for s.stage < len(s.plan) {
		now := s.plan[s.stage]
		whole := now.arrivals()
		if inside := s.level - s.before; inside < whole {
			at := now.reach(inside)
			s.next++
			if s.random == nil {
				s.level = float64(s.next)
			} else {
				s.level += s.random.ExpFloat64()
			}
			return s.began + at, true
		}
		s.before += whole
		s.began += now.Length
		s.stage++
	}
	return 0, false
}

// At is the time of the n-th arrival (from 0) of those not yet passed; asked for in rising order.
func (s *Schedule) At(n uint64) (time.Duration, bool) {
	for s.next < n {
		if _, ok := s.Next(); !ok {
			return 0, false
		}
	}
	return s.Next()
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
