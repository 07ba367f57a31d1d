package contract_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract/report"
)

// mortal is a consumer that is right but for one input, which ends it. It takes its last breath when others
// are in flight too, as far as there are any.
type mortal struct {
	inner http.Handler
	late  bool // it answers first, and ends later

	mu     sync.Mutex
	life   *life // guarded by mu
	deaths int   // guarded by mu
}

// life is the time from one start to the next.
type life struct {
	dying bool
	alone chan struct{} // closed when somebody else is in flight
	over  chan struct{} // closed at the end
}

func newMortal(inner http.Handler) *mortal {
	m := &mortal{inner: inner}
	m.restart()
	return m
}

func (m *mortal) restart() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.life = &life{alone: make(chan struct{}), over: make(chan struct{})}
}

func (m *mortal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	deadly := bytes.Contains(body, []byte("hookrig.invented"))
	m.mu.Lock()
	now := m.life
	first := deadly && !now.dying
	if now.dying && now.alone != nil {
		close(now.alone)
		now.alone = nil
	}
	dying := now.dying
	if first {
		now.dying = true
		m.deaths++
	}
	company := now.alone
	m.mu.Unlock()
	switch {
	case first && m.late:
		w.WriteHeader(http.StatusOK)
		go m.end(now, company)
		return
	case first:
		m.end(now, company)
		panic(http.ErrAbortHandler)
	case dying:
		<-now.over
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	m.inner.ServeHTTP(w, r)
}

func (m *mortal) end(now *life, company chan struct{}) {
	select {
	case <-company:
	case <-time.After(20 * time.Millisecond):
	}
	close(now.over)
}

// One request ends the consumer while others are in flight: its check is blamed and no other, or all are
// named when nobody can know.
func TestOneInputEndsTheConsumer(t *testing.T) {
	const killer = "unknown-event-or-enum"
	for _, tt := range []struct {
		name    string
		late    bool
		restart bool
	}{{"restarted", false, true}, {"restarted, ends after its answer", true, true}, {"gone", false, false}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := rig(t, builtin(t, "watsi"))
			m := newMortal(cfg.Handler)
			m.late, cfg.Handler, cfg.Restart = tt.late, m, nil
			if tt.restart {
				cfg.Restart = func(context.Context) error { m.restart(); return nil }
			}
			cfg.Events = []string{"contact.updated"}
			cfg.Checks = []string{"unknown-*", "sig-*", "header-name-case", "ack-intermittent", "dup-sequential-*"}
			r := run(t, cfg)
			blamed := 0
			for _, result := range r.Results {
				if result.Verdict != report.VerdictFail && result.Verdict != report.VerdictFlaky {
					continue
				}
				if strings.Contains(result.Finding.Got, killer) || result.Check == killer {
					blamed++
					continue
				}
				t.Errorf("%s on %s is blamed: %s", result.Check, result.Event, result.Finding.Got)
			}
			if blamed == 0 || r.Exit != 1 {
				t.Errorf("exit %d (%s), %d findings, want 1 and the check that ended it: %v", r.Exit, r.Reason, blamed, verdicts(r))
			}
			if passed := r.Totals.Pass; tt.restart && passed < 15 {
				t.Errorf("%d passed, want nearly all: %v", passed, verdicts(r))
			}
		})
	}
}
