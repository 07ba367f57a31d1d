package wire

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"
)

// Client sends requests. Its zero value works. Safe for concurrent use.
type Client struct {
	Dial      func(ctx context.Context, network, address string) (net.Conn, error) // Default: net.Dialer. Callers give guard.Policy.DialContext
	TLS       *tls.Config                                                          // for https; ServerName is set from the URL. Default: the system's roots
	Timeout   time.Duration                                                        // for a whole exchange. Default 10s
	BodyLimit int                                                                  // bytes of reply body kept. Default 64 KiB
	Proxy     *url.URL                                                             // http proxy: CONNECT for https, absolute-form for http. Default: none, whatever the environment says
}

// Do sends one request on a connection of its own and reports what happened. It returns by the
// deadline; when the caller's ctx ends first, by cancel or by its own deadline, that is FailureCanceled.
func (c *Client) Do(ctx context.Context, r Request) Exchange {
	start := time.Now()
	own, cancel := context.WithTimeout(ctx, c.timeout())
	defer cancel()
	conn, err := c.connect(ctx, own, r.URL)
	if err != nil {
		return Exchange{Failure: err.Failure, Err: err.Err, Done: time.Since(start)}
	}
	defer func() { _ = conn.Close() }() // the exchange is over
	x := Exchange{Connected: time.Since(start)}
	conn.exchange(ctx, own, start, r, false, &x)
	return x
}

// Open connects once; the caller closes. Its errors are *Error.
func (c *Client) Open(ctx context.Context, url string) (*Conn, error) {
	own, cancel := context.WithTimeout(ctx, c.timeout())
	defer cancel()
	conn, err := c.connect(ctx, own, url)
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// connect dials the peer or its proxy, and shakes hands where the scheme asks for it.
func (c *Client) connect(parent, own context.Context, rawURL string) (*Conn, *Error) {
	peer, err := url.Parse(rawURL)
	if err == nil && ((peer.Scheme != "http" && peer.Scheme != "https") || peer.Hostname() == "") {
		err = fmt.Errorf("connect to %q: not an absolute http or https URL", rawURL)
	}
	if err == nil && c.Proxy != nil && c.Proxy.Scheme != "http" {
		err = fmt.Errorf("connect through %q: only http proxies are supported", c.Proxy.Redacted())
	}
	if err != nil {
		return nil, &Error{Failure: FailureRequest, Err: err}
	}
	fail := func(stage Failure, err error) (*Conn, *Error) {
		failure, cause := classify(parent, own, stage, err)
		return nil, &Error{Failure: failure, Err: cause}
	}
	hop := address(peer)
	if c.Proxy != nil {
		hop = address(c.Proxy)
	}
	raw, err := c.dial(own, hop)
	if err != nil {
		return fail(FailureConnect, err)
	}
	conn := &Conn{client: *c, peer: peer, opened: rawURL, net: raw}
	if peer.Scheme == "https" {
		if stage, err := conn.secure(own); err != nil {
			raw.Close()
			return fail(stage, err)
		}
	}
	conn.in = bufio.NewReader(conn.net)
	return conn, nil
}

func (c *Client) dial(ctx context.Context, address string) (net.Conn, error) {
	if c.Dial != nil {
		return c.Dial(ctx, "tcp", address)
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", address)
}

func (c *Client) timeout() time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	return 10 * time.Second
}

func (c *Client) bodyLimit() int {
	if c.BodyLimit > 0 {
		return c.BodyLimit
	}
	return 64 << 10
}

// address is where a URL's host listens.
func address(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// secure opens a tunnel where a proxy stands between, then TLS. On failure it names the stage.
func (k *Conn) secure(ctx context.Context) (Failure, error) {
	unwatch := context.AfterFunc(ctx, func() { k.net.Close() }) // ends whatever blocks
	defer unwatch()
	if k.client.Proxy != nil {
		if err := k.tunnel(); err != nil {
			return FailureConnect, err
		}
	}
	config := &tls.Config{}
	if k.client.TLS != nil {
		config = k.client.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = k.peer.Hostname()
	}
	config.NextProtos = []string{"http/1.1"}
	secured := tls.Client(k.net, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		return FailureTLS, handshakeError(k.peer.Host, err)
	}
	k.net = secured
	return "", nil
}

// tunnel asks the proxy for a connection to the peer.
func (k *Conn) tunnel() error {
	proxy, to := k.client.Proxy, address(k.peer)
	ask := Request{Method: "CONNECT", Headers: [][2]string{{"Host", to}}}
	if line, ok := proxyAuthorization(proxy); ok {
		ask.Headers = append(ask.Headers, line)
	}
	head, err := ask.head(k.peer, to, true)
	if err != nil {
		return err
	}
	if _, err := k.net.Write(head); err != nil {
		return fmt.Errorf("ask proxy %q: %w", proxy.Host, err)
	}
	p := reply{in: bufio.NewReader(k.net), budget: headerLimit}
	answer, err := p.readHead()
	if err != nil {
		return fmt.Errorf("ask proxy %q: %w", proxy.Host, err)
	}
	if answer.status/100 != 2 || p.in.Buffered() > 0 {
		return fmt.Errorf("ask proxy %q for %q: %w: status %d", proxy.Host, to, errTunnel, answer.status)
	}
	return nil
}

var errTunnel = errors.New("proxy refused the tunnel")
