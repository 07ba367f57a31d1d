package shrink

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
)

// Bounds of shrinking one case.
const (
	defaultTries = 120
	defaultTime  = 4 * time.Second
)

// Part is a step of a candidate, and the place that it had among the steps of the case, from 0.
type Part struct {
	Step checks.Step
	Of   int
}

// Config says how candidates are tried, and what may be left out.
type Config struct {
	// Fails sends the candidates and returns the place of the first that shows the flaw still, -1 for
	// none. Each candidate needs ids of its own: it must not meet what an earlier one left behind. Required
	Fails    func(ctx context.Context, candidates [][]Part) int
	Body     func(step checks.Step) ([]byte, error) // the step's message after its Remove edits, before all others. Required
	Possible func(body []byte) bool                 // whether the provider could have sent it. Default yes

	KeepMessages bool // leaves out no message
	KeepEdits    bool // leaves out no edit that is not its own, and no fault

	Together int           // candidates that Fails is given at once. Default 1
	Tries    int           // candidates in all. Default 120
	Time     time.Duration // Default 4s
}

// Least is what is left.
type Least struct {
	Parts []Part
	Left  string // what was left out, as a sentence; "" for nothing
	Again bool   // the case as it was given failed again; else nothing was tried
}

// Shrink leaves out messages, then of each message edits, faults on the wire and fields, in its bounds.
func Shrink(ctx context.Context, cfg Config, steps []checks.Step) Least {
	if cfg.Tries == 0 {
		cfg.Tries = defaultTries
	}
	if cfg.Time == 0 {
		cfg.Time = defaultTime
	}
	ctx, cancel := context.WithTimeout(ctx, cfg.Time)
	defer cancel()
	s := shrinker{Config: cfg, ctx: ctx}
	for i, step := range steps {
		s.parts = append(s.parts, Part{step, i})
	}
	if s.first([][]Part{s.parts}) < 0 {
		return Least{Parts: s.parts}
	}
	if !cfg.KeepMessages {
		s.leaveMessages()
	}
	if !cfg.KeepEdits {
		for i := range s.parts {
			s.leaveEdits(i)
			s.leaveFault(i)
		}
	}
	fields := s.leaveFields()
	return Least{Parts: s.parts, Left: leftOut(len(steps), len(s.parts), fields), Again: true}
}

// shrinker is one case being shrunk.
type shrinker struct {
	Config
	ctx   context.Context //nolint:containedctx // of Shrink, for as long as it runs
	parts []Part          // the least that was seen to fail
}

// first is the place of the first candidate that fails, -1 for none within the bounds.
func (s *shrinker) first(candidates [][]Part) int {
	together := max(s.Together, 1)
	for from := 0; from < len(candidates); from += together {
		batch := candidates[from:min(from+together, len(candidates))]
		if s.Tries -= len(batch); s.Tries < 0 || s.ctx.Err() != nil {
			return -1
		}
		if n := s.Fails(s.ctx, batch); n >= 0 {
			return from + n
		}
	}
	return -1
}

// keep takes the first candidate that fails for the least, and returns its place.
func (s *shrinker) keep(candidates [][]Part) int {
	n := s.first(candidates)
	if n >= 0 {
		s.parts = candidates[n]
	}
	return n
}

// with is the parts with the i-th step changed.
func (s *shrinker) with(i int, changed checks.Step) []Part {
	candidate := slices.Clone(s.parts)
	candidate[i].Step = changed
	return candidate
}

func (s *shrinker) leaveMessages() {
	minimize(s.parts, 1, s.keep)
}

func (s *shrinker) leaveEdits(i int) {
	minimize(s.parts[i].Step.Edits, 0, func(kept [][]checks.Edit) int {
		var candidates [][]Part
		for _, edits := range kept {
			changed := s.parts[i].Step
			changed.Edits = edits
			candidates = append(candidates, s.with(i, changed))
		}
		return s.keep(candidates)
	})
}

// leaveFault leaves out the ways in which the request misbehaves on the wire, all, then each.
func (s *shrinker) leaveFault(i int) {
	if s.parts[i].Step.Fault == nil {
		return
	}
	calm := s.parts[i].Step
	calm.Fault = nil
	if s.keep([][]Part{s.with(i, calm)}) >= 0 {
		return
	}
	for _, leave := range []func(*checks.Fault){
		func(f *checks.Fault) { f.Chunked = false },
		func(f *checks.Fault) { f.Splits, f.SplitsIn, f.PauseMS = nil, "", 0 },
		func(f *checks.Fault) { f.CutAt = 0 },
	} {
		changed, fault := s.parts[i].Step, *s.parts[i].Step.Fault
		leave(&fault)
		if changed.Fault = &fault; !sameFault(fault, *s.parts[i].Step.Fault) {
			s.keep([][]Part{s.with(i, changed)})
		}
	}
}

func sameFault(a, b checks.Fault) bool {
	return a.Chunked == b.Chunked && slices.Equal(a.Splits, b.Splits) && a.SplitsIn == b.SplitsIn && a.PauseMS == b.PauseMS && a.CutAt == b.CutAt
}

func leftOut(before, after, fields int) string {
	var parts []string
	if after < before {
		parts = append(parts, fmt.Sprintf("%d messages to %d", before, after))
	}
	if fields == 1 {
		parts = append(parts, "1 field left out")
	} else if fields > 1 {
		parts = append(parts, fmt.Sprintf("%d fields left out", fields))
	}
	return strings.Join(parts, ", ")
}
