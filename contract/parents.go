package contract

import (
	"context"
	"slices"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/schemas"
)

// A provider tells of a thing before it tells of what happens to it. Most consumers take such a message
// also when they have never heard of the thing; for one that does not, what a plain message refers to is
// told before it.

// wantsParents reports whether messages of the event are acknowledged, or acted on, only by a consumer that
// knows what they refer to.
func (r *runner) wantsParents(event string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.parented[event]
}

func (r *runner) wantParents(event string, want bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.parented[event] = want
}

// refers reports whether messages of the event refer to what others create, as the laws say.
func (r *runner) refers(event *schemas.Event) bool {
	return r.plan.generator != nil && r.plan.laws.Refers(event.Name)
}

// tellParents sends what the built messages refer to and none of them creates, where the consumer wants to
// be told.
func (r *runner) tellParents(ctx context.Context, s *checks.Subject, built []checks.Exchange) (told []checks.Exchange) {
	var known []schemas.Message
	for _, x := range built {
		known = append(known, x.Message)
	}
	for _, x := range built {
		event := x.Step.Event
		if event == "" {
			event = s.Event.Name
		}
		if !r.wantsParents(event) || x.Step.Again || x.Step.Challenge != nil {
			continue
		}
		for _, step := range s.Parents(x, known) {
			parent, err := s.Build(step, nil)
			if err != nil || ctx.Err() != nil {
				continue
			}
			parent.Check, parent.On = x.Check, x.On
			told = append(told, r.sender.send(ctx, r.marked(parent)))
			known = append(known, parent.Message)
		}
	}
	return told
}

// toldUnits is how often the consumer has acted on the key for what was told beforehand.
func (r *runner) toldUnits(told []checks.Exchange, key string) int {
	count := 0
	for _, x := range told {
		if x.Reply.Acknowledged(r.plan.provider.Policy) && (key == "" || slices.Contains(x.Message.Entities, key)) {
			count += r.units[x.Message.Event]
		}
	}
	return count
}

// introduced tries a refused event again, with what its messages refer to told before, and reports whether
// that is what the consumer wants. It also reports whether the consumer refuses even what is told.
func (r *runner) introduced(ctx context.Context, a *assessment) (acknowledged, parentsRefused bool) {
	if !r.refers(a.event) || ctx.Err() != nil {
		return false, false
	}
	r.wantParents(a.event.Name, true)
	_, acknowledged = r.acknowledged(ctx, a)
	if acknowledged {
		r.sender.pardon(checkRejected, a.event.Name)
		return true, false
	}
	r.wantParents(a.event.Name, false)
	return false, r.sender.refusedFor(checkRejected, a.event.Name)
}
