//go:build e2e

package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/contract/report"
	"github.com/hookrig/hookrig/internal/consumer"
	"github.com/hookrig/hookrig/schemas"
)

// Every finding that the checks' own sabotages raise has a script that, run by a shell against the
// sabotaged consumer, gets the answer that the finding tells of.
func TestReportScriptsReproduceSabotages(t *testing.T) {
	rigs := []struct {
		provider, event string
		secret          schemas.Secret
		some            []string // sabotages whose scripts are of every kind. HOOKRIG_SOAK takes all
	}{
		{"watsi", "contact.updated", "e2e secret of the 'sabotaged'",
			[]string{"sig-not-verified", "sig-split-multibyte", "truncated-body-processed", "dup-concurrent-race", "deep-nesting-crash"}},
		{"standard-webhooks-like", "contact.updated", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
			[]string{"sig-empty-or-default-key", "ts-not-signed", "handshake-broken", "body-limit-too-low"}},
		{"sentsays", "message.status.update", "", []string{"batch-poison-item", "header-name-case", "valid-rejected"}},
	}
	var mu sync.Mutex
	scripts, kinds := 0, map[string]bool{}
	t.Run("rigs", func(t *testing.T) {
		for _, rig := range rigs {
			for _, c := range checks.All() {
				if c.Sabotage == nil || !c.Selects(checks.SchemeOf(catalogOf(t, rig.provider).Provider)) || os.Getenv("HOOKRIG_SOAK") == "" && !slices.Contains(rig.some, c.ID) {
					continue
				}
				t.Run(rig.provider+"/"+c.ID, func(t *testing.T) {
					t.Parallel()
					s := sabotaged(t, c, rig.provider, rig.event, rig.secret)
					r, err := contract.Run(t.Context(), s.config)
					if err != nil {
						t.Fatal(err)
					}
					dir := besideReport(t, r)
					for _, result := range r.Results {
						if result.Finding == nil {
							continue
						}
						s.reproduce(t, dir, result)
						mu.Lock()
						scripts, kinds[result.Check] = scripts+1, true
						mu.Unlock()
					}
				})
			}
		}
	})
	if scripts < 8 || len(kinds) < 6 {
		t.Errorf("%d scripts of %d checks were run: too few to show anything", scripts, len(kinds))
	}
	t.Logf("%d scripts of %v were run", scripts, slices.Sorted(maps.Keys(kinds)))
}

// reproduce runs the script of a finding.
func (s *stand) reproduce(t *testing.T, dir string, result report.Result) {
	t.Helper()
	f := result.Finding
	if f.Curl == "" || strings.HasPrefix(f.Curl, "# no shell") {
		t.Errorf("%s (%s) has no script: %s", result.Check, f.Got, f.Curl)
		return
	}
	if f.Exchange == nil {
		t.Errorf("%s (%s) has no exchange", result.Check, f.Got)
		return
	}
	if strings.HasPrefix(f.Curl, "# first ") || strings.HasPrefix(f.Got, "fifty slow connections") || result.Verdict == report.VerdictFlaky ||
		(result.Check == "ack-intermittent") != (s.check == "ack-intermittent") {
		return // it shows when it likes, or to who is fast enough, or to a consumer that does not know the message
	}
	got, out := runScript(t, dir, f.Curl, s.config.Endpoints)
	want := f.Exchange.Response.Status
	if !slices.Contains(got, want) {
		t.Errorf("%s (%s): the script got %v, the finding tells of %d:\n%s\n%.600s", result.Check, f.Got, got, want, f.Curl, out)
	}
}

// stand is a sabotaged consumer that listens.
type stand struct {
	check  string // whose sabotage it is
	config contract.Config
	inner  *consumer.Consumer

	mu    sync.Mutex // guards all below
	added map[string]int
	put   map[string]json.RawMessage
	lost  map[string]bool
	weak  map[string]bool
}

func (s *stand) Act(key string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.added[key] += n
}

func (s *stand) Volatile(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.weak[key] = true
}

func (s *stand) Put(key string, value []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put[key] = value
}

// Effects is what the consumer has done, as the sabotage lets it appear.
func (s *stand) Effects(ctx context.Context, key string) (count int, value json.RawMessage, err error) {
	count, value, err = s.inner.Effects(ctx, key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost[key] {
		return 0, nil, err
	}
	if put := s.put[key]; put != nil {
		value = put
	}
	return max(count+s.added[key], 0), value, err
}

func (s *stand) restart(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(s.lost, s.weak)
	return nil
}

// sabotaged is the reference consumer behind the check's sabotage, and the Config that tests it.
func sabotaged(t *testing.T, c *checks.Check, provider, event string, secret schemas.Secret) *stand {
	t.Helper()
	catalog := catalogOf(t, provider)
	s := &stand{check: c.ID, added: map[string]int{}, put: map[string]json.RawMessage{}, lost: map[string]bool{}, weak: map[string]bool{}}
	s.config = contract.Config{
		Catalog: catalog, Events: []string{event}, Timeout: 2 * time.Second, MaxBody: 256 << 10, Seed: 7, Token: "right-token", Settle: 5 * time.Second,
		Aggressive: true, Observer: s, Restart: s.restart, FailNext: func(context.Context) error { s.inner.FailNext(); return nil },
	}
	ends := consumer.Config{Catalog: catalog, Token: s.config.Token}
	for i, path := range []string{"/a", "/b"} {
		e := schemas.Endpoint{}
		if secret != "" {
			e.Secrets = []schemas.Secret{secret}
			if i == 1 {
				e.Secrets = []schemas.Secret{schemas.Secret(catalog.Provider.Signing.Secret.Prefix + "C2FVsBQIhrscChlQIMV+b5sSYspob7oD")}
			}
		} else if i == 1 {
			break
		}
		s.config.Endpoints = append(s.config.Endpoints, e)
		ends.Endpoints = append(ends.Endpoints, consumer.Endpoint{Path: path, Secrets: e.Secrets})
	}
	var err error
	if s.inner, err = consumer.New(ends); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.inner.Close() })
	var handler http.Handler
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	server.Listener = heads{server.Listener}
	server.Config.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		return checks.WithRawHead(ctx, conn.(*headConn).head)
	}
	server.Start()
	t.Cleanup(server.Close)
	for i := range s.config.Endpoints {
		s.config.Endpoints[i].URL = server.URL + []string{"/a", "/b"}[i]
	}
	handler = c.Sabotage(checks.Stand{
		Provider: catalog.Provider, Catalog: catalog, Endpoints: s.config.Endpoints, Tenants: make([]string, len(s.config.Endpoints)), Now: time.Now,
		Effects: s, Deadline: s.config.Timeout, MaxBody: s.config.MaxBody,
	}, s.inner)
	return s
}

// heads keeps the heads of requests as they came.
type heads struct{ net.Listener }

func (h heads) Accept() (net.Conn, error) {
	conn, err := h.Listener.Accept()
	return &headConn{Conn: conn}, err
}

type headConn struct {
	net.Conn
	mu   sync.Mutex
	seen []byte // guarded by mu: since the last reply
}

func (c *headConn) Read(into []byte) (int, error) {
	n, err := c.Conn.Read(into)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = append(c.seen, into[:min(n, max(16<<10-len(c.seen), 0))]...)
	return n, err
}

func (c *headConn) Write(from []byte) (int, error) {
	c.mu.Lock()
	c.seen = nil
	c.mu.Unlock()
	return c.Conn.Write(from)
}

func (c *headConn) head() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	head, _, _ := bytes.Cut(c.seen, []byte("\r\n\r\n"))
	return bytes.Clone(head)
}

// catalogOf is a built-in catalog, or Watsi's as it would be if it signed the time too.
func catalogOf(t *testing.T, provider string) *schemas.Catalog {
	t.Helper()
	name, stamped := provider, provider == "standard-webhooks-like"
	if stamped {
		name = "watsi"
	}
	catalog, err := schemas.Builtin(name)
	if err != nil {
		t.Fatal(err)
	}
	if !stamped {
		return catalog
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, catalog.Files()); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "vectors")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "provider.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var description map[string]any
	if err := json.Unmarshal(text, &description); err != nil {
		t.Fatal(err)
	}
	delete(description, "extends")
	maps.Copy(description, map[string]any{
		"name": "stamped", "title": "Stamped", "sources": map[string]string{"": "assumed: made for tests"},
		"headers": map[string]string{"Content-Type": "application/json", "webhook-id": "{id}", "webhook-timestamp": "{timestamp}",
			"webhook-signature": "{signatures}", "webhook-delivery": "{delivery_id}"},
		"signing": map[string]any{
			"algorithm": "hmac-sha256", "secret": map[string]string{"prefix": "whsec_", "encoding": "base64"},
			"signs": "{id}.{timestamp}.{body}", "encoding": "base64", "item": "v1,{signature}", "separator": " ", "tolerance_seconds": 300,
		},
		"handshake": map[string]any{
			"method": "GET", "query": map[string]string{"hub.mode": "subscribe", "hub.challenge": "{challenge}", "hub.verify_token": "{token}"},
			"signed": false, "guarded": true, "answers": []any{map[string]any{"statuses": []string{"200"}, "body": "{challenge}"}},
		},
	})
	description["policy"].(map[string]any)["delivery_id"] = "per-attempt"
	if text, err = json.Marshal(description); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if catalog, err = schemas.Load(os.DirFS(dir)); err != nil {
		t.Fatal(fmt.Errorf("the stamped catalog: %w", err))
	}
	return catalog
}
