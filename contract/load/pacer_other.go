//go:build !linux

package load

import "time"

// pacer lets its goroutine sleep.
type pacer struct{}

func newPacer() *pacer { return &pacer{} }

func (*pacer) rest(d time.Duration) { time.Sleep(d) }

func (*pacer) close() {}
