package load

import (
	"net"
	"sync"
	"syscall"
)

// socket is a connection that remembers how reading it failed, and whether the peer ever said anything.
// One goroutine uses it.
type socket struct {
	net.Conn
	raw   syscall.RawConn // nil: it has no descriptor
	err   error           // of the last read
	spoke bool            // since the last request

	room    *sync.Pool // of *[]byte: where a request goes when it is written
	request *[]byte
	rest    []byte // of the request, to be written
	fresh   bool
	failed  error
	step    func(fd uintptr) (done bool) // advance, bound once
}

func newSocket(conn net.Conn, room *sync.Pool) *socket {
	s := &socket{Conn: conn, room: room}
	if c, ok := conn.(syscall.Conn); ok {
		s.raw, _ = c.SyscallConn() // without it, the usual way
	}
	s.step = s.advance
	return s
}

// put writes a request the usual way.
func (s *socket) put(request *[]byte) error {
	s.spoke, s.err = false, nil
	_, err := s.Write(*request)
	s.room.Put(request)
	return err
}

// Read reads what the peer says.
func (s *socket) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	s.spoke = s.spoke || n > 0
	if err != nil {
		s.err = err
	}
	return n, err
}

// silent says whether the peer closed without a word.
func (s *socket) silent() bool { return !s.spoke && !timedOut(s.err) }
