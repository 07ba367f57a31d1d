//go:build !linux

package load

import (
	"runtime"
	"time"
)

// keepThread ties the caller to its own thread.
func keepThread() (release func()) {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}

func rest(d time.Duration) { time.Sleep(d) }
