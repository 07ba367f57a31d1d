package generators

import (
	"errors"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// shape makes the block for one shape.
func (k *compiler) shape(place schemas.Pointer, s *shape, pins *pin) (block, error) {
	mark := len(k.plan.decisions)
	b, err := k.plainShape(place, s, pins)
	if err != nil || !s.hard {
		return b, err
	}
	// What rules cannot build is tried: values are made in advance and kept when the schema takes them.
	texts := k.tried(b.packed(), s)
	k.plan.decisions = k.plan.decisions[:mark]
	if len(texts) == 0 {
		return nil, errEmpty
	}
	return block{oneOfTexts(-1, texts)}, nil
}

// tried makes values and keeps the different ones that every part of the shape accepts.
func (k *compiler) tried(b block, s *shape) [][]byte {
	var texts [][]byte
	m := &maker{world: k.world, start: k.cast.start, now: k.cast.start}
	for i := range 4000 {
		m.place(k.cast.seed, k.cast.run, Coordinate{Life: uint64(i)}, 1)
		text := m.run(nil, b)
		value := decode(text)
		if slices.ContainsFunc(s.parts, func(part *schemas.Schema) bool { return !k.cast.judge.accepts(part, value, 0) }) {
			continue
		}
		if !slices.ContainsFunc(texts, func(t []byte) bool { return string(t) == string(text) }) {
			texts = append(texts, text)
		}
		if len(texts) == 64 {
			break
		}
	}
	return texts
}

func (k *compiler) plainShape(place schemas.Pointer, s *shape, pins *pin) (block, error) {
	if pins != nil && pins.value != nil {
		return k.pinned(s, pins.value)
	}
	if s.values != nil {
		return k.oneOf(place, s)
	}
	types := s.kinds()
	if len(types) == 1 || len(pins.names()) > 0 {
		return k.typed(place, s, types, pins)
	}
	if k.cast.story && pins == nil && s.types&typeNull != 0 && !k.cast.knows(s.gen) {
		return block{constant("null")}, nil
	}
	decision := k.decide(place, nil, true)
	choose := op{verb: opChoose, decision: int32(decision), detail: &detail{}}
	var labels []string
	for _, t := range types {
		back := k.under(decision, len(choose.blocks))
		b, err := k.typed(place, s, []typeSet{t}, pins)
		back()
		if errors.Is(err, errEmpty) || errors.Is(err, errEndless) {
			continue
		}
		if err != nil {
			return nil, err
		}
		choose.blocks, labels = append(choose.blocks, b.packed()), append(labels, "type "+t.name())
	}
	if len(labels) == 0 {
		return nil, errEmpty
	}
	if k.cast.story && len(labels) > 0 { // a story tells a value, not its absence
		return choose.blocks[0], nil
	}
	k.name(decision, labels)
	return block{choose}, nil
}

// typed makes the block for the first of the types that fits the pins.
func (k *compiler) typed(place schemas.Pointer, s *shape, types []typeSet, pins *pin) (block, error) {
	for _, t := range types {
		switch t {
		case typeObject:
			return k.object(place, s, pins)
		case typeArray:
			return k.array(place, s, pins)
		}
		if len(pins.names()) > 0 {
			continue
		}
		switch t {
		case typeString:
			return k.text(place, s)
		case typeInteger, typeNumber:
			return k.number(place, s, t == typeInteger)
		case typeBoolean:
			return block{k.options(place, [][]byte{[]byte("true"), []byte("false")}, []string{"true", "false"}, true)}, nil
		case typeNull:
			return block{constant("null")}, nil
		}
	}
	return nil, errNoPlace
}

// oneOf makes the choice among const and enum values.
func (k *compiler) oneOf(place schemas.Pointer, s *shape) (block, error) {
	if v, ok := k.cast.told(s.gen); ok {
		return quotedValue(&v), nil
	}
	var texts [][]byte
	var labels []string
	for _, raw := range s.values {
		value := decode(raw)
		if typeOf(value)&s.types == 0 || slices.ContainsFunc(s.parts, func(part *schemas.Schema) bool { return !k.cast.judge.accepts(part, value, 0) }) {
			continue
		}
		texts, labels = append(texts, k.world.spell(raw)), append(labels, "enum "+strings.Trim(string(raw), `"`))
	}
	if len(texts) == 0 {
		return nil, errEmpty
	}
	if len(texts) == 1 {
		return block{constant(texts[0])}, nil
	}
	return block{k.options(place, texts, labels, true)}, nil
}

// pinned places the value of a journey's variable.
func (k *compiler) pinned(s *shape, v *value) (block, error) {
	if s.types&typeString != 0 {
		return quotedValue(v), nil
	}
	if s.types&(typeNumber|typeInteger) != 0 && v.number {
		return block{{verb: opValue, decision: -1, value: v}}, nil
	}
	return nil, errors.New("a variable is a text and cannot stand here")
}

// options makes an operation that appends one of the texts.
func (k *compiler) options(place schemas.Pointer, texts [][]byte, labels []string, points bool) op {
	return oneOfTexts(k.decide(place, labels, points), texts)
}
