package load

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hookrig/hookrig/internal/wire"
	"github.com/hookrig/hookrig/schemas"
)

// The bounds of a reply.
const (
	replyHeader = 8 << 10
	replyBody   = 64 << 10
)

// sender delivers one message at a time and reads the reply. Cancelling ctx ends a send at once. One
// goroutine uses it.
type sender interface {
	send(ctx context.Context, m schemas.Message, a schemas.Attempt) outcome
	close()
}

// outcome is what became of one request.
type outcome struct {
	status  int
	failure wire.Failure // "" when a whole reply came
	reused  bool         // it went over a connection that had carried others
	resent  bool         // the peer had closed the idle connection; it went once more, over another
}

// route is how every request of a run reaches the consumer. Safe for concurrent use.
type route struct {
	signer  *schemas.Signer
	url     *url.URL
	address string      // host:port
	tls     *tls.Config // nil: plain
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
	passage *passage      // nil: no proxy
	timeout time.Duration // of a whole exchange
	named   bool          // a header of the endpoint's says who the host is
	opened  atomic.Int64  // connections so far
}

func newRoute(cfg *Config) (*route, error) {
	signer, err := cfg.Catalog.Provider.Signer(cfg.Endpoint)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(cfg.Endpoint.URL)
	if err != nil {
		return nil, err
	}
	r := &route{signer: signer, url: u, dial: cfg.Dial, timeout: cfg.Timeout}
	port := u.Port()
	if u.Scheme == "https" {
		r.tls = cfg.secure(u.Hostname())
		if port == "" {
			port = "443"
		}
	} else if port == "" {
		port = "80"
	}
	r.address = net.JoinHostPort(u.Hostname(), port)
	if cfg.Proxy != nil {
		if r.passage, err = newPassage(cfg.Proxy); err != nil {
			return nil, err
		}
	}
	for _, line := range cfg.Endpoint.Headers {
		switch strings.ToLower(line[0]) {
		case "host":
			r.named = true
		case "content-length", "transfer-encoding", "connection", "expect", "upgrade":
			return nil, fmt.Errorf("header %q is the connection's own: leave it out", line[0])
		}
	}
	return r, nil
}

// secure is how TLS is spoken with a host.
func (c *Config) secure(host string) *tls.Config {
	settings := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.TLS != nil {
		settings = c.TLS.Clone()
	}
	if settings.ServerName == "" {
		settings.ServerName = host
	}
	settings.NextProtos = []string{"h2", "http/1.1"}
	if settings.ClientSessionCache == nil {
		settings.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	}
	return settings
}

// senders says how each worker gets its sender: one connection to each over plain HTTP/1.1, net/http's
// pool for all of them over TLS.
func (r *route) senders(connections int) func() sender {
	if r.tls == nil {
		head, room := r.head(), newRoom()
		return func() sender { return &plain{route: r, room: room, head: head} }
	}
	pool := newPool(r, connections)
	return func() sender { return &secure{pool: pool} }
}

// connect opens a connection, through the proxy where there is one.
func (r *route) connect(ctx context.Context) (net.Conn, error) {
	address := r.address
	if r.passage != nil {
		address = r.passage.address
	}
	conn, err := r.dial(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if r.passage != nil && r.tls != nil {
		if err := r.passage.tunnel(ctx, conn, r.address); err != nil {
			conn.Close()
			return nil, err
		}
	}
	r.opened.Add(1)
	return conn, nil
}
