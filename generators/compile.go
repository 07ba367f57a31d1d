package generators

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

var (
	errEndless = errors.New("it needs itself without end")
	errNoPlace = errors.New("the schema has no such place")
)

// PlaceError is a schema that the generator cannot honour, and where.
type PlaceError struct {
	Location string // of the schema: file and pointer
	Place    string // JSON Pointer in the message
	Cause    error
}

func (e *PlaceError) Error() string {
	return fmt.Sprintf("schema %s, place %q: %v", e.Location, e.Place, e.Cause)
}

// Unwrap gives the cause.
func (e *PlaceError) Unwrap() error { return e.Cause }

// compiler turns the schema of one event into a plan.
type compiler struct {
	world  *world
	cast   *cast
	plan   *plan
	stack  map[*schemas.Schema]int
	deep   int
	parent int // decision and option that lead here
	option int
	ops    int
}

// Bounds of a plan: how deep it goes, how often a schema may stand within itself, how large it grows.
const (
	deepest     = 48
	mostRepeats = 2
	mostOps     = 200_000
)

// compile makes the plan for an event. pins may be nil.
func compile(w *world, c *cast, event *schemas.Event, pins *pin) (*plan, error) {
	k := &compiler{world: w, cast: c, plan: &plan{event: event}, stack: map[*schemas.Schema]int{}, parent: -1}
	ops, err := k.value("", []*schemas.Schema{event.Schema}, pins)
	if err != nil {
		return nil, err
	}
	k.plan.ops = ops.packed()
	return k.plan, nil
}

// value makes the block for a value that satisfies all the schemas.
func (k *compiler) value(place schemas.Pointer, list []*schemas.Schema, pins *pin) (block, error) {
	location := ""
	if len(list) > 0 {
		location = list[len(list)-1].Location
	}
	fail := func(err error) error {
		var known *PlaceError
		if errors.As(err, &known) {
			return err
		}
		return &PlaceError{location, string(place), err}
	}
	if err := k.enter(list); err != nil {
		return nil, fail(err)
	}
	defer k.leave(list)
	// A story's plan has no points to count, so its blocks may be shared.
	shared := k.cast.story && pins == nil && len(list) > 0 && place != k.cast.id
	var key told
	if shared {
		key = told{k.cast.scopeID, min(strings.Count(string(place), "/"), 4), len(list), list[0], list[len(list)-1]}
		if b, ok := k.cast.known[key]; ok {
			return b, nil
		}
	}
	if pins != nil {
		list = append(slices.Clip(list), pins.schemas()...)
	}
	shapes, err := k.cast.judge.split(list)
	if err != nil {
		return nil, fail(err)
	}
	b, err := k.branches(place, shapes, pins)
	if err != nil {
		return nil, fail(err)
	}
	if shared {
		b = b.packed()
		k.cast.known[key] = b
	}
	return b, nil
}

// enter notes that the schemas are being built, and refuses to go round for ever.
func (k *compiler) enter(list []*schemas.Schema) error {
	for _, c := range list {
		if c.Ref != nil {
			c = c.Ref
		}
		if k.stack[c] >= mostRepeats {
			return errEndless
		}
	}
	if k.deep >= deepest {
		return errEndless
	}
	if k.ops > mostOps {
		return fmt.Errorf("the plan would have more than %d operations", mostOps)
	}
	k.deep++
	for _, c := range list {
		if c.Ref != nil {
			c = c.Ref
		}
		k.stack[c]++
	}
	return nil
}

func (k *compiler) leave(list []*schemas.Schema) {
	k.deep--
	for _, c := range list {
		if c.Ref != nil {
			c = c.Ref
		}
		k.stack[c]--
	}
}

// branches makes a block for each shape that can be made, and the choice among them.
func (k *compiler) branches(place schemas.Pointer, shapes []*shape, pins *pin) (block, error) {
	if len(shapes) == 1 {
		return k.shape(place, shapes[0], pins)
	}
	decision := k.decide(place, nil, true)
	choose := op{verb: opChoose, decision: int32(decision), detail: &detail{}}
	var labels []string
	var weights []float64
	var first error
	for _, s := range shapes {
		mark := len(k.plan.decisions)
		back := k.under(decision, len(choose.blocks))
		b, err := k.shape(place, s, pins)
		back()
		if err != nil {
			if !skippable(err) {
				return nil, err
			}
			k.plan.decisions = k.plan.decisions[:mark]
			if first == nil || errors.Is(first, errNoPlace) {
				first = err
			}
			continue
		}
		label := s.label
		if label == "" {
			label = fmt.Sprintf("way %d", len(labels)+1)
		}
		choose.blocks, labels, weights = append(choose.blocks, b.packed()), append(labels, label), append(weights, s.weight)
	}
	if len(labels) == 0 {
		return nil, first
	}
	k.name(decision, distinct(labels))
	choose.detail.weights = running(weights)
	return block{choose}, nil
}

// running turns weights into the running sum of their shares, of 2^32; nil when all are alike.
func running(weights []float64) []uint64 {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	if sum == 0 || slices.Max(weights) == slices.Min(weights) {
		return nil
	}
	shares := make([]uint64, len(weights))
	var upTo float64
	for i, w := range weights {
		upTo += w
		shares[i] = uint64(upTo / sum * (1 << 32))
	}
	return shares
}

// skippable says whether another branch, or leaving an optional place out, helps against the error.
func skippable(err error) bool {
	return errors.Is(err, errEmpty) || errors.Is(err, errEndless) || errors.Is(err, errNoPlace)
}

// distinct numbers labels that repeat.
func distinct(labels []string) []string {
	seen := map[string]int{}
	for i, label := range labels {
		if seen[label]++; seen[label] > 1 {
			labels[i] = fmt.Sprintf("%s, way %d", label, seen[label])
		}
	}
	return labels
}

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

// schemas are what a pin adds to those of its place.
func (p *pin) schemas() []*schemas.Schema {
	var list []*schemas.Schema
	if p.constant != nil {
		list = append(list, &schemas.Schema{Const: p.constant})
	}
	for _, name := range p.names() {
		if p.kids[name].absent {
			list = append(list, without(name).add...)
		}
	}
	return list
}

// decide adds a decision that is met only on the way that is being built.
func (k *compiler) decide(place schemas.Pointer, options []string, points bool) int {
	if k.cast.story {
		return -1
	}
	k.plan.decisions = append(k.plan.decisions, decision{string(place), options, points, k.parent, k.option})
	return len(k.plan.decisions) - 1
}

// name names the options of a decision.
func (k *compiler) name(decision int, options []string) {
	if decision >= 0 {
		k.plan.decisions[decision].options = options
	}
}

// under says that what is built until the returned func runs is met only by that option.
func (k *compiler) under(decision, option int) func() {
	parent, old := k.parent, k.option
	k.parent, k.option = decision, option
	return func() { k.parent, k.option = parent, old }
}

// options makes an operation that appends one of the texts.
func (k *compiler) options(place schemas.Pointer, texts [][]byte, labels []string, points bool) op {
	return oneOfTexts(k.decide(place, labels, points), texts)
}

// spell writes a JSON value minified, the way the provider spells texts.
func (w *world) spell(raw json.RawMessage) []byte {
	t, err := parseTree(raw)
	if err != nil {
		return raw
	}
	t.walk(func(t *tree) {
		if t.kind == '"' {
			t.raw = append(append([]byte{'"'}, w.escape(t.text())...), '"')
		}
		for i := range t.members {
			if t.kind == '{' {
				t.members[i].spelled = append(append([]byte{'"'}, w.escape(t.members[i].name)...), '"')
			}
		}
	})
	return t.append(nil)
}
