package mockprovider

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/hookrig/hookrig/internal/guard"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

// DefaultSession is the session of those who name none.
const DefaultSession = "default"

// pruneEvery is how often the journal is cleared of what it need not keep.
const pruneEvery = 30 * time.Second

// Server plays a provider. The methods of its default Session are its own. Safe for concurrent use.
type Server struct {
	*Session // the default one

	URL string // where Start serves it; "" without Start

	cfg      Config
	provider *schemas.Provider
	journal  *journal.Journal
	guard    *guard.Policy
	sockets  chan struct{}
	metrics  *metrics
	handler  http.Handler
	page     pageSource
	ctx      context.Context // of everything that runs in the background
	cancel   context.CancelFunc
	tasks    sync.WaitGroup

	mu       sync.Mutex // guards sessions, closing and http
	sessions map[string]*Session
	closing  bool
	http     *http.Server
}

// New makes a server and takes up what its journal holds. Close ends it.
func New(cfg Config) (*Server, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, provider: cfg.provider(), guard: &guard.Policy{Allow: cfg.AllowHosts}, sessions: map[string]*Session{}}
	if err := s.guard.Validate(); err != nil {
		return nil, err
	}
	s.sockets = make(chan struct{}, cfg.MaxSockets)
	s.metrics = newMetrics(s)
	if s.page, err = newPage(s.provider); err != nil {
		return nil, err
	}
	s.journal, err = journal.Open(journal.Config{Path: cfg.Data, Sync: cfg.Sync})
	if err != nil {
		return nil, err
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if err := s.restore(); err != nil {
		s.Close(context.Background()) //nolint:errcheck // the error that led here counts
		return nil, err
	}
	s.handler = s.routes()
	s.background(s.prune)
	return s, nil
}

// restore takes up the sessions of the journal and sees to the default one.
func (s *Server) restore() error {
	kept, err := s.journal.Sessions(s.ctx)
	if err != nil {
		return err
	}
	for _, one := range kept {
		session, err := s.restoreSession(one)
		if err != nil {
			return fmt.Errorf("take up session %q: %w", one.Name, err)
		}
		s.sessions[one.Name] = session
	}
	if s.sessions[DefaultSession] == nil {
		if _, err := s.AddSession(s.ctx, DefaultSession); err != nil {
			return err
		}
	}
	s.Session = s.sessions[DefaultSession]
	return nil
}

// Handler is the whole server as a handler: the provider's own API, the control API, the page.
func (s *Server) Handler() http.Handler { return s.handler }

// Serve serves on the listener until ctx ends or Close is called; then it returns nil. It takes a
// loopback listener only, unless there are a token and a key.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if err := s.cfg.CheckAddress(l.Addr().String()); err != nil {
		l.Close()
		return err
	}
	server := &http.Server{
		Handler: unambiguous(s.handler), ConnContext: withConnection, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return s.ctx },
	}
	s.mu.Lock()
	s.http = server
	closing := s.closing
	s.mu.Unlock()
	if closing {
		l.Close()
		return nil
	}
	stop := context.AfterFunc(ctx, func() { server.Close() }) //nolint:errcheck // Serve reports
	defer stop()
	if err := server.Serve(newConnections(l, s.cfg.MaxClients)); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Close takes nothing new, finishes what is under way until ctx ends, keeps the rest in the journal and
// closes it.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return nil
	}
	s.closing = true
	server := s.http
	sessions := make([]*Session, 0, len(s.sessions))
	for _, session := range s.sessions {
		sessions = append(sessions, session)
	}
	s.mu.Unlock()
	s.cancel() // ends pullers, streams and waiting calls, so that the server can shut down
	var err error
	if server != nil {
		err = server.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = server.Close()
		}
	}
	var closing sync.WaitGroup
	for _, session := range sessions {
		closing.Go(func() { session.close(ctx) })
	}
	closing.Wait()
	s.tasks.Wait()
	return cmp.Or(err, s.journal.Close())
}

// Named finds a session; "" is the default one.
func (s *Server) Named(name string) (*Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session := s.sessions[cmp.Or(name, DefaultSession)]
	if session == nil {
		return nil, fmt.Errorf("session %q: %w", name, ErrNotFound)
	}
	return session, nil
}

// background runs a function until the server closes.
func (s *Server) background(run func()) { s.tasks.Go(run) }

// prune clears the journal from time to time.
func (s *Server) prune() {
	ticker := time.NewTicker(pruneEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			keep := journal.Retention{Bytes: s.cfg.KeepBytes}
			if s.cfg.KeepFor > 0 {
				keep.OlderThan = time.Now().Add(-s.cfg.KeepFor)
			}
			_, _ = s.journal.Prune(s.ctx, keep) // a journal that cannot be written says so to those who write
		case <-s.ctx.Done():
			return
		}
	}
}

// randomText makes an id or a key that nobody guesses.
func randomText(prefix string) string { return prefix + rand.Text() }
