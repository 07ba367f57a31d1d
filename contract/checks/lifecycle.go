package checks

import (
	"cmp"
	"slices"

	"github.com/hookrig/hookrig/schemas"
)

// lifecycleMessages is how many messages a lifecycle has at most.
const lifecycleMessages = 8

// lifecycle looks in the journeys for two messages of one life, the first before the second, that the pair
// function wants, and takes what else belongs to them, in its own order; nil when there are none.
func (s *Subject) lifecycle(pair func(first, second scene) bool) []scene {
	if s.Journeys == nil {
		return nil
	}
	for _, life := range s.Journeys.all() {
		life = slices.DeleteFunc(slices.Clone(life), func(one scene) bool { return !s.playable(one.message) })
		for second := range life {
			for first := range second {
				if pair(life[first], life[second]) {
					return lifecycleOf(life, first, second)
				}
			}
		}
	}
	return nil
}

// playable reports whether the consumer takes messages of its kind.
func (s *Subject) playable(m schemas.Message) bool {
	events := s.Accepted
	if events == nil {
		events = s.Events
	}
	return slices.ContainsFunc(events, func(e *schemas.Event) bool { return e.Name == m.Event })
}

// datable leaves out of a lifecycle what is about the same thing as others and does not say when: all that is
// left of one thing can be told apart by its time.
func datable(life []scene) []scene {
	var kept []scene
	for i, s := range life {
		fits := true
		for k, other := range life {
			if k != i && other.about(s) {
				fits = fits && (i < k && s.overtakes(other) || k < i && other.overtakes(s) || other.time.IsZero() && !s.time.IsZero())
			}
		}
		if fits {
			kept = append(kept, s)
		}
	}
	return kept
}

// lifecycleOf keeps two scenes of a life and, up to the bound, what has most in common with them: one of each
// kind before more of one.
func lifecycleOf(life []scene, first, second int) []scene {
	kept := []int{first, second}
	common := func(i int) int { return life[i].common(life[first]) + life[i].common(life[second]) }
	told := func(i int) int {
		if slices.ContainsFunc(kept, func(k int) bool { return life[k].kind == life[i].kind }) {
			return 1
		}
		return 0
	}
	for len(kept) < lifecycleMessages {
		best := -1
		for i := range life {
			if common(i) == 0 || slices.Contains(kept, i) {
				continue
			}
			if best < 0 || cmp.Or(told(i)-told(best), common(best)-common(i)) < 0 {
				best = i
			}
		}
		if best < 0 {
			break
		}
		kept = append(kept, best)
	}
	slices.Sort(kept)
	var scenes []scene
	for _, i := range kept {
		scenes = append(scenes, life[i])
	}
	return scenes
}
