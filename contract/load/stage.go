package load

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// The bounds of a plan.
const (
	MaxLength = 24 * time.Hour
	maxStages = 100
)

// Stage is a stretch of a plan in which the rate goes evenly from one value to another.
type Stage struct {
	From   Rate          `json:"from_per_second"`
	To     Rate          `json:"to_per_second"`
	Length time.Duration `json:"length_ns"`
}

// Plan is stages, one after another. Rates do not have to meet at the seams.
type Plan []Stage

// Constant is the plan of one rate for one length of time.
func Constant(rate Rate, length time.Duration) Plan { return Plan{{rate, rate, length}} }

// ParsePlan reads stages: `0→2000/s in 30s` (a ramp; also `->`), `→500/s in 10s` (from the rate just
// had), `200/s for 1m`, `hold 2m`, `spike 5x 10s` (five times the rate just had, which comes back after).
func ParsePlan(text string) (Plan, error) {
	parts := strings.Split(strings.ReplaceAll(text, "->", "→"), ",")
	if len(parts) > maxStages {
		return nil, fmt.Errorf("read stages: there are %d, more than %d", len(parts), maxStages)
	}
	var plan Plan
	var rate Rate
	for i, part := range parts {
		stage, after, err := parseStage(strings.Join(strings.Fields(part), " "), rate, i == 0)
		if err != nil {
			return nil, fmt.Errorf("read stage %d %q: %w", i+1, shown(strings.TrimSpace(part)), err)
		}
		plan, rate = append(plan, stage), after
	}
	if err := plan.Check(); err != nil {
		return nil, fmt.Errorf("read stages: %w", err)
	}
	return plan, nil
}

// parseStage reads one stage and the rate after it.
func parseStage(text string, rate Rate, first bool) (Stage, Rate, error) {
	from, rest, ramp := strings.Cut(text, "→")
	word, after, _ := strings.Cut(text, " ")
	switch {
	case ramp:
		return parseRamp(strings.TrimSpace(from), strings.TrimSpace(rest), rate, first)
	case first && (word == "hold" || word == "spike"):
		return Stage{}, 0, errors.New("no rate stands before it")
	case word == "hold":
		length, err := parseLength(after)
		return Stage{rate, rate, length}, rate, err
	case word == "spike":
		return parseSpike(after, rate)
	}
	speed, length, found := strings.Cut(text, " for ")
	if !found {
		return Stage{}, 0, errors.New("want '0→2000/s in 30s', '200/s for 1m', 'hold 2m' or 'spike 5x 10s'")
	}
	flat, err := parseRate(speed)
	if err != nil {
		return Stage{}, 0, err
	}
	d, err := parseLength(length)
	return Stage{flat, flat, d}, flat, err
}

func parseRamp(from, rest string, rate Rate, first bool) (Stage, Rate, error) {
	goal, length, found := strings.Cut(rest, " in ")
	if !found {
		return Stage{}, 0, errors.New("want the time it takes: '0→2000/s in 30s'")
	}
	start := rate
	switch {
	case from != "":
		var err error
		if start, err = parseRate(from); err != nil {
			return Stage{}, 0, err
		}
	case first:
		return Stage{}, 0, errors.New("no rate stands before the arrow")
	}
	to, err := parseRate(goal)
	if err != nil {
		return Stage{}, 0, err
	}
	d, err := parseLength(length)
	return Stage{start, to, d}, to, err
}

func parseSpike(text string, rate Rate) (Stage, Rate, error) {
	times, length, found := strings.Cut(text, "x ")
	if !found {
		return Stage{}, 0, errors.New("want how many times and how long: 'spike 5x 10s'")
	}
	factor, err := parseNumber(times)
	if err != nil {
		return Stage{}, 0, err
	}
	d, err := parseLength(length)
	if err != nil {
		return Stage{}, 0, err
	}
	top := rate * Rate(factor)
	if top > MaxRate {
		return Stage{}, 0, fmt.Errorf("it comes to %s, more than %d/s", top, MaxRate)
	}
	return Stage{top, top, d}, rate, nil
}

// Check says what is wrong with a plan: rates that are no rates, lengths out of bounds, no arrival.
func (p Plan) Check() error {
	switch {
	case len(p) == 0:
		return errors.New("the plan has no stage")
	case len(p) > maxStages:
		return fmt.Errorf("the plan has %d stages, more than %d", len(p), maxStages)
	}
	for i, s := range p {
		switch {
		case !s.From.sane() || !s.To.sane():
			return fmt.Errorf("stage %d: rates must be from 0 to %d/s", i+1, MaxRate)
		case s.Length <= 0 || s.Length > MaxLength || p.Length() > MaxLength || p.Length() < 0:
			return fmt.Errorf("stage %d: the plan must last longer than nothing and at most %s", i+1, MaxLength)
		}
	}
	if p.Arrivals() == 0 {
		return errors.New("the plan sends nothing: its rates are zero")
	}
	return nil
}

func (r Rate) sane() bool { return r >= 0 && r <= MaxRate && !math.IsNaN(float64(r)) }

// Length is how long the plan lasts.
func (p Plan) Length() time.Duration {
	var sum time.Duration
	for _, s := range p {
		if sum += s.Length; sum < 0 || sum > MaxLength {
			return sum
		}
	}
	return sum
}

// Arrivals is how many even arrivals the plan has; of Poisson arrivals, about as many.
func (p Plan) Arrivals() int64 {
	sum := 0.0
	for _, s := range p {
		sum += s.arrivals()
	}
	return int64(math.Ceil(sum))
}

// until is how many even arrivals the plan has before a time.
func (p Plan) until(at time.Duration) int64 {
	sum := 0.0
	for _, s := range p {
		part := min(at, s.Length)
		if part <= 0 {
			break
		}
		reached := s.From + (s.To-s.From)*Rate(part.Seconds()/s.Length.Seconds())
		sum += Stage{s.From, reached, part}.arrivals()
		at -= part
	}
	return int64(math.Ceil(sum))
}

// stageAt is the stage that a time falls into; the last for what is past the end.
func (p Plan) stageAt(at time.Duration) int {
	for i, s := range p {
		if at < s.Length {
			return i
		}
		at -= s.Length
	}
	return len(p) - 1
}

// Peak is the highest rate of the plan.
func (p Plan) Peak() Rate {
	var top Rate
	for _, s := range p {
		top = max(top, s.From, s.To)
	}
	return top
}

// String writes the plan as ParsePlan reads it.
func (p Plan) String() string {
	var parts []string
	for _, s := range p {
		if s.From == s.To {
			parts = append(parts, fmt.Sprintf("%s for %s", s.From, s.Length))
			continue
		}
		parts = append(parts, fmt.Sprintf("%s→%s in %s", s.From, s.To, s.Length))
	}
	return strings.Join(parts, ", ")
}

// arrivals is the area under the stage.
func (s Stage) arrivals() float64 {
	return float64(s.From+s.To) / 2 * s.Length.Seconds()
}
