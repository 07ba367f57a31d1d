package delivery_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/mockprovider/delivery"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

// seen is what an endpoint saw.
type seen struct {
	mu     sync.Mutex // guards all below
	bodies []string
	broken int // bodies that ended early
	open   int
	most   int // requests at once
	gather int // requests wait until so many have been there at once
	met    chan struct{}
}

func (s *seen) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.open++
	s.most = max(s.most, s.open)
	if s.open == s.gather {
		close(s.met)
	}
	s.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if s.gather > 0 {
		select {
		case <-s.met:
		case <-r.Context().Done():
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	if err != nil {
		s.broken++
		return
	}
	s.bodies = append(s.bodies, string(body))
}

// Every kind of fault does what it says and is marked on the delivery that it touched.
func TestFaults(t *testing.T) {
	for _, test := range []struct {
		kind  string
		delay int
		check func(t *testing.T, s *seen, d journal.Delivery, attempts []journal.Attempt)
	}{
		{delivery.FaultDelay, 300, func(t *testing.T, s *seen, d journal.Delivery, attempts []journal.Attempt) {
			if pause := attempts[0].At.Sub(d.Created); pause < 300*time.Millisecond {
				t.Errorf("sent after %v", pause)
			}
		}},
		{delivery.FaultReorder, 300, func(t *testing.T, s *seen, d journal.Delivery, attempts []journal.Attempt) {
			if attempts[0].At.Before(d.Created) {
				t.Errorf("sent at %v, before it was made", attempts[0].At)
			}
		}},
		{delivery.FaultBurst, 500, func(t *testing.T, s *seen, d journal.Delivery, attempts []journal.Attempt) {
			if window := d.Created.Truncate(500 * time.Millisecond).Add(500 * time.Millisecond); attempts[0].At.Before(window) {
				t.Errorf("sent at %v, before the end of its window at %v", attempts[0].At, window)
			}
		}},
		{delivery.FaultDuplicate, 0, func(t *testing.T, s *seen, d journal.Delivery, attempts []journal.Attempt) {
			if len(s.bodies) != 2 || s.bodies[0] != s.bodies[1] || attempts[1].Outcome != delivery.Duplicate {
				t.Errorf("received %q, attempts %+v", s.bodies, attempts)
			}
		}},
		{delivery.FaultConcurrent, 0, func(t *testing.T, s *seen, d journal.Delivery, attempts []journal.Attempt) {
			if len(s.bodies) != 2 || s.most != 2 || d.Attempts != 2 {
				t.Errorf("received %q, %d at once", s.bodies, s.most)
			}
		}},
		{delivery.FaultTruncate, 0, func(t *testing.T, s *seen, d journal.Delivery, attempts []journal.Attempt) {
			if s.broken != 1 || len(s.bodies) != 0 {
				t.Errorf("received %q, %d broken", s.bodies, s.broken)
			}
		}},
		{delivery.FaultReset, 0, func(t *testing.T, s *seen, d journal.Delivery, attempts []journal.Attempt) {
			if len(s.bodies) != 0 || attempts[0].Failure == "" {
				t.Errorf("received %q, %+v", s.bodies, attempts[0])
			}
		}},
		{delivery.FaultSlow, 200, func(t *testing.T, s *seen, d journal.Delivery, attempts []journal.Attempt) {
			if attempts[0].Duration < 150*time.Millisecond || len(s.bodies) != 1 {
				t.Errorf("took %v, received %q", attempts[0].Duration, s.bodies)
			}
		}},
	} {
		t.Run(test.kind, func(t *testing.T) {
			t.Parallel()
			s := &seen{met: make(chan struct{})}
			if test.kind == delivery.FaultConcurrent {
				s.gather = 2
			}
			app := httptest.NewServer(s)
			defer app.Close()
			r := newRig(t, plain())
			if _, err := r.fault.Add(delivery.Fault{Kind: test.kind, DelayMS: test.delay}); err != nil {
				t.Fatal(err)
			}
			r.lane(t, delivery.Target{ID: "a", Endpoint: schemas.Endpoint{URL: app.URL}})
			seq := r.send(t, "a", "")
			wanted := 1
			if test.kind == delivery.FaultDuplicate || test.kind == delivery.FaultConcurrent {
				wanted = 2
			}
			r.store.await(t, func() bool { return len(r.store.attempts[seq]) == wanted })
			d, attempts := r.store.of(seq)
			if !strings.Contains(d.Fault+","+attempts[len(attempts)-1].Fault, test.kind) {
				t.Errorf("marked %q and %q, want %s", d.Fault, attempts[0].Fault, test.kind)
			}
			app.Close() // waits for requests under way
			test.check(t, s, d, attempts)
			if touched := r.fault.List()[0].Touched; touched != 1 {
				t.Errorf("touched %d, want 1", touched)
			}
		})
	}
}

// What a fault does to the time of a delivery is a matter of arithmetic.
func TestPlannedTimes(t *testing.T) {
	noon := time.Date(2026, 1, 5, 12, 0, 0, 123_000_000, time.UTC)
	planned := func(kind string, seq int64) time.Duration {
		f := delivery.NewFaults(plain(), 1)
		if _, err := f.Add(delivery.Fault{Kind: kind, DelayMS: 500}); err != nil {
			t.Fatal(err)
		}
		d := journal.Delivery{Seq: seq, Status: journal.Pending, Due: noon}
		f.Plan(&d)
		return d.Due.Sub(noon)
	}
	if late := planned(delivery.FaultDelay, 1); late != 500*time.Millisecond {
		t.Errorf("delayed by %v, want 500ms", late)
	}
	if late := planned(delivery.FaultBurst, 1); late != 377*time.Millisecond {
		t.Errorf("held back for %v, want 377ms, to the end of the window", late)
	}
	different := map[time.Duration]bool{}
	for seq := range int64(100) {
		late := planned(delivery.FaultReorder, seq)
		if late < 0 || late >= 500*time.Millisecond {
			t.Fatalf("late by %v, want from 0 to 500ms", late)
		}
		different[late] = true
	}
	if len(different) < 50 {
		t.Errorf("only %d different delays of 100", len(different))
	}
}

func TestDrop(t *testing.T) {
	r := newRig(t, plain())
	if _, err := r.fault.Add(delivery.Fault{Kind: delivery.FaultDrop, Events: []string{"e*"}}); err != nil {
		t.Fatal(err)
	}
	d := journal.Delivery{Seq: 1, Event: "e", Status: journal.Pending}
	r.fault.Plan(&d)
	if d.Status != journal.Dropped || d.Fault != delivery.FaultDrop {
		t.Errorf("planned as %+v", d)
	}
	d = journal.Delivery{Seq: 1, Event: "other", Status: journal.Pending}
	if r.fault.Plan(&d); d.Status != journal.Pending {
		t.Error("a rule for other events touched it")
	}
}

// Every tamper of a signed provider is sent as asked, and refused by a consumer that verifies.
func TestEveryTamper(t *testing.T) {
	c, err := schemas.Builtin("watsi")
	if err != nil {
		t.Fatal(err)
	}
	p := *c.Provider
	p.Policy.Retries = schemas.Retries{}
	tampers := generators.Tampers(&p)
	if len(tampers) < 5 {
		t.Fatalf("only %d tampers", len(tampers))
	}
	secrets := []schemas.Secret{"watsi-test-secret"}
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		if _, err := p.Open(schemas.Received{Header: q.Header, Body: body}, secrets, time.Now()); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer app.Close()
	for _, tamper := range tampers {
		name := tamper.Name
		t.Run(name, func(t *testing.T) {
			r := newRig(t, &p)
			if _, err := r.fault.Add(delivery.Fault{Kind: delivery.FaultTamper, Tamper: name}); err != nil {
				t.Fatal(err)
			}
			r.lane(t, delivery.Target{ID: "a", Endpoint: schemas.Endpoint{URL: app.URL, Secrets: secrets}})
			seq := r.send(t, "a", "")
			r.store.await(t, func() bool { return len(r.store.attempts[seq]) == 1 })
			_, attempts := r.store.of(seq)
			refused := attempts[0].Status/100 == 4
			if tamper.Want == generators.Refused && !refused || tamper.Want == generators.Accepted && refused || attempts[0].Fault != "tamper:"+name {
				t.Errorf("answered %d, marked %q (%s)", attempts[0].Status, attempts[0].Fault, attempts[0].Cause)
			}
		})
	}
}

// A rate touches its share, the same ones for the same seed.
func TestRateIsSeeded(t *testing.T) {
	touched := func(seed uint64) (list string) {
		f := delivery.NewFaults(plain(), seed)
		if _, err := f.Add(delivery.Fault{Kind: delivery.FaultDrop, Rate: 0.3}); err != nil {
			t.Fatal(err)
		}
		for i := range int64(1000) {
			d := journal.Delivery{Seq: i, Status: journal.Pending}
			f.Plan(&d)
			list += string(d.Status[1])
		}
		return list
	}
	first, share := touched(1), strings.Count(touched(1), "r")
	if share < 250 || share > 350 {
		t.Errorf("%d of 1000 dropped, want about 300", share)
	}
	if first != touched(1) || first == touched(2) {
		t.Error("the seed does not decide")
	}
}

func TestUnusableFaults(t *testing.T) {
	f := delivery.NewFaults(plain(), 1)
	for _, fault := range []delivery.Fault{{}, {Kind: "x"}, {Kind: "drop", Rate: 2}, {Kind: "drop", Rate: -1}, {Kind: "drop", Events: []string{"["}}, {Kind: "tamper"}, {Kind: "delay", DelayMS: -1}} {
		if _, err := f.Add(fault); !errors.Is(err, delivery.ErrFault) {
			t.Errorf("Add(%+v) = %v, want %v", fault, err, delivery.ErrFault)
		}
	}
}
