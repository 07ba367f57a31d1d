package contract

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// memoryBuffer is how much one end of a connection in memory may be ahead of the other, in bytes.
const memoryBuffer = 64 << 10

// memoryConns makes the two ends of a connection within the process. Unlike net.Pipe it has buffers,
// as a socket has: a peer may answer and close before it has read everything.
func memoryConns() (client, server net.Conn) {
	up, down := newPipe(), newPipe()
	return &memoryConn{in: down, out: up}, &memoryConn{in: up, out: down}
}

type memoryConn struct{ in, out *pipe }

func (c *memoryConn) Read(into []byte) (int, error)  { return c.in.read(into) }
func (c *memoryConn) Write(from []byte) (int, error) { return c.out.write(from) }

// Close ends both directions: what was written can still be read.
func (c *memoryConn) Close() error {
	c.out.closeWrite()
	c.in.closeRead()
	return nil
}

// CloseWrite ends the direction from here to there.
func (c *memoryConn) CloseWrite() error {
	c.out.closeWrite()
	return nil
}

func (c *memoryConn) LocalAddr() net.Addr  { return memoryAddr{} }
func (c *memoryConn) RemoteAddr() net.Addr { return memoryAddr{} }

func (c *memoryConn) SetDeadline(t time.Time) error {
	c.in.setReadDeadline(t)
	c.out.setWriteDeadline(t)
	return nil
}
func (c *memoryConn) SetReadDeadline(t time.Time) error  { c.in.setReadDeadline(t); return nil }
func (c *memoryConn) SetWriteDeadline(t time.Time) error { c.out.setWriteDeadline(t); return nil }

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "handler.test:80" }

// pipe is one direction: a bounded queue of bytes.
type pipe struct {
	mu      sync.Mutex
	changed *sync.Cond // on mu
	bytes   []byte     // guarded by mu, as is all below
	ended   bool       // the writer closed: what is left can be read, then EOF
	broken  bool       // the reader closed: writing is an error
	reading alarm
	writing alarm
}

// alarm is a deadline that wakes the pipe.
type alarm struct {
	timer  *time.Timer
	passed bool
}

func newPipe() *pipe {
	p := &pipe{}
	p.changed = sync.NewCond(&p.mu)
	return p
}

func (p *pipe) read(into []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		switch {
		case p.broken:
			return 0, net.ErrClosed
		case p.reading.passed:
			return 0, os.ErrDeadlineExceeded
		case len(p.bytes) > 0:
			n := copy(into, p.bytes)
			p.bytes = p.bytes[n:]
			p.changed.Broadcast()
			return n, nil
		case p.ended:
			return 0, io.EOF
		case len(into) == 0:
			return 0, nil
		}
		p.changed.Wait()
	}
}

func (p *pipe) write(from []byte) (n int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		switch {
		case p.ended, p.broken:
			return n, io.ErrClosedPipe
		case p.writing.passed:
			return n, os.ErrDeadlineExceeded
		case n == len(from):
			return n, nil
		}
		if room := memoryBuffer - len(p.bytes); room > 0 {
			part := from[n:min(len(from), n+room)]
			p.bytes = append(p.bytes, part...)
			n += len(part)
			p.changed.Broadcast()
			continue
		}
		p.changed.Wait()
	}
}

func (p *pipe) closeWrite() { p.change(func() { p.ended = true }) }
func (p *pipe) closeRead()  { p.change(func() { p.broken, p.bytes = true, nil }) }

func (p *pipe) setReadDeadline(t time.Time)  { p.change(func() { p.set(&p.reading, t) }) }
func (p *pipe) setWriteDeadline(t time.Time) { p.change(func() { p.set(&p.writing, t) }) }

// set arms an alarm; the zero time disarms it.
func (p *pipe) set(a *alarm, t time.Time) {
	if a.timer != nil {
		a.timer.Stop()
	}
	a.timer, a.passed = nil, false
	if t.IsZero() {
		return
	}
	wait := time.Until(t)
	if wait <= 0 {
		a.passed = true
		return
	}
	var own *time.Timer
	own = time.AfterFunc(wait, func() {
		p.change(func() {
			if a.timer == own {
				a.passed = true
			}
		})
	})
	a.timer = own
}

func (p *pipe) change(how func()) {
	p.mu.Lock()
	how()
	p.changed.Broadcast()
	p.mu.Unlock()
}
