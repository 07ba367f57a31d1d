package mockprovider

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hookrig/hookrig/internal/observe"
	"github.com/hookrig/hookrig/internal/redact"
	"github.com/hookrig/hookrig/mockprovider/clock"
	"github.com/hookrig/hookrig/mockprovider/delivery"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

var sessionName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`) })

// Session is a provider of its own: subscriptions, messages, deliveries, faults and a clock that no other
// session sees. Safe for concurrent use.
type Session struct {
	server *Server
	name   string
	key    string // of the provider's own API, for this session alone
	maker  *maker
	live   *hub

	mu sync.RWMutex // guards world: held for reading by all who use it, for writing by those who replace it
	*world
}

// world is all that a reset replaces.
type world struct {
	id            int64 // in the journal
	clock         *clock.Clock
	faults        *delivery.Faults
	dispatcher    *delivery.Dispatcher
	subscriptions map[string]*Subscription
	ordered       []*Subscription                 // the same, by id
	masks         atomic.Pointer[redact.Redactor] // of all secrets there are; nil: to be made
	streams       map[string]*streamRun
	effects       *observe.API    // the provider's own API; nil where it has none
	ctx           context.Context // of its streams
	cancel        context.CancelFunc
	running       *sync.WaitGroup
	watches       *watches
}

// sessionFile is what the journal keeps of a session beside its name.
type sessionFile struct {
	Key   string `json:"key"`
	RunID string `json:"run_id"`
}

// SessionInfo is what others see of a session.
type SessionInfo struct {
	Name          string `json:"name"`
	Key           string `json:"key,omitempty"` // shown by the call that made it only
	Subscriptions int    `json:"subscriptions"`
	Pending       int    `json:"pending"`
}

// AddSession makes a session.
func (s *Server) AddSession(ctx context.Context, name string) (*Session, error) {
	if !sessionName().MatchString(name) {
		return nil, fmt.Errorf("%w: session name %q: want letters, digits, dots, dashes, at most 64", ErrInvalid, name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closing:
		return nil, ErrClosed
	case s.sessions[name] != nil:
		return nil, fmt.Errorf("session %q: %w", name, ErrConflict)
	case len(s.sessions) >= s.cfg.MaxSessions:
		return nil, fmt.Errorf("session %q: %w: there are %d already", name, ErrBusy, s.cfg.MaxSessions)
	}
	file := sessionFile{Key: randomText("key_"), RunID: cmp.Or(s.cfg.RunID, randomText(""))}
	document, err := json.Marshal(file)
	if err != nil {
		return nil, err
	}
	id, err := s.journal.AddSession(ctx, name, document)
	if err != nil {
		return nil, err
	}
	session, err := s.newSession(name, id, file)
	if err != nil {
		return nil, err
	}
	s.sessions[name] = session
	return session, nil
}

// newSession makes a session as it is after a reset.
func (s *Server) newSession(name string, id int64, file sessionFile) (*Session, error) {
	m, err := newMaker(s.cfg, file.RunID)
	if err != nil {
		return nil, err
	}
	session := &Session{server: s, name: name, key: file.Key, maker: m, live: newHub()}
	session.world = session.newWorld(id)
	return session, nil
}

// newWorld makes an empty world.
func (s *Session) newWorld(id int64) *world {
	cfg := s.server.cfg
	w := &world{
		id: id, clock: newClock(cfg.Start), faults: delivery.NewFaults(s.server.provider, cfg.Seed),
		subscriptions: map[string]*Subscription{}, streams: map[string]*streamRun{}, running: &sync.WaitGroup{}, watches: newWatches(),
	}
	w.effects = s.newEffects(w)
	w.ctx, w.cancel = context.WithCancel(s.server.ctx)
	w.dispatcher = delivery.New(delivery.Config{
		Provider: s.server.provider, Clock: w.clock, Store: s.server.journal, Faults: w.faults, Seed: cfg.Seed,
		Dial: s.server.guard.DialContext, TLS: cfg.TLS, Breaker: cfg.Breaker, MaxPending: cfg.MaxPending, MaxBytes: cfg.MaxBytes,
		Sockets: s.server.sockets, Sending: func(m schemas.Message) { s.sending(w, m) },
		Notify:  func(d journal.Delivery, a *journal.Attempt) { s.notify(w, d, a) },
		Disable: func(id, cause string) { go s.disable(w, id, cause) },
	})
	return w
}

// newClock starts a clock at a time, or now.
func newClock(start time.Time) *clock.Clock {
	if start.IsZero() {
		return clock.New(nil)
	}
	began := time.Now()
	return clock.New(func() time.Time { return start.Add(time.Since(began)) })
}

// restoreSession takes up a session of the journal, with what is pending in it.
func (s *Server) restoreSession(kept journal.Session) (*Session, error) {
	var file sessionFile
	if err := json.Unmarshal(kept.Document, &file); err != nil {
		return nil, err
	}
	session, err := s.newSession(kept.Name, kept.ID, file)
	if err != nil {
		return nil, err
	}
	// What was made before must not be made again: ids are salted anew.
	if session.maker, err = newMaker(s.cfg, randomText("")); err != nil {
		return nil, err
	}
	if err := session.restoreSubscriptions(); err != nil {
		return nil, err
	}
	pending, err := s.journal.Unfinished(s.ctx, kept.ID)
	if err != nil {
		return nil, err
	}
	if err := session.takeUp(pending); err != nil {
		return nil, err
	}
	return session, session.restoreStreams()
}

// takeUp queues deliveries that the journal holds as pending.
func (s *Session) takeUp(pending []journal.Delivery) error {
	for _, d := range pending {
		if s.subscriptions[d.Subscription] == nil {
			d.Status = journal.Dead // its subscription went in the moment it was accepted
			if err := s.server.journal.Record(s.server.ctx, d, nil); err != nil {
				return err
			}
			continue
		}
		_ = s.dispatcher.Reserve(1, int64(d.Size)) // it was accepted: it has a place, even beyond the limit
		s.enqueue(d)
	}
	return nil
}

// enqueue queues one delivery whose message is in the journal.
func (s *Session) enqueue(d journal.Delivery) {
	entity := ""
	if s.subscriptions[d.Subscription].Ordered {
		if m, err := s.server.journal.Message(s.server.ctx, d.Message); err == nil {
			entity = m.Entity
		}
	}
	s.dispatcher.Enqueue([]journal.Delivery{d}, nil, entity)
}

// Sessions lists the sessions by name.
func (s *Server) Sessions() []*Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	sessions := make([]*Session, 0, len(s.sessions))
	for _, session := range s.sessions {
		sessions = append(sessions, session)
	}
	slices.SortFunc(sessions, func(a, b *Session) int { return cmp.Compare(a.name, b.name) })
	return sessions
}

// DropSession ends a session and forgets it. The default one cannot be dropped.
func (s *Server) DropSession(ctx context.Context, name string) error {
	if name == DefaultSession {
		return fmt.Errorf("%w: session %q stays; reset it instead", ErrInvalid, name)
	}
	session, err := s.Named(name)
	if err != nil {
		return err
	}
	s.mu.Lock()
	delete(s.sessions, name)
	s.mu.Unlock()
	now, cancel := context.WithCancel(ctx)
	cancel()
	session.close(now)
	return s.journal.DropSession(ctx, session.id)
}

// Name is the session's name.
func (s *Session) Name() string { return s.name }

// Key is the key of the provider's own API that leads to this session.
func (s *Session) Key() string { return s.key }

// Info says how the session stands.
func (s *Session) Info() SessionInfo {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return SessionInfo{Name: s.name, Subscriptions: len(s.subscriptions), Pending: s.dispatcher.Pending()}
}

// Reset makes the session as if new: no subscriptions, deliveries, faults, streams or effects, and a clock
// that runs from now. What was under way is broken off. Ids are never made twice.
func (s *Session) Reset(ctx context.Context) error {
	document, err := json.Marshal(sessionFile{Key: s.key, RunID: s.maker.runID})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id, err := s.server.journal.ReplaceSession(ctx, journal.Session{ID: s.id, Name: s.name, Document: document})
	if err != nil {
		return err
	}
	old := s.world
	s.world = s.newWorld(id)
	s.live.publish(Update{Kind: "reset"})
	now, cancel := context.WithCancel(ctx)
	cancel()
	old.cancel()
	old.dispatcher.Close(now)                      // nothing of before arrives after a reset
	s.server.background(func() { old.close(now) }) // its streams may be waiting for the lock that is held here
	return nil
}

// close ends what runs in the session.
func (s *Session) close(ctx context.Context) {
	s.mu.RLock()
	w := s.world
	s.mu.RUnlock()
	w.close(ctx)
	s.live.close()
}

func (w *world) close(ctx context.Context) {
	w.cancel()
	w.running.Wait()
	w.dispatcher.Close(ctx)
	w.clock.Close()
	w.watches.close()
}

// Clock says how the session's clock stands.
func (s *Session) Clock() clock.State {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.clock.State()
}

// Advance moves the session's clock forward and waits for everything that falls due on the way.
func (s *Session) Advance(ctx context.Context, d time.Duration) error {
	s.mu.RLock()
	c := s.clock
	s.mu.RUnlock()
	err := c.Advance(ctx, d)
	if errors.Is(err, clock.ErrBackwards) {
		err = fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	s.live.publish(Update{Kind: "clock"})
	return err
}

// Freeze stops the session's clock, or lets it run on.
func (s *Session) Freeze(frozen bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if frozen {
		s.clock.Freeze()
	} else {
		s.clock.Resume()
	}
	s.live.publish(Update{Kind: "clock"})
}

// SetSpeed lets the session's clock run so many times as fast.
func (s *Session) SetSpeed(speed float64) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.clock.SetSpeed(speed); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	s.live.publish(Update{Kind: "clock"})
	return nil
}

// Fault puts a fault in force.
func (s *Session) Fault(f delivery.Fault) (delivery.Fault, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	added, err := s.faults.Add(f)
	if err != nil {
		return added, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	s.live.publish(Update{Kind: "fault"})
	return added, nil
}

// Faults lists the faults in force.
func (s *Session) Faults() []delivery.Fault {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.world.faults.List()
}

// RemoveFault takes a fault out of force; 0 takes all.
func (s *Session) RemoveFault(id int) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if !s.faults.Remove(id) {
		return fmt.Errorf("fault %d: %w", id, ErrNotFound)
	}
	s.live.publish(Update{Kind: "fault"})
	return nil
}
