package load

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// The bounds of a search.
const (
	mostSteps     = 32
	recoverTries  = 20                     // times that a consumer is asked whether it is well again
	recoverLength = 500 * time.Millisecond // of one such question
)

// usualErrors is what a search asks for beside the SLO when that says nothing of errors: a consumer that
// refuses quickly is not fast.
const usualErrors = "errors<1%"

// SearchConfig says what to search with. Each step is a run of its own with new messages.
type SearchConfig struct {
	Run   Config        // of every step; its SLO is what must hold, its Plan is not used
	Step  time.Duration // length of a step. Default 10s
	First Rate          // Default 100/s
	Most  Rate          // Default MaxRate
	Gap   float64       // how far apart the ends of the search may stay, as a ratio. Default 1.05
	Tell  func(*Step)   // called after each step. Default nobody is told
}

// FindRate raises the rate until the SLO breaks, twice as high each time, and then halves the gap until it
// is narrow. The rate that it reports has held twice. An error means that nothing was begun.
func FindRate(ctx context.Context, cfg SearchConfig) (*Search, error) {
	s := &searcher{config: cfg, play: Run}
	if err := s.settle(); err != nil {
		return nil, fmt.Errorf("search rate: %w", err)
	}
	run := s.config.Run
	s.found = &Search{SchemaVersion: recordVersion, Kind: "load-search", Tool: Tool{Name: "hookrig"}, Provider: run.Catalog.Provider.Name,
		Target: run.Endpoint.URL, SLO: run.SLO.String(), Steps: []*Step{}}
	if err := s.climb(ctx); err != nil {
		if len(s.found.Steps) == 0 {
			return nil, err
		}
		s.end(SearchInterrupted)
	}
	return s.found, nil
}

// searcher is a search under way.
type searcher struct {
	config SearchConfig
	found  *Search
	runs   int
	play   func(context.Context, Config) (*Record, error)
}

func (s *searcher) settle() error {
	c := &s.config
	if c.Step == 0 {
		c.Step = 10 * time.Second
	}
	if c.First == 0 {
		c.First = 100
	}
	if c.Most == 0 {
		c.Most = MaxRate
	}
	if c.Gap == 0 {
		c.Gap = 1.05
	}
	switch {
	case len(c.Run.SLO) == 0:
		return errors.New("it needs an SLO that must hold")
	case c.Run.Shards > 1:
		return errors.New("a shard cannot search: it does not see what the others do")
	case !c.First.sane() || !c.Most.sane() || c.First > c.Most:
		return fmt.Errorf("rates go from %s to %s", c.First, c.Most)
	case !(c.Gap > 1 && c.Gap <= 10):
		return fmt.Errorf("gap is %v: want more than 1 and at most 10", c.Gap)
	case c.Step < 0 || c.Step > MaxLength:
		return fmt.Errorf("a step is %s: want more than nothing and at most %s", c.Step, MaxLength)
	case c.Run.Catalog == nil:
		return errors.New("no catalog")
	}
	for _, o := range c.Run.SLO {
		switch o.Figure {
		case "rate":
			return errors.New("the rate is what is searched: leave it out of the SLO")
		case "errors":
			return nil
		}
	}
	usual, err := ParseSLO(usualErrors)
	c.Run.SLO = append(append(SLO{}, c.Run.SLO...), usual...)
	return err
}

// climb works in steps: (1) up until a rate breaks, or down until one holds, (2) between the two, (3) the
// one that held once more.
func (s *searcher) climb(ctx context.Context) error {
	for rate := s.config.First; ; {
		kept, err := s.try(ctx, rate, false)
		if err != nil || s.over() {
			return err
		}
		switch {
		case kept && s.found.Broke > 0, !kept && s.found.Held > 0:
			return s.narrow(ctx)
		case kept && rate == s.config.Most:
			return s.confirm(ctx, SearchMost)
		case kept:
			rate = min(2*rate, s.config.Most)
		case rate <= 1:
			s.end(SearchNothing)
			return nil
		default:
			rate = max(1, rate/2)
		}
	}
}

// narrow halves the gap, as ratios go.
func (s *searcher) narrow(ctx context.Context) error {
	for s.found.Broke > s.found.Held*Rate(s.config.Gap) {
		if _, err := s.try(ctx, between(s.found.Held, s.found.Broke), false); err != nil || s.over() {
			return err
		}
	}
	return s.confirm(ctx, SearchFound)
}

// between is a rate in the middle of two, in three figures.
func between(low, high Rate) Rate {
	middle := math.Sqrt(float64(low) * float64(high))
	unit := math.Pow(10, math.Floor(math.Log10(middle))-2)
	rounded := Rate(math.Round(middle/unit) * unit)
	if rounded <= low || rounded >= high {
		return Rate(middle)
	}
	return rounded
}

// confirm tries what held again. What does not hold twice was luck: the search goes on below it.
func (s *searcher) confirm(ctx context.Context, ending SearchEnding) error {
	held := s.found.Held
	kept, err := s.try(ctx, held, true)
	switch {
	case err != nil || s.over():
		return err
	case kept:
		s.found.Confirmed = true
		s.end(ending)
		return nil
	}
	if s.found.Held == 0 {
		s.end(SearchNothing)
		return nil
	}
	return s.narrow(ctx)
}

// try plays one step. Where it breaks, it waits until the consumer is well again.
func (s *searcher) try(ctx context.Context, rate Rate, again bool) (kept bool, err error) {
	if len(s.found.Steps) == mostSteps {
		s.end(SearchSteps)
		return false, nil
	}
	r, err := s.run(ctx, Constant(rate, s.config.Step), s.config.Run.Connections)
	if err != nil {
		return false, err
	}
	step := &Step{Rate: rate, Kept: r.Kept() && r.Ended != EndedInterrupted, Again: again, Record: r}
	s.found.Steps = append(s.found.Steps, step)
	if s.config.Tell != nil {
		s.config.Tell(step)
	}
	switch {
	case ctx.Err() != nil:
		s.end(SearchInterrupted)
	case !r.Reached() || r.Counts.Answered == 0:
		s.end(SearchUnreachable)
	case !step.Kept && 2*r.Lateness.Quantile(99) > r.Intended.Quantile(99):
		s.end(SearchOurLimit) // most of the latency is hookrig's own
	default:
		s.place(step)
	}
	if !step.Kept && !s.over() && !s.recovered(ctx) {
		s.end(SearchNotRecovered)
	}
	return step.Kept, nil
}

// place notes which rates hold and which break.
func (s *searcher) place(step *Step) {
	f := s.found
	if step.Kept {
		f.Held = max(f.Held, step.Rate)
		return
	}
	f.Broke = step.Rate
	f.Held = 0
	for _, other := range f.Steps {
		if other.Kept && other.Rate < f.Broke {
			f.Held = max(f.Held, other.Rate)
		}
	}
}

// recovered waits until single messages keep the SLO again.
func (s *searcher) recovered(ctx context.Context) bool {
	for range recoverTries {
		r, err := s.run(ctx, Constant(10, recoverLength), 1)
		if err != nil || ctx.Err() != nil {
			return ctx.Err() != nil // an interrupt is told as what it is
		}
		if r.Kept() {
			return true
		}
	}
	return false
}

// run plays a plan with messages of its own.
func (s *searcher) run(ctx context.Context, plan Plan, connections int) (*Record, error) {
	cfg := s.config.Run
	cfg.Plan, cfg.Connections = plan, connections
	s.runs++
	if cfg.Making.RunID != "" {
		cfg.Making.RunID = fmt.Sprintf("%s.%d", cfg.Making.RunID, s.runs)
	}
	return s.play(ctx, cfg)
}

func (s *searcher) end(how SearchEnding) {
	if s.found.Ended == "" {
		s.found.Ended = how
	}
}

func (s *searcher) over() bool { return s.found.Ended != "" }
