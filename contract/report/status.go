package report

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/hookrig/hookrig/internal/escape"
)

// How often a status is told: a terminal's line is painted again, a log gets another line.
const (
	statusPaint = 100 * time.Millisecond
	statusLine  = 10 * time.Second
)

// Step is how far a run has come.
type Step struct {
	Phase    string
	Finished int // results
	Total    int // results to come in all, as far as known
	Sent     int64
	Result   *Result // just finished; nil between results
}

// Status tells a person how a run goes on: on a terminal as one line that is painted over, with each
// failure above it; else as plain lines, one for each phase, each failure and each ten seconds.
// Create with NewStatus. Safe for concurrent use.
type Status struct {
	cfg     StatusConfig
	mu      sync.Mutex // guards all below and the writes
	started time.Time
	told    time.Time
	phase   string
	painted bool
}

// StatusConfig says where and how a Status writes.
type StatusConfig struct {
	Writer   io.Writer        // Required
	Terminal bool             // Writer is a terminal that understands \r and erase. Default: plain lines
	Color    bool             // paint verdicts. Default false
	Width    func() int       // columns of the terminal. Default 80
	Now      func() time.Time // Default time.Now
}

// NewStatus starts the clock of a status.
func NewStatus(cfg StatusConfig) *Status {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Width == nil {
		cfg.Width = func() int { return 80 }
	}
	return &Status{cfg: cfg, started: cfg.Now()}
}

// Tell shows the step, as far as it is time for it.
func (s *Status) Tell(step Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Now()
	if r := step.Result; r != nil && r.Verdict == VerdictFail {
		s.erase()
		page := textPage{color: s.cfg.Color}
		page.remark(*r)
		s.write(page.String())
	}
	pause := statusLine
	if s.cfg.Terminal {
		pause = statusPaint
	}
	if step.Phase == s.phase && now.Sub(s.told) < pause {
		return
	}
	s.phase, s.told = step.Phase, now
	if line := s.line(step, now); s.cfg.Terminal {
		s.write("\r" + fit(line, s.cfg.Width()-1) + "\x1b[K")
		s.painted = true
	} else {
		s.write(line + "\n")
	}
}

// Done takes the painted line away, so that what follows starts on a clean one.
func (s *Status) Done() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
}

func (s *Status) erase() {
	if s.painted {
		s.write("\r\x1b[K")
		s.painted = false
	}
}

// write drops errors: a status that cannot be shown is no reason to stop a run.
func (s *Status) write(text string) { _, _ = io.WriteString(s.cfg.Writer, text) }

func (s *Status) line(step Step, now time.Time) string {
	took := now.Sub(s.started)
	parts := []string{escape.Line(step.Phase)}
	if step.Total > 0 {
		parts = append(parts, fmt.Sprintf("%d/%d checks", step.Finished, step.Total))
	}
	parts = append(parts, count(int(step.Sent), "request"), took.Round(time.Second).String())
	if step.Finished > 0 && step.Finished < step.Total && took >= time.Second {
		left := took * time.Duration(step.Total-step.Finished) / time.Duration(step.Finished)
		parts = append(parts, "about "+left.Round(time.Second).String()+" left")
	}
	return strings.Join(parts, " · ")
}

// fit cuts a line to so many columns, taking each character for one.
func fit(line string, columns int) string {
	if columns < 1 || utf8.RuneCountInString(line) <= columns {
		return line
	}
	runes := []rune(line)
	return string(runes[:columns-1]) + "…"
}
