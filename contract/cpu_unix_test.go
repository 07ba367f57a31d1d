//go:build unix

package contract_test

import (
	"syscall"
	"time"
)

// cpu is the processor time of this process so far; 0 where the system does not tell.
func cpu() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
