package load_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract/load"
	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/internal/guard"
	"github.com/hookrig/hookrig/schemas"
)

const secret = "whsec-of-a-test"

func builtin(t testing.TB, name string) *schemas.Catalog {
	t.Helper()
	c, err := schemas.Builtin(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// config is a run of watsi against a target. However busy the machine is, what is sent may be answered.
func config(t testing.TB, target string, plan load.Plan) load.Config {
	return load.Patient(load.Config{Catalog: builtin(t, "watsi"), Endpoint: schemas.Endpoint{URL: target, Secrets: []schemas.Secret{secret}},
		Dial: (&guard.Policy{}).DialContext, Plan: plan})
}

func run(t testing.TB, cfg load.Config) *load.Record {
	t.Helper()
	r, err := load.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	balanced(t, r)
	return r
}

// balanced holds the sums of a record together: no arrival is unspoken.
func balanced(t testing.TB, r *load.Record) {
	t.Helper()
	c := r.Counts
	var failures, statuses, events int64
	for _, n := range r.Failures {
		failures += n
	}
	for _, n := range r.Statuses {
		statuses += n
	}
	for _, e := range r.Events {
		events += e.Sent
	}
	if c.Arrivals != c.Sent+c.Unsent || c.Sent != c.Answered+failures || c.Answered != statuses || c.Sent != events ||
		r.Intended.Count() != c.Arrivals || r.Service.Count() != c.Sent {
		t.Errorf("the record does not add up: %+v, failures %v, statuses %v, events %d, latencies %d and %d",
			c, r.Failures, r.Statuses, events, r.Intended.Count(), r.Service.Count())
	}
}

// Every message that arrives is signed, valid, new, and in the order of its life.
func TestMessagesAreSignedValidNewAndInOrder(t *testing.T) {
	t.Parallel()
	catalog := builtin(t, "watsi")
	seen := inbox{bodies: map[string]bool{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if _, err := catalog.Provider.Open(schemas.Received{Header: r.Header, Body: body}, []schemas.Secret{secret}, time.Now()); err != nil {
			t.Errorf("a delivery is not signed: %v", err)
		}
		if err := catalog.Validate(body); err != nil {
			t.Errorf("a message is not valid: %v", err)
		}
		seen.add(t, string(body))
	}))
	defer server.Close()
	const want = 2000 / raceFactor
	r := run(t, config(t, server.URL+"/hook?x=1", load.Constant(want, time.Second)))
	if r.Counts.Acknowledged != want || seen.size() != want || r.Ended != load.EndedWhole {
		t.Fatalf("%d acknowledged, %d seen, want %d: %+v", r.Counts.Acknowledged, seen.size(), want, r)
	}
	if len(r.Events) < 3 || r.Counts.Reused == 0 || r.Statuses[200] != want {
		t.Errorf("%d events, %d reused connections, statuses %v", len(r.Events), r.Counts.Reused, r.Statuses)
	}
}

// inbox is the bodies that arrived.
type inbox struct {
	mu     sync.Mutex
	bodies map[string]bool
	order  []string
}

func (i *inbox) add(t testing.TB, body string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.bodies[body] {
		t.Errorf("a message came twice: %s", body)
	}
	i.bodies[body] = true
	i.order = append(i.order, body)
}

func (i *inbox) size() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.bodies)
}

// The shards of a run send the messages of the whole, each once, and a life's messages arrive in the
// order of the stream although each reply takes longer than the gap between two arrivals.
func TestShardsAreTheWhole(t *testing.T) {
	t.Parallel()
	const count, shards = 500, 4
	making := generators.Config{Seed: 5, RunID: "a-run", Start: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	want, life := stream(t, making, count)
	collect := func(spacing load.Spacing, shards int) []string {
		seen := inbox{bodies: map[string]bool{}}
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			seen.add(t, string(body))
			time.Sleep(5 * time.Millisecond)
		}))
		defer server.Close()
		var group sync.WaitGroup
		for shard := range shards {
			group.Go(func() {
				cfg := config(t, server.URL, load.Constant(2*count, 500*time.Millisecond))
				cfg.Making, cfg.Shard, cfg.Shards, cfg.Spacing, cfg.Lives = making, shard, shards, spacing, 100
				balanced(t, run(t, cfg))
			})
		}
		group.Wait()
		return seen.order
	}
	for _, n := range []int{1, 2, shards, 8} {
		got := collect(load.Even, n)
		last := map[uint64]int{}
		for _, body := range got {
			place, ok := want[body]
			if !ok {
				t.Fatalf("%d shards sent what is not of the run: %s", n, body)
			}
			if before, ok := last[life[place]]; ok && before > place {
				t.Errorf("%d shards: message %d of life %d came after message %d", n, place, life[place], before)
			}
			last[life[place]] = place
		}
		if len(got) != len(want) {
			t.Errorf("%d shards sent %d messages, want %d", n, len(got), len(want))
		}
	}
	whole, parts := collect(load.Poisson, 1), collect(load.Poisson, shards)
	slices.Sort(whole)
	slices.Sort(parts)
	if !slices.Equal(whole, parts) {
		t.Errorf("with Poisson arrivals, %d shards sent %d messages, the whole %d", shards, len(parts), len(whole))
	}
}

// stream is the first n messages: body → place, place → life.
func stream(t *testing.T, making generators.Config, n int) (map[string]int, []uint64) {
	t.Helper()
	g, err := generators.New(builtin(t, "watsi"), making)
	if err != nil {
		t.Fatal(err)
	}
	s, err := g.Stream(generators.StreamConfig{Lives: 100})
	if err != nil {
		t.Fatal(err)
	}
	places, lives := map[string]int{}, make([]uint64, n)
	for i := range n {
		body, meta, _ := s.Next(nil)
		places[string(body)], lives[i] = i, meta.Coordinate.Life
	}
	return places, lives
}

// A receiver that holds everything for 500 ms once: of arrivals spread evenly over 2 s, a quarter came
// during the hold, and the time that they were kept waiting at least is known. How near the figures come
// belongs to the benchmarks.
func TestHoldIsSeen(t *testing.T) {
	t.Parallel()
	const hold, length = 500 * time.Millisecond, 2 * time.Second
	var began atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		began.CompareAndSwap(0, time.Now().UnixNano())
		since := time.Since(time.Unix(0, began.Load()))
		if from := 700 * time.Millisecond; since > from && since < from+hold {
			time.Sleep(from + hold - since)
		}
	}))
	defer server.Close()
	const want = 2000 / raceFactor
	r := run(t, config(t, server.URL, load.Constant(load.Rate(want/length.Seconds()), length)))
	if r.Counts.Arrivals != want || r.Counts.Acknowledged != want {
		t.Fatalf("%+v, want %d of %d", r.Counts, want, want)
	}
	// A quarter of all arrivals waits evenly from 500 ms down to 0: 1 in 100 longer than 480 ms.
	for percent, want := range map[float64]time.Duration{99: 480 * time.Millisecond, 90: 300 * time.Millisecond, 99.9: 498 * time.Millisecond} {
		got := r.Intended.Quantile(percent)
		if float64(got) < 0.92*float64(want) {
			t.Errorf("p%v = %s, the truth is at least %s", percent, got, want)
		}
	}
}

func TestEndings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		serve func(net.Conn)
		want  string // failure
	}{
		{"answers garbage", func(c net.Conn) { answer(c, "\x16\x03\x01 what is this?\r\n\r\n") }, "malformed-reply"},
		{"a status that is none", func(c net.Conn) { answer(c, "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n") }, "malformed-reply"},
		{"never answers", func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, "timeout"},
		{"answers half", func(c net.Conn) { answer(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf") }, "reset"},
		{"closes without a word", func(c net.Conn) { answer(c, "") }, "reset"},
		{"endless header", endless("HTTP/1.1 200 OK\r\n", "X-A: "+strings.Repeat("x", 1000)+"\r\n"), "reply-too-large"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config(t, "http://"+listen(t, tt.serve), load.Constant(200, 200*time.Millisecond))
			if tt.want == "timeout" {
				cfg.Timeout = 100 * time.Millisecond
			}
			r := run(t, cfg)
			if r.Failures[tt.want] != 40 || r.Counts.Acknowledged != 0 || r.ErrorRatio() != 1 {
				t.Fatalf("failures %v, want 40 of %s", r.Failures, tt.want)
			}
		})
	}
}

// What the receiver says after its bound, or beside its reply, does not count against it, and takes no
// memory.
func TestEndlessBodyIsAcknowledged(t *testing.T) {
	t.Parallel()
	chunk := "1000\r\n" + strings.Repeat("x", 4096) + "\r\n"
	r := run(t, config(t, "http://"+listen(t, endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk)), load.Constant(50, time.Second)))
	if r.Statuses[200] != 50 {
		t.Fatalf("statuses %v, failures %v, want 50 of 200", r.Statuses, r.Failures)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	mux := http.NewServeMux()
	mux.Handle("/hook", http.RedirectHandler("/elsewhere", http.StatusTemporaryRedirect))
	mux.HandleFunc("/elsewhere", func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	server := httptest.NewServer(mux)
	defer server.Close()
	r := run(t, config(t, server.URL+"/hook", load.Constant(50, time.Second)))
	if r.Statuses[307] != 50 || reached.Load() != 0 || r.Counts.Acknowledged != 0 {
		t.Fatalf("statuses %v, %d followed", r.Statuses, reached.Load())
	}
}

func TestTargetDiesMidRun(t *testing.T) {
	t.Parallel()
	var seen atomic.Int64
	server := httptest.NewServer(nil)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Config.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if seen.Add(1) >= 100 {
			server.Listener.Close()
			panic(http.ErrAbortHandler)
		}
	})
	r := run(t, config(t, server.URL, load.Constant(200, 2*time.Second)))
	if r.Counts.Acknowledged != 99 || r.Failures["connect"] == 0 || r.Counts.Arrivals != 400 {
		t.Fatalf("%+v, failures %v", r.Counts, r.Failures)
	}
}

func TestNobodyIsThere(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	r := run(t, config(t, "http://"+l.Addr().String(), load.Constant(100, time.Second)))
	if r.Reached() || r.Failures["connect"] != 100 {
		t.Fatalf("reached %v, failures %v", r.Reached(), r.Failures)
	}
}

func TestTargetNotAllowed(t *testing.T) {
	t.Parallel()
	r := run(t, config(t, "http://192.0.2.1/", load.Constant(20, 500*time.Millisecond)))
	if r.Failures["target-not-allowed"] != 10 || r.Reached() {
		t.Fatalf("failures %v", r.Failures)
	}
}

// A receiver that has all connections busy: what is due waits, and the rest is told.
func TestNoConnectionIsFree(t *testing.T) {
	t.Parallel()
	cfg := config(t, "http://"+listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }), load.Constant(1000, time.Second))
	cfg.Connections = 4
	r := run(t, load.Hasty(cfg))
	if r.Counts.Sent != 4 || r.Counts.Unsent != 996 || r.Failures["canceled"] != 4 || r.Intended.Quantile(50) < time.Second {
		t.Fatalf("%+v, failures %v, p50 %s", r.Counts, r.Failures, r.Intended.Quantile(50))
	}
	if len(r.Warnings) == 0 {
		t.Error("nobody is warned")
	}
}

func TestCancelEndsTheRunWithARecord(t *testing.T) {
	t.Parallel()
	for _, plan := range []load.Plan{nil, load.Constant(1000, time.Hour), load.Constant(0.01, time.Hour)} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		cfg := load.Hasty(config(t, "http://"+listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }), plan))
		cfg.Length = time.Hour
		r, err := load.Run(ctx, cfg)
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		balanced(t, r)
		if r.Ended != load.EndedInterrupted {
			t.Errorf("plan %v: ended %s", plan, r.Ended)
		}
	}
}

func TestClosedLoop(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	cfg := config(t, server.URL, nil)
	cfg.Length, cfg.Connections = 500*time.Millisecond, 8
	r := run(t, cfg)
	if r.Counts.Acknowledged < 8 || r.Counts.Opened != 8 || r.Counts.Unsent != 0 || r.Plan != "" {
		t.Fatalf("%+v", r.Counts)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	cfg := config(t, server.URL, load.Constant(100, 500*time.Millisecond))
	cfg.Connections = 4
	if r := run(t, cfg); r.Failures["tls"] != 50 {
		t.Errorf("a certificate that nobody knows: failures %v", r.Failures)
	}
	cfg.TLS = &tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	if r := run(t, cfg); r.Counts.Acknowledged != 50 || r.Counts.Reused == 0 {
		t.Errorf("%+v, failures %v", r.Counts, r.Failures)
	}
	cfg.Endpoint.URL = "https://" + listen(t, func(c net.Conn) { answer(c, "HTTP/1.1 400 Bad\r\n\r\n") })
	if r := run(t, cfg); r.Failures["tls"] != 50 {
		t.Errorf("a peer without TLS: failures %v", r.Failures)
	}
}

// A peer that closes idle connections is met with a new one, which is told.
func TestIdleConnectionClosed(t *testing.T) {
	t.Parallel()
	target := listen(t, func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	})
	cfg := config(t, "http://"+target, load.Constant(50, time.Second))
	cfg.Connections = 1
	r := run(t, cfg)
	if r.Counts.Acknowledged != 50 || r.Counts.Resent != 49 {
		t.Fatalf("%+v, failures %v", r.Counts, r.Failures)
	}
}

func TestRunRefuses(t *testing.T) {
	for name, change := range map[string]func(*load.Config){
		"no catalog":               func(c *load.Config) { c.Catalog = nil },
		"no way to dial":           func(c *load.Config) { c.Dial = nil },
		"connections is -1":        func(c *load.Config) { c.Connections = -1 },
		"connections is 20001":     func(c *load.Config) { c.Connections = 20_001 },
		"timeout is -1ns":          func(c *load.Config) { c.Timeout = -1 },
		`arrivals are "bursty"`:    func(c *load.Config) { c.Spacing = "bursty" },
		"its rates are zero":       func(c *load.Config) { c.Plan = load.Constant(0, time.Second) },
		"need its run id":          func(c *load.Config) { c.Shards = 2 },
		"shard is 2":               func(c *load.Config) { c.Shard, c.Shards, c.Making.RunID, c.Making.Start = 2, 2, "x", time.Now() },
		"no such event":            func(c *load.Config) { c.Events = []string{"nosuch"} },
		"the endpoint has none":    func(c *load.Config) { c.Endpoint.Secrets = nil },
		"want http:// or https://": func(c *load.Config) { c.Endpoint.URL = "ftp://127.0.0.1" },
	} {
		cfg := config(t, "http://127.0.0.1:1", load.Constant(1, time.Second))
		change(&cfg)
		if r, err := load.Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("Run = %v, %v, want an error with %q", r, err, name)
		}
	}
}

func TestRecordReadsWhatItWrote(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	cfg := config(t, server.URL, load.Constant(500, time.Second))
	var err error
	if cfg.SLO, err = load.ParseSLO("p99<10s, errors<=0%, rate>1000000/s"); err != nil {
		t.Fatal(err)
	}
	r := run(t, cfg)
	if len(r.SLO) != 3 || !r.SLO[0].Kept || !r.SLO[1].Kept || r.SLO[2].Kept || r.Kept() {
		t.Errorf("SLO %+v", r.SLO)
	}
	var first, second bytes.Buffer
	if err := r.Write(&first); err != nil {
		t.Fatal(err)
	}
	again, err := load.Read(bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Write(&second); err != nil {
		t.Fatal(err)
	}
	if first.String() != second.String() {
		t.Errorf("read and written again:\n%s\n%s", &first, &second)
	}
	if strings.Contains(first.String(), secret) {
		t.Error("the record holds the secret")
	}
	for _, damaged := range []string{"", "{}", "[]", first.String() + first.String(), first.String()[:100], strings.Replace(first.String(), `{"count":500`, `{"count":501`, 1)} {
		if _, err := load.Read(strings.NewReader(damaged)); err == nil {
			t.Errorf("Read(%.40q) = nil, want an error", damaged)
		}
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	cfg := config(t, server.URL, load.Constant(200, 2200*time.Millisecond))
	var told []load.Progress
	cfg.Progress = func(p load.Progress) { told = append(told, p) }
	run(t, cfg)
	if len(told) == 0 || told[len(told)-1].Ended == 0 || told[len(told)-1].Length != 2200*time.Millisecond {
		t.Errorf("told %+v", told)
	}
}

// listen takes connections on a port of loopback, and gives each to serve before closing it.
func listen(t testing.TB, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	var mu sync.Mutex
	open := map[net.Conn]bool{}
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for c := range open {
			c.Close()
		}
		mu.Unlock()
		group.Wait()
	})
	group.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				if !errors.Is(err, net.ErrClosed) {
					fmt.Println("accept:", err)
				}
				return
			}
			mu.Lock()
			open[c] = true
			mu.Unlock()
			group.Go(func() {
				serve(c)
				c.Close()
			})
		}
	})
	return l.Addr().String()
}

// answer says one thing to whatever comes first.
func answer(c net.Conn, text string) {
	_, _ = c.Read(make([]byte, 64<<10))
	_, _ = io.WriteString(c, text)
}

// endless begins a reply and never ends it.
func endless(first, then string) func(net.Conn) {
	return func(c net.Conn) {
		answer(c, first)
		for {
			if _, err := io.WriteString(c, then); err != nil {
				return
			}
		}
	}
}
