package checks

import (
	"slices"

	"github.com/hookrig/hookrig/schemas"
)

// lifecycleMessages is how many messages a lifecycle has at most.
const lifecycleMessages = 6

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

// lifecycleOf keeps two scenes of a life and, up to the bound, what belongs to them: first what is about the
// same thing, then what has something in common with them, one of each event before more of one.
func lifecycleOf(life []scene, first, second int) []scene {
	kept := []int{first, second}
	told := func(event string) bool {
		return slices.ContainsFunc(kept, func(i int) bool { return life[i].message.Event == event })
	}
	about := func(s scene) bool { return s.about(life[first]) || s.about(life[second]) }
	beside := func(s scene) bool { return s.beside(life[first]) || s.beside(life[second]) }
	for _, belongs := range []func(scene) bool{about, func(s scene) bool { return beside(s) && !told(s.message.Event) }, beside} {
		for i, s := range life {
			if len(kept) < lifecycleMessages && !slices.Contains(kept, i) && belongs(s) {
				kept = append(kept, i)
			}
		}
	}
	slices.Sort(kept)
	var scenes []scene
	for _, i := range kept {
		scenes = append(scenes, life[i])
	}
	return scenes
}
