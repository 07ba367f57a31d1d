package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// receiver is the smallest consumer: it reads whole requests, looks at nothing and says yes. So it is
// the sender that is measured.
type receiver struct {
	after time.Duration // from the first request until the hold or the stall begins
	hold  time.Duration // everything is held for so long; 0: nothing is
	stall time.Duration // the next connection to ask is silent for so long; 0: none is

	count atomic.Int64 // requests answered
	first atomic.Int64 // when, in Unix nanoseconds
	last  atomic.Int64 // of those whose number is a multiple of stride

	began   sync.Once
	victims atomic.Int32 // connections still to be stalled
	mu      sync.Mutex   // guards the two below
	holding bool
	held    []net.Conn // that wait for a reply, in the order in which they asked
}

// stride is how many requests there are to one look at the clock.
const stride = 64

// listen answers on a port of loopback, and says which that is. Each line read asks for a line with the
// requests since the last one and the nanoseconds from the first to the last of them. It ends with what
// it reads.
func (r *receiver) listen(asked io.Reader, say io.Writer) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go r.serve(conn)
		}
	}()
	fmt.Fprintln(say, l.Addr())
	lines := bufio.NewScanner(asked)
	for lines.Scan() {
		n, from, to := r.count.Swap(0), r.first.Swap(0), r.last.Swap(0)
		fmt.Fprintln(say, n-n%stride, max(0, to-from))
	}
	return lines.Err()
}

// note counts a request.
func (r *receiver) note() {
	switch n := r.count.Add(1); {
	case n == 1:
		r.first.Store(time.Now().UnixNano())
	case n%stride == 0:
		r.last.Store(time.Now().UnixNano())
	}
}

var reply = []byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

// serve answers one request after another. A connection that asks for more than it may, or goes away,
// is closed.
func (r *receiver) serve(conn net.Conn) {
	defer conn.Close()
	buffer := make([]byte, 16<<10)
	filled := 0
	for filled < len(buffer) {
		n, err := conn.Read(buffer[filled:])
		if err != nil {
			return
		}
		filled += n
		for {
			size := requestSize(buffer[:filled])
			if size == 0 || size > filled {
				break
			}
			filled = copy(buffer, buffer[size:filled])
			r.note()
			if r.waits(conn) {
				continue
			}
			if _, err := conn.Write(reply); err != nil {
				return
			}
		}
	}
}

// waits keeps a request where the receiver is to hold or to stall. It says whether somebody else answers it.
func (r *receiver) waits(conn net.Conn) bool {
	if r.hold == 0 && r.stall == 0 {
		return false
	}
	r.began.Do(func() { time.AfterFunc(r.after, r.shut) })
	if r.victims.Load() > 0 && r.victims.Add(-1) == 0 {
		time.Sleep(r.stall)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.holding {
		r.held = append(r.held, conn)
	}
	return r.holding
}

// shut begins the hold or the stall.
func (r *receiver) shut() {
	if r.stall > 0 {
		r.victims.Store(1)
	}
	if r.hold > 0 {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.holding = true
		time.AfterFunc(r.hold, r.release)
	}
}

// release answers those that are held, in the order in which they asked.
func (r *receiver) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.holding = false
	for _, conn := range r.held {
		_, _ = conn.Write(reply) // one that has gone away tells its own reader
	}
}

// requestSize is how many bytes the first request has, as far as its header is there; else 0.
func requestSize(text []byte) int {
	head, _, whole := bytes.Cut(text, []byte("\r\n\r\n"))
	if !whole {
		return 0
	}
	size := len(head) + 4
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		if len(name) == len("content-length") && bytes.EqualFold(name, []byte("content-length")) {
			n, err := strconv.Atoi(string(bytes.TrimSpace(value)))
			if err != nil || n < 0 {
				return len(text) + 1
			}
			size += n
		}
	}
	return size
}
