package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/hookrig/hookrig/internal/observe"
	"github.com/hookrig/hookrig/schemas"
)

// timeline is what came to a consumer and what it did then, in the order of time. Safe for concurrent use.
type timeline struct {
	provider *schemas.Provider
	now      func() time.Time

	mu      sync.Mutex // guards moments
	moments []moment
}

// moment is a message that came in, or an answer that went out.
type moment struct {
	at     time.Time
	id     string   // of a message
	keys   []string // under which a message is answered, or of the answer
	status int      // of the reply to a message; 0 for an answer
	took   time.Duration
}

// momentsKept bounds a timeline.
const momentsKept = 20_000

func (t *timeline) add(m moment) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.moments) < momentsKept {
		t.moments = append(t.moments, m)
	}
}

// watch notes what comes to the consumer.
func (t *timeline) watch(consumer http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<20))
		m, unreadable := t.provider.Read(body)
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), broken{err}))
		watched := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		began := t.now()
		consumer.ServeHTTP(watched, r)
		if err == nil && unreadable == nil {
			t.add(moment{at: began, id: m.ID, keys: t.keys(m), status: watched.status, took: t.now().Sub(began)})
		}
	})
}

// answered notes what the consumer does through the provider's API.
func (t *timeline) answered(_ context.Context, call *observe.Accepted) error {
	t.add(moment{at: t.now(), keys: []string{call.Key}})
	return nil
}

// keys are those under which the message is answered.
func (t *timeline) keys(m schemas.Message) []string {
	var keys []string
	for i := range t.provider.API.Effects {
		keys = append(keys, t.provider.API.Effects[i].MessageKeys(m)...)
	}
	return keys
}

// of tells what became of a message: each copy and each answer on a line, from the first on.
func (t *timeline) of(body []byte) []string {
	m, err := t.provider.Read(body)
	if err != nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var mine []moment
	keys := t.keys(m)
	for _, one := range t.moments {
		if one.status != 0 && one.id == m.ID || one.status == 0 && len(keys) > 0 && slices.Contains(keys, one.keys[0]) {
			mine = append(mine, one)
		}
	}
	slices.SortFunc(mine, func(a, b moment) int { return a.at.Compare(b.at) })
	var lines []string
	copies, answers := 0, 0
	for _, one := range mine {
		var text string
		if one.status == 0 {
			text = "it answers in " + one.keys[0]
			if answers++; answers > 1 {
				text += ", again"
			}
		} else {
			text = m.Event + " " + m.ID
			if copies++; copies > 1 {
				text = "the same message"
			}
			text += fmt.Sprintf(": %d after %.1f ms", one.status, milliseconds(one.took))
		}
		lines = append(lines, fmt.Sprintf("%6.1f ms  %s", milliseconds(one.at.Sub(mine[0].at)), text))
	}
	return lines
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// broken is the end of a body that could not be read to its end.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	return 0, io.EOF
}

// statusWriter remembers the status of a reply.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
