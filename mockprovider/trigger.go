package mockprovider

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hookrig/hookrig/mockprovider/delivery"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

// What a Trigger can wait for.
const (
	WaitAcknowledged = "acked"  // every delivery has ended, acknowledged or not
	WaitEffect       = "effect" // the consumer has called the provider's API about the message
)

// longestWait is how long a call waits at most.
const longestWait = 5 * time.Minute

// Trigger asks for one message.
type Trigger struct {
	Event   string                              // Required, unless Body names it
	Body    json.RawMessage                     // sent as it is. Default made
	Set     map[schemas.Pointer]json.RawMessage // places to set in a made message
	Wait    string                              // acked or effect. Default neither
	Timeout time.Duration                       // of the wait. Default 5s
}

// Accepted is a message that the provider has taken responsibility for: it is in the journal.
type Accepted struct {
	Message    journal.Message
	Deliveries []journal.Delivery // one for each subscription that wants it
	Effects    int                // calls of the consumer about the message, when they were waited for
	TimedOut   bool               // what was waited for did not come in time
}

// Trigger makes a message and sends it to every subscription that wants it.
func (s *Session) Trigger(ctx context.Context, t Trigger) (Accepted, error) {
	m, err := s.triggered(t)
	if err != nil {
		return Accepted{}, err
	}
	before := s.effectsOf(m)
	accepted, done, err := s.acceptOne(ctx, m, "trigger", t.Wait != "")
	if err != nil || t.Wait == "" {
		return accepted, err
	}
	if t.Timeout <= 0 {
		t.Timeout = 5 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, min(t.Timeout, longestWait))
	defer cancel()
	select {
	case <-done:
	case <-ctx.Done():
		accepted.TimedOut = true
	}
	if t.Wait == WaitEffect {
		accepted.Effects = s.awaitEffects(ctx, m, before)
		accepted.TimedOut = accepted.TimedOut || accepted.Effects == 0
	}
	for i, d := range accepted.Deliveries {
		if now, err := s.server.journal.Delivery(s.server.ctx, s.worldID(), d.Seq); err == nil {
			accepted.Deliveries[i] = now
		}
	}
	return accepted, nil
}

// triggered is the message that a trigger asks for.
func (s *Session) triggered(t Trigger) (schemas.Message, error) {
	if t.Wait != "" && t.Wait != WaitAcknowledged && t.Wait != WaitEffect {
		return schemas.Message{}, fmt.Errorf("%w: wait %q: want %s or %s", ErrInvalid, t.Wait, WaitAcknowledged, WaitEffect)
	}
	if len(t.Body) == 0 {
		return s.maker.message(t.Event, s.Clock().Now, t.Set)
	}
	if len(t.Set) > 0 {
		return schemas.Message{}, fmt.Errorf("%w: body and set exclude each other", ErrInvalid)
	}
	m, err := s.server.provider.ReadAs(t.Event, t.Body)
	if err != nil {
		return m, fmt.Errorf("%w: body: %w", ErrInvalid, err)
	}
	if m.Event == "" || t.Event != "" && t.Event != m.Event {
		return m, fmt.Errorf("%w: event %q, but the body says %q", ErrInvalid, t.Event, m.Event)
	}
	return m, nil
}

// acceptOne accepts one message. done is closed when its deliveries have ended, if watched.
func (s *Session) acceptOne(ctx context.Context, m schemas.Message, origin string, watched bool) (Accepted, <-chan struct{}, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	a, err := s.accept(ctx, []schemas.Message{m}, origin, nil)
	if err != nil {
		return Accepted{}, nil, err
	}
	var done <-chan struct{}
	if watched {
		pending := 0
		for _, d := range a.Deliveries {
			if d.Status == journal.Pending {
				pending++
			}
		}
		done = s.watches.add(a.Messages[0].Seq, pending)
	}
	accepted := Accepted{Message: a.Messages[0], Deliveries: append([]journal.Delivery{}, a.Deliveries...)}
	s.send(a, []schemas.Message{m})
	return accepted, done, nil
}

// accept writes messages and their deliveries into the journal; when it returns nil they will be
// delivered. run is the stream that they come from, or nil. Callers hold mu for reading, until send.
func (s *Session) accept(ctx context.Context, messages []schemas.Message, origin string, run *streamRun) (journal.Acceptance, error) {
	now := s.clock.Now()
	a := journal.Acceptance{Messages: make([]journal.Message, 0, len(messages))}
	var bytes int64
	for i, m := range messages {
		entity := ""
		if len(m.Entities) > 0 {
			entity = m.Entities[0]
		}
		a.Messages = append(a.Messages, journal.Message{Event: m.Event, ID: m.ID, Entity: entity, Origin: origin, At: now, Body: m.Body})
		for _, sub := range s.ordered {
			if sub.wants(m.Event) {
				a.Deliveries = append(a.Deliveries, journal.Delivery{Message: int64(i), Event: m.Event, Subscription: sub.ID, Status: journal.Pending, Created: now, Due: now})
				bytes += int64(len(m.Body))
			}
		}
	}
	if run != nil {
		a.Stream, a.Cursor = run.spec.ID, run.taken.Load()+int64(len(messages))
	}
	if err := s.dispatcher.Reserve(len(a.Deliveries), bytes); err != nil {
		return a, err
	}
	if err := s.server.journal.Accept(ctx, s.id, a, s.faults.Plan); err != nil {
		s.dispatcher.Release(len(a.Deliveries), bytes)
		return a, err
	}
	s.server.metrics.accepted(a)
	return a, nil
}

// send hands accepted deliveries to the dispatcher.
func (s *Session) send(a journal.Acceptance, messages []schemas.Message) {
	from := 0
	for i := range messages {
		to := from
		for to < len(a.Deliveries) && a.Deliveries[to].Message == a.Messages[i].Seq {
			to++
		}
		s.dispatcher.Enqueue(a.Deliveries[from:to], &messages[i], a.Messages[i].Entity)
		for _, d := range a.Deliveries[from:to] {
			s.live.publish(Update{Kind: "delivery", Delivery: d})
		}
		from = to
	}
	s.live.news()
}

// notify tells all who care that a delivery has changed.
func (s *Session) notify(w *world, d journal.Delivery, a *journal.Attempt) {
	if a != nil {
		s.server.metrics.attempted(a)
	}
	if d.Status != journal.Pending && (a == nil || a.Outcome != delivery.Duplicate) {
		w.watches.ended(d.Message)
	}
	s.live.publish(Update{Kind: "delivery", Delivery: d})
}

func (s *Session) worldID() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.id
}

// Deliveries lists the session's deliveries, newest first.
func (s *Session) Deliveries(ctx context.Context, f journal.Filter) ([]journal.Delivery, error) {
	return s.server.journal.Deliveries(ctx, s.worldID(), f)
}

// Delivery finds a delivery with its message and attempts.
func (s *Session) Delivery(ctx context.Context, seq int64) (journal.Delivery, journal.Message, []journal.Attempt, error) {
	d, err := s.server.journal.Delivery(ctx, s.worldID(), seq)
	if err != nil {
		return d, journal.Message{}, nil, err
	}
	m, err := s.server.journal.Message(ctx, d.Message)
	if err != nil {
		return d, m, nil, err
	}
	attempts, err := s.server.journal.Attempts(ctx, seq)
	return d, m, attempts, err
}

// Replay sends a delivery again, whatever became of it, with the same ids and a new round of retries. One
// that is pending is left to go on.
func (s *Session) Replay(ctx context.Context, seq int64) (journal.Delivery, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	d, err := s.server.journal.Delivery(ctx, s.id, seq)
	if err != nil {
		return d, err
	}
	sub := s.subscriptions[d.Subscription]
	switch {
	case d.Status == journal.Captured:
		return d, fmt.Errorf("%w: delivery %d was captured, not sent", ErrInvalid, seq)
	case sub == nil:
		return d, fmt.Errorf("%w: delivery %d: its subscription is gone", ErrConflict, seq)
	case sub.Status == Disabled:
		return d, fmt.Errorf("%w: delivery %d: its subscription is disabled (%s); make it active first", ErrConflict, seq, sub.Reason)
	case d.Status == journal.Pending:
		return d, nil
	}
	if err := s.dispatcher.Reserve(1, int64(d.Size)); err != nil {
		return d, err
	}
	d.Status, d.Base, d.Due = journal.Pending, d.Attempts, s.clock.Now()
	if err := s.server.journal.Record(ctx, d, nil); err != nil {
		s.dispatcher.Release(1, int64(d.Size))
		return d, err
	}
	s.enqueue(d)
	s.live.publish(Update{Kind: "delivery", Delivery: d})
	return d, nil
}
