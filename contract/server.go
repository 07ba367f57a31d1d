package contract

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
)

// rawHeadBytes is how much of a request's beginning a server keeps.
const rawHeadBytes = 16 << 10

// server serves a handler on a listener in memory, with limits of a careful consumer.
type server struct {
	http     *http.Server
	listener *listener
	done     chan struct{}
}

func newServer(handler http.Handler) *server {
	s := &server{
		listener: &listener{conns: make(chan net.Conn), closed: make(chan struct{})},
		done:     make(chan struct{}),
		http: &http.Server{
			Handler:           handler,
			ReadHeaderTimeout: 30 * time.Second,
			ErrorLog:          log.New(io.Discard, "", 0),
			ConnContext: func(ctx context.Context, c net.Conn) context.Context {
				if kept, ok := c.(*keptConn); ok {
					return checks.WithRawHead(ctx, kept.head)
				}
				return ctx
			},
		},
	}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(s.listener)
	}()
	return s
}

func (s *server) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	return s.listener.dial(ctx)
}

// stop closes all connections and waits for the server.
func (s *server) stop() {
	_ = s.http.Close()
	<-s.done
}

// listener hands out connections within the process.
type listener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *listener) dial(ctx context.Context) (net.Conn, error) {
	client, served := memoryConns()
	select {
	case l.conns <- &keptConn{Conn: served}:
		return client, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "dial", Net: "memory", Err: errors.New("connection refused")}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *listener) Addr() net.Addr { return memoryAddr{} }

// keptConn keeps the head of the request that it last read.
type keptConn struct {
	net.Conn
	mu   sync.Mutex
	seen []byte // guarded by mu: since the last reply
}

func (c *keptConn) Read(into []byte) (int, error) {
	n, err := c.Conn.Read(into)
	c.mu.Lock()
	if room := rawHeadBytes - len(c.seen); room > 0 {
		c.seen = append(c.seen, into[:min(n, room)]...)
	}
	c.mu.Unlock()
	return n, err
}

func (c *keptConn) Write(from []byte) (int, error) {
	c.mu.Lock()
	c.seen = nil
	c.mu.Unlock()
	return c.Conn.Write(from)
}

// CloseWrite passes a half-closed connection on.
func (c *keptConn) CloseWrite() error { return c.Conn.(*memoryConn).CloseWrite() }

// head is what was read of the request so far, up to its empty line.
func (c *keptConn) head() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	head, _, _ := bytes.Cut(c.seen, []byte("\r\n\r\n"))
	return bytes.Clone(head)
}
