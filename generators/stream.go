package generators

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// StreamConfig says which stream to walk. The zero value is the provider's default stream, endless.
type StreamConfig struct {
	Lives    int      // contacts, groups and auto-replies that exist at most at once. Default 120
	Tenants  int      // workspaces or business numbers that they are spread over. Default 3
	Journeys []string // only lives that begin with these, or go on with these. Default all
	Events   []string // only messages of these events; the others still happen, unseen. Default all
	Shard    int      // from 0; with Shards, only lives with life % Shards == Shard are built
	Shards   int      // Default 1
	Faults   Faults   // what goes wrong on the way. Default nothing
}

// mostLives bounds StreamConfig.Lives.
const mostLives = 1 << 30

// Meta says what Next appended. Event points into the catalog and may be kept.
type Meta struct {
	Event      *schemas.Event
	Coordinate Coordinate // with the Config and the StreamConfig it fixes the bytes
	Journey    string     // journey that it belongs to; "" for an independent message
	Time       time.Time  // on the virtual clock, UTC; never before the message before it, but for faults
	Fault      string     // "duplicate", "reorder" or ""
}

// Stream walks the messages of a provider in the order of the virtual clock: journeys where the
// catalog has them, independent messages otherwise. Use one Stream from one goroutine; any number of
// Streams may share a Generator.
type Stream struct {
	generator *Generator
	config    StreamConfig
	events    map[*schemas.Event]bool // wanted; nil: all
	walk      *walk                   // nil: independent messages
	script    *script
	count     uint64 // independent messages so far
	passed    uint64 // messages of all shards so far
	all       []*schemas.Event
	shaky     *shaker // nil: no faults
}

// Stream starts a stream at the first message. An unknown journey or event, or a number out of range,
// is an error; so is every mistake in the catalog's journeys.
func (g *Generator) Stream(cfg StreamConfig) (*Stream, error) {
	if err := cfg.settle(); err != nil {
		return nil, fmt.Errorf("start stream: %w", err)
	}
	s := &Stream{generator: g, config: cfg, all: g.catalog.Events()}
	if err := s.wantEvents(); err != nil {
		return nil, fmt.Errorf("start stream: %w", err)
	}
	journeys, err := g.script()
	if err != nil {
		return nil, fmt.Errorf("start stream of %q: %w", g.catalog.Provider.Name, err)
	}
	if journeys == nil && len(cfg.Journeys) > 0 {
		return nil, fmt.Errorf("start stream: provider %q has no journeys", g.catalog.Provider.Name)
	}
	if journeys != nil {
		if s.script, err = journeys.only(cfg.Journeys); err != nil {
			return nil, fmt.Errorf("start stream: %w", err)
		}
		if err := s.reachable(); err != nil {
			return nil, fmt.Errorf("start stream: %w", err)
		}
		s.walk = newWalk(g, s.script, cfg, 0, uint64(cfg.Lives))
	}
	if cfg.Faults.any() {
		s.shaky = newShaker(cfg.Faults, g.cast.seed)
	}
	return s, nil
}

// settle fills in defaults and refuses numbers out of range.
func (c *StreamConfig) settle() error {
	for _, n := range []struct {
		name  string
		value *int
		usual int
		most  int
	}{{"lives", &c.Lives, 120, mostLives}, {"tenants", &c.Tenants, usualTenants, 4096}, {"shards", &c.Shards, 1, 1 << 20}} {
		if *n.value == 0 {
			*n.value = n.usual
		}
		if *n.value < 1 || *n.value > n.most {
			return fmt.Errorf("%s is %d: want 1 to %d", n.name, *n.value, n.most)
		}
	}
	if c.Shard < 0 || c.Shard >= c.Shards {
		return fmt.Errorf("shard is %d: want 0 to %d", c.Shard, c.Shards-1)
	}
	return c.Faults.settle()
}

func (s *Stream) wantEvents() error {
	if len(s.config.Events) == 0 {
		return nil
	}
	wanted, err := s.generator.catalog.Select(s.config.Events...)
	if err != nil {
		return err
	}
	s.events = map[*schemas.Event]bool{}
	for _, e := range wanted {
		s.events[e] = true
	}
	return nil
}

// reachable refuses a stream in which no wanted message would ever come.
func (s *Stream) reachable() error {
	if s.config.Shards > s.config.Lives {
		return fmt.Errorf("shards is %d: want at most the %d lives", s.config.Shards, s.config.Lives)
	}
	emits := map[string]bool{}
	for _, first := range s.script.firsts {
		maps.Copy(emits, first.emits)
		for _, k := range s.script.kinds {
			if k.name == first.journey.Life && first.journey.Stage == "first" {
				for _, o := range k.later {
					maps.Copy(emits, o.emits)
				}
			}
		}
	}
	for e := range s.events {
		if emits[e.Name] {
			return nil
		}
	}
	if s.events == nil && len(emits) > 0 {
		return nil
	}
	return fmt.Errorf("no journey emits %s", strings.Join(s.config.Events, ", "))
}

// Next appends the body of the next message to dst, which may be nil or reused (dst[:0]). It does not
// allocate beyond dst and its own bounded state. ok is false when nothing will ever follow.
func (s *Stream) Next(dst []byte) (body []byte, meta Meta, ok bool) {
	if s.shaky != nil {
		return s.shaky.next(dst, s.next)
	}
	return s.next(dst)
}

// Message is Next as a schemas.Message with a body of its own.
func (s *Stream) Message() (m schemas.Message, meta Meta, ok bool) {
	body, meta, ok := s.Next(nil)
	if !ok {
		return m, meta, false
	}
	m, err := s.generator.catalog.Provider.ReadAs(meta.Event.Name, body)
	if err != nil {
		panic(fmt.Sprintf("generators: made a body that is not JSON: %v", err))
	}
	return m, meta, true
}

// next is Next without faults.
func (s *Stream) next(dst []byte) ([]byte, Meta, bool) {
	for {
		if s.walk == nil {
			c := Coordinate{Life: s.count}
			s.count++
			plan := s.independent(c.Life)
			if s.turn(c.Life, plan.event) {
				at := s.generator.instant(c)
				return s.generator.append(dst, plan, c, nil, nil), Meta{Event: plan.event, Coordinate: c, Time: time.UnixMilli(at).UTC()}, true
			}
			continue
		}
		i, ok := s.walk.next()
		if !ok {
			return dst, Meta{}, false
		}
		if s.turn(s.walk.coordinate().Life, i.plan.event) {
			return s.walk.append(dst, i), s.walk.meta(i), true
		}
	}
}

// turn counts a message if it is wanted, and says whether it is this shard's too.
func (s *Stream) turn(life uint64, e *schemas.Event) bool {
	if !s.wants(e) {
		return false
	}
	s.passed++
	return s.mine(life)
}

// Passed is how many messages of all shards have gone by: the last one of Next stands at Passed()-1 in
// the whole stream (without faults).
func (s *Stream) Passed() uint64 { return s.passed }

func (s *Stream) mine(life uint64) bool {
	return s.config.Shards == 1 || life%uint64(s.config.Shards) == uint64(s.config.Shard)
}

func (s *Stream) wants(e *schemas.Event) bool { return s.events == nil || s.events[e] }

// independent chooses the event of a message that belongs to no journey.
func (s *Stream) independent(life uint64) *plan {
	e := s.all[share(mix(join(s.generator.cast.seed, life)), uint64(len(s.all)))]
	return s.generator.plans[e.Name]
}

// At makes the message of a coordinate again, without moving the stream. It replays that one life, so
// it costs as much as the life has steps. ok is false where the life has no such step.
func (s *Stream) At(dst []byte, c Coordinate) (body []byte, meta Meta, ok bool) {
	if s.walk == nil {
		plan := s.independent(c.Life)
		if c.Step > 0 {
			return dst, Meta{}, false
		}
		at := s.generator.instant(c)
		return s.generator.append(dst, plan, c, nil, nil), Meta{Event: plan.event, Coordinate: c, Time: time.UnixMilli(at).UTC()}, true
	}
	seat := c.Life % uint64(s.config.Lives)
	w := newWalk(s.generator, s.script, s.config, seat, seat+1)
	for {
		i, ok := w.next()
		at := w.coordinate()
		if !ok || at.Life > c.Life || at.Life == c.Life && at.Step > c.Step {
			return dst, Meta{}, false
		}
		if at == c {
			return w.append(dst, i), w.meta(i), true
		}
	}
}

// compileJourneys compiles the catalog's journeys; nil when there are none.
func (g *Generator) compileJourneys() (*script, error) {
	journeys, err := readJourneys(g.catalog.Files())
	if err != nil || len(journeys) == 0 {
		return nil, err
	}
	return newScript(g, journeys)
}

// only keeps the openings of the named journeys: those that begin a life where one of them does, those
// that follow where one of them does.
func (s *script) only(names []string) (*script, error) {
	if len(names) == 0 {
		return s, nil
	}
	kept := *s
	kept.kinds = slices.Clone(s.kinds)
	named := func(o opening) bool { return slices.Contains(names, o.journey.Name) }
	var known []string
	keep := func(list []opening) []opening {
		var some []opening
		for _, o := range list {
			known = append(known, o.journey.Name)
			if named(o) {
				some = append(some, o)
			}
		}
		if len(some) == 0 {
			return list
		}
		return weigh(some)
	}
	kept.firsts = keep(s.firsts)
	begun := slices.ContainsFunc(s.firsts, named)
	wanted := map[string]bool{}
	for i := range kept.kinds {
		kept.kinds[i].later = keep(s.kinds[i].later)
		if slices.ContainsFunc(s.kinds[i].later, named) {
			wanted[s.kinds[i].name] = true
		}
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			slices.Sort(known)
			return nil, fmt.Errorf("unknown journey %q: want one of %s", name, strings.Join(slices.Compact(known), ", "))
		}
	}
	if !begun {
		// A journey that follows needs lives of its kind, and no others.
		kept.firsts = slices.DeleteFunc(slices.Clone(kept.firsts), func(o opening) bool { return !wanted[o.journey.Life] })
		kept.firsts = weigh(kept.firsts)
	}
	return &kept, nil
}
