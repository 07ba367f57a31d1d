package mockprovider

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hookrig/hookrig/internal/redact"
	"github.com/hookrig/hookrig/mockprovider/clock"
	"github.com/hookrig/hookrig/schemas"
)

// Rotate gives a subscription a new secret. The old one signs along for the overlap, where the provider's
// scheme has room for two signatures.
func (s *Session) Rotate(ctx context.Context, id string, secret schemas.Secret, overlap time.Duration) (Subscription, error) {
	signing := s.server.provider.Signing
	if signing == nil {
		return Subscription{}, fmt.Errorf("%w: %s signs nothing, so there is no secret to rotate", ErrInvalid, s.server.provider.Title)
	}
	if overlap < 0 {
		return Subscription{}, fmt.Errorf("%w: overlap %v is negative", ErrInvalid, overlap)
	}
	if secret == "" {
		secret = newSecret(signing)
	}
	edited, err := s.Edit(ctx, id, func(sub *Subscription) {
		sub.Secrets = append([]schemas.Secret{secret}, sub.Secrets[:min(1, len(sub.Secrets))]...)
		if overlap == 0 {
			sub.Secrets = sub.Secrets[:1]
		}
	})
	if err != nil || overlap == 0 {
		return edited, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.clock.At(s.clock.Now().Add(overlap), clock.TaskFunc(func() { go s.retire(id, secret) }))
	return edited, nil
}

// retire ends the overlap of a rotation, unless another rotation came after it.
func (s *Session) retire(id string, current schemas.Secret) {
	_, _ = s.Edit(s.server.ctx, id, func(sub *Subscription) { // gone subscriptions need no end of overlap
		if len(sub.Secrets) > 1 && sub.Secrets[0] == current {
			sub.Secrets = sub.Secrets[:1]
		}
	})
}

// newSecret makes a secret as the provider writes them.
func newSecret(signing *schemas.Signing) schemas.Secret {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return signing.Secret.Spell(key)
}

// redactor masks the session's secrets, and the headers that carry them. raw shows signature headers: a
// signature is no secret, but whoever has it can send the message again.
func (s *Session) redactor(raw bool) *redact.Redactor {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r := s.masks.Load()
	if r == nil {
		r = redact.New(s.secrets()...)
		s.masks.Store(r)
	}
	if raw {
		return r
	}
	return r.Hide(s.server.provider.HeaderNames("signatures")...)
}

// secrets are all secrets of the session, for those who must not show them. Callers hold mu.
func (s *Session) secrets() []string {
	all := []string{s.key, s.server.cfg.Token}
	all = append(all, s.server.cfg.Keys...)
	if s.server.cfg.Capture != nil {
		for _, secret := range s.server.cfg.Capture.Secrets {
			all = append(all, string(secret))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.subscriptions)) {
		all = append(all, s.subscriptions[id].VerifyToken)
		for _, secret := range s.subscriptions[id].Secrets {
			all = append(all, string(secret))
		}
	}
	return all
}
