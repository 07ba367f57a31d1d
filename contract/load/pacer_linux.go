package load

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// pacer lets its goroutine sleep, and wakes it in time: by a timer of the kernel's that the runtime
// polls. The runtime's own timers wake on steps of a millisecond, and a thread that sleeps in the kernel
// keeps the processor from the goroutine that it has just given work to. One goroutine uses it.
type pacer struct {
	timer *os.File // nil: the system has none to give
	raw   syscall.RawConn
	spec  unix.ItimerSpec
	set   bool
	step  func(fd uintptr) (done bool) // advance, bound once
}

func newPacer() *pacer {
	p := &pacer{}
	p.step = p.advance
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return p
	}
	timer := os.NewFile(uintptr(fd), "timer")
	if p.raw, err = timer.SyscallConn(); err != nil {
		timer.Close()
		return p
	}
	p.timer = timer
	return p
}

// rest sleeps. It may return early; the caller looks at the clock.
func (p *pacer) rest(d time.Duration) {
	if p.timer == nil {
		time.Sleep(d)
		return
	}
	p.spec.Value, p.set = unix.NsecToTimespec(int64(d)), false
	if err := p.raw.Read(p.step); err != nil {
		time.Sleep(d)
	}
}

// advance is called before the wait for the timer, and after it.
func (p *pacer) advance(fd uintptr) (done bool) {
	if p.set {
		return true
	}
	p.set = true
	return unix.TimerfdSettime(int(fd), 0, &p.spec, nil) != nil // setting it also takes back what it said before
}

func (p *pacer) close() {
	if p.timer != nil {
		p.timer.Close()
	}
}
