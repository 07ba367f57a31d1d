package contract

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/contract/report"
	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// What a run plays of the provider's stories: plain messages in the order of a stream, from few lives,
// so that each goes on for a while.
const (
	storyMessages = 40
	storyLives    = 6
	storyTime     = 10 * time.Second
	storyWalk     = 2_000 // messages in which a stream shows its transitions
	storyName     = "a journey"
)

// story is what a run has played of the provider's journeys.
type story struct {
	known  map[transition]bool // of the stream
	played map[transition]bool // of them, those acknowledged
}

// transition is one message after another in the same life.
type transition struct{ from, to string }

// storySource makes the messages of a stream again, by their coordinates.
type storySource struct {
	provider  *schemas.Provider
	generator *generators.Generator
	config    generators.StreamConfig
	stream    *generators.Stream
}

func newStorySource(p *schemas.Provider, g *generators.Generator, cfg generators.StreamConfig) (*storySource, error) {
	stream, err := g.Stream(cfg)
	if err != nil {
		return nil, err
	}
	return &storySource{p, g, cfg, stream}, nil
}

// Message makes the message of that coordinate.
func (s *storySource) Message(event string, at generators.Coordinate) (schemas.Message, error) {
	body, _, ok := s.stream.At(nil, at)
	if !ok {
		return schemas.Message{}, fmt.Errorf("the stream has no %s at life %d, step %d", event, at.Life, at.Step)
	}
	return s.provider.ReadAs(event, body)
}

// renewed is the same stream in another run.
func (s *storySource) renewed(runID string) checks.Source {
	other, err := newStorySource(s.provider, s.generator.Renewed(runID), s.config)
	if err != nil {
		return s // it started before
	}
	return other
}

// tell plays the beginning of the provider's stream, as far as its events are accepted. A message that
// is refused each time the stream gets there, though alone it is not, is a finding of its event.
func (r *runner) tell(ctx context.Context, all []*assessment) {
	if r.plan.generator == nil || len(r.accepted) == 0 || ctx.Err() != nil {
		return
	}
	cfg := generators.StreamConfig{Lives: storyLives, Tenants: 1}
	for _, event := range r.accepted {
		cfg.Events = append(cfg.Events, event.Name)
	}
	source, err := newStorySource(r.plan.provider, r.plan.generator, cfg)
	if err != nil {
		return // a catalog without journeys that can be told
	}
	steps := r.walk(source, cfg)
	evidence, flaw := r.recite(ctx, source, steps)
	if flaw == nil {
		r.tale = &tale{source, evidence, all}
		return
	}
	last := evidence.Exchanges[len(evidence.Exchanges)-1]
	at := slices.IndexFunc(all, func(a *assessment) bool { return a.event.Name == last.Step.Event })
	if at < 0 {
		return
	}
	c := checks.Case{Name: storyName, Steps: steps[:len(evidence.Exchanges)], Expect: checks.Expect{Good: "ack", Rule: flaw.Rule, Want: flaw.Want}}
	f := r.finding(all[at], c, evidence, flaw)
	for n := 1; n < looks; n++ {
		renewed := source.renewed(fmt.Sprintf("%s.story.%d", r.plan.cfg.RunID, n)).(*storySource)
		again, flaw := r.recite(ctx, renewed, c.Steps)
		f.Of++
		if flaw != nil && len(again.Exchanges) == len(c.Steps) {
			f.Observed++
		}
	}
	if f.Observed < looks {
		return // for ack-intermittent
	}
	teller := &assessment{check: all[at].check, event: all[at].event, subject: r.teller(source)}
	r.reduce(ctx, teller, f)
	all[at].findings = append(all[at].findings, f)
}

// teller is a subject whose messages are those of the stream.
func (r *runner) teller(source checks.Source) *checks.Subject {
	subject := r.plan.subject(nil, r.accepted[0])
	subject.Sources = []checks.Source{source}
	return subject
}

// walk takes the first messages of the stream as steps, and learns its transitions.
func (r *runner) walk(source *storySource, cfg generators.StreamConfig) []checks.Step {
	r.story = story{known: map[transition]bool{}, played: map[transition]bool{}}
	stream, err := source.generator.Stream(cfg)
	if err != nil {
		return nil
	}
	var steps []checks.Step
	before := map[uint64]string{}
	var body []byte
	for range storyWalk {
		var meta generators.Meta
		var ok bool
		if body, meta, ok = stream.Next(body[:0]); !ok {
			break
		}
		if len(steps) < storyMessages {
			at := meta.Coordinate
			steps = append(steps, checks.Step{Event: meta.Event.Name, Coordinate: &at})
		}
		if from := before[meta.Coordinate.Life]; from != "" && meta.Journey != "" {
			r.story.known[transition{from, meta.Event.Name}] = true
		}
		before[meta.Coordinate.Life] = meta.Event.Name
	}
	return steps
}

// recite sends the steps one after the other, up to the first that is not acknowledged.
func (r *runner) recite(ctx context.Context, source checks.Source, steps []checks.Step) (checks.Evidence, *checks.Flaw) {
	subject, began := r.teller(source), r.plan.cfg.Now()
	var e checks.Evidence
	before := map[uint64]string{}
	for _, step := range steps {
		x, err := subject.Build(step, nil)
		if err == nil && r.letters[step.Event] && !checks.ASCII(x.Request.Body) {
			x, err = subject.Build(checks.Escaped(step), nil)
		}
		if err != nil || ctx.Err() != nil || r.since(began) > storyTime {
			return e, nil
		}
		x.Plain, x.Check, x.On = true, checkRejected, step.Event
		x = r.sender.send(ctx, r.marked(x))
		e.Exchanges = append(e.Exchanges, x)
		if !x.Reply.Acknowledged(r.plan.provider.Policy) {
			if x.Reply.Status == 0 || r.notRefused(x) != "" {
				return e, nil
			}
			return e, &checks.Flaw{Rule: "a plain valid message must be acknowledged", Want: "an acknowledgement", Index: len(e.Exchanges) - 1,
				Got: fmt.Sprintf("%s, though a message of its kind alone is acknowledged", x.Reply)}
		}
		if from := before[step.Coordinate.Life]; from != "" && r.story.known[transition{from, step.Event}] {
			r.story.played[transition{from, step.Event}] = true
		}
		before[step.Coordinate.Life] = step.Event
	}
	return e, nil
}

// cover says which transitions were played.
func (s story) cover(c *report.Coverage) {
	if len(s.known) == 0 {
		return
	}
	c.Transitions = &report.Ratio{Covered: len(s.played), Total: len(s.known)}
	var missing []transition
	for t := range s.known {
		if !s.played[t] {
			missing = append(missing, t)
		}
	}
	slices.SortFunc(missing, func(a, b transition) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	for _, t := range missing {
		c.Uncovered = append(c.Uncovered, report.Uncovered{Kind: "transition", What: t.from + " then " + t.to, Why: fmt.Sprintf("not among the first %d messages of the stream", storyMessages)})
	}
}
