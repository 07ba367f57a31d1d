package contract

import (
	"slices"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
)

// suspectsKept is how many exchanges are remembered that may have ended the consumer, of each kind.
const suspectsKept = 256

func remember(all []checks.Exchange, one checks.Exchange) []checks.Exchange {
	if all = append(all, one); len(all) > suspectsKept {
		all = slices.Delete(all, 0, 1)
	}
	return all
}

// goDown makes the sender refuse everything, or wait while somebody mends the consumer. It returns what may
// have ended it, and false when it was down before. What was cut off before the consumer took the last
// request that it answered cannot have.
func (s *sender) goDown(mend bool) (found suspects, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return suspects{}, false
	}
	s.down = true
	if mend {
		s.mending = make(chan struct{})
	}
	var alive time.Time
	for _, x := range slices.Backward(s.replied) {
		found.answered = append(found.answered, x)
		if x.At.After(alive) {
			alive = x.At
		}
	}
	var over time.Time // when the first was cut off: a plain message that began later found the consumer gone
	for _, x := range s.cut {
		end := x.At.Add(x.Reply.Done)
		if end.Before(alive) {
			continue
		}
		if over.IsZero() || end.Before(over) {
			over = end
		}
		found.cut = append(found.cut, x)
	}
	found.cut = slices.DeleteFunc(found.cut, func(x checks.Exchange) bool { return x.Plain && x.At.After(over) })
	s.absolve(alive)
	return found, true
}

// absolveOf takes the messages that were sent for an assessment and cut off out of that count.
func (s *sender) absolveOf(a *assessment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.seen {
		if x := &s.seen[i]; x.Reply.Status == 0 && x.Check == a.check.ID && x.On == a.event.Name {
			x.Plain = false
		}
	}
}

// absolve takes the plain messages that a consumer on its way down did not answer out of the count of
// ack-intermittent: its end is a finding of the check that caused it.
func (s *sender) absolve(since time.Time) {
	for i := range s.seen {
		if x := &s.seen[i]; x.Reply.Status == 0 && !x.At.Add(x.Reply.Done).Before(since) {
			x.Plain = false
		}
	}
}

// comeUp lets the sender send again.
func (s *sender) comeUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down, s.cut, s.replied = false, nil, nil
	s.mended()
}

// stayDown ends the wait for a consumer that could not be restarted.
func (s *sender) stayDown() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mended()
}

func (s *sender) mended() {
	if s.mending != nil {
		close(s.mending)
		s.mending = nil
	}
}
