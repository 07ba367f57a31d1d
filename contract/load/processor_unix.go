//go:build unix

package load

import (
	"syscall"
	"time"
)

// processorTime is what this process has used of the processors so far; 0 where the system does not tell.
func processorTime() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
