package contract_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract/report"
	"github.com/hookrig/hookrig/schemas"
)

// stranger is a consumer that is right in all but one thing: it takes nothing about a contact or a
// conversation that it has never been told of.
type stranger struct {
	inner    http.Handler
	provider *schemas.Provider
	answer   int // to what it does not know

	mu    sync.Mutex
	known map[string]bool // guarded by mu
}

func (s *stranger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var m struct {
		Type string
		Data struct{ ContactID, ConversationID, Phone, From, RecipientID string }
	}
	_ = json.Unmarshal(body, &m) // what is no message is the inner consumer's to refuse
	digits := func(phone string) string { return strings.TrimPrefix(phone, "+") }
	needs := map[string][]string{
		"contact.updated": {m.Data.ContactID}, "conversation.created": {m.Data.ContactID}, "conversation.updated": {m.Data.ConversationID},
		"message.received": {m.Data.ConversationID, digits(m.Data.From)}, "message.status": {digits(m.Data.RecipientID)},
	}
	s.mu.Lock()
	unknown := false
	for _, name := range needs[m.Type] {
		unknown = unknown || !s.known[name]
	}
	s.mu.Unlock()
	answered := httptest.NewRecorder()
	r.Body = io.NopCloser(bytes.NewReader(body))
	secret := map[string]schemas.Secret{"/a": "first-test-secret", "/b": "second-test-secret"}[r.URL.Path]
	genuine := s.provider.Verify(schemas.Received{Header: r.Header, Body: body}, []schemas.Secret{secret}, time.Now()) == nil
	if unknown && genuine && r.Method == http.MethodPost && r.Header.Get("Content-Encoding") == "" {
		answered.WriteHeader(s.answer)
	} else {
		s.inner.ServeHTTP(answered, r)
	}
	if answered.Code == http.StatusOK && strings.HasSuffix(m.Type, ".created") {
		s.mu.Lock()
		s.known[m.Data.ContactID], s.known[m.Data.ConversationID], s.known[digits(m.Data.Phone)] = true, true, true
		s.mu.Unlock()
	}
	for name, values := range answered.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answered.Code)
	_, _ = answered.Body.WriteTo(w)
}

// What a provider has told long before is told before a plain message: nobody is blamed for not knowing it.
func TestStrangersAreIntroduced(t *testing.T) {
	strangers := []struct {
		name   string
		answer int
		blamed string // checks that may fail: what is dropped for good is lost
	}{{"not found", 404, ""}, {"acknowledged and dropped", 200, "order-child-before-parent order-stale-overwrite"}, {"conflict", 409, ""}, {"unprocessable", 422, ""}}
	for _, tt := range strangers[:(len(strangers)+raceFactor-1)/raceFactor] {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := rig(t, builtin(t, "watsi"))
			cfg.Handler = &stranger{inner: cfg.Handler, provider: cfg.Catalog.Provider, answer: tt.answer, known: map[string]bool{}}
			cfg.ExcludeChecks = []string{"ack-before-durable", "resource-unbounded"}
			r := run(t, cfg)
			if r.Exit != min(len(tt.blamed), 1) || r.Acknowledges.Covered != 6 {
				t.Errorf("exit %d (%s), acknowledges %+v, want %d and 6 of 6", r.Exit, r.Reason, r.Acknowledges, min(len(tt.blamed), 1))
			}
			for _, result := range r.Results {
				if result.Finding != nil && !strings.Contains(tt.blamed, result.Check) && (result.Verdict == report.VerdictFail || result.Level == "must") {
					t.Errorf("%s on %s: got %s, want %s", result.Check, result.Event, result.Finding.Got, result.Finding.Want)
				}
				if result.Check == "dup-sequential-reprocessed" && result.Verdict != report.VerdictPass {
					t.Errorf("%s on %s: %s (%s), want pass", result.Check, result.Event, result.Verdict, result.Reason)
				}
			}
		})
	}
}

// One that refuses even what it is told is to blame for that, not for the rest.
func TestRefusedParents(t *testing.T) {
	cfg := rig(t, builtin(t, "watsi"))
	inner := &stranger{inner: cfg.Handler, provider: cfg.Catalog.Provider, answer: 404, known: map[string]bool{}}
	cfg.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Watsi-Event") == "contact.created" {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		inner.ServeHTTP(w, r)
	})
	cfg.Checks = []string{"valid-rejected"}
	for _, result := range run(t, cfg).Results {
		want := report.VerdictNotAssessed
		if result.Event == "contact.created" {
			want = report.VerdictFail
		}
		if result.Verdict != want {
			t.Errorf("%s: %s (%s), want %s", result.Event, result.Verdict, result.Reason, want)
		}
	}
}
