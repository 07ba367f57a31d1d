package contract_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/report"
	"github.com/hookrig/hookrig/schemas"
)

// diary is a consumer that writes down each message once, and of each thing what came last.
type diary struct {
	provider *schemas.Provider
	refuses  func(d *diary, m schemas.Message) int // status for a message, 0 to take it. Nil: takes all

	mu    sync.Mutex
	seen  map[string]bool // guarded by mu, as is all below
	count map[string]int
	last  map[string]json.RawMessage
	notes map[string]bool // of refuses
}

func newDiary(p *schemas.Provider, refuses func(d *diary, m schemas.Message) int) *diary {
	return &diary{provider: p, refuses: refuses, seen: map[string]bool{}, count: map[string]int{}, last: map[string]json.RawMessage{}, notes: map[string]bool{}}
}

func (d *diary) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	m, readErr := d.provider.Read(body)
	if err != nil || readErr != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refuses != nil {
		if status := d.refuses(d, m); status != 0 {
			w.WriteHeader(status)
			return
		}
	}
	if d.seen[string(body)] {
		return
	}
	d.seen[string(body)] = true
	for _, key := range m.Entities {
		d.count[key]++
		d.last[key] = bytes.Clone(body)
	}
}

func (d *diary) Effects(_ context.Context, key string) (int, json.RawMessage, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.count[key], d.last[key], nil
}

func textIn(m schemas.Message, place schemas.Pointer) string {
	doc, _ := schemas.Decode(m.Body)
	for _, value := range place.Find(doc) {
		text, _ := value.(string)
		return text
	}
	return ""
}

// A journey told in other orders finds what two messages alone do not, and names the pair that matters.
func TestOrderIsIndependent(t *testing.T) {
	afterUpdate := func(d *diary, m schemas.Message) int {
		conversation := textIn(m, "/data/conversationId")
		switch {
		case m.Event == "conversation.updated":
			d.notes[conversation] = true
		case m.Event == "message.received" && d.notes[conversation]:
			return http.StatusInternalServerError
		}
		return 0
	}
	tests := []struct {
		name     string
		provider string
		refuses  func(d *diary, m schemas.Message) int
		observed bool
		check    string
		want     string // finding; "" for none
	}{
		{"last write wins", "sentsays", nil, true, "order-stale-overwrite", `message.status.update "`},
		{"last write wins, updates", "watsi", nil, true, "order-stale-overwrite", "conversation.updated before conversation.created: "},
		{"unseen", "watsi", afterUpdate, false, "order-child-before-parent", `conversation.updated before message.received: 500 Internal Server Error to message.received`},
		{"not found at first", "watsi", func(d *diary, m schemas.Message) int {
			conversation := textIn(m, "/data/conversationId")
			if m.Event == "conversation.created" {
				d.notes[conversation] = true
			}
			if strings.Contains("message.received conversation.updated", m.Event) && !d.notes[conversation] {
				return http.StatusNotFound
			}
			return 0
		}, true, "order-child-before-parent", ""},
		{"acts again", "watsi", func(d *diary, m schemas.Message) int {
			if m.Event == "conversation.created" && d.notes[textIn(m, "/data/conversationId")] {
				d.count[m.Entities[0]] += 2
			}
			if m.Event == "conversation.updated" {
				d.notes[textIn(m, "/data/conversationId")] = true
			}
			return 0
		}, true, "order-child-before-parent", "conversation.updated before conversation.created: 4 effects"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := builtin(t, tt.provider)
			d := newDiary(c.Provider, tt.refuses)
			cfg := contract.Config{Catalog: c, Handler: d, Endpoints: []schemas.Endpoint{{Secrets: []schemas.Secret{testSecret}}}, Checks: []string{tt.check},
				Seed: 7, RunID: "orders"}
			if tt.observed {
				cfg.Observer = d
			}
			var found []report.Result
			for _, result := range run(t, cfg).Results {
				if result.Finding != nil {
					found = append(found, result)
				}
				if result.Verdict == report.VerdictPass && result.Cases < 3 && result.Event == "conversation.updated" {
					t.Errorf("%s on %s passed with %d cases", result.Check, result.Event, result.Cases)
				}
			}
			if tt.want == "" {
				for _, result := range found {
					t.Errorf("%s on %s: got %s, want %s", result.Check, result.Event, result.Finding.Got, result.Finding.Want)
				}
				return
			}
			var got []string
			for _, result := range found {
				f := result.Finding
				got = append(got, f.Got)
				if strings.HasPrefix(f.Got, tt.want) && strings.HasSuffix(f.Shrunk, " to 2") && f.Observed == "3 of 3" && f.Replay != "" {
					return
				}
			}
			t.Errorf("got %q, want one that begins with %q, shrunk to 2 messages", got, tt.want)
		})
	}
}

// reticent sees what was done, and nothing of what things are.
type reticent struct{ *diary }

func (r reticent) Effects(ctx context.Context, key string) (int, json.RawMessage, error) {
	count, _, err := r.diary.Effects(ctx, key)
	return count, json.RawMessage(`"Thank you."`), err
}

// What the hook does not show is not passed.
func TestUnseenStateIsNotPassed(t *testing.T) {
	c := builtin(t, "watsi")
	d := newDiary(c.Provider, nil)
	r := run(t, contract.Config{Catalog: c, Handler: d, Observer: reticent{d}, Endpoints: []schemas.Endpoint{{Secrets: []schemas.Secret{testSecret}}},
		Checks: []string{"order-stale-overwrite", "dup-sequential-reprocessed"}})
	for _, result := range r.Results {
		want := report.VerdictNotAssessed
		if result.Check == "dup-sequential-reprocessed" {
			want = report.VerdictPass
		}
		if result.Verdict != want {
			t.Errorf("%s on %s: %s (%s), want %s", result.Check, result.Event, result.Verdict, result.Reason, want)
		}
	}
}
