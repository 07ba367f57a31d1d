package load_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract/load"
	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// worker is a consumer that acts on messages of some events, and its own observer.
type worker struct {
	provider *schemas.Provider
	times    func(m schemas.Message, nth int) int // how often it acts on the n-th message, from 1
	status   func(m schemas.Message) int          // default 200
	lazy     func(nth int) bool                   // it acts only once it has been asked; default never

	mu      sync.Mutex
	nth     int
	seen    map[string]int
	pending map[string]int
}

func (c *worker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	m, err := c.provider.Read(body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if c.status != nil {
		if status := c.status(m); status != http.StatusOK {
			w.WriteHeader(status)
			return
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen, c.pending = map[string]int{}, map[string]int{}
	}
	c.nth++
	into := c.seen
	if c.lazy != nil && c.lazy(c.nth) {
		into = c.pending
	}
	times := c.times(m, c.nth)
	for _, key := range m.Entities {
		into[key] += times
	}
}

func (c *worker) Effects(_ context.Context, key string) (int, json.RawMessage, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.seen[key]
	c.seen[key] += c.pending[key]
	delete(c.pending, key)
	return n, nil, nil
}

// observed is a run against a worker, which is its own observer.
func observed(t *testing.T, plan load.Plan, w *worker, change func(*load.Config)) *load.Record {
	t.Helper()
	w.provider = builtin(t, "watsi").Provider
	server := httptest.NewServer(w)
	defer server.Close()
	cfg := config(t, server.URL, plan)
	cfg.Observer, cfg.Settle = w, time.Second
	if change != nil {
		change(&cfg)
	}
	r, err := load.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	balanced(t, r)
	if r.Effects == nil {
		t.Fatal("nothing was reconciled")
	}
	return r
}

// only acts once on messages of the events.
func only(events ...string) func(schemas.Message, int) int {
	return func(m schemas.Message, _ int) int {
		if slices.Contains(events, m.Event) {
			return 1
		}
		return 0
	}
}

// A consumer that loses 3 of 800, with HOOKRIG_SOAK of 100,000, and does 2 twice is told which.
func TestReconcileNamesWhatIsLostAndDoubled(t *testing.T) {
	t.Parallel()
	plan := load.Constant(800, time.Second)
	if os.Getenv("HOOKRIG_SOAK") != "" {
		plan = load.Constant(5000, 20*time.Second)
	}
	acts := only("message.received", "contact.created")
	var lost, doubled []string
	w := &worker{}
	w.times = func(m schemas.Message, nth int) int {
		if m.Event == "message.received" {
			switch {
			case nth > 100 && len(lost) < 3:
				lost = append(lost, m.ID)
				return 0
			case nth > 300 && len(doubled) < 2:
				doubled = append(doubled, m.ID)
				return 2
			}
		}
		return acts(m, nth)
	}
	r := observed(t, plan, w, func(c *load.Config) { c.Settle = 200 * time.Millisecond })
	e := r.Effects
	if e.Lost != 3 || e.Doubled != 2 || e.Seen != e.Due-3 || e.Settled || e.Whole() || e.Messages != plan.Arrivals() || e.Late != 0 {
		t.Errorf("%+v", e)
	}
	slices.Sort(e.Active)
	if !slices.Equal(e.Active, []string{"contact.created", "message.received"}) || len(e.Unseen) == 0 {
		t.Errorf("effects of %v, none of %v", e.Active, e.Unseen)
	}
	for list, want := range map[*[]load.Entry][]string{&e.LostList: lost, &e.DoubledList: doubled} {
		var got []string
		for _, entry := range *list {
			for _, m := range entry.Messages {
				got = append(got, m.ID)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("listed %v, want %v", got, want)
		}
	}
}

// What comes after the run is late, not lost, and what is not acknowledged need not be done.
func TestReconcileLateAndUnacknowledged(t *testing.T) {
	t.Parallel()
	w := &worker{times: only("message.received"), lazy: func(nth int) bool { return nth > 50 }}
	refused := 0
	w.status = func(m schemas.Message) int {
		w.mu.Lock()
		defer w.mu.Unlock()
		if m.Event == "message.received" && refused < 5 {
			refused++
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	}
	r := observed(t, load.Constant(100, time.Second), w, nil)
	e := r.Effects
	if e.Lost != 0 || e.Doubled != 0 || e.Due == 0 || e.Seen != e.Due || !e.Whole() || e.Messages != 95 {
		t.Errorf("%+v", e)
	}
	if e.Late == 0 || e.DrainNS <= 0 || len(e.LateList) == 0 || e.LateList[0].AfterNS < e.LateList[len(e.LateList)-1].AfterNS {
		t.Errorf("%d late, drained in %d ns, listed %+v", e.Late, e.DrainNS, e.LateList)
	}
}

// Copies and retries of a message are one message.
func TestReconcileCountsCopiesOnce(t *testing.T) {
	t.Parallel()
	w := &worker{}
	known := map[string]bool{}
	w.times = func(m schemas.Message, _ int) int {
		defer func() { known[m.ID] = true }()
		if m.Event != "message.received" || known[m.ID] {
			return 0
		}
		return 1
	}
	turn := 0
	w.status = func(schemas.Message) int {
		w.mu.Lock()
		defer w.mu.Unlock()
		if turn++; turn%4 == 0 {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	}
	r := observed(t, load.Constant(200, time.Second), w, func(c *load.Config) {
		c.Faults, c.RetrySpeed, c.Settle = generators.Faults{Duplicate: 0.5}, 100, 100*time.Millisecond
	})
	e := r.Effects
	if !e.Whole() || e.Due == 0 || r.Counts.Acknowledged <= int64(len(known)) || r.Retries == nil {
		t.Errorf("%+v, retries %+v, %d acknowledged of %d different", e, r.Retries, r.Counts.Acknowledged, len(known))
	}
}

type deafObserver struct{ total bool }

func (deafObserver) Effects(context.Context, string) (int, json.RawMessage, error) {
	return 0, nil, errors.New("no line")
}

func (d deafObserver) Total() bool { return d.total }

func TestReconcileWithoutAnswers(t *testing.T) {
	t.Parallel()
	r := observed(t, load.Constant(50, 500*time.Millisecond), &worker{times: only()}, func(c *load.Config) { c.Observer = deafObserver{} })
	if e := r.Effects; e.Trouble != "the observer does not answer: no line" || e.Whole() || e.Lost != 0 {
		t.Errorf("%+v", e)
	}
	cfg := config(t, "http://127.0.0.1:1", load.Constant(1, time.Second))
	cfg.Observer = deafObserver{total: true}
	if _, err := load.Run(t.Context(), cfg); err == nil {
		t.Error("an observer with one counter is taken")
	}
}

// Nothing that is ever seen is nothing that is known.
func TestReconcileSeesNothing(t *testing.T) {
	t.Parallel()
	e := observed(t, load.Constant(50, 500*time.Millisecond), &worker{times: only()}, func(c *load.Config) { c.Settle = 100 * time.Millisecond }).Effects
	if e.Due != 0 || e.Lost != 0 || len(e.Active) != 0 || len(e.Unseen) == 0 || !e.Settled {
		t.Errorf("%+v", e)
	}
}
