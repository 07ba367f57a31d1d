package generators

import (
	"slices"
	"strings"
)

// checkPlays refuses plays of unknown journeys, and journeys that play themselves.
func (b *scripter) checkPlays(j *Journey, steps []*step, path []string) {
	for _, s := range steps {
		if s.play != "" {
			at := s.place.Child("play")
			next := b.journeys[s.play]
			switch {
			case next == nil:
				b.fail(j, at, "unknown journey %q", s.play)
			case slices.Contains(path, s.play):
				if path[0] == s.play { // told once, in the journey that it comes back to
					b.fail(j, at, "journey %q plays itself without end: %s", s.play, strings.Join(append(path, s.play), " → "))
				}
			default:
				b.checkPlays(next, next.steps, append(slices.Clip(path), s.play))
			}
		}
		b.checkPlays(j, s.steps, path)
		b.checkPlays(j, s.fork, path)
		for _, c := range s.choose {
			b.checkPlays(j, c.steps, path)
		}
	}
}

// findKinds collects the kinds of life, their edits, and the variables that every first journey lets.
func (b *scripter) findKinds(journeys []*Journey) {
	for _, j := range journeys {
		if j.Weight <= 0 {
			continue
		}
		k := b.kindOf(j.Life)
		b.findEdits(k, j, j.steps)
	}
	for i := range b.script.kinds {
		b.checkKind(&b.script.kinds[i], journeys)
	}
}

func (b *scripter) kindOf(name string) *kind {
	for i := range b.script.kinds {
		if b.script.kinds[i].name == name {
			return &b.script.kinds[i]
		}
	}
	b.script.kinds = append(b.script.kinds, kind{name: name, edits: map[string]int{}})
	return &b.script.kinds[len(b.script.kinds)-1]
}

func (b *scripter) findEdits(k *kind, j *Journey, steps []*step) {
	for _, s := range steps {
		for i, name := range s.edit {
			if _, known := k.edits[name]; !known {
				if len(k.edits) == 8 {
					b.fail(j, s.place.Child("edit").Index(i), "lives of kind %q edit more than 8 variables", k.name)
					continue
				}
				k.edits[name] = len(k.edits)
			}
		}
		if next := b.journeys[s.play]; next != nil {
			b.findEdits(k, next, next.steps)
		}
		b.findEdits(k, j, s.steps)
		b.findEdits(k, j, s.fork)
		for _, c := range s.choose {
			b.findEdits(k, j, c.steps)
		}
	}
}

// checkKind refuses a life that goes on without ever having begun.
func (b *scripter) checkKind(k *kind, journeys []*Journey) {
	begins := slices.ContainsFunc(journeys, func(j *Journey) bool { return j.Life == k.name && j.Stage == "first" && j.Weight > 0 })
	for _, j := range journeys {
		if j.Life == k.name && j.Weight > 0 && (j.Stage == "later" || j.Stage == "last") && !begins {
			b.fail(j, "/stage", "no journey of stage first begins a life of kind %q", k.name)
		}
	}
}

// emits collects the events that steps can emit, those of the journeys they play included.
func (b *scripter) emits(steps []*step, into map[string]bool) map[string]bool {
	if into == nil {
		into = map[string]bool{}
	}
	for _, s := range steps {
		if s.emit != "" {
			into[s.emit] = true
		}
		if s.what != "repeat" || s.most > 0 {
			b.emits(s.steps, into)
		}
		b.emits(s.fork, into)
		for _, c := range s.choose {
			b.emits(c.steps, into)
		}
		if next := b.journeys[s.play]; next != nil {
			b.emits(next.steps, into)
		}
	}
	return into
}

// checkEmits refuses lives that could go on for ever without a message.
func (b *scripter) checkEmits() {
	if len(b.errs) > 0 {
		return
	}
	silent := func(list []opening) bool {
		return !slices.ContainsFunc(list, func(o opening) bool { return len(o.emits) > 0 })
	}
	if silent(b.script.firsts) {
		b.fail(b.script.firsts[0].journey, "/steps", "no journey that begins a life emits anything")
		return
	}
	for _, k := range b.script.kinds {
		ends := slices.ContainsFunc(k.later, func(o opening) bool { return o.journey.Stage == "last" })
		if len(k.later) > 0 && !ends && silent(k.later) {
			b.fail(k.later[0].journey, "/steps", "lives of kind %q go on for ever without a message: none of their later journeys emits anything", k.name)
		}
	}
}
