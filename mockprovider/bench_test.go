//go:build unix

package mockprovider_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/hookrig/hookrig/mockprovider"
	"github.com/hookrig/hookrig/mockprovider/journal"
)

// fastReceiver reads requests and answers 200 with as little work as can be, so that what is measured
// is the sender.
func fastReceiver(b testing.TB, got *atomic.Int64) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go answerAll(conn, got)
		}
	}()
	return "http://" + l.Addr().String()
}

func answerAll(conn net.Conn, got *atomic.Int64) {
	defer conn.Close()
	buffer, have := make([]byte, 64<<10), 0
	for {
		n, err := conn.Read(buffer[have:])
		if err != nil {
			return
		}
		have += n
		for {
			head := bytes.Index(buffer[:have], []byte("\r\n\r\n"))
			if head < 0 {
				break
			}
			at := bytes.Index(buffer[:head], []byte("Content-Length: "))
			line, _, _ := bytes.Cut(buffer[at+16:], []byte("\r\n"))
			size, err := strconv.Atoi(string(line))
			if err != nil || have < head+4+size {
				break
			}
			have = copy(buffer, buffer[head+4+size:have])
			got.Add(1)
			if _, err := conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")); err != nil {
				return
			}
		}
	}
}

// waitFor waits until a count is reached.
func waitFor(b *testing.B, got *atomic.Int64, want int64) {
	b.Helper()
	for deadline := time.Now().Add(2 * time.Minute); got.Load() < want; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			b.Fatalf("%d of %d arrived", got.Load(), want)
		}
	}
}

// Journalled deliveries a second to a fast receiver in the same process: message made, accepted, signed,
// sent, and its attempt written down.
func BenchmarkDeliveries(b *testing.B) {
	var got atomic.Int64
	mock := start(b)
	if _, err := mock.Subscribe(b.Context(), mockprovider.Subscription{URL: fastReceiver(b, &got), Connections: 64}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	busy := processorTime(b)
	if _, err := mock.StartStream(b.Context(), mockprovider.Stream{Backlog: true, Count: int64(b.N)}); err != nil {
		b.Fatal(err)
	}
	waitFor(b, &got, int64(b.N))
	for mock.Info().Pending > 0 {
		time.Sleep(time.Millisecond)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
	b.ReportMetric(float64((processorTime(b)-busy).Microseconds())/float64(b.N), "cpu-µs/delivery") // receiver included
}

// processorTime is what the process has used of the processors, which says more than the clock where
// others use them too.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// The p99 of nineteen subscribers, alone and beside a twentieth that has stalled. Both are asked in turn, so
// that whatever else the machine does meets both alike.
func BenchmarkIsolation(b *testing.B) {
	alone, beside := newCrowd(b), newCrowd(b)
	subscribe(b, beside.mock.Session, stalled(b))
	b.ResetTimer()
	for i := range b.N {
		for _, c := range []*crowd{alone, beside} {
			c.tell(b, i)
			time.Sleep(5 * time.Millisecond) // a steady load below what the machine can do
		}
	}
	without, with := alone.p99(b.N), beside.p99(b.N)
	b.ReportMetric(without, "p99-alone-ms")
	b.ReportMetric(with, "p99-beside-ms")
	b.ReportMetric(with/without, "ratio")
}

// crowd is a mock with nineteen subscribers that take the time from each trigger to its arrival.
type crowd struct {
	mock *mockprovider.Server

	mu    sync.Mutex // guards waits
	waits []time.Duration
}

func newCrowd(b *testing.B) *crowd {
	c := &crowd{mock: start(b)}
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		at := bytes.Index(body, []byte(`"sent":`))
		digits, _, _ := bytes.Cut(body[at+7:], []byte("}"))
		sent, err := strconv.ParseInt(string(digits), 10, 64)
		if err != nil {
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.waits = append(c.waits, time.Since(time.Unix(0, sent)))
	}))
	b.Cleanup(app.Close)
	for range 19 {
		subscribe(b, c.mock.Session, app.URL)
	}
	return c
}

func (c *crowd) tell(b *testing.B, i int) {
	body := fmt.Sprintf(`{"id":"evt_%d","type":"contact.updated","data":{},"sent":%d}`, i, time.Now().UnixNano())
	if _, err := c.mock.Trigger(b.Context(), mockprovider.Trigger{Body: []byte(body)}); err != nil {
		b.Fatal(err)
	}
}

// p99 waits until all of n triggers have arrived everywhere, and gives the wait in milliseconds that 99 of
// 100 stayed below.
func (c *crowd) p99(n int) float64 {
	for {
		c.mu.Lock()
		if len(c.waits) == 19*n {
			defer c.mu.Unlock()
			slices.Sort(c.waits)
			return float64(c.waits[len(c.waits)*99/100].Microseconds()) / 1000
		}
		c.mu.Unlock()
		time.Sleep(time.Millisecond)
	}
}

// A million generated deliveries that wait for a subscriber who takes none: memory of the whole process.
func BenchmarkMillionPending(b *testing.B) {
	for range b.N {
		mock, err := mockprovider.New(mockprovider.Config{Catalog: catalog(b, "watsi")})
		if err != nil {
			b.Fatal(err)
		}
		sub := subscribe(b, mock.Session, "http://127.0.0.1:9/")
		if _, err := mock.Edit(b.Context(), sub.ID, func(s *mockprovider.Subscription) { s.Status = mockprovider.Paused }); err != nil {
			b.Fatal(err)
		}
		if _, err := mock.StartStream(b.Context(), mockprovider.Stream{Backlog: true, Count: 1_000_000}); err != nil {
			b.Fatal(err)
		}
		last := -1
		for n := mock.Info().Pending; n != last; n = mock.Info().Pending { // until the queue takes no more
			last = n
			time.Sleep(300 * time.Millisecond)
		}
		runtime.GC()
		debug.FreeOSMemory()
		b.ReportMetric(residentMiB(b), "RSS-MiB")
		b.ReportMetric(float64(last), "queued")
		if err := mock.Close(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// residentMiB is the memory that the process holds, by /proc; 0 where there is none.
func residentMiB(tb testing.TB) float64 {
	tb.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0 // a system without it
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		tb.Fatal(err)
	}
	return kib / 1024
}

// From opening a journal of 100,000 records, half of them pending, to being ready.
func BenchmarkRestart(b *testing.B) {
	path := filepath.Join(b.TempDir(), "journal.db")
	cfg := mockprovider.Config{Catalog: catalog(b, "watsi"), Data: path}
	first, err := mockprovider.New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	sub := subscribe(b, first.Session, "http://127.0.0.1:9/")
	if _, err := first.Edit(b.Context(), sub.ID, func(s *mockprovider.Subscription) { s.Status = mockprovider.Paused }); err != nil {
		b.Fatal(err)
	}
	if err := first.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
	fillJournal(b, path, sub.ID)
	b.ResetTimer()
	for range b.N {
		server, err := mockprovider.New(cfg)
		if err != nil {
			b.Fatal(err)
		}
		if n := server.Info().Pending; n != 50_000 {
			b.Fatalf("%d pending, want 50000", n)
		}
		b.StopTimer()
		if err := server.Close(context.Background()); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

func fillJournal(b *testing.B, path, subscription string) {
	b.Helper()
	j, err := journal.Open(journal.Config{Path: path})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	body := []byte(`{"id":"evt_` + strings.Repeat("x", 450) + `"}`)
	now := time.Now()
	for range 100 {
		var a journal.Acceptance
		for i := range 1000 {
			a.Messages = append(a.Messages, journal.Message{Event: "contact.created", ID: "x", Origin: "trigger", At: now, Body: body})
			status := journal.Delivered
			if i%2 == 0 {
				status = journal.Pending
			}
			a.Deliveries = append(a.Deliveries, journal.Delivery{Message: int64(i), Event: "contact.created", Subscription: subscription, Status: status, Created: now, Due: now})
		}
		if err := j.Accept(b.Context(), 1, a, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// A reset of a session that holds 2,000 delivered messages, 2,000 that wait, and a stream that runs.
func BenchmarkReset(b *testing.B) {
	var got atomic.Int64
	receiver, mock := fastReceiver(b, &got), start(b)
	for range b.N {
		b.StopTimer()
		got.Store(0)
		subscribe(b, mock.Session, receiver)
		waiting := subscribe(b, mock.Session, receiver)
		if _, err := mock.Edit(b.Context(), waiting.ID, func(s *mockprovider.Subscription) { s.Status = mockprovider.Paused }); err != nil {
			b.Fatal(err)
		}
		if _, err := mock.StartStream(b.Context(), mockprovider.Stream{Backlog: true, Count: 2_000}); err != nil {
			b.Fatal(err)
		}
		if _, err := mock.StartStream(b.Context(), mockprovider.Stream{Rate: 1}); err != nil {
			b.Fatal(err)
		}
		waitFor(b, &got, 2_000)
		b.StartTimer()
		if err := mock.Reset(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
