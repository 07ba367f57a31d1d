//go:build unix

package load

import "syscall"

// ask writes a request, gives its room back and waits until the peer says something. It does without the
// read that would only find out that no reply is there yet: the poller wakes it for what comes after the
// request. What came before, as when a peer has given an idle connection up, it would not see, so it
// looks for that unless the connection is fresh.
func (s *socket) ask(request *[]byte, fresh bool) error {
	if s.raw == nil {
		return s.put(request)
	}
	s.spoke, s.err, s.failed = false, nil, nil
	s.request, s.rest, s.fresh = request, *request, fresh
	if err := s.raw.Read(s.step); err != nil {
		return err
	}
	if s.failed != nil || len(s.rest) == 0 {
		return s.failed
	}
	_, err := s.Write(s.rest) // the system had no room for all of it
	return err
}

// advance is called before the wait for the peer, and after it.
func (s *socket) advance(fd uintptr) (done bool) {
	if len(s.rest) == 0 {
		return true
	}
	n, err := syscall.Write(int(fd), s.rest)
	if err != nil && err != syscall.EAGAIN && err != syscall.EINTR {
		s.failed = err
		return true
	}
	if s.rest = s.rest[max(0, n):]; len(s.rest) > 0 {
		return true
	}
	s.room.Put(s.request)
	if s.fresh {
		return false
	}
	var first [1]byte
	_, _, err = syscall.Recvfrom(int(fd), first[:], syscall.MSG_PEEK)
	return err != syscall.EAGAIN
}
