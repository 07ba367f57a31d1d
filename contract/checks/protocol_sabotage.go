package checks

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
)

// lowLimit has a framework's default limit, below what the provider may send.
func lowLimit(s Stand, inner http.Handler) http.Handler {
	limit := 100 << 10
	if s.MaxBody > 0 {
		limit = min(limit, int(s.MaxBody)*8/10)
	}
	return answering(inner, func(w http.ResponseWriter, _ *http.Request, body []byte) bool {
		return len(body) > limit && answer(w, http.StatusRequestEntityTooLarge, "request entity too large")
	})
}

// readsAll reads whatever comes before it looks.
func readsAll(_ Stand, inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > hugeBody/2 {
			_, _ = io.Copy(io.Discard, r.Body)
			answer(w, http.StatusUnauthorized, "invalid signature")
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// needsLength reads Content-Length bytes.
func needsLength(_ Stand, inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 {
			answer(w, http.StatusLengthRequired, "length required")
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// diesOnTruncated throws where nobody catches, and takes some requests to come back.
func diesOnTruncated(_ Stand, inner http.Handler) http.Handler {
	var down atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, sabotageBody))
		if err != nil {
			down.Store(looks)
			abort()
		}
		if down.Add(-1) >= 0 {
			answer(w, http.StatusBadGateway, "the process is starting")
			return
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		inner.ServeHTTP(w, r)
	})
}

// looks is how many plain messages a run sends before it believes that they fail.
const looks = 3

// strictType compares the header as text.
func strictType(_ Stand, inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if value := r.Header.Get("Content-Type"); r.Method == http.MethodPost && strings.HasPrefix(strings.ToLower(value), "application/json") && value != "application/json" {
			answer(w, http.StatusUnsupportedMediaType, "unsupported media type")
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// noExpect stands behind a proxy that knows no Expect.
func noExpect(_ Stand, inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Expect") != "" {
			answer(w, http.StatusExpectationFailed, "expectation failed")
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// anyMethod is a route for all methods.
func anyMethod(_ Stand, inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			r.Method = http.MethodPost
		}
		inner.ServeHTTP(w, r)
	})
}

// sharesSecrets accepts every endpoint's secret at every endpoint.
func sharesSecrets(s Stand, inner http.Handler) http.Handler {
	return s.accepting(inner, func(r *http.Request, body []byte) bool {
		own := s.endpointOf(r, body)
		return s.verifyAs(s.Provider, r, body, s.secrets()...) == nil && s.verifyAs(s.Provider, r, body, own.Secrets...) != nil
	})
}

// leaksSecret dumps its settings with every refusal.
func leaksSecret(s Stand, inner http.Handler) http.Handler {
	shown := `File "/app/consumer/handler.py", line 12: Traceback (most recent call last)`
	if secrets := s.secrets(); len(secrets) > 0 {
		shown = "settings: WEBHOOK_SECRET=" + string(secrets[0])
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner.ServeHTTP(&leaking{ResponseWriter: w, text: shown}, r)
	})
}

// leaking adds a text to every error.
type leaking struct {
	http.ResponseWriter
	text  string
	leaks bool
}

func (l *leaking) WriteHeader(status int) {
	l.leaks = status >= 400
	l.Header().Del("Content-Length")
	l.ResponseWriter.WriteHeader(status)
}

func (l *leaking) Write(b []byte) (int, error) {
	if l.leaks {
		l.leaks = false
		_, _ = io.WriteString(l.ResponseWriter, l.text+"\n")
	}
	return l.ResponseWriter.Write(b)
}
