package delivery_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hookrig/hookrig/mockprovider/delivery"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

// Messages about one entity arrive one after another, in order, whatever fails; others overtake them.
func TestOrderedByEntity(t *testing.T) {
	var mu sync.Mutex
	var order []string
	failed := map[string]bool{}
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		mu.Lock()
		defer mu.Unlock()
		if !failed[string(body)] {
			failed[string(body)] = true
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		order = append(order, string(body))
	}))
	defer app.Close()
	r := newRig(t, plain(10, 10))
	if err := r.clock.SetSpeed(1000); err != nil {
		t.Fatal(err)
	}
	r.lane(t, delivery.Target{ID: "a", Endpoint: schemas.Endpoint{URL: app.URL}, Ordered: true})
	for range 8 {
		for _, entity := range []string{"x", "y"} {
			r.send(t, "a", entity)
		}
	}
	r.store.await(t, func() bool { mu.Lock(); defer mu.Unlock(); return len(order) == 16 })
	last := map[int]int{}
	for _, body := range order {
		var n int
		if _, err := fmt.Sscanf(body, `{"n":%d`, &n); err != nil {
			t.Fatal(err)
		}
		if n < last[n%2] {
			t.Fatalf("order %v", order)
		}
		last[n%2] = n
	}
}

// After Remove returns nothing arrives any more.
func TestRemoveIsFinal(t *testing.T) {
	var removed atomic.Bool
	var late atomic.Int64
	app := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if removed.Load() {
			late.Add(1)
		}
	}))
	defer app.Close()
	for range 20 {
		removed.Store(false)
		r := newRig(t, plain(1))
		r.lane(t, delivery.Target{ID: "a", Endpoint: schemas.Endpoint{URL: app.URL}})
		for range 30 {
			r.send(t, "a", "")
		}
		r.Remove("a")
		app.Config.SetKeepAlivesEnabled(true)
		removed.Store(true)
		if n := r.Pending(); n != 0 {
			t.Fatalf("%d deliveries still have a place", n)
		}
	}
	// A request that was written before Remove may be read by the server a moment after it.
	if n := late.Load(); n > 20*4 {
		t.Errorf("%d requests arrived after the removal", n)
	}
}

func TestPauseAndGoOn(t *testing.T) {
	var got atomic.Int64
	app := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { got.Add(1) }))
	defer app.Close()
	r := newRig(t, plain())
	target := delivery.Target{ID: "a", Endpoint: schemas.Endpoint{URL: app.URL}, Paused: true}
	r.lane(t, target)
	seq := r.send(t, "a", "")
	if state := r.Lane("a"); state.Waiting != 1 || got.Load() != 0 {
		t.Errorf("paused: %+v, %d arrived", state, got.Load())
	}
	target.Paused = false
	r.lane(t, target)
	r.store.await(t, func() bool { return r.store.last[seq].Status == journal.Delivered })
}

// An endpoint that fails often is left alone, then tried once, then used again.
func TestBreakerOfALane(t *testing.T) {
	var good atomic.Bool
	var got atomic.Int64
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		got.Add(1)
		if !good.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer app.Close()
	r := newRig(t, plain(), func(c *delivery.Config) { c.Breaker = delivery.Breaker{Failures: 3, Cooldown: time.Hour} })
	r.lane(t, delivery.Target{ID: "a", Endpoint: schemas.Endpoint{URL: app.URL}, Connections: 1})
	for range 10 {
		r.send(t, "a", "")
	}
	r.store.await(t, func() bool { return len(r.store.attempts) == 3 })
	for deadline := time.Now().Add(time.Minute); r.Lane("a").Breaker != delivery.Open; time.Sleep(time.Millisecond) { // told after it is written down
		if time.Now().After(deadline) {
			t.Fatalf("after three failures: %+v, want open", r.Lane("a"))
		}
	}
	if state := r.Lane("a"); state.Waiting != 7 {
		t.Fatalf("after three failures: %+v, want 7 waiting", state)
	}
	if err := r.clock.Advance(t.Context(), 61*time.Minute); err != nil {
		t.Fatal(err)
	}
	r.store.await(t, func() bool { return len(r.store.attempts) == 4 })
	if n, state := got.Load(), r.Lane("a"); n != 4 || state.Breaker != delivery.Open {
		t.Errorf("after the cooldown: %d attempts, %+v, want one more and open again", n, state)
	}
	good.Store(true)
	if err := r.clock.Advance(t.Context(), 61*time.Minute); err != nil {
		t.Fatal(err)
	}
	r.store.await(t, func() bool { return len(r.store.attempts) == 10 })
	if state := r.Lane("a"); state.Breaker != delivery.Closed {
		t.Errorf("after a success: %+v, want closed", state)
	}
}

// What sleeps until its next attempt loses its place with its lane, and is not woken any more.
func TestRemoveForgetsWhatSleeps(t *testing.T) {
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }))
	defer app.Close()
	r := newRig(t, plain(3600))
	r.lane(t, delivery.Target{ID: "a", Endpoint: schemas.Endpoint{URL: app.URL}})
	r.lane(t, delivery.Target{ID: "b", Endpoint: schemas.Endpoint{URL: app.URL}, Ordered: true})
	for range 10 {
		r.send(t, "a", "")
		r.send(t, "b", "x")
	}
	for deadline := time.Now().Add(time.Minute); r.clock.Pending() < 11; time.Sleep(time.Millisecond) { // ten of a, the first of b
		if time.Now().After(deadline) {
			t.Fatalf("%d sleep, want 11", r.clock.Pending())
		}
	}
	r.Remove("a")
	if n, asleep := r.Pending(), r.clock.Pending(); n != 10 || asleep != 1 {
		t.Errorf("%d have a place and %d sleep, want the 10 of the other lane and 1", n, asleep)
	}
	r.Remove("b")
	if n, asleep := r.Pending(), r.clock.Pending(); n != 0 || asleep != 0 {
		t.Errorf("%d have a place and %d sleep although nobody is there", n, asleep)
	}
}
