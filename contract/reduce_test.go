package contract_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/contract/report"
	"github.com/hookrig/hookrig/schemas"
)

// glass is a consumer that breaks at a body that is no JSON object, and stays broken.
type glass struct {
	broken atomic.Bool
	slow   time.Duration // of its answers to what it does not like
}

func (g *glass) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	var m map[string]json.RawMessage
	if err == nil && json.Unmarshal(body, &m) != nil {
		g.broken.Store(true)
	}
	if g.broken.Load() {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if _, unknown := m["hookrig_unknown"]; unknown && g.slow > 0 {
		time.Sleep(g.slow)
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// What wounds a consumer is shrunk when the consumer can be restarted; else the finding says why it was
// not.
func TestRunShrinksWhatWounds(t *testing.T) {
	for name, restarts := range map[string]bool{"with a restart": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := &glass{}
			cfg := contract.Config{Catalog: catalog(t), Handler: g, Events: []string{"message.received"}, Checks: []string{"odd-json-crash"},
				Timeout: 5 * time.Second, Endpoints: []schemas.Endpoint{{Secrets: []schemas.Secret{testSecret}}}}
			if restarts {
				cfg.Restart = func(context.Context) error { g.broken.Store(false); return nil }
			}
			f := resultOf(t, run(t, cfg), "odd-json-crash").Finding
			if f == nil {
				t.Fatal("no finding")
			}
			if refused := strings.HasPrefix(f.Shrunk, "not shrunk: the consumer does not come back"); refused == restarts {
				t.Errorf("shrunk %q of %+v", f.Shrunk, f)
			}
			if f.Replay == "" || f.Curl == "" {
				t.Errorf("no lines to see it again: %q, %q", f.Replay, f.Curl)
			}
		})
	}
}

// A finding whose answer takes its time is shrunk as well.
func TestRunShrinksWhatAnswersSlowly(t *testing.T) {
	t.Parallel()
	cfg := contract.Config{Catalog: catalog(t), Handler: &glass{slow: 300 * time.Millisecond}, Events: []string{"contact.updated"}, Checks: []string{"unknown-field-rejected"},
		Timeout: 5 * time.Second, Endpoints: []schemas.Endpoint{{Secrets: []schemas.Secret{testSecret}}}}
	if f := resultOf(t, run(t, cfg), "unknown-field-rejected").Finding; !strings.Contains(f.Shrunk, "left out") {
		t.Errorf("shrunk %q, want fields left out: %s", f.Shrunk, f.Curl)
	}
}

// Shrinking leaves what makes a message wrong: a finding that it must be refused still shows against a
// consumer that accepts everything, and is fixed in one that verifies.
func TestShrinkingKeepsWhatMustBeRefused(t *testing.T) {
	t.Parallel()
	cfg := rig(t, builtin(t, "watsi"))
	cfg.Events, cfg.Checks, cfg.Observer = []string{"contact.updated"}, []string{"sig-*"}, nil
	r, err := contract.RunSabotaged(t.Context(), cfg, checks.ByID("sig-not-verified"))
	if err != nil {
		t.Fatal(err)
	}
	played := 0
	for _, result := range r.Results {
		if result.Verdict != report.VerdictFail {
			continue
		}
		played++
		if got := replayed(t, cfg, r, result.Finding.Replay); got.Outcome != contract.Fixed {
			t.Errorf("%s (%s): %s %s against a consumer that verifies, want FIXED", result.Check, result.Finding.Got, got.Outcome, got.Reason)
		}
	}
	if played < 3 {
		t.Errorf("%d findings were played again, want at least 3: %v", played, verdicts(r))
	}
}

// Effects too many are shrunk to the messages that raise them.
func TestRunShrinksEffects(t *testing.T) {
	t.Parallel()
	cfg := rig(t, builtin(t, "watsi"))
	cfg.Events, cfg.Checks = []string{"contact.updated"}, []string{"dup-sequential-reprocessed"}
	r, err := contract.RunSabotaged(t.Context(), cfg, checks.ByID("dup-sequential-reprocessed"))
	if err != nil {
		t.Fatal(err)
	}
	f := resultOf(t, r, "dup-sequential-reprocessed").Finding
	if f == nil || !strings.HasPrefix(f.Shrunk, "3 messages to 2") || !strings.Contains(f.Got, "2 effects") {
		t.Errorf("finding is %+v, want three messages shrunk to two", f)
	}
}
