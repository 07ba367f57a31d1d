package mockprovider

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/hookrig/hookrig/internal/observe"
	"github.com/hookrig/hookrig/mockprovider/clock"
	"github.com/hookrig/hookrig/schemas"
)

// acceptedCall carries a call that the provider's API has accepted from its check to its emissions.
type acceptedCall struct{}

// newEffects serves the provider's own API for a world; nil where the provider has none.
func (s *Session) newEffects(w *world) *observe.API {
	if s.server.provider.API == nil {
		return nil
	}
	api, err := observe.NewAPI(observe.APIConfig{
		Provider: s.server.provider, Seed: rand.Uint64(), Now: func() time.Time { return w.clock.Now() },
		Accept: func(ctx context.Context, call *observe.Accepted) error {
			if kept, ok := ctx.Value(acceptedCall{}).(**observe.Accepted); ok {
				*kept = call
			}
			if call.Registration == nil {
				return nil
			}
			return s.register(ctx, call.Registration)
		},
	})
	if err != nil {
		return nil // a description without calls
	}
	return api
}

// sending tells the provider's API of a message that a consumer is about to have, so that a call which
// answers it is known as such. One that was read back from the journal is read anew for its entities.
func (s *Session) sending(w *world, m schemas.Message) {
	if w.effects == nil {
		return
	}
	if len(m.Entities) == 0 {
		if read, err := s.server.provider.ReadAs(m.Event, m.Body); err == nil {
			m = read
		}
	}
	w.effects.Sent(m)
}

// register subscribes a consumer that asks through the provider's API.
func (s *Session) register(ctx context.Context, r *observe.Registration) error {
	sub := Subscription{URL: r.URL, Events: r.Events}
	if r.Secret != "" {
		sub.Secrets = []schemas.Secret{r.Secret}
	}
	_, err := s.Subscribe(ctx, sub)
	switch {
	case errors.Is(err, ErrInvalid):
		return &observe.CallError{Status: http.StatusBadRequest, Message: strings.TrimPrefix(err.Error(), ErrInvalid.Error()+": ")}
	case errors.Is(err, ErrBusy):
		return &observe.CallError{Status: http.StatusTooManyRequests, Message: "too many subscriptions"}
	case err != nil:
		return &observe.CallError{Status: http.StatusServiceUnavailable, Message: "the subscription could not be kept"}
	}
	return nil
}

// serveAPI serves the provider's own API. The key says whose session it is: a key of a session leads to
// it, any other allowed one to the default session.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	session, allowed := s.keyed(r)
	session.mu.RLock()
	world := session.world
	session.mu.RUnlock()
	if !allowed {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write(s.provider.API.Refuse(http.StatusUnauthorized, "the Authorization header does not carry the API key", randomText("req_")))
		return
	}
	world.clock.Begin() // a clock that is advanced waits for what this call sets off
	defer world.clock.End()
	var call *observe.Accepted
	ctx := context.WithValue(r.Context(), acceptedCall{}, &call)
	world.effects.ServeHTTP(w, r.WithContext(ctx))
	if call != nil && call.Values.Response != nil {
		session.emit(world, call)
	}
}

// keyed finds the session of a call by its key, and says whether the key is good.
func (s *Server) keyed(r *http.Request) (*Session, bool) {
	key, _ := s.provider.API.Bearer(r.Header.Get("Authorization"))
	for _, session := range s.Sessions() {
		if sameText(key, session.key) {
			return session, true
		}
	}
	if len(s.cfg.Keys) == 0 {
		return s.Session, true // the API itself still wants some key
	}
	for _, known := range s.cfg.Keys {
		if sameText(key, known) {
			return s.Session, true
		}
	}
	return s.Session, false
}

// emit sends the messages that follow an accepted call, each at its time.
func (s *Session) emit(w *world, call *observe.Accepted) {
	now := w.clock.Now()
	for i := range call.Call.Emits {
		emission := &call.Call.Emits[i]
		settings, err := emission.Settings(call.Values)
		if err != nil {
			continue // the description was checked; a value that the call lacks leaves the place as made
		}
		set := map[schemas.Pointer]json.RawMessage{}
		for _, setting := range settings {
			set[setting.At] = setting.Value
		}
		w.clock.At(now.Add(emission.After()), clock.TaskFunc(func() {
			w.clock.Begin()
			s.server.background(func() {
				defer w.clock.End()
				if m, err := s.maker.message(emission.Event, w.clock.Now(), set); err == nil {
					_, _, _ = s.acceptOne(w.ctx, m, "api", false) // nobody is left to tell
				}
			})
		}))
	}
}

// effectsOf counts the consumer's calls about the entities of a message so far.
func (s *Session) effectsOf(m schemas.Message) int {
	total := 0
	for _, entity := range m.Entities {
		count, _, err := s.Effects(s.server.ctx, entity)
		if err == nil {
			total += count
		}
	}
	return total
}

// Effects counts the consumer's calls to the provider's API about an entity, and says what the last one
// said. It makes a Session an observer.
func (s *Session) Effects(ctx context.Context, key string) (count int, value json.RawMessage, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.effects == nil {
		return 0, nil, errors.New("the provider's description has no API")
	}
	return s.effects.Effects(ctx, key)
}

// awaitEffects waits for a call of the consumer about the message.
func (s *Session) awaitEffects(ctx context.Context, m schemas.Message, before int) int {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		if n := s.effectsOf(m) - before; n > 0 {
			return n
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return 0
		}
	}
}
