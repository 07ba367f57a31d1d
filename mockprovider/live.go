package mockprovider

import (
	"sync"

	"github.com/hookrig/hookrig/mockprovider/journal"
)

// liveBacklog is how many updates a client may be behind before it is told to look again.
const liveBacklog = 256

// Update is something that has changed in a session.
type Update struct {
	Kind         string // delivery, subscription, stream, fault, clock, reset; "lagged" when updates were left out
	Delivery     journal.Delivery
	Subscription string
}

// hub tells clients what changes. Safe for concurrent use.
type hub struct {
	mu      sync.Mutex // guards all below
	clients map[*client]bool
	fresh   chan struct{} // closed and renewed when messages were accepted
	closed  bool
}

// client is one who listens. Its owner reads updates until they are closed.
type client struct {
	updates chan Update
	lagged  bool // guarded by the hub
}

func newHub() *hub { return &hub{clients: map[*client]bool{}, fresh: make(chan struct{})} }

// join adds a client; leave must follow.
func (h *hub) join() *client {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := &client{updates: make(chan Update, liveBacklog)}
	if h.closed {
		close(c.updates)
		return c
	}
	h.clients[c] = true
	return c
}

func (h *hub) leave(c *client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.clients[c] {
		delete(h.clients, c)
		close(c.updates)
	}
}

// publish tells every client. One that is too slow misses updates, and is told so when it catches up.
func (h *hub) publish(u Update) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.clients {
		if c.lagged && len(c.updates) < liveBacklog/2 {
			c.updates <- Update{Kind: "lagged"}
			c.lagged = false
		}
		if c.lagged || len(c.updates) == liveBacklog {
			c.lagged = true
			continue
		}
		c.updates <- u
	}
}

// news says that messages were accepted.
func (h *hub) news() {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.fresh)
	h.fresh = make(chan struct{})
}

// wait is closed at the next news.
func (h *hub) wait() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.fresh
}

// close lets every client go.
func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for c := range h.clients {
		delete(h.clients, c)
		close(c.updates)
	}
}
