package contract

import (
	"context"
	"slices"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// lettersTried is how many messages are looked at for one with letters beyond ASCII.
const lettersTried = 64

// tryLetters finds out whether the consumer refuses a signed message for letters beyond ASCII alone.
// That is the finding of a check of its own; here such messages are then sent escaped, so that nothing
// else is blamed for it.
func (r *runner) tryLetters(ctx context.Context, a *assessment) {
	if r.plan.provider.Signing == nil || !slices.ContainsFunc(r.plan.selected, func(c *checks.Check) bool { return c.ID == checkLetters }) {
		return
	}
	step := checks.Step{Event: a.event.Name}
	for i := range uint64(lettersTried) {
		at := generators.Coordinate{Life: a.subject.Lives.First + livesPerTask*3/8 + i}
		m, err := r.plan.generator.Message(a.event.Name, at)
		if err != nil || checks.ASCII(m.Body) {
			continue
		}
		step.Coordinate = &at
		break
	}
	if step.Coordinate == nil || r.acknowledges(ctx, a, step) || !r.acknowledges(ctx, a, checks.Escaped(step)) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.letters[a.event.Name] = true
}

// acknowledges sends a step and reports whether it is acknowledged.
func (r *runner) acknowledges(ctx context.Context, a *assessment, step checks.Step) bool {
	x, err := a.subject.Build(step, nil)
	if err != nil {
		return false
	}
	x.Check, x.On = checkLetters, a.event.Name
	return r.sender.send(ctx, r.marked(x)).Reply.Acknowledged(r.plan.provider.Policy)
}

// refusesLetters reports what tryLetters found out.
func (r *runner) refusesLetters(event *schemas.Event) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.letters[event.Name]
}
