package checks

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// memory is what a sabotage has seen. Safe for concurrent use.
type memory struct {
	mu   sync.Mutex
	seen map[string]string // guarded by mu
}

// put remembers a value under the key and returns the one before; known is false for the first.
func (m *memory) put(key, value string) (before string, known bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seen == nil {
		m.seen = map[string]string{}
	}
	before, known = m.seen[key]
	m.seen[key] = value
	return before, known
}

func (m *memory) drop(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.seen, key)
}

// name says which message a request carries: its id, or its body where it has none.
func (s Stand) name(r *http.Request, body []byte) string {
	if id := s.message(body).ID; id != "" {
		return id
	}
	if id := placeholders(s.Provider, r.Header.Values)["id"]; id != "" {
		return id
	}
	return fmt.Sprintf("%x", sha256.Sum256(body))
}

// genuine reports whether a good consumer would take the request for the provider's.
func (s Stand) genuine(r *http.Request, body []byte) bool {
	return r.Method == http.MethodPost && (s.Provider.Signing == nil || s.verify(r, body) == nil)
}

func (s Stand) act(body []byte, n int) {
	for _, key := range s.message(body).Entities {
		s.Effects.Act(key, n)
	}
}

// actsOnReplay does not know what it has seen, byte for byte.
func actsOnReplay(s Stand, inner http.Handler) http.Handler {
	var seen memory
	return answering(inner, func(_ http.ResponseWriter, r *http.Request, body []byte) bool {
		var whole bytes.Buffer
		_ = r.Header.Write(&whole) // sorted
		whole.Write(body)
		if _, known := seen.put(whole.String(), ""); known && s.genuine(r, body) {
			s.act(body, 1)
		}
		return false
	})
}

// actsOnRepeat has no idea of ids.
func actsOnRepeat(s Stand, inner http.Handler) http.Handler {
	var seen memory
	return answering(inner, func(_ http.ResponseWriter, r *http.Request, body []byte) bool {
		if !s.genuine(r, body) {
			return false
		}
		if _, known := seen.put(s.name(r, body), ""); known {
			s.act(body, 1)
		}
		return false
	})
}

// checksThenInserts leaves a gap between looking an id up and storing it.
func checksThenInserts(s Stand, inner http.Handler) http.Handler {
	var going memory
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := read(r)
		if s.genuine(r, body) {
			name := s.name(r, body)
			if _, racing := going.put(name, ""); racing {
				s.act(body, 1)
			}
			defer going.drop(name)
			time.Sleep(3 * time.Millisecond)
		}
		inner.ServeHTTP(w, r)
	})
}

// refusesRepeat answers 409.
func refusesRepeat(s Stand, inner http.Handler) http.Handler {
	var seen memory
	return answering(inner, func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		if !s.genuine(r, body) {
			return false
		}
		_, known := seen.put(s.name(r, body), "")
		return known && answer(w, http.StatusConflict, "already processed")
	})
}

// keyedByDelivery takes the delivery's id for the message's.
func keyedByDelivery(s Stand, inner http.Handler) http.Handler {
	var seen, bodies memory
	return answering(inner, func(_ http.ResponseWriter, r *http.Request, body []byte) bool {
		if !s.genuine(r, body) {
			return false
		}
		m := s.message(body)
		delivery := placeholders(s.Provider, r.Header.Values)["delivery_id"]
		if before, known := seen.put(s.name(r, body), delivery); known && before != delivery {
			s.act(body, 1)
		}
		// A body that differs in nothing but its id counts as seen.
		if rest, err := remove(body, s.Provider.Fields.ID); err == nil && s.Provider.Fields.ID != "" {
			if before, known := bodies.put(string(rest), m.ID); known && before != m.ID {
				s.act(body, -1)
			}
		}
		return false
	})
}

// marksFirst stores the id, then works; a retry of work that failed is a duplicate to it.
func marksFirst(s Stand, inner http.Handler) http.Handler {
	var failed memory
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := read(r)
		name := s.name(r, body)
		failed.mu.Lock()
		_, lost := failed.seen[name]
		failed.mu.Unlock()
		if lost {
			answer(w, http.StatusOK, "already processed")
			return
		}
		watched := &watcher{ResponseWriter: w}
		inner.ServeHTTP(watched, r)
		if watched.status >= 500 {
			failed.put(name, "")
		}
	})
}

// watcher remembers the status of a reply.
type watcher struct {
	http.ResponseWriter
	status int
}

func (w *watcher) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// lastWriteWins stores whatever came last.
func lastWriteWins(s Stand, inner http.Handler) http.Handler {
	return answering(inner, func(_ http.ResponseWriter, r *http.Request, body []byte) bool {
		if s.genuine(r, body) {
			for _, key := range s.message(body).Entities {
				s.Effects.Put(key, bytes.Clone(body))
			}
		}
		return false
	})
}

// creationOverwrites starts a thing afresh when its creation arrives, whatever came before.
func creationOverwrites(s Stand, inner http.Handler) http.Handler {
	var orphans memory
	laws := LawsOf(s.Catalog).references
	return answering(inner, func(_ http.ResponseWriter, r *http.Request, body []byte) bool {
		if !s.genuine(r, body) {
			return false
		}
		m := s.message(body)
		for _, law := range laws {
			if law.As != "" {
				continue
			}
			if value, ok := textAt(body, law.Value); ok && law.Event == m.Event && len(m.Entities) > 0 {
				orphans.put(law.Event+" "+law.To+" "+value, m.Entities[0])
			}
			if key, ok := textAt(body, law.Key); ok && law.To == m.Event && law.Event != law.To {
				name := law.Event + " " + law.To + " " + key
				if child, known := orphans.put(name, ""); known && child != "" {
					s.Effects.Act(child, -1)
				}
				orphans.drop(name)
			}
		}
		return false
	})
}

func textAt(body []byte, place schemas.Pointer) (string, bool) {
	at, ok := find(body, place)
	if !ok {
		return "", false
	}
	return string(body[at.from:at.to]), true
}

// firstOfBatch reads the first item.
func firstOfBatch(s Stand, inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := read(r)
		m := s.message(body)
		if len(m.Entities) < 2 || !s.genuine(r, body) {
			inner.ServeHTTP(w, r)
			return
		}
		subject := Subject{Provider: s.Provider, Event: &schemas.Event{Name: m.Event}}
		array, ok := subject.batch()
		for ok && len(s.message(body).Entities) > 1 {
			shorter, err := remove(body, array.Index(1))
			if err != nil {
				break
			}
			body = shorter
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		inner.ServeHTTP(w, s.resigned(r, body))
	})
}

// poisonSpoils throws on the first item that it does not know.
func poisonSpoils(s Stand, inner http.Handler) http.Handler {
	return answering(inner, func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		if len(s.message(body).Entities) < 2 || !bytes.Contains(body, []byte("hookrig_invented")) {
			return false
		}
		return answer(w, http.StatusInternalServerError, "KeyError: hookrig_invented")
	})
}
