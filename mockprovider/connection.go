package mockprovider

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
)

// errAmbiguous is a request whose end two readers could see at two places (RFC 9112, 6.3): net/http goes by
// one of its headers and forgets the others.
var errAmbiguous = errors.New("it is ambiguous where the request ends: want one Content-Length or one Transfer-Encoding")

// heardBytes is how much of what a connection said last is kept: the largest header that is read, and what is
// read ahead of it.
const heardBytes = 64<<10 + 16<<10

// connections take so many clients at once; others wait in the system's queue.
type connections struct {
	net.Listener
	room   chan struct{}
	closed chan struct{}
	once   sync.Once
}

func newConnections(l net.Listener, most int) *connections {
	return &connections{Listener: l, room: make(chan struct{}, most), closed: make(chan struct{})}
}

// Accept waits for room, then for a client.
func (l *connections) Accept() (net.Conn, error) {
	select {
	case l.room <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.room
		return nil, err
	}
	return &connection{Conn: conn, release: func() { <-l.room }}, nil
}

// Close takes no more clients.
func (l *connections) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// connection is one client's. It remembers what it has read last, because net/http does not tell in which
// order, spelling and number the header lines came.
type connection struct {
	net.Conn
	once    sync.Once
	release func()

	mu    sync.Mutex // guards all below
	heard []byte     // what was read last
	base  int64      // place of heard[0] among all that was read
	from  int64      // place before which lie requests that are known
}

// Read reads, and remembers.
func (c *connection) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = append(c.heard, p[:n]...)
	switch surplus := len(c.heard) - heardBytes; {
	case c.from >= c.base+int64(len(c.heard)): // the rest of a body
		c.base, c.heard = c.base+int64(len(c.heard)), nil
	case surplus > heardBytes:
		c.base, c.heard = c.base+int64(surplus), append(c.heard[:0], c.heard[surplus:]...)
	}
	return n, err
}

// Close closes the connection and makes room.
func (c *connection) Close() error {
	defer c.once.Do(c.release)
	return c.Conn.Close()
}

// connectionKey is where a request's context holds its connection.
type connectionKey struct{}

func withConnection(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, conn)
}

// heads are the header lines of the request as they came, one list for each place in what was heard where its
// request line stands: the first is the request, more are in its body. Asked once for each request.
func (c *connection) heads(r *http.Request) (heads [][][2]string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	line := []byte(r.Method + " " + r.RequestURI + " " + r.Proto)
	start := int(max(0, c.from-c.base))
	for at := start; at <= len(c.heard); {
		i := bytes.Index(c.heard[at:], line)
		if i < 0 {
			break
		}
		begin := at + i
		at = begin + len(line)
		if begin > start && c.heard[begin-1] != '\n' || at == len(c.heard) || c.heard[at] != '\r' && c.heard[at] != '\n' {
			continue
		}
		lines, size := headerLines(c.heard[at:])
		if len(heads) == 0 {
			c.from = c.base + int64(at+size) + max(r.ContentLength, 0)
		}
		heads = append(heads, lines)
	}
	return heads
}

// headerLines reads the lines that follow a request line, up to the empty one, and says how many bytes they
// take.
func headerLines(text []byte) (lines [][2]string, size int) {
	for first := true; ; first = false {
		line, rest, more := bytes.Cut(text[size:], []byte("\n"))
		if !more {
			return lines, len(text)
		}
		size = len(text) - len(rest)
		line = bytes.TrimSuffix(line, []byte("\r"))
		if first {
			continue // the end of the request line
		}
		if len(line) == 0 {
			return lines, size
		}
		name, value, _ := strings.Cut(string(line), ":")
		lines = append(lines, [2]string{name, strings.Trim(value, " \t")})
	}
}

// unambiguous refuses requests that say more than once where they end.
func unambiguous(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, ok := r.Context().Value(connectionKey{}).(*connection)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		heads := c.heads(r)
		if body := r.ContentLength != 0 || len(r.TransferEncoding) > 0; body && !singleEnd(heads) {
			w.Header().Set("Connection", "close")
			refuse(w, errAmbiguous)
			return
		}
		if len(heads) == 1 {
			r = r.WithContext(context.WithValue(r.Context(), cameLike{}, heads[0]))
		}
		next.ServeHTTP(w, r)
	})
}

// singleEnd says whether the request says once where it ends, and nothing in its body that could be taken for it
// says it twice.
func singleEnd(heads [][][2]string) bool {
	for i, lines := range heads {
		ends := 0
		for _, line := range lines {
			if name := strings.TrimSpace(line[0]); strings.EqualFold(name, "Content-Length") || strings.EqualFold(name, "Transfer-Encoding") {
				ends++
			}
		}
		if ends > 1 || i == 0 && ends == 0 {
			return false
		}
	}
	return len(heads) > 0
}

// cameLike is where a request's context holds its header lines as they came.
type cameLike struct{}

// asCame are the header lines of a request as they came, nil where that is not known.
func asCame(r *http.Request) [][2]string {
	lines, _ := r.Context().Value(cameLike{}).([][2]string)
	return lines
}
