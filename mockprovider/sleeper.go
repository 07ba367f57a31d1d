package mockprovider

import (
	"context"
	"sync"
	"time"

	"github.com/hookrig/hookrig/mockprovider/clock"
)

// sleeper sleeps on a session's clock. While it is awake its work counts as under way, so that an
// advancing clock waits for it.
type sleeper struct {
	clock   *clock.Clock
	working bool
}

// until sleeps until the time on the clock; false when ctx ended first.
func (s *sleeper) until(ctx context.Context, due time.Time) bool {
	if !due.After(s.clock.Now()) {
		return ctx.Err() == nil
	}
	var mu sync.Mutex
	gone := false
	woken := make(chan struct{})
	s.clock.At(due, clock.TaskFunc(func() {
		mu.Lock()
		defer mu.Unlock()
		if !gone {
			s.clock.Begin()
			close(woken)
		}
	}))
	s.awake()
	select {
	case <-woken:
		s.working = true
		return true
	case <-ctx.Done():
	}
	mu.Lock()
	defer mu.Unlock()
	gone = true
	select {
	case <-woken:
		s.working = true
	default:
	}
	return false
}

// awake ends the work of the last waking.
func (s *sleeper) awake() {
	if s.working {
		s.working = false
		s.clock.End()
	}
}
