package generators

import (
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
