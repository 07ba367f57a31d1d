package observe

import (
	"context"
	crand "crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// APIConfig says which provider's API is served.
type APIConfig struct {
	Provider *schemas.Provider // with an API. Required
	Key      string            // that calls must bring. Default: any
	Seed     uint64            // of the ids in answers. Default 0
	Now      func() time.Time  // Default time.Now
	// Accept is told of each call that is right, before it is answered. A *CallError refuses it. Calls
	// come side by side. Default: every right call is accepted.
	Accept func(ctx context.Context, call *Accepted) error
}

// Accepted is a call that the provider's API has checked.
type Accepted struct {
	Call         *schemas.Call
	Key          string              // of the thing that it answers; "" where it answers none
	Values       *schemas.CallValues // for the call's emissions; Response is nil until the call is answered
	Registration *Registration       // nil unless the call subscribes
}

// Registration is a consumer that asks to be sent events.
type Registration struct {
	URL    string
	Events []string // as asked for; empty is all
	Secret schemas.Secret
}

// CallError refuses a call with a status and a sentence for the caller.
type CallError struct {
	Status  int
	Message string
}

func (e *CallError) Error() string { return fmt.Sprintf("refuse call: %s", e.Message) }

// API serves a provider's own API as far as its description goes, and counts what consumers do there: it
// is an observer that consumers need not know of. Safe for concurrent use.
type API struct {
	cfg   APIConfig
	tally *tally
	calls atomic.Uint64
}

// maxCallBytes bounds the body of a call.
const maxCallBytes = 1 << 20

// NewAPI makes the handler of a provider's API.
func NewAPI(cfg APIConfig) (*API, error) {
	if cfg.Provider == nil || cfg.Provider.API == nil || len(cfg.Provider.API.Calls()) == 0 {
		return nil, errors.New("serve provider's API: its description has none")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &API{cfg: cfg, tally: newTally()}, nil
}

// Sent tells the API of a message that the consumer was sent, so that an answer to it counts for the
// message's entities.
func (a *API) Sent(m schemas.Message) {
	for i := range a.cfg.Provider.API.Effects {
		call := &a.cfg.Provider.API.Effects[i]
		a.tally.expect(call.Name, call.MessageKeys(m), m)
	}
}

// Effects returns how many accepted calls answered the entity, and what the last of them said.
func (a *API) Effects(_ context.Context, key string) (count int, value json.RawMessage, err error) {
	count, value = a.tally.read(key)
	return count, value, nil
}

// Topics is the API as an observer that counts by what a call answers, in place of the entities of a
// message: what many messages of one conversation share. It need not be told what was sent.
type Topics struct{ *API }

// Keys are the topics on which the message may be answered.
func (t Topics) Keys(m schemas.Message) []string {
	var keys []string
	for i := range t.cfg.Provider.API.Effects {
		call := &t.cfg.Provider.API.Effects[i]
		for _, key := range call.MessageKeys(m) {
			keys = append(keys, call.Name+" "+key)
		}
	}
	return keys
}

// Effects returns how many accepted calls answered on the topic.
func (t Topics) Effects(_ context.Context, key string) (count int, value json.RawMessage, err error) {
	call, key, _ := strings.Cut(key, " ")
	count, value = t.tally.said(topic{call, key})
	return count, value, nil
}

// ServeHTTP checks a call as the provider would, and answers it.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	number := a.calls.Add(1)
	random := rand.New(rand.NewPCG(a.cfg.Seed, number)) //nolint:gosec // ids, not secrets
	refuse := func(err *CallError) {
		id := fmt.Sprintf("req_%016x", random.Uint64())
		a.answer(w, err.Status, a.cfg.Provider.API.Refuse(err.Status, err.Message, id))
	}
	call, refusal := a.route(w, r)
	if refusal != nil {
		refuse(refusal)
		return
	}
	request, refusal := decode(w, r, call)
	if refusal != nil {
		refuse(refusal)
		return
	}
	accepted := &Accepted{
		Call: call, Key: call.RequestKey(request),
		Values: &schemas.CallValues{Request: request, Now: a.cfg.Now(), Random: random},
	}
	if inbound := a.tally.inbound(call.Name, accepted.Key); inbound != nil {
		accepted.Values.Inbound, _ = schemas.Decode(inbound) // it was a message
	}
	a.subscribe(accepted)
	if a.cfg.Accept != nil {
		if err := a.cfg.Accept(r.Context(), accepted); err != nil {
			if !errors.As(err, &refusal) {
				refusal = &CallError{Status: http.StatusInternalServerError, Message: "not accepted"}
			}
			refuse(refusal)
			return
		}
	}
	body, err := call.Respond(accepted.Values)
	if err != nil {
		refuse(&CallError{Status: http.StatusInternalServerError, Message: "not answered"})
		return
	}
	accepted.Values.Response, _ = schemas.Decode(body) // it was just made
	if accepted.Registration == nil {
		a.tally.count(call.Name, accepted.Key, said(call, request))
	}
	a.answer(w, call.Response.Status, body)
}

// route finds the call and checks who makes it.
func (a *API) route(w http.ResponseWriter, r *http.Request) (*schemas.Call, *CallError) {
	api := a.cfg.Provider.API
	call, allowed, ok := api.Match(r.Method, r.URL.Path)
	switch {
	case !ok && len(allowed) > 0:
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return nil, &CallError{http.StatusMethodNotAllowed, r.Method + " is not allowed here; " + strings.Join(allowed, ", ") + " is"}
	case !ok:
		return nil, &CallError{http.StatusNotFound, "no such call: " + r.Method + " " + r.URL.Path}
	}
	key, ok := api.Bearer(r.Header.Get("Authorization"))
	if !ok || a.cfg.Key != "" && api.Authorization != "" && subtle.ConstantTimeCompare([]byte(key), []byte(a.cfg.Key)) != 1 {
		return nil, &CallError{http.StatusUnauthorized, "the Authorization header does not carry the API key"}
	}
	return call, nil
}

// decode reads and checks the body of a call.
func decode(w http.ResponseWriter, r *http.Request, call *schemas.Call) (any, *CallError) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCallBytes))
	if err != nil {
		return nil, &CallError{http.StatusRequestEntityTooLarge, "the body is cut short or larger than 1 MiB"}
	}
	request, err := call.Decode(body)
	if err != nil {
		return nil, &CallError{http.StatusBadRequest, err.Error()}
	}
	return request, nil
}

// subscribe reads the registration out of the call that subscribes. A secret that the request does not
// bring is made.
func (a *API) subscribe(accepted *Accepted) {
	s := a.cfg.Provider.API.Subscription
	if s == nil || accepted.Call != &s.Call {
		return
	}
	registration := &Registration{}
	if urls := texts(s.URL, accepted.Values.Request); len(urls) > 0 {
		registration.URL = urls[0]
	}
	if s.Events != "" {
		registration.Events = texts(s.Events, accepted.Values.Request)
	}
	if secrets := texts(s.Secret, accepted.Values.Request); s.Secret != "" && len(secrets) > 0 {
		registration.Secret = schemas.Secret(secrets[0])
	}
	if registration.Secret == "" && a.cfg.Provider.Signing != nil {
		key := make([]byte, 32)
		_, _ = crand.Read(key) // never fails
		registration.Secret = a.cfg.Provider.Signing.Secret.Spell(key)
	}
	accepted.Values.Secret = registration.Secret
	accepted.Registration = registration
}

func (a *API) answer(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the peer may be gone
}

// said is what the consumer answered, as JSON; nil when the call says nothing of it.
func said(call *schemas.Call, request any) json.RawMessage {
	if call.Value == "" {
		return nil
	}
	for _, value := range call.Value.Find(request) {
		if text, err := json.Marshal(value); err == nil {
			return text
		}
	}
	return nil
}

// texts are the strings that a pointer reaches, those in a list included.
func texts(p schemas.Pointer, doc any) []string {
	var found []string
	for _, value := range p.Find(doc) {
		switch value := value.(type) {
		case string:
			found = append(found, value)
		case []any:
			for _, element := range value {
				if text, ok := element.(string); ok {
					found = append(found, text)
				}
			}
		}
	}
	return found
}
