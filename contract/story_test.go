package contract_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/report"
	"github.com/hookrig/hookrig/schemas"
)

// grudge is a consumer that refuses messages of a conversation whose beginning it has been told of: each
// message alone is fine.
type grudge struct {
	mu   sync.Mutex
	seen map[string]bool // guarded by mu: conversations
}

func (g *grudge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	var m struct {
		Type string
		Data struct{ ConversationID string }
	}
	if err != nil || json.Unmarshal(body, &m) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch m.Type {
	case "conversation.created":
		g.seen[m.Data.ConversationID] = true
	case "message.received":
		if g.seen[m.Data.ConversationID] {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}
}

// A failure planted in a journey of forty messages comes back as the two that matter.
func TestRunShrinksAJourney(t *testing.T) {
	c := catalog(t)
	cfg := contract.Config{Catalog: c, Handler: &grudge{seen: map[string]bool{}}, Checks: []string{"valid-rejected"}, Timeout: 5 * time.Second,
		RunID: "story", Start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), // the same stream each time
		Endpoints: []schemas.Endpoint{{Secrets: []schemas.Secret{testSecret}}}}
	r := run(t, cfg)
	var f *report.Finding
	for _, result := range r.Results {
		if result.Finding != nil && result.Event == "message.received" {
			f = result.Finding
		}
	}
	if f == nil {
		t.Fatalf("no finding; results are %+v, coverage is %s", r.Results, r.Coverage)
	}
	var from, to int
	if _, err := fmt.Sscanf(f.Shrunk, "%d messages to %d", &from, &to); err != nil || from < 3 || to != 2 {
		t.Errorf("shrunk %q, want many messages to 2", f.Shrunk)
	}
	if !strings.Contains(f.Got, "500") {
		t.Errorf("got %q, want the status", f.Got)
	}
	cfg.Handler = &grudge{seen: map[string]bool{}}
	if got := replayed(t, cfg, r, f.Replay); got.Outcome != contract.Failed || len(got.Exchanges) != 2 {
		t.Errorf("replay: %s %s with %d exchanges, want FAILED with 2", got.Outcome, got.Reason, len(got.Exchanges))
	}
	cfg.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	if got := replayed(t, cfg, r, f.Replay); got.Outcome != contract.Fixed {
		t.Errorf("replay against one that is right: %s %s, want FIXED", got.Outcome, got.Reason)
	}
}

func TestRunCoversTransitions(t *testing.T) {
	for _, name := range schemas.Builtins() {
		t.Run(name, func(t *testing.T) {
			c, err := schemas.Builtin(name)
			if err != nil {
				t.Fatal(err)
			}
			r := run(t, contract.Config{Catalog: c, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), Checks: []string{"valid-rejected"},
				Timeout: 5 * time.Second, Endpoints: []schemas.Endpoint{{Secrets: []schemas.Secret{testSecret}}}})
			if r.Coverage.Transitions == nil || r.Coverage.Transitions.Covered < 3 || r.Coverage.Transitions.Covered > r.Coverage.Transitions.Total {
				t.Errorf("coverage is %s, want transitions", r.Coverage)
			}
			t.Log(r.Coverage)
		})
	}
}
