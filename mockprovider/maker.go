package mockprovider

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// renewAfter is how far the clock may run ahead of a generator's own start before a new one is made: an
// independent message's time is its generator's start plus a millisecond for each life.
const renewAfter = 12 * time.Hour

// maker makes messages that carry the time of the session's clock. Safe for concurrent use.
type maker struct {
	cfg   Config
	runID string

	mu        sync.Mutex // guards all below
	generator *generators.Generator
	start     time.Time
	life      uint64
	turn      int // generators made so far, each with ids of its own
}

func newMaker(cfg Config, runID string) (*maker, error) {
	m := &maker{cfg: cfg, runID: runID}
	start := cfg.Start
	if start.IsZero() {
		start = time.Now()
	}
	return m, m.renew(start)
}

// message makes a new message of the event at that time, with places set.
func (m *maker) message(event string, now time.Time, set map[schemas.Pointer]json.RawMessage) (schemas.Message, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cfg.Catalog.Event(event) == nil {
		_, err := m.cfg.Catalog.Select(event) // its error lists the names
		return schemas.Message{}, fmt.Errorf("%w: event: %w", ErrInvalid, err)
	}
	if now.Sub(m.start) > renewAfter || now.Before(m.start) {
		if err := m.renew(now); err != nil {
			return schemas.Message{}, err
		}
	}
	m.life = max(m.life+1, uint64(now.Sub(m.start)/time.Millisecond))
	at := generators.Coordinate{Life: m.life}
	if len(set) == 0 {
		return m.generator.Message(event, at)
	}
	made, err := m.generator.Placed(event, at, set)
	if err != nil {
		return made, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return made, nil
}

// renew makes a generator that starts at that time. Callers hold mu.
func (m *maker) renew(start time.Time) (err error) {
	m.turn++
	m.start, m.life = start, 0
	m.generator, err = generators.New(m.cfg.Catalog, generators.Config{
		Seed: m.cfg.Seed, RunID: fmt.Sprintf("%s-%d", m.runID, m.turn), Start: start, Set: m.cfg.Set, Phones: m.cfg.Phones,
	})
	return err
}
