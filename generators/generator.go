package generators

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// Config fixes what a Generator makes. The zero value works.
type Config struct {
	Seed   uint64                              // shapes, values and cases. Default 1
	RunID  string                              // salts every id, phone and wamid. Default derived from Seed
	Start  time.Time                           // first instant of the virtual clock. Default 2026-01-05T08:00:00Z
	Set    map[schemas.Pointer]json.RawMessage // pinned values, in every message that has the place
	Phones string                              // E.164 prefix for phone numbers. Default: ranges reserved for fiction
}

// Coordinate is where a message stands: the step of a life. With the Config it fixes every byte. The
// steps of one life are about the same things: contact, conversation, group.
type Coordinate struct {
	Life uint64 `json:"life"`
	Step uint64 `json:"step"`
}

// Generator makes messages of one catalog. Safe for concurrent use.
type Generator struct {
	catalog *schemas.Catalog
	config  Config
	world   *world
	cast    cast
	plans   map[string]*plan

	script func() (*script, error) // the catalog's journeys, compiled when first asked for; nil when there are none
}

// New compiles each event's schema into a plan. A keyword that it cannot honour, or a Set that a schema
// refuses, is an error that names schema and pointer.
func New(c *schemas.Catalog, cfg Config) (*Generator, error) {
	cfg.Seed = cmp.Or(cfg.Seed, 1)
	if cfg.RunID == "" {
		cfg.RunID = fmt.Sprintf("seed-%d", cfg.Seed)
	}
	if cfg.Start.IsZero() {
		cfg.Start = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	}
	w, err := newWorld(cfg.Seed, cfg.Phones, c.Provider.Body)
	if err != nil {
		return nil, err
	}
	g := &Generator{catalog: c, config: cfg, world: w, plans: map[string]*plan{}}
	g.cast = cast{judge: &judge{}, seed: mix(cfg.Seed), run: hashText(cfg.RunID), start: cfg.Start.UnixMilli(), id: c.Provider.Fields.ID, tenant: tenantRole(c)}
	g.script = sync.OnceValues(g.compileJourneys)
	errs := []error{g.checkSet()}
	link := newLinker()
	for _, e := range c.Events() {
		p, err := compile(w, &g.cast, e, g.pins(e))
		if err != nil {
			errs = append(errs, &EventError{e.Name, err})
			continue
		}
		link.link(p)
		g.plans[e.Name] = p
		if err := g.tryPlan(p); err != nil {
			errs = append(errs, &EventError{e.Name, err})
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("make generator for %q: %w", c.Provider.Name, err)
	}
	return g, nil
}

// EventError is an event whose messages cannot be made. New joins one for each such event.
type EventError struct {
	Event string
	Err   error // names schema and pointer
}

func (e *EventError) Error() string { return fmt.Sprintf("event %q: %v", e.Event, e.Err) }

func (e *EventError) Unwrap() error { return e.Err }

// tenantRole finds the variable that plays the tenant: the role at the envelope's tenant place.
func tenantRole(c *schemas.Catalog) string {
	if c.Provider.Fields.Tenant == "" {
		return ""
	}
	for _, e := range c.Events() {
		for _, s := range reach([]*schemas.Schema{e.Schema}, c.Provider.Fields.Tenant.Segments()) {
			if s.Gen != nil && s.Gen.Role != "" {
				return parseRole(s.Gen.Role).variable
			}
		}
	}
	return ""
}

// pins are the pinned values that the event has a place for; nil when there are none.
func (g *Generator) pins(e *schemas.Event) *pin {
	var pins *pin
	for _, place := range sortedKeys(g.config.Set) {
		if len(reach([]*schemas.Schema{e.Schema}, place.Segments())) == 0 {
			continue
		}
		if pins == nil {
			pins = &pin{}
		}
		pins.at(place).constant = g.config.Set[place]
	}
	return pins
}

// checkSet refuses pinned places that no event has, and values that are not JSON.
func (g *Generator) checkSet() error {
	var errs []error
	for _, place := range sortedKeys(g.config.Set) {
		if err := place.Check(); err != nil {
			errs = append(errs, fmt.Errorf("set %q: %w", place, err))
			continue
		}
		if !json.Valid(g.config.Set[place]) {
			errs = append(errs, fmt.Errorf("set %q: the value %s is not JSON (a text needs its quotes)", place, g.config.Set[place]))
		}
		known := slices.ContainsFunc(g.catalog.Events(), func(e *schemas.Event) bool {
			return len(reach([]*schemas.Schema{e.Schema}, place.Segments())) > 0
		})
		if !known || place == "" {
			errs = append(errs, fmt.Errorf("set %q: no event of %q has such a place", place, g.catalog.Provider.Name))
		}
	}
	return errors.Join(errs...)
}

// tryPlan validates a few messages of a plan whose schema has keywords that are honoured by trying,
// or values that somebody pinned.
func (g *Generator) tryPlan(p *plan) error {
	if len(g.config.Set) == 0 && !risky(p.event.Schema) {
		return nil
	}
	var body []byte
	for life := range uint64(16) {
		body = g.append(body[:0], p, Coordinate{Life: life}, nil, nil)
		if err := p.event.Validate(body); err != nil {
			return fmt.Errorf("a made message does not satisfy the schema: %w", err)
		}
	}
	return nil
}

// risky says whether a schema uses keywords whose values are tried rather than built.
func risky(c *schemas.Schema) bool {
	seen := map[*schemas.Schema]bool{}
	var look func(c *schemas.Schema) bool
	look = func(c *schemas.Schema) bool {
		if c == nil || seen[c] {
			return false
		}
		seen[c] = true
		if c.UnevaluatedItems != nil || c.UnevaluatedProperties != nil || c.PropertyNames != nil || c.Not != nil || c.If != nil ||
			c.UniqueItems || c.Contains != nil || len(c.DependentSchemas) > 0 || len(c.DependentRequired) > 0 {
			return true
		}
		for _, sub := range subschemas(c) {
			if look(sub) {
				return true
			}
		}
		return false
	}
	return look(c)
}

// Append appends the body of the event's message at that coordinate to dst. It does not allocate
// beyond dst. An event the catalog does not have is an error.
func (g *Generator) Append(dst []byte, event string, at Coordinate) ([]byte, error) {
	p := g.plans[event]
	if p == nil {
		return dst, fmt.Errorf("make message: provider %q has no event %q", g.catalog.Provider.Name, event)
	}
	return g.append(dst, p, at, nil, nil), nil
}

// append makes a message, with decisions forced and noted where the slices are not nil.
func (g *Generator) append(dst []byte, p *plan, at Coordinate, forced, trace []int16) []byte {
	var m maker
	m.world = g.world
	m.start = g.cast.start
	m.now = g.instant(at)
	m.forced, m.trace = forced, trace
	m.place(g.cast.seed, g.cast.run, at, usualTenants)
	return m.run(dst, p.ops)
}

// instant is when a message of no journey happens, in Unix milliseconds. Messages of one run begin
// together, so that none lies far in the future: a life is a millisecond, a step a second.
func (g *Generator) instant(at Coordinate) int64 {
	return g.cast.start + int64(at.Life%86_400_000) + int64(at.Step)*1000
}

// usualTenants is how many tenants there are unless a stream says otherwise.
const usualTenants = 3

// Message makes the event's message at that coordinate.
func (g *Generator) Message(event string, at Coordinate) (schemas.Message, error) {
	body, err := g.Append(nil, event, at)
	if err != nil {
		return schemas.Message{}, err
	}
	return g.catalog.Provider.ReadAs(event, body)
}
