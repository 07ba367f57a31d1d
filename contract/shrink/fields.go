package shrink

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/schemas"
)

// leaveFields leaves out what the provider could have left out and the flaw does not need: all of it,
// or what can be found. It returns how many places went.
func (s *shrinker) leaveFields() int {
	before := s.edits()
	bare := slices.Clone(s.parts)
	for i := range bare {
		bare[i].Step = s.bare(bare[i].Step, "")
	}
	if edits(bare) == before || s.keep([][]Part{bare}) >= 0 {
		return s.edits() - before
	}
	for i := range s.parts {
		if len(s.parts) == 1 || s.keep([][]Part{s.with(i, bare[i].Step)}) < 0 {
			s.leaveBelow(i, "")
		}
	}
	return s.edits() - before
}

func (s *shrinker) edits() int { return edits(s.parts) }

func edits(parts []Part) int {
	n := 0
	for _, part := range parts {
		n += len(part.Step.Edits)
	}
	return n
}

// shrinkable reports whether the step makes a message of its own, of which fields can go.
func shrinkable(step checks.Step) bool {
	return !step.Again && step.Challenge == nil && !slices.ContainsFunc(step.Edits, func(e checks.Edit) bool { return e.Op == checks.Replace })
}

// bare is the step without anything below the place that the provider could have left out.
func (s *shrinker) bare(step checks.Step, place schemas.Pointer) checks.Step {
	body, err := s.Body(step)
	if err != nil || !shrinkable(step) || !s.possible(body) {
		return step
	}
	for _, child := range slices.Backward(below(body, place)) { // from the back: what goes there moves nothing before it
		without := step
		without.Edits = leaving(step.Edits, []schemas.Pointer{child}, nil)
		if shorter, err := s.Body(without); err == nil && s.possible(shorter) {
			step = without
		} else {
			step = s.bare(step, child)
		}
	}
	return step
}

// leaveBelow leaves out what stands below the place in the i-th message, as far as the provider could
// have left it out, then goes into what is left.
func (s *shrinker) leaveBelow(i int, place schemas.Pointer) {
	step := s.parts[i].Step
	body, err := s.Body(step)
	if err != nil || !shrinkable(step) {
		return
	}
	held := s.possible(body) // else validity is no guide
	places := below(body, place)
	minimize(places, 0, func(kept [][]schemas.Pointer) int {
		var candidates [][]Part
		var at []int
		for n := range kept {
			changed := step
			changed.Edits = leaving(step.Edits, places, kept[n])
			shorter, err := s.Body(changed)
			if err == nil && (!held || s.possible(shorter)) {
				candidates, at = append(candidates, s.with(i, changed)), append(at, n)
			}
		}
		if n := s.keep(candidates); n >= 0 {
			return at[n]
		}
		return -1
	})
	if body, err = s.Body(s.parts[i].Step); err != nil {
		return
	}
	for _, child := range slices.Backward(below(body, place)) {
		s.leaveBelow(i, child)
	}
}

func (s *shrinker) possible(body []byte) bool { return s.Possible == nil || s.Possible(body) }

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
