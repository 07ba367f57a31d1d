package observe

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"
)

// Polling: how often the observer is asked, how long its answers must stay the same, how many questions
// are asked at once.
const (
	pollEvery   = 50 * time.Millisecond
	quietFor    = 150 * time.Millisecond
	askTogether = 8
)

// Observer is asked what a consumer has done.
type Observer interface {
	Effects(ctx context.Context, key string) (count int, value json.RawMessage, err error)
}

// SettleConfig says what to wait for.
type SettleConfig struct {
	Observer Observer                            // Required
	Keys     []string                            // what to read
	Limit    time.Duration                       // longest wait. Default 2s
	Idle     func(context.Context) (bool, error) // says that nothing is left to do. Default: two equal readings 150 ms apart
}

// Settle waits until the consumer has nothing left to do, or the limit is over, and returns the last
// reading of each key in order. settled is false when the limit ended it. The error is ctx's, or Idle's.
func Settle(ctx context.Context, cfg SettleConfig) (readings []Reading, settled bool, err error) {
	limit := cfg.Limit
	if limit <= 0 {
		limit = 2 * time.Second
	}
	deadline := time.Now().Add(limit)
	if cfg.Idle != nil {
		settled, err = waitIdle(ctx, cfg.Idle, deadline)
		if err != nil {
			return nil, false, err
		}
		return read(ctx, cfg), settled, context.Cause(ctx)
	}
	readings = read(ctx, cfg)
	since := time.Now() // when the reading last changed
	for time.Since(since) < quietFor {
		if !time.Now().Before(deadline) {
			return readings, false, nil
		}
		if err := pause(ctx, pollEvery); err != nil {
			return readings, false, err
		}
		next := read(ctx, cfg)
		if !slices.EqualFunc(readings, next, same) {
			since = time.Now()
		}
		readings = next
	}
	return readings, true, context.Cause(ctx)
}

func waitIdle(ctx context.Context, idle func(context.Context) (bool, error), deadline time.Time) (bool, error) {
	for {
		done, err := idle(ctx)
		if done || err != nil {
			return done, err
		}
		if !time.Now().Before(deadline) {
			return false, nil
		}
		if err := pause(ctx, pollEvery); err != nil {
			return false, err
		}
	}
}

// read asks for every key, some at once.
func read(ctx context.Context, cfg SettleConfig) []Reading {
	readings := make([]Reading, len(cfg.Keys))
	turns := make(chan int)
	var workers sync.WaitGroup
	for range min(askTogether, len(cfg.Keys)) {
		workers.Go(func() {
			for i := range turns {
				r := Reading{Key: cfg.Keys[i]}
				r.Count, r.Value, r.Err = cfg.Observer.Effects(ctx, r.Key)
				readings[i] = r
			}
		})
	}
	for i := range cfg.Keys {
		turns <- i
	}
	close(turns)
	workers.Wait()
	return readings
}

func same(a, b Reading) bool {
	return a.Count == b.Count && bytes.Equal(a.Value, b.Value) && (a.Err == nil) == (b.Err == nil)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
