package mockprovider_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hookrig/hookrig/mockprovider"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

// fleeting is an endpoint that refuses everything, and knows what came at once and what came too late.
type fleeting struct {
	*httptest.Server
	open  atomic.Int64 // connections
	now   atomic.Int64 // requests in hand
	most  atomic.Int64 // of them at once
	gone  atomic.Bool
	late  atomic.Int64
	total atomic.Int64
	last  atomic.Value // address of the client that came last
}

func newFleeting(t *testing.T) *fleeting {
	f := &fleeting{}
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.total.Add(1)
		if f.gone.Load() {
			f.late.Add(1)
		}
		for n := f.now.Add(1); ; {
			if most := f.most.Load(); n <= most || f.most.CompareAndSwap(most, n) {
				break
			}
		}
		defer f.now.Add(-1)
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusInternalServerError)
	}))
	f.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			f.open.Add(1)
			f.last.Store(conn.RemoteAddr().String())
		case http.StateClosed:
			f.open.Add(-1)
		}
	}
	f.Start()
	t.Cleanup(f.Close)
	return f
}

// Subscriptions are made, edited, paused and deleted while their deliveries are retried and the clock leaps by
// days: nothing is sent after a delete was answered, no endpoint gets more at once than it should, no two have
// one id, and nothing is lost track of.
func TestEditsDuringRetries(t *testing.T) {
	mock := start(t, func(c *mockprovider.Config) {
		c.Retries = &schemas.Retries{DelaysSeconds: []float64{0.01, 0.01, 3600, 0.01}}
	})
	var work, leaps sync.WaitGroup
	over := make(chan struct{})
	leaps.Go(func() {
		for {
			select {
			case <-over:
				return
			case <-time.After(20 * time.Millisecond):
				if err := mock.Advance(t.Context(), 24*time.Hour); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	var sent atomic.Int64
	for range 6 {
		work.Go(func() {
			for range rounds(10, 200) {
				sent.Add(comeAndGo(t, mock))
			}
		})
	}
	work.Wait()
	close(over)
	leaps.Wait()
	if sent.Load() == 0 {
		t.Error("nothing was ever sent")
	}
	eventually(t, func() error {
		if n := mock.Info().Pending; n != 0 {
			return fmt.Errorf("%d have a place in the queue although nobody is subscribed", n)
		}
		return nil
	})
	pending, err := mock.Deliveries(t.Context(), journal.Filter{Status: journal.Pending})
	if err != nil || len(pending) != 0 {
		t.Errorf("%d pending in the journal, %v", len(pending), err)
	}
}

// comeAndGo is the life of one subscription. It returns how many requests were sent to it.
func comeAndGo(t *testing.T, mock *mockprovider.Server) int64 {
	app := newFleeting(t)
	sub, err := mock.Subscribe(t.Context(), mockprovider.Subscription{URL: app.URL})
	if err != nil {
		t.Error(err)
		return 0
	}
	if _, err := mock.Subscribe(t.Context(), mockprovider.Subscription{ID: sub.ID, URL: app.URL}); !errors.Is(err, mockprovider.ErrConflict) {
		t.Errorf("a second subscription of one id = %v, want %v", err, mockprovider.ErrConflict)
	}
	for range 6 {
		if _, err := mock.Trigger(t.Context(), mockprovider.Trigger{Event: "contact.created"}); err != nil {
			t.Error(err)
		}
	}
	for _, status := range []string{mockprovider.Paused, mockprovider.Active} {
		if _, err := mock.Edit(t.Context(), sub.ID, func(s *mockprovider.Subscription) { s.Status = status }); err != nil {
			t.Error(err)
		}
	}
	if err := mock.Unsubscribe(t.Context(), sub.ID); err != nil {
		t.Error(err)
	}
	conn, err := net.Dial("tcp", app.Listener.Addr().String())
	if err != nil {
		t.Error(err)
		return 0
	}
	for app.last.Load() != conn.LocalAddr().String() { // connections are taken in their order: all of before are taken now
		time.Sleep(time.Millisecond)
	}
	conn.Close()
	eventually(t, func() error { // what was sent before is read, then every connection is seen to be closed
		if n := app.open.Load(); n != 0 {
			return fmt.Errorf("%d connections are open to an endpoint that is gone", n)
		}
		return nil
	})
	app.gone.Store(true)
	if _, err := mock.Trigger(t.Context(), mockprovider.Trigger{Event: "contact.created"}); err != nil {
		t.Error(err)
	}
	if n := app.late.Load(); n > 0 {
		t.Errorf("%d requests came after the subscription was gone", n)
	}
	if n := app.most.Load(); n > 4 {
		t.Errorf("%d requests at once, want at most 4", n)
	}
	app.Close()
	return app.total.Load()
}
