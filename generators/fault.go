package generators

import (
	"fmt"
	"slices"
)

// Faults says how often a stream misbehaves as a real delivery path does. The zero value never does.
// Chances are from 0 to 1; the seed decides which messages.
type Faults struct {
	Duplicate float64 // chance that a message comes twice
	Reorder   float64 // chance that a message comes up to Window messages late
	Drop      float64 // chance that a message never comes
	Window    int     // how many messages a late one may fall behind. Default 8
}

func (f Faults) any() bool { return f.Duplicate > 0 || f.Reorder > 0 || f.Drop > 0 }

func (f *Faults) settle() error {
	for _, c := range []struct {
		name   string
		chance float64
	}{{"duplicate", f.Duplicate}, {"reorder", f.Reorder}, {"drop", f.Drop}} {
		if !(c.chance >= 0 && c.chance <= 1) {
			return fmt.Errorf("fault %s is %v: want a chance from 0 to 1", c.name, c.chance)
		}
	}
	if f.Window == 0 {
		f.Window = 8
	}
	if f.Window < 1 || f.Window > 1<<16 {
		return fmt.Errorf("fault window is %d: want 1 to %d", f.Window, 1<<16)
	}
	return nil
}

// shaker makes a stream misbehave.
type shaker struct {
	faults Faults
	dice   dice
	count  uint64
	late   []lateMessage // by due
}

// lateMessage is a message, or its copy, that comes after others.
type lateMessage struct {
	due  uint64 // count at which it comes
	body []byte
	meta Meta
}

func newShaker(f Faults, seed uint64) *shaker {
	s := &shaker{faults: f}
	s.dice.seed(join(seed, 0x6661756c74))
	return s
}

func (s *shaker) happens(chance float64) bool {
	return float64(s.dice.pcg.Uint64()>>11)/(1<<53) < chance
}

// next takes messages from the source and passes them on, late, twice or not at all.
func (s *shaker) next(dst []byte, source func([]byte) ([]byte, Meta, bool)) ([]byte, Meta, bool) {
	for {
		if len(s.late) > 0 && s.late[0].due <= s.count {
			return s.release(dst)
		}
		start := len(dst)
		body, meta, ok := source(dst)
		if !ok {
			if len(s.late) > 0 {
				return s.release(dst)
			}
			return dst, meta, false
		}
		s.count++
		// Each message takes as many chances, so that one fault does not shift the others.
		drop, double, late := s.happens(s.faults.Drop), s.happens(s.faults.Duplicate), s.happens(s.faults.Reorder)
		behind := 1 + s.dice.below(uint64(s.faults.Window))
		switch {
		case drop:
			dst = body[:start]
			continue
		case late:
			meta.Fault = "reorder"
			s.hold(behind, body[start:], meta)
			dst = body[:start]
			continue
		case double:
			twin := meta
			twin.Fault = "duplicate"
			s.hold(behind, body[start:], twin)
		}
		return body, meta, true
	}
}

func (s *shaker) hold(behind uint64, body []byte, meta Meta) {
	m := lateMessage{s.count + behind, slices.Clone(body), meta}
	i, _ := slices.BinarySearchFunc(s.late, m, func(a, b lateMessage) int {
		if a.due <= b.due {
			return -1
		}
		return 1
	})
	s.late = slices.Insert(s.late, i, m)
}

func (s *shaker) release(dst []byte) ([]byte, Meta, bool) {
	m := s.late[0]
	s.late = slices.Delete(s.late, 0, 1)
	return append(dst, m.body...), m.meta, true
}
