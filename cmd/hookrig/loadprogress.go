package main

import (
	"fmt"
	"time"

	"github.com/hookrig/hookrig/contract/load"
)

// showLoad tells how the run goes on: on a terminal one line that is painted over, else a line each ten
// seconds. The function it returns wipes the line.
func (e *env) showLoad(cfg *load.Config) (clear func()) {
	terminal := e.stderrIsTerminal && e.getenv("TERM") != "dumb"
	told := 0
	cfg.Progress = func(p load.Progress) {
		told++
		line := fmt.Sprintf("%s of %s · %.0f/s · p50 %s, p99 %s · %d sent, %d not acknowledged", p.Elapsed.Round(time.Second), p.Length.Round(time.Second),
			p.Rate, load.Milliseconds(p.P50), load.Milliseconds(p.P99), p.Ended, p.Ended-p.Acknowledged)
		switch {
		case terminal:
			fmt.Fprintf(e.stderr, "\r\x1b[K%s", line)
		case told%10 == 0:
			e.say("%s", line)
		}
	}
	return func() {
		if terminal && told > 0 {
			fmt.Fprint(e.stderr, "\r\x1b[K")
		}
	}
}
