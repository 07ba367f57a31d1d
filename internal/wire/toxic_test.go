package wire_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hookrig/hookrig/internal/wire"
)

// toxic spoils what flows from the consumer to the sender.
type toxic struct {
	latency time.Duration // before the first byte
	slice   int           // bytes a write; 0: as they come
	gap     time.Duration // between writes
	cutAt   int           // reset after so many bytes; 0: never
	silent  bool          // pass nothing back and keep the connection open
	linger  time.Duration // keep the connection open after the last byte
}

// proxy stands between sender and consumer and spoils every connection, the healthy ones aside.
func proxy(t *testing.T, consumer string, spoil toxic, healthy *atomic.Bool) string {
	t.Helper()
	return listen(t, func(down *net.TCPConn) {
		defer down.Close()
		up, err := net.Dial("tcp", consumer)
		if err != nil {
			return
		}
		defer up.Close()
		go io.Copy(up, down)
		if healthy.Load() {
			io.Copy(down, up)
			return
		}
		spoil.copy(t, down, up)
	})
}

func (x toxic) copy(t *testing.T, down *net.TCPConn, up net.Conn) {
	wait := func(d time.Duration) {
		select {
		case <-time.After(d):
		case <-t.Context().Done():
		}
	}
	if x.silent {
		<-t.Context().Done()
		return
	}
	wait(x.latency)
	buffer := make([]byte, 64<<10)
	if x.slice > 0 {
		buffer = buffer[:x.slice]
	}
	passed := 0
	for {
		n, err := up.Read(buffer)
		if x.cutAt > 0 && passed+n >= x.cutAt {
			down.Write(buffer[:x.cutAt-passed])
			reset(down)
			return
		}
		if _, failed := down.Write(buffer[:n]); failed != nil || err != nil {
			wait(x.linger)
			return
		}
		passed += n
		wait(x.gap)
	}
}

// TestToxics: each way in which a network spoils a reply is told apart and ends in time, and the next try
// over a healthy network succeeds. (That nothing is left behind is what synctest holds TestRequestBytes to.)
func TestToxics(t *testing.T) {
	reply := strings.Repeat("r", 400)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, reply) }))
	t.Cleanup(server.Close)
	for _, tt := range []struct {
		name     string
		spoil    toxic
		want     wire.Failure
		status   int
		complete bool
	}{
		{"latency", toxic{latency: 100 * time.Millisecond}, "", 200, true},
		{"latency past the deadline", toxic{latency: time.Minute}, wire.FailureTimeout, 0, false},
		{"slicer", toxic{slice: 7}, "", 200, true},
		{"a kilobyte a second", toxic{slice: 10, gap: 30 * time.Millisecond}, wire.FailureTimeout, 200, false},
		{"slow close", toxic{linger: time.Minute}, "", 200, true},
		{"reset before the reply", toxic{cutAt: 1}, wire.FailureReset, 0, false},
		{"reset in the header", toxic{cutAt: 20}, wire.FailureReset, 0, false},
		{"reset in the body", toxic{cutAt: 300}, wire.FailureReset, 200, false},
		{"half open", toxic{silent: true}, wire.FailureTimeout, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var healthy atomic.Bool
			url := proxy(t, server.Listener.Addr().String(), tt.spoil, &healthy)
			client := wire.Client{Timeout: 30 * time.Second}
			if tt.want == wire.FailureTimeout {
				client.Timeout = time.Second
			}
			got := client.Do(t.Context(), wire.Request{URL: url, Body: []byte("{}")})
			if got.Failure != tt.want || got.Status != tt.status || got.Complete != tt.complete {
				t.Errorf("Do = %q (%v), status %d, complete %v; want %q, %d, %v", got.Failure, got.Err, got.Status, got.Complete, tt.want, tt.status, tt.complete)
			}
			healthy.Store(true)
			client.Timeout = 30 * time.Second
			if again := client.Do(t.Context(), wire.Request{URL: url, Body: []byte("{}")}); string(again.Body) != reply {
				t.Errorf("the next try = %q (%v), want the reply", again.Failure, again.Err)
			}
		})
	}
}
