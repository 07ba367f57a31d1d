package generators

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/hookrig/hookrig/schemas"
)

// Placed makes the event's message at that coordinate with values set in this message alone, beside
// those of Config.Set. A place that the event does not have, or a value that its schema refuses, is an
// error. It compiles the event anew: not for a hot path.
func (g *Generator) Placed(event string, at Coordinate, set map[schemas.Pointer]json.RawMessage) (schemas.Message, error) {
	e := g.catalog.Event(event)
	if e == nil {
		return schemas.Message{}, fmt.Errorf("make message: provider %q has no event %q", g.catalog.Provider.Name, event)
	}
	for place, value := range set {
		if place == "" || len(reach([]*schemas.Schema{e.Schema}, place.Segments())) == 0 {
			return schemas.Message{}, fmt.Errorf("set %q: event %q has no such place", place, event)
		}
		if !json.Valid(value) {
			return schemas.Message{}, fmt.Errorf("set %q: the value %s is not JSON (a text needs its quotes)", place, value)
		}
	}
	own := Generator{catalog: g.catalog, config: g.config, world: g.world, cast: g.cast}
	own.config.Set = maps.Clone(g.config.Set)
	if own.config.Set == nil {
		own.config.Set = map[schemas.Pointer]json.RawMessage{}
	}
	maps.Copy(own.config.Set, set)
	p, err := compile(g.world, &g.cast, e, own.pins(e))
	if err != nil {
		return schemas.Message{}, fmt.Errorf("event %q: %w", event, err)
	}
	body := own.append(nil, p, at, nil, nil)
	if err := e.Validate(body); err != nil {
		return schemas.Message{}, fmt.Errorf("event %q: %w", event, err)
	}
	return g.catalog.Provider.ReadAs(event, body)
}
