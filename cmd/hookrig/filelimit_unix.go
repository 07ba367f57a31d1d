//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// ignoreFileLimit makes a write past the limit on file sizes an error instead of the end of the process.
func ignoreFileLimit() { signal.Ignore(syscall.SIGXFSZ) }
