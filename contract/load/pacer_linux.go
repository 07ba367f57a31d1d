package load

import (
	"runtime"
	"syscall"
	"time"
)

// timerSlack is prctl's PR_SET_TIMERSLACK: how long the kernel may delay a thread's wake-ups to batch
// them. It is 50 µs unless told.
const timerSlack = 29

// keepThread ties the caller to its own thread and asks for prompt wake-ups on it.
func keepThread() (release func()) {
	runtime.LockOSThread()
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, timerSlack, 1, 0) // without it, 50 µs later
	return func() {}                                                  // locked until it ends, so that no other goroutine inherits the setting
}

// rest sleeps in the kernel, past the runtime's timers, which wake on steps of a millisecond.
func rest(d time.Duration) {
	pause := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&pause, nil) // a signal ends it early; the caller looks at the clock again
}
