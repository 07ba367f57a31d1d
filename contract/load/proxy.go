package load

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// passage is the way through an http proxy: absolute targets to it over plain HTTP, a tunnel for TLS. Safe
// for concurrent use.
type passage struct {
	address string // host:port of the proxy
	line    string // Proxy-Authorization, with its end of line; "" where the proxy's URL has no credentials
}

// newPassage reads a proxy's URL.
func newPassage(proxy *url.URL) (*passage, error) {
	if proxy.Scheme != "http" || proxy.Hostname() == "" {
		return nil, fmt.Errorf("proxy %q is not an http:// URL", proxy.Redacted())
	}
	port := proxy.Port()
	if port == "" {
		port = "80"
	}
	p := &passage{address: net.JoinHostPort(proxy.Hostname(), port)}
	if proxy.User != nil {
		password, _ := proxy.User.Password()
		p.line = "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(proxy.User.Username()+":"+password)) + "\r\n"
	}
	return p, nil
}

// tunnel asks the proxy for a connection to the peer. Cancelling ctx ends it.
func (p *passage) tunnel(ctx context.Context, conn net.Conn, peer string) error {
	unhook := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer unhook()
	if _, err := fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", peer, peer, p.line); err != nil {
		return fmt.Errorf("ask proxy %q: %w", p.address, err)
	}
	reader := bufio.NewReaderSize(&bounded{conn, replyHeader}, replyHeader)
	reply, err := http.ReadResponse(reader, &http.Request{Method: http.MethodConnect})
	if err != nil {
		return fmt.Errorf("ask proxy %q: %w", p.address, err)
	}
	reply.Body.Close()
	if reply.StatusCode != http.StatusOK || reader.Buffered() > 0 {
		return fmt.Errorf("ask proxy %q for %q: it answered %d", p.address, peer, reply.StatusCode)
	}
	return nil
}

// errLongHead ends a proxy's answer that goes on and on.
var errLongHead = fmt.Errorf("its header is longer than %d bytes", replyHeader)

// bounded reads no more than so many bytes of a connection.
type bounded struct {
	net.Conn
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLongHead
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
