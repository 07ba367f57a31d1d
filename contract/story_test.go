package contract_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/contract/report"
	"github.com/hookrig/hookrig/generators"
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

// sour is a consumer that dies of a status right after a conversation's update.
type sour struct {
	mu   sync.Mutex
	last string // guarded by mu: the event before
}

func (s *sour) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	event := r.Header.Get("X-Watsi-Event")
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == "conversation.updated" && event == "message.status" {
		w.WriteHeader(http.StatusInternalServerError)
	}
	s.last = event
}

// A script of many messages that fails is shrunk when it is played again; one whose ids cannot be renewed
// says so.
func TestReplayShrinks(t *testing.T) {
	c := catalog(t)
	cfg := contract.Config{Catalog: c, Handler: &sour{}, Timeout: 5 * time.Second, Endpoints: []schemas.Endpoint{{Secrets: []schemas.Secret{testSecret}}}}
	script := contract.Script{Provider: "watsi", Seed: 1, RunID: "many", Start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), Check: "valid-rejected", Case: "many",
		Expect: &contract.Expectation{Good: "ack", Rule: "each is acknowledged", Want: "an acknowledgement"}}
	events := []string{"contact.created", "message.received", "message.status", "contact.updated", "conversation.created", "message.received", "conversation.updated", "message.status"}
	for i := range 40 {
		script.Steps = append(script.Steps, checks.Step{Event: events[i%len(events)], Coordinate: &generators.Coordinate{Life: uint64(i)}})
	}
	got, err := contract.Replay(t.Context(), cfg, script)
	if err != nil {
		t.Fatal(err)
	}
	if got.Outcome != contract.Failed || got.Least == nil || len(got.Least.Steps) != 2 || !strings.HasPrefix(got.Finding.Shrunk, "40 messages to 2") {
		t.Fatalf("replay: %s %s, %+v, want FAILED and two messages left", got.Outcome, got.Reason, got.Finding)
	}
	if again, err := contract.Replay(t.Context(), cfg, *got.Least); err != nil || again.Outcome != contract.Failed || len(again.Exchanges) != 2 {
		t.Errorf("the least that fails: %+v, %v, want FAILED", again, err)
	}
	recorded := contract.Script{Provider: "watsi"}
	for _, event := range events {
		body, err := fs.ReadFile(c.Files(), "examples/"+event+".json")
		if err != nil {
			t.Fatal(err)
		}
		recorded.Steps = append(recorded.Steps, checks.Step{Event: event, Body: body})
	}
	got, err = contract.Replay(t.Context(), cfg, recorded)
	if err != nil || got.Outcome != contract.Failed || !strings.HasPrefix(got.Finding.Shrunk, "not shrunk: ") {
		t.Errorf("replay of recorded deliveries: %+v, %v, want FAILED and why it was not shrunk", got, err)
	}
}

// absent is a consumer that acknowledges everything and counts it, but skips messages of a conversation
// whose beginning it has been told of.
type absent struct {
	mu     sync.Mutex
	begun  map[string]bool // guarded by mu: conversations
	counts map[string]int  // guarded by mu: keys
	mended bool            // it skips nothing any more
}

func (s *absent) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var m struct {
		Type string
		Data struct{ ConversationID, MessageID, ContactID string }
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil || json.Unmarshal(body, &m) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case m.Type == "message.received" && s.begun[m.Data.ConversationID] && !s.mended:
		return
	case m.Type == "conversation.created":
		s.begun[m.Data.ConversationID] = true
	}
	for _, key := range []string{m.Data.ConversationID, m.Data.MessageID, m.Data.ContactID} {
		s.counts[key]++
	}
}

func (s *absent) Effects(_ context.Context, key string) (int, json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[key], nil, nil
}

// A failure that is seen only in effects comes back as the two messages that matter, too.
func TestRunShrinksWhatAJourneyLoses(t *testing.T) {
	silent := func() *absent { return &absent{begun: map[string]bool{}, counts: map[string]int{}} }
	consumer := silent()
	cfg := contract.Config{Catalog: catalog(t), Handler: consumer, Observer: consumer, Checks: []string{"valid-rejected", "ack-always-200"}, Timeout: 5 * time.Second,
		RunID: "story", Start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), Endpoints: []schemas.Endpoint{{Secrets: []schemas.Secret{testSecret}}}}
	r := run(t, cfg)
	var f *report.Finding
	for _, result := range r.Results {
		if result.Check == "valid-rejected" && result.Event == "message.received" && result.Verdict == report.VerdictAdvisory {
			f = result.Finding
		}
	}
	if f == nil {
		t.Fatalf("no finding of message.received: %v", verdicts(r))
	}
	var from, to int
	if _, err := fmt.Sscanf(f.Shrunk, "%d messages to %d", &from, &to); err != nil || to != 2 {
		t.Errorf("shrunk %q, want many messages to 2", f.Shrunk)
	}
	for mends, want := range map[bool]contract.Outcome{false: contract.Failed, true: contract.Fixed} {
		consumer := silent()
		consumer.mended = mends
		cfg.Handler, cfg.Observer = consumer, consumer
		if got := replayed(t, cfg, r, f.Replay); got.Outcome != want {
			t.Errorf("replay against a consumer that is mended (%v): %s %s, want %s", mends, got.Outcome, got.Reason, want)
		}
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
