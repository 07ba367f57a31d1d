package checks

import (
	"bytes"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// refusesBursts has a pool that is too small.
func refusesBursts(_ Stand, inner http.Handler) http.Handler {
	var busy atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer busy.Add(-1)
		if n := busy.Add(1); n > 14 {
			answer(w, http.StatusInternalServerError, "too many connections")
			return
		} else if n > 8 {
			time.Sleep(30 * time.Millisecond)
		}
		inner.ServeHTTP(w, r)
	})
}

// forgetsOnRestart keeps what it acknowledged in memory only.
func forgetsOnRestart(s Stand, inner http.Handler) http.Handler {
	return answering(inner, func(_ http.ResponseWriter, _ *http.Request, body []byte) bool {
		for _, key := range s.message(body).Entities {
			s.Effects.Volatile(key)
		}
		return false
	})
}

// alwaysOK swallows what it cannot process.
func alwaysOK(s Stand, inner http.Handler) http.Handler {
	return answering(inner, func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		if s.Provider.Signing != nil && s.verify(r, body) != nil || s.Catalog == nil || s.Catalog.Validate(body) == nil {
			return false
		}
		return answer(w, http.StatusOK, "ok")
	})
}

// redirectsAll wants a slash at the end.
func redirectsAll(_ Stand, _ http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path+"/", http.StatusPermanentRedirect)
	})
}

// hangsOnEmpty forgets to answer a request without a body.
func hangsOnEmpty(_ Stand, inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.ContentLength == 0 {
			<-r.Context().Done()
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// refusesAll stands behind a CSRF filter.
func refusesAll(_ Stand, _ http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusForbidden, "CSRF token missing")
	})
}

// refusesSome has a replica that is broken: one request in thirty-seven meets it.
func refusesSome(_ Stand, inner http.Handler) http.Handler {
	var n atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1)%37 == 0 {
			answer(w, http.StatusInternalServerError, "connection pool exhausted")
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// sameReply queues whatever is signed, and says so.
func sameReply(s Stand, inner http.Handler) http.Handler {
	return answering(inner, func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		if r.Method != http.MethodPost || s.Provider.Signing != nil && s.verify(r, body) != nil {
			return false
		}
		if s.Catalog != nil && s.Catalog.Validate(body) == nil {
			quiet := &discard{header: http.Header{}}
			r.Body = http.NoBody
			inner.ServeHTTP(quiet, s.resigned(r, bytes.Clone(body)))
			if quiet.status/100 != 2 {
				return answer(w, quiet.status, "refused")
			}
		}
		return answer(w, http.StatusOK, "queued")
	})
}

// discard is a reply that nobody reads but for its status.
type discard struct {
	header http.Header
	status int
	once   sync.Once
}

func (d *discard) Header() http.Header { return d.header }
func (d *discard) WriteHeader(status int) {
	d.once.Do(func() { d.status = status })
}
func (d *discard) Write(b []byte) (int, error) {
	d.WriteHeader(http.StatusOK)
	return len(b), nil
}
