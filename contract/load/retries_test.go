package load_test

import (
	"context"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract/load"
	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// attempts counts how often each message comes, answers by that number, and says when enough have come.
func attempts(t *testing.T, status func(attempt int) int, enough func(all map[string]int) bool) (*httptest.Server, context.Context) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	var mu sync.Mutex
	seen := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		seen[string(body)]++
		w.WriteHeader(status(seen[string(body)]))
		if enough(seen) {
			cancel()
		}
	}))
	t.Cleanup(server.Close)
	return server, ctx
}

// total is how many attempts there were.
func total(seen map[string]int) (n int) {
	for _, times := range seen {
		n += times
	}
	return n
}

func never(map[string]int) bool { return false }

// thenQuiet is a plan of so many messages at once, as it were, and an hour in which only retries come.
func thenQuiet(messages int) load.Plan {
	return load.Plan{{From: 1000, To: 1000, Length: time.Duration(messages-1) * time.Millisecond}, {From: 0.0001, To: 0.0001, Length: time.Hour}}
}

// until plays a run until ctx ends; what is under way then is still answered.
func until(t *testing.T, ctx context.Context, cfg load.Config) *load.Record {
	t.Helper()
	r, err := load.Run(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	balanced(t, r)
	return r
}

// What is refused comes again by the provider's delays, the same bytes, until it is acknowledged.
func TestRetriesFollowThePolicy(t *testing.T) {
	t.Parallel()
	server, enough := attempts(t, func(attempt int) int {
		if attempt < 3 {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	}, func(seen map[string]int) bool { return total(seen) == 150 })
	cfg := config(t, server.URL, thenQuiet(50))
	cfg.RetrySpeed = 1000 // 5 s and 60 s are 5 ms and 60 ms
	r := until(t, enough, cfg)
	if r.Retries == nil || r.Retries.Attempts != 100 || r.Retries.Recovered != 50 || r.Retries.GivenUp+r.Retries.Waiting != 0 {
		t.Fatalf("retries %+v, %+v", r.Retries, r.Counts)
	}
	if r.Counts.Sent != 150 || r.Statuses[503] != 100 || r.Statuses[200] != 50 {
		t.Errorf("%+v, statuses %v", r.Counts, r.Statuses)
	}
}

// A message that is never acknowledged is given up after the provider's last attempt, at once where a
// status ends the delivery; what is to come after the end is told.
func TestRetriesEnd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		status   int
		speed    float64
		attempts int64 // of all 20 messages, beside the first
		givenUp  int64
		waiting  int64
	}{
		{"all attempts", http.StatusInternalServerError, 1_000_000, 100, 20, 0},
		{"a status that ends it", http.StatusGone, 1_000_000, 0, 20, 0},
		{"later than the end", http.StatusInternalServerError, 0.001, 0, 0, 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server, enough := attempts(t, func(int) int { return tt.status }, func(seen map[string]int) bool { return int64(total(seen)) == 20+tt.attempts })
			cfg := config(t, server.URL, thenQuiet(20))
			cfg.RetrySpeed = tt.speed
			r := until(t, enough, cfg)
			if got := r.Retries; got.Attempts != tt.attempts || got.GivenUp != tt.givenUp || got.Waiting != tt.waiting {
				t.Errorf("retries %+v, want %d attempts, %d given up, %d waiting", got, tt.attempts, tt.givenUp, tt.waiting)
			}
		})
	}
}

// Retries come in a closed loop too, and copies of a message are the same bytes.
func TestClosedLoopWithFaultsAndRetries(t *testing.T) {
	t.Parallel()
	server, enough := attempts(t, func(attempt int) int {
		if attempt == 1 {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	}, func(seen map[string]int) bool {
		return total(seen) > 2*len(seen) && len(seen) > 10 // retries alone bring two of each at most
	})
	cfg := config(t, server.URL, nil)
	cfg.Length, cfg.Connections, cfg.RetrySpeed, cfg.Faults = time.Hour, 4, 100_000, generators.Faults{Duplicate: 0.9}
	r := until(t, enough, cfg)
	if r.Retries.Recovered == 0 || r.Counts.Acknowledged == 0 {
		t.Errorf("retries %+v, %+v", r.Retries, r.Counts)
	}
}

// After an outage its messages come again, each at the provider's next attempt, beside the plan's own.
func TestOutageComesBack(t *testing.T) {
	t.Parallel()
	server, _ := attempts(t, func(int) int { return http.StatusOK }, never)
	cfg := config(t, server.URL, load.Constant(10, 2*time.Second))
	cfg.Outage, cfg.RetrySpeed = 30*time.Second, 60 // 30 s of messages come back within a second
	r := run(t, cfg)
	o := r.Outage
	if o == nil || o.Messages != 300 || o.Returned != 300 || o.GivenUp != 0 || o.Finished != 300 || o.LastNS < o.LastDueNS || o.LastDueNS <= 0 {
		t.Fatalf("outage %+v", o)
	}
	if r.Counts.Arrivals != 320 || r.Counts.Acknowledged != 320 {
		t.Errorf("%+v", r.Counts)
	}
}

// Nobody retries for ever: of an outage that lasts longer, the beginning is lost.
func TestOutageOutlastsTheRetries(t *testing.T) {
	t.Parallel()
	server, _ := attempts(t, func(int) int { return http.StatusOK }, never)
	cfg := config(t, server.URL, load.Constant(1, time.Second))
	cfg.Catalog, cfg.Endpoint.Secrets = builtin(t, "sentsays"), nil // 5, 30 and 120 s after one another
	if cfg.Catalog.Provider.Signing != nil {
		cfg.Endpoint.Secrets = []schemas.Secret{secret}
	}
	cfg.Outage, cfg.RetrySpeed = 1000*time.Second, 1000
	r := run(t, cfg)
	if o := r.Outage; o.Messages != 1000 || o.GivenUp != 845 || o.Returned != 155 || o.Finished != 155 {
		t.Errorf("outage %+v", o)
	}
}

func TestBursts(t *testing.T) {
	t.Parallel()
	s := load.NewSchedule(load.Constant(5, 3*time.Second), load.Bursts, 1)
	for n := range 15 {
		if at, ok := s.Next(); !ok || at != time.Duration(n/5)*time.Second {
			t.Errorf("arrival %d is at %s, %v, want %ds", n, at, ok, n/5)
		}
	}
	if _, ok := s.Next(); ok {
		t.Error("there are more than 15 arrivals")
	}
}

func TestPromisesAreKept(t *testing.T) {
	t.Parallel()
	sample := config(t, "http://127.0.0.1:1", load.Constant(1, time.Second))
	for want, change := range map[string]func(*load.Config){
		"a provider sends at least once": func(c *load.Config) { c.Faults.Drop = 0.1 },
		"faults fall on the messages": func(c *load.Config) {
			c.Faults.Duplicate, c.Shards, c.Making.RunID, c.Making.Start = 0.1, 2, "r", time.Now()
		},
		"retries are NaN times as fast": func(c *load.Config) { c.RetrySpeed = math.NaN() },
		"retries are -1 times as fast":  func(c *load.Config) { c.RetrySpeed = -1 },
		"outage is -1s":                 func(c *load.Config) { c.Outage = -time.Second },
		"without a rate nobody knows":   func(c *load.Config) { c.Plan, c.Outage = nil, time.Minute },
		"the plan begins at 0/s":        func(c *load.Config) { c.Plan, c.Outage = load.Plan{{From: 0, To: 5, Length: time.Second}}, time.Minute },
		"more than 1000000":             func(c *load.Config) { c.Plan, c.Outage = load.Constant(100_000, time.Second), time.Hour },
		"settle is -1s":                 func(c *load.Config) { c.Settle = -time.Second },
	} {
		cfg := sample
		change(&cfg)
		if _, err := load.Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Run = %v, want an error with %q", err, want)
		}
	}
	cfg := sample
	cfg.Catalog, cfg.Endpoint.Secrets = builtin(t, "sentsays-live"), nil
	for _, change := range []func(*load.Config){func(c *load.Config) { c.RetrySpeed = 1 }, func(c *load.Config) { c.Outage = time.Minute }} {
		cfg := cfg
		change(&cfg)
		if _, err := load.Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "sends nothing again") {
			t.Errorf("Run = %v, want an error: nothing is sent again", err)
		}
	}
}
