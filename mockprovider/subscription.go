package mockprovider

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hookrig/hookrig/mockprovider/delivery"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

// maxSubscriptions is how many a session takes.
const maxSubscriptions = 10_000

// States of a subscription.
const (
	Active   = "active"
	Paused   = "paused"   // deliveries wait
	Disabled = "disabled" // the endpoint answered 410 Gone; nothing is sent until it is made active again
)

// Subscription is a consumer's wish to be told.
type Subscription struct {
	ID          string           // Default made
	URL         string           // Required
	Events      []string         // names or globs. Default all
	Secrets     []schemas.Secret // current first. Default one is made, where the provider signs
	VerifyToken string           // by which the provider proves itself in its handshake, where it has one
	Headers     schemas.Headers  // extra header lines
	Status      string           // Default active
	Reason      string           // why it is disabled
	Connections int              // at once. Default Config.Connections
	Ordered     bool             // messages about one entity one after another
	Created     time.Time        // on the session's clock
}

// subscriptionFile is a Subscription as the journal keeps it, secrets in the clear.
type subscriptionFile struct {
	ID, URL     string
	Events      []string
	Secrets     []string
	VerifyToken string
	Headers     schemas.Headers
	Status      string
	Reason      string
	Connections int
	Ordered     bool
	Created     time.Time
}

func (s *Subscription) document() (journal.Document, error) {
	file := subscriptionFile{s.ID, s.URL, s.Events, nil, s.VerifyToken, s.Headers, s.Status, s.Reason, s.Connections, s.Ordered, s.Created}
	for _, secret := range s.Secrets {
		file.Secrets = append(file.Secrets, string(secret))
	}
	text, err := json.Marshal(file)
	return journal.Document{ID: s.ID, Document: text}, err
}

func readSubscription(d journal.Document) (*Subscription, error) {
	var file subscriptionFile
	if err := json.Unmarshal(d.Document, &file); err != nil {
		return nil, err
	}
	s := &Subscription{file.ID, file.URL, file.Events, nil, file.VerifyToken, file.Headers, file.Status, file.Reason, file.Connections, file.Ordered, file.Created}
	for _, secret := range file.Secrets {
		s.Secrets = append(s.Secrets, schemas.Secret(secret))
	}
	return s, nil
}

// target is where deliveries of the subscription go.
func (s *Subscription) target() delivery.Target {
	return delivery.Target{
		ID: s.ID, Endpoint: schemas.Endpoint{URL: s.URL, Secrets: s.Secrets, Headers: s.Headers},
		Connections: s.Connections, Ordered: s.Ordered, Paused: s.Status != Active,
	}
}

// wants says whether the subscription is for the event.
func (s *Subscription) wants(event string) bool {
	return s.Status != Disabled && (len(s.Events) == 0 || slices.ContainsFunc(s.Events, func(pattern string) bool {
		ok, _ := schemas.Match(pattern, event) // checked when it was subscribed
		return ok
	}))
}

// Subscribe adds a subscription and returns it completed, with its secret. Where the provider shakes hands with
// an endpoint before it delivers, the endpoint must answer now.
func (s *Session) Subscribe(ctx context.Context, sub Subscription) (Subscription, error) {
	sub.ID = cmp.Or(sub.ID, randomText("sub_"))
	sub.Connections = cmp.Or(sub.Connections, s.server.cfg.Connections)
	sub.Status = cmp.Or(sub.Status, Active)
	sub.Ordered = sub.Ordered || s.server.provider.Policy.Ordered
	if signing := s.server.provider.Signing; signing != nil && len(sub.Secrets) == 0 {
		sub.Secrets = []schemas.Secret{newSecret(signing)}
	}
	if err := s.server.checkSubscription(&sub); err != nil {
		return Subscription{}, err
	}
	if err := s.server.shakeHands(ctx, &sub); err != nil {
		return Subscription{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sub.Created = s.clock.Now().UTC()
	if s.subscriptions[sub.ID] != nil {
		return Subscription{}, fmt.Errorf("subscription %q: %w", sub.ID, ErrConflict)
	}
	if len(s.subscriptions) >= maxSubscriptions {
		return Subscription{}, fmt.Errorf("subscribe: %w: there are %d already", ErrBusy, maxSubscriptions)
	}
	return sub, s.put(ctx, &sub)
}

// put checks a subscription, keeps it and leads its lane. Callers hold mu for writing.
func (s *Session) put(ctx context.Context, sub *Subscription) error {
	if err := s.server.checkSubscription(sub); err != nil {
		return err
	}
	document, err := sub.document()
	if err != nil {
		return err
	}
	if _, err := s.server.provider.Signer(sub.target().Endpoint); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if err := s.server.journal.PutSubscription(ctx, s.id, document); err != nil {
		return err
	}
	if err := s.dispatcher.Put(sub.target()); err != nil {
		return err
	}
	kept := *sub
	s.subscriptions[sub.ID] = &kept
	s.order()
	s.live.publish(Update{Kind: "subscription", Subscription: sub.ID})
	return nil
}

// checkSubscription refuses what could not be delivered to. The URL is judged as it will be at dial.
func (s *Server) checkSubscription(sub *Subscription) error {
	if err := s.guard.Check(sub.URL); err != nil {
		return fmt.Errorf("%w: url: %w", ErrInvalid, err)
	}
	if !slices.Contains([]string{Active, Paused, Disabled}, sub.Status) {
		return fmt.Errorf("%w: status %q: want %s or %s", ErrInvalid, sub.Status, Active, Paused)
	}
	if sub.Connections < 1 || sub.Connections > 256 {
		return fmt.Errorf("%w: connections %d: want 1 to 256", ErrInvalid, sub.Connections)
	}
	if len(sub.Events) > 0 {
		if _, err := s.cfg.Catalog.Select(sub.Events...); err != nil {
			return fmt.Errorf("%w: events: %w", ErrInvalid, err)
		}
	}
	return nil
}

// Subscriptions lists the session's subscriptions, oldest first.
func (s *Session) Subscriptions() []Subscription {
	s.mu.RLock()
	defer s.mu.RUnlock()
	subs := []Subscription{}
	for _, sub := range s.subscriptions {
		subs = append(subs, *sub)
	}
	slices.SortFunc(subs, func(a, b Subscription) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return subs
}

// Subscription finds a subscription.
func (s *Session) Subscription(id string) (Subscription, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	sub := s.subscriptions[id]
	if sub == nil {
		return Subscription{}, fmt.Errorf("subscription %q: %w", id, ErrNotFound)
	}
	return *sub, nil
}

// Edit changes a subscription. What is pending for it goes where it points now; where the provider shakes hands,
// a new URL must answer first. change may be called twice.
func (s *Session) Edit(ctx context.Context, id string, change func(*Subscription)) (Subscription, error) {
	before, err := s.Subscription(id)
	if err != nil {
		return Subscription{}, err
	}
	if after := edited(before, change); after.URL != before.URL {
		if err := s.server.checkSubscription(&after); err != nil {
			return Subscription{}, err
		}
		if err := s.server.shakeHands(ctx, &after); err != nil {
			return Subscription{}, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.subscriptions[id]
	if sub == nil {
		return Subscription{}, fmt.Errorf("subscription %q: %w", id, ErrNotFound)
	}
	after := edited(*sub, change)
	return after, s.put(ctx, &after)
}

// edited is a copy of a subscription with a change.
func edited(sub Subscription, change func(*Subscription)) Subscription {
	id, created := sub.ID, sub.Created
	sub.Events, sub.Secrets = slices.Clone(sub.Events), slices.Clone(sub.Secrets)
	change(&sub)
	sub.ID, sub.Created = id, created
	if sub.Status == Active {
		sub.Reason = ""
	}
	return sub
}

// Unsubscribe removes a subscription. When it returns nothing is sent to it any more; what was pending
// for it is in the journal as dead letters.
func (s *Session) Unsubscribe(ctx context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.subscriptions[id] == nil {
		return fmt.Errorf("subscription %q: %w", id, ErrNotFound)
	}
	s.dispatcher.Remove(id)
	delete(s.subscriptions, id)
	s.order()
	s.live.publish(Update{Kind: "subscription", Subscription: id})
	return s.server.journal.DropSubscription(ctx, s.id, id)
}

// disable stops a subscription whose endpoint said that it is gone.
func (s *Session) disable(w *world, id, cause string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.subscriptions[id]
	if s.world != w || sub == nil || s.server.ctx.Err() != nil {
		return
	}
	edited := *sub
	edited.Status, edited.Reason = Disabled, cause
	_ = s.put(s.server.ctx, &edited) // a journal that cannot be written leaves it active: the next 410 asks again
}

// restoreSubscriptions takes up the subscriptions of the journal.
func (s *Session) restoreSubscriptions() error {
	documents, err := s.server.journal.Subscriptions(s.server.ctx, s.id)
	if err != nil {
		return err
	}
	for _, document := range documents {
		sub, err := readSubscription(document)
		if err != nil {
			return fmt.Errorf("subscription %q: %w", document.ID, err)
		}
		if err := s.dispatcher.Put(sub.target()); err != nil {
			return err
		}
		s.subscriptions[sub.ID] = sub
	}
	s.order()
	return nil
}

// order lists the subscriptions anew, so that messages meet them in the same order every time, and forgets which
// secrets there were.
func (w *world) order() {
	w.ordered = nil
	for _, id := range slices.Sorted(maps.Keys(w.subscriptions)) {
		w.ordered = append(w.ordered, w.subscriptions[id])
	}
	w.masks.Store(nil)
}
