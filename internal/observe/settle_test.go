package observe_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hookrig/hookrig/internal/observe"
)

// worker is a consumer that acts once at each of these times.
type worker struct {
	start time.Time
	at    []time.Duration
}

func (w worker) Effects(_ context.Context, _ string) (int, json.RawMessage, error) {
	count := 0
	for _, at := range w.at {
		if time.Since(w.start) >= at {
			count++
		}
	}
	return count, nil, nil
}

func TestSettle(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		name    string
		at      []time.Duration
		limit   time.Duration
		count   int
		settled bool
		took    time.Duration
	}{
		{"nothing happens", nil, 0, 0, true, 150 * ms},
		{"done before", []time.Duration{0}, 0, 1, true, 150 * ms},
		{"works for a while", []time.Duration{0, 60 * ms, 160 * ms}, 0, 3, true, 350 * ms},
		{"never ends", []time.Duration{100 * ms, 200 * ms, 300 * ms, 400 * ms, 500 * ms, 600 * ms}, 500 * ms, 5, false, 500 * ms},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				cfg := observe.SettleConfig{Observer: worker{start, tt.at}, Keys: []string{"a", "b"}, Limit: tt.limit}
				readings, settled, err := observe.Settle(t.Context(), cfg)
				if err != nil || settled != tt.settled || len(readings) != 2 || readings[1].Count != tt.count || readings[1].Key != "b" {
					t.Errorf("Settle = %v, %v, %v; want %d effects, settled %v", readings, settled, err, tt.count, tt.settled)
				}
				if took := time.Since(start); took != tt.took {
					t.Errorf("Settle took %v, want %v", took, tt.took)
				}
			})
		})
	}
}

func TestSettleIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		broken := errors.New("broken")
		cfg := observe.SettleConfig{
			Observer: worker{start, []time.Duration{time.Second}}, Keys: []string{"a"},
			Idle: func(context.Context) (bool, error) { return time.Since(start) >= time.Second, nil },
		}
		readings, settled, err := observe.Settle(t.Context(), cfg)
		if err != nil || !settled || readings[0].Count != 1 || time.Since(start) != time.Second {
			t.Errorf("Settle = %v, %v, %v after %v; want 1 effect after 1s", readings, settled, err, time.Since(start))
		}
		cfg.Idle = func(context.Context) (bool, error) { return false, nil }
		if _, settled, err := observe.Settle(t.Context(), cfg); settled || err != nil {
			t.Errorf("Settle of a busy consumer = %v, %v; want not settled", settled, err)
		}
		cfg.Idle = func(context.Context) (bool, error) { return false, broken }
		if _, _, err := observe.Settle(t.Context(), cfg); !errors.Is(err, broken) {
			t.Errorf("Settle = %v, want %v", err, broken)
		}
	})
}

func TestSettleCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Millisecond)
		defer cancel()
		_, settled, err := observe.Settle(ctx, observe.SettleConfig{Observer: worker{}, Keys: []string{"a"}})
		if settled || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Settle = %v, %v; want the context's end", settled, err)
		}
	})
}
