package delivery

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hookrig/hookrig/internal/wire"
	"github.com/hookrig/hookrig/mockprovider/clock"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

// ErrBusy is a queue that is full.
var ErrBusy = errors.New("the delivery queue is full")

// Store is where deliveries are kept.
type Store interface {
	Record(ctx context.Context, d journal.Delivery, a *journal.Attempt) error
	Message(ctx context.Context, seq int64) (journal.Message, error)
}

// Config says how a Dispatcher works. Provider, Clock, Store and Faults are required.
type Config struct {
	Provider *schemas.Provider
	Clock    *clock.Clock
	Store    Store
	Faults   *Faults
	Seed     uint64 // of the jitter

	Dial        func(ctx context.Context, network, address string) (net.Conn, error) // Default: any address; owners give guard's
	TLS         *tls.Config                                                          // for https endpoints. Default: the system's roots
	Breaker     Breaker                                                              // of every lane. Default: never opens
	MaxPending  int                                                                  // deliveries waiting or under way. Default 100000
	MaxBytes    int64                                                                // of their bodies. Default 1 GiB
	Sockets     chan struct{}                                                        // room for connections of all dispatchers. Default 512 of its own
	CachedBytes int64                                                                // of bodies kept in memory; the rest is read from the store. Default 4 MiB

	Sending func(schemas.Message)                    // before the first attempt of a delivery. Default none
	Notify  func(journal.Delivery, *journal.Attempt) // after each change that is in the store. Default none
	Disable func(subscription, cause string)         // an endpoint answered 410 Gone. Default none
}

// Target is where a lane leads.
type Target struct {
	ID          string
	Endpoint    schemas.Endpoint
	Connections int  // at once. Default 4
	Ordered     bool // messages about one entity one after another, in the order of acceptance
	Paused      bool // nothing is sent, everything waits

	host string // of the endpoint's URL
}

// Dispatcher delivers for one session. Safe for concurrent use.
type Dispatcher struct {
	cfg     Config
	client  wire.Client
	timeout time.Duration
	ctx     context.Context // of the attempts under way
	cancel  context.CancelFunc
	workers sync.WaitGroup
	pending atomic.Int64
	bytes   atomic.Int64
	cached  atomic.Int64

	mu      sync.Mutex // guards lanes and closing
	lanes   map[string]*lane
	closing bool
}

// New makes a dispatcher without lanes. Close stops it.
func New(cfg Config) *Dispatcher {
	if cfg.MaxPending == 0 {
		cfg.MaxPending = 100_000
	}
	if cfg.CachedBytes == 0 {
		cfg.CachedBytes = 4 << 20
	}
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = 1 << 30
	}
	if cfg.Sockets == nil {
		cfg.Sockets = make(chan struct{}, 512)
	}
	if cfg.Notify == nil {
		cfg.Notify = func(journal.Delivery, *journal.Attempt) {}
	}
	if cfg.Sending == nil {
		cfg.Sending = func(schemas.Message) {}
	}
	if cfg.Disable == nil {
		cfg.Disable = func(string, string) {}
	}
	timeout := cfg.Provider.Policy.Timeout()
	if timeout <= 0 {
		timeout = 30 * time.Second
	}
	d := &Dispatcher{cfg: cfg, timeout: timeout, lanes: map[string]*lane{}}
	d.client = wire.Client{Dial: cfg.Dial, TLS: cfg.TLS, Timeout: timeout + time.Second}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	return d
}

// Put makes the lane of a target, or leads it elsewhere. Errors are those of schemas.Provider.Signer,
// and of a URL that is none.
func (d *Dispatcher) Put(t Target) error {
	signer, err := d.cfg.Provider.Signer(t.Endpoint)
	if err != nil {
		return fmt.Errorf("deliver to %q: %w", t.ID, err)
	}
	peer, err := url.Parse(t.Endpoint.URL)
	if err != nil {
		return fmt.Errorf("deliver to %q: %w", t.ID, err)
	}
	t.host = peer.Host
	if t.Connections <= 0 {
		t.Connections = 4
	}
	d.mu.Lock()
	l := d.lanes[t.ID]
	if l == nil {
		l = newLane(d)
		d.lanes[t.ID] = l
	}
	d.mu.Unlock()
	l.put(t, signer)
	return nil
}

// Remove takes a lane away: attempts under way are broken off, and when it returns nothing is sent
// there any more. Its pending deliveries are forgotten here; their owner decides what they are.
func (d *Dispatcher) Remove(id string) {
	d.mu.Lock()
	l := d.lanes[id]
	delete(d.lanes, id)
	d.mu.Unlock()
	if l != nil {
		l.remove()
	}
}

// Reserve makes room for n deliveries of bodies with so many bytes in all, or returns ErrBusy. Enqueue
// uses the room; Release gives it back where nothing came of it.
func (d *Dispatcher) Reserve(n int, bytes int64) error {
	if count, size := d.pending.Add(int64(n)), d.bytes.Add(bytes); count > int64(d.cfg.MaxPending) || size > d.cfg.MaxBytes {
		d.Release(n, bytes)
		return ErrBusy
	}
	return nil
}

// Release gives back room.
func (d *Dispatcher) Release(n int, bytes int64) {
	d.pending.Add(-int64(n))
	d.bytes.Add(-bytes)
}

// Pending counts deliveries waiting or under way.
func (d *Dispatcher) Pending() int { return int(d.pending.Load()) }

// Room is how many deliveries can still be reserved.
func (d *Dispatcher) Room() int { return d.cfg.MaxPending - d.Pending() }

// Enqueue takes deliveries that the store holds and Reserve made room for. m is their message, or
// nil to read it from the store when it is needed. A delivery to a lane that is gone is forgotten.
func (d *Dispatcher) Enqueue(deliveries []journal.Delivery, m *schemas.Message, entity string) {
	for _, one := range deliveries {
		d.mu.Lock()
		l := d.lanes[one.Subscription]
		d.mu.Unlock()
		if l == nil || one.Status != journal.Pending {
			d.Release(1, int64(one.Size))
			continue
		}
		j := &job{delivery: one, lane: l, entity: entity}
		if m != nil && d.cached.Add(int64(len(m.Body))) <= d.cfg.CachedBytes {
			j.message = m
		} else if m != nil {
			d.cached.Add(-int64(len(m.Body)))
		}
		l.admit(j)
	}
}

// LaneState is how a lane stands.
type LaneState struct {
	Waiting  int          `json:"waiting"` // due, but not under way
	Sending  int          `json:"sending"`
	Breaker  BreakerState `json:"breaker"`
	Failures int          `json:"failures"` // in a row
}

// Lane says how the lane of a target stands.
func (d *Dispatcher) Lane(id string) LaneState {
	d.mu.Lock()
	l := d.lanes[id]
	d.mu.Unlock()
	if l == nil {
		return LaneState{Breaker: Closed}
	}
	return l.state()
}

// Close starts no more attempts, waits for those under way until ctx ends, then breaks them off. What
// is pending stays pending in the store.
func (d *Dispatcher) Close(ctx context.Context) {
	d.mu.Lock()
	d.closing = true
	lanes := make([]*lane, 0, len(d.lanes))
	for _, l := range d.lanes {
		lanes = append(lanes, l)
	}
	d.mu.Unlock()
	for _, l := range lanes {
		l.stop()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.workers.Wait()
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
	d.cancel()
	<-done
	for _, l := range lanes {
		l.closeIdle(0)
	}
}
