package mockprovider

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"time"

	"github.com/hookrig/hookrig/internal/wire"
	"github.com/hookrig/hookrig/schemas"
)

// shakeHands asks an endpoint what the provider asks before it delivers there. It is nil where the provider
// asks nothing, else ErrInvalid with what is wrong with the answer.
func (s *Server) shakeHands(ctx context.Context, sub *Subscription) error {
	h := s.provider.Handshake
	if h == nil {
		return nil
	}
	if h.Guarded && sub.VerifyToken == "" {
		return fmt.Errorf("%w: verify_token: %s proves itself with one before it delivers", ErrInvalid, s.provider.Title)
	}
	challenge := schemas.Challenge{Challenge: rand.Text(), Token: sub.VerifyToken, Origin: "hookrig.invalid"}
	envelope, err := s.provider.Handshaking(challenge, sub.target().Endpoint, schemas.Attempt{Number: 1, At: time.Now()})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	client := wire.Client{Dial: s.guard.DialContext, TLS: s.cfg.TLS, Timeout: s.provider.Policy.Timeout()}
	x := client.Do(ctx, wire.Request{URL: sub.URL, Method: envelope.Method, Target: envelope.Path, Headers: envelope.Headers, Body: envelope.Body})
	if x.Failure != "" {
		return fmt.Errorf("%w: url: no answer to the handshake of %s: %w", ErrInvalid, s.provider.Title, x.Err)
	}
	header := http.Header{}
	for _, line := range x.Headers {
		header.Add(line[0], line[1])
	}
	if err := h.Accepts(challenge, x.Status, header, x.Body); err != nil {
		return fmt.Errorf("%w: url: %w", ErrInvalid, err)
	}
	return nil
}
