package clock_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hookrig/hookrig/mockprovider/clock"
)

func TestAgendaRunsInOrderOfTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.New(nil)
		defer c.Close()
		var ran []string
		note := func(name string) clock.Task { return clock.TaskFunc(func() { ran = append(ran, name) }) }
		c.At(c.Now().Add(2*time.Hour), note("two"))
		c.At(c.Now().Add(time.Hour), note("one"))
		c.At(c.Now().Add(72*time.Hour), note("three days"))
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		if len(ran) != 2 || ran[0] != "one" || ran[1] != "two" {
			t.Fatalf("after three hours ran %v, want one, two", ran)
		}
		if got := c.Pending(); got != 1 {
			t.Errorf("Pending() = %d, want 1", got)
		}
	})
}

func TestSpeedAndFreeze(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.New(nil)
		defer c.Close()
		start := c.Now()
		if err := c.SetSpeed(3600); err != nil {
			t.Fatal(err)
		}
		var at time.Duration
		c.At(start.Add(72*time.Hour), clock.TaskFunc(func() { at = c.Now().Sub(start) }))
		time.Sleep(73 * time.Second)
		synctest.Wait()
		if at < 72*time.Hour || at > 72*time.Hour+time.Minute {
			t.Errorf("at speed 3600 the task of 72h ran at %v", at)
		}
		c.Freeze()
		frozen := c.Now()
		time.Sleep(time.Hour)
		if got := c.Now(); !got.Equal(frozen) {
			t.Errorf("a frozen clock moved by %v", got.Sub(frozen))
		}
		c.Resume()
		time.Sleep(time.Second)
		if got := c.Now().Sub(frozen); got != time.Hour {
			t.Errorf("a second after Resume at speed 3600 the clock moved by %v, want 1h", got)
		}
	})
}

func TestAdvanceStopsAtEachTask(t *testing.T) {
	c := clock.New(nil)
	defer c.Close()
	c.Freeze()
	start := c.Now()
	var ran []time.Duration
	var step func()
	step = func() { // each task does its work elsewhere and puts the next one on the agenda
		c.Begin()
		go func() {
			defer c.End()
			ran = append(ran, c.Now().Sub(start))
			c.At(c.Now().Add(10*time.Hour), clock.TaskFunc(step))
		}()
	}
	c.At(start.Add(10*time.Hour), clock.TaskFunc(step))
	if err := c.Advance(t.Context(), 72*time.Hour); err != nil {
		t.Fatal(err)
	}
	if len(ran) != 7 || ran[6] != 70*time.Hour {
		t.Errorf("ran at %v, want every ten hours up to 70h", ran)
	}
	if got := c.Now().Sub(start); got != 72*time.Hour {
		t.Errorf("the clock stands at %v, want 72h", got)
	}
}

func TestAdvanceEndsWithItsContext(t *testing.T) {
	c := clock.New(nil)
	defer c.Close()
	c.Begin()
	defer c.End()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Advance(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("Advance = %v, want %v", err, context.Canceled)
	}
}

func TestRefusals(t *testing.T) {
	c := clock.New(nil)
	defer c.Close()
	for _, speed := range []float64{0, -1, 1e7} {
		if err := c.SetSpeed(speed); !errors.Is(err, clock.ErrSpeed) {
			t.Errorf("SetSpeed(%v) = %v, want %v", speed, err, clock.ErrSpeed)
		}
	}
	if err := c.Advance(t.Context(), -time.Second); !errors.Is(err, clock.ErrBackwards) {
		t.Errorf("Advance(-1s) = %v, want %v", err, clock.ErrBackwards)
	}
}

// A machine whose own clock leaps by a day must not set off everything at once, nor turn time back.
func TestMachineClockLeaps(t *testing.T) {
	start := time.Now().Round(0) // without the monotonic reading that protects a real clock
	var leap atomic.Int64
	c := clock.New(func() time.Time { return start.Add(time.Duration(leap.Load())) })
	defer c.Close()
	before := c.Now()
	leap.Store(int64(-24 * time.Hour))
	if got := c.Now(); got.Before(before) {
		t.Errorf("the clock went back by %v", before.Sub(got))
	}
	leap.Add(int64(time.Hour))
	if got := c.Now().Sub(before); got != time.Hour {
		t.Errorf("an hour later the clock has moved by %v", got)
	}
}
