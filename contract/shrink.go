package contract

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/schemas"
)

// Bounds of shrinking one finding.
const (
	shrinkTries = 120
	shrinkTime  = 4 * time.Second
)

// shrinker reduces the steps of a failing case to the least that still fails: first the messages, then
// of each message the edits, the faults on the wire and the fields. What it calls sends messages with
// ids of their own, so that a try never meets what an earlier one left behind.
type shrinker struct {
	fails func(ctx context.Context, steps []checks.Step) bool // shows the same flaw when sent anew
	body  func(step checks.Step) ([]byte, error)              // the step's message after its Remove edits, before all others
	valid func(event string, body []byte) bool                // whether the provider could have sent it. Nil: yes
	tries int                                                 // left. Default shrinkTries
}

// shrink returns the least failing steps that it found within its bounds, and what was left out as a
// sentence, "" for nothing. Steps that do not fail again are returned as they are.
func (s *shrinker) shrink(ctx context.Context, steps []checks.Step) (least []checks.Step, left string) {
	ctx, cancel := context.WithTimeout(ctx, shrinkTime)
	defer cancel()
	if s.tries == 0 {
		s.tries = shrinkTries
	}
	if !s.try(ctx, steps) {
		return steps, ""
	}
	least = minimize(steps, func(kept []checks.Step) bool { return len(kept) > 0 && s.try(ctx, kept) })
	for i := range least {
		least = s.shrinkEdits(ctx, least, i)
		least = s.shrinkFault(ctx, least, i)
	}
	fields := 0
	for i := range least {
		before := len(least[i].Edits)
		least = s.shrinkFields(ctx, least, i, "")
		fields += len(least[i].Edits) - before
	}
	return least, leftOut(len(steps), len(least), fields)
}

func (s *shrinker) try(ctx context.Context, steps []checks.Step) bool {
	if s.tries <= 0 || ctx.Err() != nil {
		return false
	}
	s.tries--
	return s.fails(ctx, steps)
}

// with tries the steps with the i-th changed, and returns those that fail: the changed or the given.
func (s *shrinker) with(ctx context.Context, steps []checks.Step, i int, changed checks.Step) ([]checks.Step, bool) {
	candidate := slices.Clone(steps)
	candidate[i] = changed
	if s.try(ctx, candidate) {
		return candidate, true
	}
	return steps, false
}

func (s *shrinker) shrinkEdits(ctx context.Context, steps []checks.Step, i int) []checks.Step {
	minimize(steps[i].Edits, func(kept []checks.Edit) bool {
		changed := steps[i]
		changed.Edits = kept
		least, found := s.with(ctx, steps, i, changed)
		steps = least
		return found
	})
	return steps
}

// shrinkFault leaves out the ways in which the request misbehaves on the wire, all, then each.
func (s *shrinker) shrinkFault(ctx context.Context, steps []checks.Step, i int) []checks.Step {
	if steps[i].Fault == nil {
		return steps
	}
	calm := steps[i]
	calm.Fault = nil
	if least, found := s.with(ctx, steps, i, calm); found {
		return least
	}
	for _, leave := range []func(*checks.Fault){
		func(f *checks.Fault) { f.Chunked = false },
		func(f *checks.Fault) { f.Splits, f.SplitsIn, f.PauseMS = nil, "", 0 },
		func(f *checks.Fault) { f.CutAt = 0 },
	} {
		changed, fault := steps[i], *steps[i].Fault
		leave(&fault)
		if changed.Fault = &fault; !sameFault(fault, *steps[i].Fault) {
			steps, _ = s.with(ctx, steps, i, changed)
		}
	}
	return steps
}

func sameFault(a, b checks.Fault) bool {
	return a.Chunked == b.Chunked && slices.Equal(a.Splits, b.Splits) && a.SplitsIn == b.SplitsIn && a.PauseMS == b.PauseMS && a.CutAt == b.CutAt
}

// shrinkFields leaves out what stands below the place in the i-th message, as far as the provider
// could have left it out, then goes into what is left.
func (s *shrinker) shrinkFields(ctx context.Context, steps []checks.Step, i int, place schemas.Pointer) []checks.Step {
	step := steps[i]
	if step.Again || slices.ContainsFunc(step.Edits, func(e checks.Edit) bool { return e.Op == checks.Replace }) {
		return steps
	}
	body, err := s.body(step)
	if err != nil {
		return steps
	}
	held := s.possible(step, body) // else validity is no guide
	minimize(below(body, place), func(kept []schemas.Pointer) bool {
		changed := step
		changed.Edits = leaving(step.Edits, below(body, place), kept)
		shorter, err := s.body(changed)
		if err != nil || held && !s.possible(step, shorter) {
			return false
		}
		least, found := s.with(ctx, steps, i, changed)
		steps = least
		return found
	})
	if body, err = s.body(steps[i]); err != nil {
		return steps
	}
	for n := len(below(body, place)); n > 0; n-- { // from the back: what goes there moves nothing before it
		steps = s.shrinkFields(ctx, steps, i, below(body, place)[n-1])
	}
	return steps
}

func (s *shrinker) possible(step checks.Step, body []byte) bool {
	return s.valid == nil || s.valid(step.Event, body)
}

// leaving puts a Remove for each place that is not kept before the edits that are no Remove.
func leaving(edits []checks.Edit, places, kept []schemas.Pointer) []checks.Edit {
	at := slices.IndexFunc(edits, func(e checks.Edit) bool { return e.Op != checks.Remove })
	if at < 0 {
		at = len(edits)
	}
	var removes []checks.Edit
	for _, place := range slices.Backward(places) { // later elements of an array first
		if !slices.Contains(kept, place) {
			removes = append(removes, checks.Edit{Op: checks.Remove, Place: string(place)})
		}
	}
	return slices.Concat(edits[:at], removes, edits[at:])
}

// below lists the places of the members or elements of what stands at the place, in order.
func below(body []byte, place schemas.Pointer) []schemas.Pointer {
	document, err := schemas.Decode(body)
	if err != nil {
		return nil
	}
	found := place.Find(document)
	if len(found) != 1 {
		return nil
	}
	var places []schemas.Pointer
	switch value := found[0].(type) {
	case map[string]any:
		for name := range value {
			places = append(places, place+schemas.Pointer("/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name)))
		}
		slices.Sort(places)
	case []any:
		for n := range value {
			places = append(places, place+schemas.Pointer("/"+strconv.Itoa(n)))
		}
	}
	return places
}

// minimize finds a small part of the items that still fails, by delta debugging: it leaves out halves,
// then quarters, down to single items. The part is 1-minimal if fails is the same each time it is asked.
func minimize[T any](items []T, fails func(kept []T) bool) []T {
	for size := (len(items) + 1) / 2; size > 0 && len(items) > 0; {
		left := false
		for from := 0; from < len(items); {
			kept := slices.Concat(items[:from], items[min(from+size, len(items)):])
			if fails(kept) {
				items, left = kept, true
				continue
			}
			from += size
		}
		switch {
		case size > 1:
			size = (size + 1) / 2
		case !left:
			return items
		}
	}
	return items
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
