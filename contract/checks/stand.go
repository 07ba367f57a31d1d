package checks

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// Stand is what a sabotage must know about the consumer that it breaks.
type Stand struct {
	Provider  *schemas.Provider
	Catalog   *schemas.Catalog // nil when there is none
	Endpoints []schemas.Endpoint
	Tenants   []string // of each endpoint, where they pin one
	Now       func() time.Time
	Effects   Ledger        // adds to and hides from what the observer sees
	Deadline  time.Duration // for a reply
	MaxBody   int64         // largest body in bytes
}

// Ledger lets a sabotage act in the consumer's place. Safe for concurrent use.
type Ledger interface {
	// Act adds n effects to the key; a negative n hides as many.
	Act(key string, n int)
	// Volatile makes the effects of the key vanish when the consumer is restarted.
	Volatile(key string)
	// Put makes the JSON value what the entity is now.
	Put(key string, value []byte)
}

// sabotageBody is how much of a request a sabotage looks at, in bytes.
const sabotageBody = 9 << 20

// read takes the beginning of a request's body, and leaves all of it to be read again.
func read(r *http.Request) []byte {
	rest := r.Body
	body, err := io.ReadAll(io.LimitReader(rest, sabotageBody))
	switch {
	case err != nil: // the sender broke off: whoever reads it again must see that too
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
	case len(body) == sabotageBody:
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), rest))
	default:
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return body
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// verify verifies a request as a good consumer does.
func (s Stand) verify(r *http.Request, body []byte) error {
	if s.Provider.Signing == nil {
		return nil
	}
	return s.verifyAs(s.Provider, r, body, s.endpointOf(r, body).Secrets...)
}

// verifyAs verifies by a description and with secrets of the sabotage's own.
func (s Stand) verifyAs(p *schemas.Provider, r *http.Request, body []byte, secrets ...schemas.Secret) error {
	return p.Verify(schemas.Received{Header: r.Header, Body: body}, secrets, s.Now())
}

func (s Stand) secrets() []schemas.Secret {
	var all []schemas.Secret
	for _, e := range s.Endpoints {
		all = append(all, e.Secrets...)
	}
	return all
}

// variant is the provider with its signing changed.
func (s Stand) variant(change func(*schemas.Signing)) *schemas.Provider {
	p, signing := *s.Provider, *s.Provider.Signing
	change(&signing)
	p.Signing = &signing
	return &p
}

// message is what the body of a request says, signed or not.
func (s Stand) message(body []byte) schemas.Message {
	m, err := s.Provider.Read(body)
	if err != nil {
		return schemas.Message{Body: body}
	}
	return m
}

// resigned is the request as the provider would have sent that body now: the inner consumer accepts it.
func (s Stand) resigned(r *http.Request, body []byte) *http.Request {
	again := r.Clone(context.WithoutCancel(r.Context()))
	again.Body, again.ContentLength, again.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	if s.Provider.Signing == nil || len(s.Endpoints) == 0 {
		return again
	}
	m := s.message(body)
	values := placeholders(s.Provider, r.Header.Values)
	if m.ID == "" {
		m.ID = values["id"]
	}
	if m.Event == "" {
		m.Event = values["event"]
	}
	attempt := schemas.Attempt{Number: 1, At: s.Now(), DeliveryID: values["delivery_id"]}
	env, err := s.Provider.Envelope(m, s.endpointOf(r, body), attempt)
	if err != nil {
		return again
	}
	for _, line := range env.Headers {
		again.Header[http.CanonicalHeaderKey(line[0])] = []string{line[1]}
	}
	return again
}

// endpoint is the one that the request was sent to, as far as its path tells.
func (s Stand) endpoint(r *http.Request) schemas.Endpoint {
	for _, e := range s.Endpoints {
		if env, err := s.Provider.Envelope(schemas.Message{}, e, schemas.Attempt{At: s.Now()}); err == nil && env.Path == r.URL.RequestURI() {
			return e
		}
	}
	return s.Endpoints[0]
}

// accepting hands requests that met picks to the inner consumer as if the provider had signed them.
func (s Stand) accepting(inner http.Handler, met func(r *http.Request, body []byte) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := read(r)
		if len(body) < sabotageBody && met(r, body) {
			r = s.resigned(r, body)
		}
		inner.ServeHTTP(w, r)
	})
}

// answering lets answered take requests over by answering them itself; all others reach the inner
// consumer.
func answering(inner http.Handler, answered func(w http.ResponseWriter, r *http.Request, body []byte) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := read(r)
		if !answered(w, r, body) {
			inner.ServeHTTP(w, r)
		}
	})
}

// endpointOf is the endpoint whose message this is: by its tenant, where endpoints pin one, else by
// the path.
func (s Stand) endpointOf(r *http.Request, body []byte) schemas.Endpoint {
	tenant := s.message(body).Tenant
	for i, own := range s.Tenants {
		if own != "" && own == tenant && i < len(s.Endpoints) {
			return s.Endpoints[i]
		}
	}
	return s.endpoint(r)
}

// answer writes a plain reply. It always answers: true is for hold.
func answer(w http.ResponseWriter, status int, text string) bool {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
	return true
}

// abort closes the connection without a reply.
func abort() { panic(http.ErrAbortHandler) }

func isError(err, target error) bool { return errors.Is(err, target) }
