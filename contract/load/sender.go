package load

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/hookrig/hookrig/internal/wire"
	"github.com/hookrig/hookrig/schemas"
)

// The bounds of a reply.
const (
	replyHeader = 8 << 10
	replyBody   = 64 << 10
)

// route is how every request of a run reaches the consumer. Safe for concurrent use.
type route struct {
	signer  *schemas.Signer
	address string // host:port
	tls     *tls.Config
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
	timeout time.Duration // of a whole exchange
	head    []byte        // request line and Host
	began   time.Time
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
	r := &route{signer: signer, dial: cfg.Dial, timeout: cfg.Timeout, began: cfg.began}
	port := u.Port()
	if u.Scheme == "https" {
		r.tls = &tls.Config{MinVersion: tls.VersionTLS12}
		if cfg.TLS != nil {
			r.tls = cfg.TLS.Clone()
		}
		if r.tls.ServerName == "" {
			r.tls.ServerName = u.Hostname()
		}
		r.tls.NextProtos = []string{"http/1.1"}
		if r.tls.ClientSessionCache == nil {
			r.tls.ClientSessionCache = tls.NewLRUClientSessionCache(0)
		}
		if port == "" {
			port = "443"
		}
	} else if port == "" {
		port = "80"
	}
	r.address = net.JoinHostPort(u.Hostname(), port)
	r.head = append(r.head, "POST "+signer.Target()+" HTTP/1.1\r\n"...)
	named := false
	for _, line := range cfg.Endpoint.Headers {
		switch strings.ToLower(line[0]) {
		case "host":
			named = true
		case "content-length", "transfer-encoding", "connection", "expect", "upgrade":
			return nil, fmt.Errorf("header %q is the connection's own: leave it out", line[0])
		}
	}
	if !named {
		r.head = append(r.head, "Host: "+u.Host+"\r\n"...)
	}
	return r, nil
}

// outcome is what became of one request.
type outcome struct {
	status  int
	failure wire.Failure // "" when a whole reply came
	opened  int          // connections opened for it
	reused  bool         // it went over a connection that had carried others
	resent  bool         // the peer had closed the idle connection; it went once more, over a new one
}

// sender writes requests on one connection, and opens another when that is gone. One goroutine uses it.
type sender struct {
	*route
	conn   *wary // nil: none
	unhook func() bool
	reader *bufio.Reader
	reply  fasthttp.Response
	buffer []byte
}

// send delivers a message and reads the reply. Cancelling ctx ends it at once.
func (s *sender) send(ctx context.Context, m schemas.Message, at time.Duration) (o outcome) {
	deadline := s.began.Add(at + s.timeout)
	if err := s.write(m, at); err != nil {
		o.failure = wire.FailureRequest
		return o
	}
	o.reused = s.conn != nil
	if s.conn == nil {
		if o.failure = s.open(ctx, deadline); o.failure != "" {
			return o
		}
		o.opened++
	}
	gone := s.exchange(ctx, deadline, &o)
	if gone && o.reused && ctx.Err() == nil {
		o = outcome{resent: true}
		if o.failure = s.open(ctx, deadline); o.failure != "" {
			return o
		}
		o.opened++
		s.exchange(ctx, deadline, &o)
	}
	return o
}

// write puts the request together in the buffer.
func (s *sender) write(m schemas.Message, at time.Duration) (err error) {
	s.buffer = append(s.buffer[:0], s.head...)
	if s.buffer, err = s.signer.AppendHeader(s.buffer, m, schemas.Attempt{Number: 1, At: s.began.Add(at)}); err != nil {
		return err
	}
	s.buffer = append(s.buffer, "Content-Length: "...)
	s.buffer = strconv.AppendInt(s.buffer, int64(len(m.Body)), 10)
	s.buffer = append(s.buffer, "\r\n\r\n"...)
	s.buffer = append(s.buffer, m.Body...)
	return nil
}

// open makes a connection.
func (s *sender) open(ctx context.Context, deadline time.Time) wire.Failure {
	within, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	conn, err := s.dial(within, "tcp", s.address)
	if err != nil {
		return dialFailure(ctx, err)
	}
	if s.tls != nil {
		secure := tls.Client(conn, s.tls)
		if err := secure.HandshakeContext(within); err != nil {
			conn.Close()
			return handshakeFailure(ctx, err)
		}
		conn = secure
	}
	s.conn = &wary{Conn: conn}
	s.unhook = context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	if s.reader == nil {
		s.reader = bufio.NewReaderSize(s.conn, replyHeader)
	} else {
		s.reader.Reset(s.conn)
	}
	return ""
}

// exchange sends the buffer and reads the reply. gone says that the peer had closed without a word.
func (s *sender) exchange(ctx context.Context, deadline time.Time, o *outcome) (gone bool) {
	conn := s.conn
	conn.spoke, conn.err = false, nil
	_ = conn.SetDeadline(deadline) // a closed connection tells on the next line
	if ctx.Err() != nil {
		o.failure = wire.FailureCanceled // the deadline may have undone the one that cuts off
		s.close()
		return false
	}
	if _, err := conn.Write(s.buffer); err != nil {
		s.close()
		o.failure = exchangeFailure(ctx, err)
		return o.failure == wire.FailureReset
	}
	err := s.reply.ReadLimitBody(s.reader, replyBody)
	o.status = s.reply.StatusCode()
	switch {
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		s.close() // acknowledged all the same: nobody reads what follows
	case err != nil:
		o.status = 0
		o.failure = exchangeFailure(ctx, conn.err)
		var small *fasthttp.ErrSmallBuffer // the header does not fit the reader
		if errors.As(err, &small) {
			o.failure = wire.FailureTooLarge
		}
		s.close()
		return o.failure == wire.FailureReset && conn.silent()
	case o.status < 200 || o.status > 599:
		o.status, o.failure = 0, wire.FailureMalformed
		s.close()
	case s.reply.ConnectionClose() || s.reader.Buffered() > 0:
		s.close()
	}
	if cap(s.reply.Body()) > 4<<10 {
		s.reply.ReleaseBody(0)
	}
	return false
}

// close closes the connection, if there is one.
func (s *sender) close() {
	if s.conn != nil {
		s.unhook()
		s.conn.Close()
		s.conn = nil
	}
}
