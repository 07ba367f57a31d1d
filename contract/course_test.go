package contract_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/contract/report"
	"github.com/hookrig/hookrig/internal/consumer"
	"github.com/hookrig/hookrig/schemas"
)

// verdicts lists what a report says of each check and event.
func verdicts(r *report.Report) []string {
	var all []string
	for _, result := range r.Results {
		all = append(all, fmt.Sprintf("%s %s: %s", result.Check, result.Event, result.Verdict))
	}
	return all
}

func resultOf(t *testing.T, r *report.Report, check string) report.Result {
	t.Helper()
	for _, result := range r.Results {
		if result.Check == check {
			return result
		}
	}
	t.Fatalf("the report has no result of %s: %v", check, verdicts(r))
	return report.Result{}
}

func TestOneSampleIsEnough(t *testing.T) {
	for _, name := range []string{"github", "standard-webhooks", "stripe", "slack", "shopify"} {
		t.Run(name, func(t *testing.T) {
			scheme, err := schemas.LoadScheme(name)
			if err != nil {
				t.Fatal(err)
			}
			secret := schemas.Secret("sample-test-secret")
			if strings.HasPrefix(scheme.Provider().Signing.Secret.Prefix, "whsec") {
				secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
			}
			c, err := consumer.New(consumer.Config{Provider: scheme.Provider(), Secrets: []schemas.Secret{secret}})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			cfg := contract.Config{
				Provider: scheme.Provider(), Samples: []contract.Sample{{Body: scheme.Body}}, Handler: c,
				Endpoints: []schemas.Endpoint{{Secrets: []schemas.Secret{secret}}}, Timeout: 20 * time.Second,
			}
			if raceFactor > 1 {
				cfg.MaxBody = 1 << 20 // in place of up to 25 MiB
			}
			r := run(t, cfg)
			if r.Exit != 0 || r.Coverage.Checks.Assessed < 30 {
				t.Errorf("exit %d (%s), %d checks assessed; want 0 and at least 30: %v", r.Exit, r.Reason, r.Coverage.Checks.Assessed, verdicts(r))
			}
			for _, result := range r.Results {
				if result.Verdict == report.VerdictFail {
					t.Errorf("%s: got %s, want %s", result.Check, result.Finding.Got, result.Finding.Want)
				}
			}
		})
	}
}

// ledger of what was sent, in no order.
type traffic struct {
	inner http.Handler
	mu    sync.Mutex
	seen  []string
}

func (l *traffic) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var head bytes.Buffer
	_ = r.Header.Write(&head) // sorted
	l.mu.Lock()
	l.seen = append(l.seen, fmt.Sprintf("%s %s\n%s%x", r.Method, r.URL, head.String(), sha256.Sum256(body)))
	l.mu.Unlock()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	l.inner.ServeHTTP(w, r)
}

// Same seed, run id and start: the same bytes are sent and the same is said, whatever goes on side by side.
func TestSameSeedSameBytes(t *testing.T) {
	kinds := []struct {
		name    string
		catalog func(t *testing.T) *schemas.Catalog
		events  []string
		least   int // requests
	}{
		{"stamped", stampedCatalog, nil, 1_500},
		{"unsigned, batches", func(t *testing.T) *schemas.Catalog { return builtin(t, "sentsays") }, []string{"message.*"}, 800},
	}
	for _, tt := range kinds[:(len(kinds)+raceFactor-1)/raceFactor] {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sent, said := sameAgain(t, tt.catalog(t), tt.events)
			again, saidAgain := sameAgain(t, tt.catalog(t), tt.events)
			if len(sent) < tt.least || !slices.Equal(sent, again) {
				t.Errorf("sent %d and %d requests, want at least %d, the same each time", len(sent), len(again), tt.least)
				for i := range min(len(sent), len(again)) {
					if sent[i] != again[i] {
						t.Fatalf("first difference:\n%s\n%s", sent[i], again[i])
					}
				}
			}
			if !slices.Equal(said, saidAgain) {
				t.Errorf("verdicts differ:\n%v\n%v", said, saidAgain)
			}
		})
	}
}

// sameAgain runs all checks against a consumer that is right, and lists what was sent, sorted, and said.
func sameAgain(t *testing.T, catalog *schemas.Catalog, events []string) (sent, said []string) {
	t.Helper()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var secrets []schemas.Secret
	if catalog.Provider.Signing != nil {
		secrets = []schemas.Secret{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
	}
	c, err := consumer.New(consumer.Config{Catalog: catalog, Secrets: secrets, Now: func() time.Time { return start }})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	l := &traffic{inner: c}
	r := run(t, contract.Config{
		Catalog: catalog, Handler: l, Observer: c, Endpoints: []schemas.Endpoint{{Secrets: secrets}}, Events: events,
		Seed: 11, RunID: "again", Start: start, Timeout: 30 * time.Second,
	})
	slices.Sort(l.seen)
	for _, result := range r.Results {
		said = append(said, fmt.Sprintf("%s %s: %s, %d cases, %s", result.Check, result.Event, result.Verdict, result.Cases, result.Reason))
	}
	return l.seen, said
}

func TestUnseenIsNotPassed(t *testing.T) {
	cfg := rig(t, builtin(t, "watsi"))
	cfg.Events, cfg.Observer = []string{"contact.updated"}, nil
	r := run(t, cfg)
	unseen := 0
	for _, result := range r.Results {
		if result.Reason == "needs --observe" || strings.HasPrefix(result.Reason, "needs --observe and") {
			unseen++
			if result.Verdict != report.VerdictNotAssessed {
				t.Errorf("%s = %s, want not-assessed", result.Check, result.Verdict)
			}
		}
	}
	if unseen < 6 || r.Processes.Seen || r.Processes.Checks != unseen {
		t.Errorf("%d results wait for a hook, the report says %+v", unseen, r.Processes)
	}
	cfg.RequireEffects = true
	if r := run(t, cfg); r.Exit != 3 {
		t.Errorf("exit with RequireEffects = %d, want 3", r.Exit)
	}
}

// counter is an observer that knows one number only.
type counter struct{ *consumer.Consumer }

func (c counter) Effects(ctx context.Context, _ string) (int, json.RawMessage, error) {
	return c.Consumer.Effects(ctx, "")
}

func (counter) Total() bool { return true }

func TestOneCounterIsEnough(t *testing.T) {
	cfg := rig(t, builtin(t, "watsi"))
	cfg.Events, cfg.Observer = []string{"contact.updated"}, counter{cfg.Observer.(*consumer.Consumer)}
	cfg.Checks = []string{"dup-sequential-reprocessed", "sig-effect-before-verify", "replay-*"}
	r := run(t, cfg)
	if r.Exit != 0 || r.Totals.Pass != 3 {
		t.Errorf("exit %d (%s): %v, want three checks passed", r.Exit, r.Reason, verdicts(r))
	}
	p, err := contract.Prove(t.Context(), cfg, checks.ByID("dup-sequential-reprocessed"))
	if err != nil || !p.Proved {
		t.Errorf("with one counter: %+v, %v, want the sabotage seen", p, err)
	}
}

// hostile serves connections as it likes.
func hostile(t *testing.T, serve func(c net.Conn, n int64)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var n atomic.Int64
	var served sync.WaitGroup
	served.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			served.Go(func() {
				defer c.Close()
				serve(c, n.Add(1))
			})
		}
	})
	t.Cleanup(func() { listener.Close(); served.Wait() })
	return "http://" + listener.Addr().String() + "/webhooks"
}

func TestHostileConsumers(t *testing.T) {
	gone := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	reply := func(c net.Conn, text string) {
		_ = c.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
		_, _ = io.Copy(io.Discard, io.LimitReader(c, 1<<10))
		_, _ = io.WriteString(c, text)
	}
	tests := []struct {
		name  string
		serve func(c net.Conn, n int64)
		exit  int
		check string // that fails; "" for none
	}{
		{"hangs", func(c net.Conn, _ int64) { gone(c) }, 1, "ack-hang"},
		{"drips", func(c net.Conn, _ int64) {
			for {
				if _, err := io.WriteString(c, "H"); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		}, 1, "ack-hang"},
		{"resets", func(c net.Conn, _ int64) {
			_, _ = io.ReadFull(c, make([]byte, 100))
			_ = c.(*net.TCPConn).SetLinger(0)
		}, 1, "valid-rejected"},
		{"is no HTTP", func(c net.Conn, _ int64) { reply(c, "220 smtp ready\r\n") }, 1, "valid-rejected"},
		{"never ends its body", func(c net.Conn, _ int64) {
			reply(c, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
			for {
				if _, err := c.Write(bytes.Repeat([]byte("x"), 4096)); err != nil {
					return
				}
				time.Sleep(time.Millisecond)
			}
		}, 1, "ack-hang"},
		{"declares a gigantic body", func(c net.Conn, _ int64) {
			reply(c, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1099511627776\r\n\r\n")
			for {
				if _, err := c.Write(bytes.Repeat([]byte("x"), 64<<10)); err != nil {
					return
				}
			}
		}, 1, "ack-hang"},
		{"sends a header without end", func(c net.Conn, _ int64) {
			reply(c, "HTTP/1.1 200 OK\r\n")
			for {
				if _, err := io.WriteString(c, "X-More: "+strings.Repeat("x", 1000)+"\r\n"); err != nil {
					return
				}
			}
		}, 1, "valid-rejected"},
		{"breaks its chunks", func(c net.Conn, _ int64) { // its status is there, and counts
			reply(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nnonsense")
		}, 1, "sig-not-verified"},
		{"redirects", func(c net.Conn, _ int64) {
			reply(c, "HTTP/1.1 308 Permanent Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
		}, 1, "ack-redirect-or-login"},
		{"is busy", func(c net.Conn, _ int64) {
			reply(c, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n")
		}, 3, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := run(t, contract.Config{
				Catalog: builtin(t, "watsi"), Endpoints: []schemas.Endpoint{{URL: hostile(t, test.serve), Secrets: []schemas.Secret{"hostile-test-secret"}}},
				Timeout: 300 * time.Millisecond, Events: []string{"contact.updated"},
			})
			if test.exit >= 0 && r.Exit != test.exit {
				t.Errorf("exit %d (%s), want %d: %v", r.Exit, r.Reason, test.exit, verdicts(r))
			}
			if test.check != "" {
				if result := resultOf(t, r, test.check); result.Verdict != report.VerdictFail {
					t.Errorf("%s = %s (%s), want fail", test.check, result.Verdict, result.Reason)
				}
			}
		})
	}
}

func TestConsumerThatDies(t *testing.T) {
	catalog := builtin(t, "watsi")
	c, err := consumer.New(consumer.Config{Catalog: catalog, Secrets: []schemas.Secret{"dies-test-secret"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var server *httptest.Server
	var dead atomic.Bool
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if string(body) == "null" && !dead.Swap(true) {
			go server.Listener.Close()
		}
		if dead.Load() {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		c.ServeHTTP(w, r)
	}))
	defer server.Close()
	r := run(t, contract.Config{
		Catalog: catalog, Endpoints: []schemas.Endpoint{{URL: server.URL + "/w", Secrets: []schemas.Secret{"dies-test-secret"}}},
		Timeout: time.Second, Events: []string{"contact.updated"},
	})
	result := resultOf(t, r, "odd-json-crash")
	if r.Exit != 1 || result.Verdict != report.VerdictFail || !strings.Contains(result.Finding.Got, "stayed down") {
		t.Errorf("exit %d, odd-json-crash %s: %+v; want 1 and a fail of the check in flight", r.Exit, result.Verdict, result.Finding)
	}
	for _, other := range r.Results {
		if other.Verdict == report.VerdictFail && other.Check != "odd-json-crash" {
			t.Errorf("%s is blamed too: %s", other.Check, other.Finding.Got)
		}
	}
}

func TestNobodyThere(t *testing.T) {
	r := run(t, contract.Config{
		Catalog: builtin(t, "watsi"), Endpoints: []schemas.Endpoint{{URL: "http://127.0.0.1:1/", Secrets: []schemas.Secret{"nobody-test-secret"}}}, Timeout: time.Second,
	})
	if r.Exit != 3 || r.Verdict != report.VerdictIncomplete {
		t.Errorf("exit %d, %s (%s), want 3, incomplete", r.Exit, r.Verdict, r.Reason)
	}
}

func TestAssumedDeadlineIsAdvisory(t *testing.T) {
	catalog := builtin(t, "watsi")
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	cfg := contract.Config{
		Catalog: catalog, Handler: slow, Endpoints: []schemas.Endpoint{{Secrets: []schemas.Secret{"slow-test-secret"}}},
		Events: []string{"contact.updated"}, Checks: []string{"ack-hang"}, Timeout: 100 * time.Millisecond,
	}
	if result := resultOf(t, run(t, cfg), "ack-hang"); result.Verdict != report.VerdictFail || result.Finding.Basis != "yours" {
		t.Errorf("with a deadline of the user's: %s, %+v; want fail on a basis of yours", result.Verdict, result.Finding)
	}
	provider := *catalog.Provider
	provider.Policy.TimeoutSeconds = 0.1
	cfg.Provider, cfg.Timeout = &provider, 0
	result := resultOf(t, run(t, cfg), "ack-hang")
	if result.Verdict != report.VerdictAdvisory || !strings.Contains(result.Finding.Source, "--timeout") {
		t.Errorf("with an assumed deadline: %s, %+v; want advisory that names --timeout", result.Verdict, result.Finding)
	}
}

func TestMaxTimeAndCancel(t *testing.T) {
	cfg := rig(t, builtin(t, "watsi"))
	cfg.MaxTime = 50 * time.Millisecond
	if r := run(t, cfg); r.Exit != 3 || !strings.Contains(r.Reason, "--max-time") {
		t.Errorf("with MaxTime: exit %d (%s), want 3", r.Exit, r.Reason)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cfg.MaxTime = 0
	r, err := contract.Run(ctx, cfg)
	if err != nil || r.Exit != 130 {
		t.Errorf("canceled: %v, exit %d, want 130", err, r.Exit)
	}
}
