package main

import (
	"os"
	"syscall"
)

// largest is the most memory that a process that has ended had, in MiB; 0: not known.
func largest(p *os.ProcessState) float64 {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return float64(usage.Maxrss) / 1024
}
