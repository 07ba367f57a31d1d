package delivery_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hookrig/hookrig/mockprovider/clock"
	"github.com/hookrig/hookrig/mockprovider/delivery"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

// store keeps records in memory.
type store struct {
	mu       sync.Mutex // guards all below
	last     map[int64]journal.Delivery
	attempts map[int64][]journal.Attempt
	changed  chan struct{}
}

func newStore() *store {
	return &store{last: map[int64]journal.Delivery{}, attempts: map[int64][]journal.Attempt{}, changed: make(chan struct{}, 1)}
}

func (s *store) Record(_ context.Context, d journal.Delivery, a *journal.Attempt) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last[d.Seq] = d
	if a != nil {
		s.attempts[d.Seq] = append(s.attempts[d.Seq], *a)
	}
	select {
	case s.changed <- struct{}{}:
	default:
	}
	return nil
}

func (s *store) Message(_ context.Context, seq int64) (journal.Message, error) {
	return journal.Message{Seq: seq, Event: "e", ID: fmt.Sprint(seq), Body: []byte(`{"n":` + fmt.Sprint(seq) + `,"text":"señal"}`)}, nil
}

func (s *store) of(seq int64) (journal.Delivery, []journal.Attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last[seq], s.attempts[seq]
}

// await waits until a condition on the store holds.
func (s *store) await(t testing.TB, condition func() bool) {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		s.mu.Lock()
		ok := condition()
		s.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-s.changed:
		case <-limit:
			t.Fatal("it never came to that")
		}
	}
}

// plain is a provider that signs nothing and gives an endpoint a minute.
func plain(delays ...float64) *schemas.Provider {
	return &schemas.Provider{Name: "plain", Headers: schemas.Headers{{"Content-Type", "application/json"}},
		Policy: schemas.Policy{Acknowledge: []string{"2xx"}, TimeoutSeconds: 60, Retries: schemas.Retries{DelaysSeconds: delays}}}
}

type rig struct {
	*delivery.Dispatcher
	clock *clock.Clock
	store *store
	fault *delivery.Faults
	seq   int64
}

func newRig(t testing.TB, p *schemas.Provider, change ...func(*delivery.Config)) *rig {
	t.Helper()
	r := &rig{clock: clock.New(nil), store: newStore(), fault: delivery.NewFaults(p, 1)}
	cfg := delivery.Config{Provider: p, Clock: r.clock, Store: r.store, Faults: r.fault, Seed: 1}
	for _, f := range change {
		f(&cfg)
	}
	r.Dispatcher = delivery.New(cfg)
	t.Cleanup(func() {
		now, cancel := context.WithCancel(context.Background())
		cancel()
		r.Close(now)
		r.clock.Close()
	})
	return r
}

func (r *rig) lane(t testing.TB, target delivery.Target) {
	t.Helper()
	if err := r.Put(target); err != nil {
		t.Fatal(err)
	}
}

// send queues a message for a lane and returns its number.
func (r *rig) send(t testing.TB, lane, entity string) int64 {
	t.Helper()
	seq := atomic.AddInt64(&r.seq, 1)
	m, _ := r.store.Message(t.Context(), seq)
	d := journal.Delivery{Seq: seq, Message: seq, Event: "e", Subscription: lane, Status: journal.Pending, Created: r.clock.Now(), Due: r.clock.Now(), Size: len(m.Body)}
	r.fault.Plan(&d)
	if err := r.Reserve(1, int64(d.Size)); err != nil {
		t.Fatal(err)
	}
	r.Enqueue([]journal.Delivery{d}, &schemas.Message{Event: m.Event, ID: m.ID, Body: m.Body}, entity)
	return seq
}

// rawEndpoint answers each connection as it likes, after it has read a whole request.
func rawEndpoint(t testing.TB, answer func(conn net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				read := make([]byte, 0, 4096)
				piece := make([]byte, 4096)
				for !strings.Contains(string(read), "}") {
					n, err := conn.Read(piece)
					if err != nil {
						return
					}
					read = append(read, piece[:n]...)
				}
				answer(conn)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// What a broken endpoint does is a failed attempt, within the deadline and 64 KiB.
func TestBrokenEndpoints(t *testing.T) {
	for _, test := range []struct {
		name    string
		answer  func(conn net.Conn)
		failure string // "" when an answer counts
		status  int
	}{
		{"good", func(c net.Conn) { io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }, "", 200},
		{"good, chunked", func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
		}, "", 200},
		{"hangs", func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) }, "timeout", 0},
		{"hangs after the header", func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
			_, _ = c.Read(make([]byte, 1))
		}, "timeout", 200},
		{"closes", func(net.Conn) {}, "reset", 0},
		{"resets", func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }, "reset", 0},
		{"closes in the body", func(c net.Conn) { io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf") }, "reset", 200},
		{"garbage", func(c net.Conn) { io.WriteString(c, "SSH-2.0-OpenSSH_9.9\r\n\r\n") }, "malformed-reply", 0},
		{"endless header", func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			for i := 0; ; i++ {
				if _, err := fmt.Fprintf(c, "X-%d: %s\r\n", i, strings.Repeat("x", 1000)); err != nil {
					return
				}
			}
		}, "reply-too-large", 0},
		{"endless body", func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			for { // many times what is kept, and not faster than others can work beside it
				if _, err := io.WriteString(c, strings.Repeat("x", 8192)); err != nil {
					return
				}
				time.Sleep(time.Millisecond)
			}
		}, "timeout", 200},
		{"drips", func(c net.Conn) {
			for _, b := range []byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") {
				time.Sleep(200 * time.Millisecond)
				if _, err := c.Write([]byte{b}); err != nil {
					return
				}
			}
		}, "timeout", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := plain()
			if test.failure == "timeout" {
				p.Policy.TimeoutSeconds = 2
			}
			r := newRig(t, p)
			r.lane(t, delivery.Target{ID: "a", Endpoint: schemas.Endpoint{URL: rawEndpoint(t, test.answer)}})
			seq := r.send(t, "a", "")
			r.store.await(t, func() bool { return len(r.store.attempts[seq]) == 1 })
			d, attempts := r.store.of(seq)
			a := attempts[0]
			if a.Failure != test.failure || a.Status != test.status {
				t.Errorf("failure %q, status %d (%s), want %q, %d", a.Failure, a.Status, a.Cause, test.failure, test.status)
			}
			if want := map[bool]journal.Status{true: journal.Delivered, false: journal.Dead}[test.failure == ""]; d.Status != want {
				t.Errorf("delivery is %s, want %s", d.Status, want)
			}
			if timeout := p.Policy.Timeout(); test.failure == "timeout" && a.Duration < timeout-10*time.Millisecond {
				t.Errorf("given up after %v, want %v", a.Duration, timeout)
			}
			if len(a.ReplyBody) > 64<<10 {
				t.Errorf("kept %d bytes of the reply", len(a.ReplyBody))
			}
		})
	}
}

// Five endpoints that hang, one that drips and one that resets do not hold up thirteen that work.
func TestIsolation(t *testing.T) {
	r := newRig(t, plain())
	stop := make(chan struct{})
	defer close(stop)
	hang := func(net.Conn) { <-stop }
	var good atomic.Int64
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body)
		good.Add(1)
	}))
	defer app.Close()
	var hanging atomic.Int64
	for i := range 20 {
		url := app.URL
		switch {
		case i < 5:
			url = rawEndpoint(t, func(c net.Conn) { hanging.Add(1); hang(c) })
		case i == 5:
			url = rawEndpoint(t, func(c net.Conn) { _, _ = c.Write([]byte("H")); hang(c) })
		case i == 6:
			url = rawEndpoint(t, func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) })
		}
		r.lane(t, delivery.Target{ID: fmt.Sprint(i), Endpoint: schemas.Endpoint{URL: url}})
	}
	const each = 50
	for range each {
		for i := range 20 {
			r.send(t, fmt.Sprint(i), "")
		}
	}
	r.store.await(t, func() bool { return good.Load() == 13*each })
	for i := range 5 {
		if state := r.Lane(fmt.Sprint(i)); state.Sending > 4 {
			t.Errorf("a hanging endpoint has %d connections, want at most 4", state.Sending)
		}
	}
}

func TestFullQueue(t *testing.T) {
	r := newRig(t, plain(), func(c *delivery.Config) { c.MaxPending, c.MaxBytes = 10, 1000 })
	if err := r.Reserve(11, 1); err == nil {
		t.Error("eleven fit into ten")
	}
	if err := r.Reserve(1, 1001); err == nil {
		t.Error("1001 bytes fit into 1000")
	}
	if err := r.Reserve(10, 1000); err != nil || r.Room() != 0 {
		t.Errorf("Reserve = %v, room %d", err, r.Room())
	}
}
