package generators

import (
	"encoding/json"
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

// Coordinate is where a message stands: the step of a life. With the Config it fixes every byte.
type Coordinate struct {
	Life uint64 `json:"life"`
	Step uint64 `json:"step"`
}

// Generator makes messages of one catalog. Safe for concurrent use.
type Generator struct{}

// New compiles each event's schema into a plan. A keyword that it cannot honour, or a Set that a schema
// refuses, is an error that names schema and pointer.
func New(c *schemas.Catalog, cfg Config) (*Generator, error) { panic("unwritten") }

// Append appends the body of the event's message at that coordinate to dst. It does not allocate
// beyond dst. An event the catalog does not have is an error.
func (g *Generator) Append(dst []byte, event string, at Coordinate) ([]byte, error) {
	panic("unwritten")
}

// Message makes the event's message at that coordinate.
func (g *Generator) Message(event string, at Coordinate) (schemas.Message, error) { panic("unwritten") }

// Point is one schema point of an event: an enum value, a branch, an optional field present or
// absent, a bound.
type Point struct {
	Event string `json:"event"`
	Place string `json:"place"` // JSON Pointer in the instance
	What  string `json:"what"`  // "enum active", "present", "absent", "branch 2", "minLength 1", …
}

// Variant is a message made to touch schema points.
type Variant struct {
	Name    string // "status=failed", "email absent", …
	Message schemas.Message
	Points  []Point
}

// Points lists every schema point of the event.
func (g *Generator) Points(event string) []Point { panic("unwritten") }

// Cover makes a small set of messages that together touch every schema point of the event, each with
// ids of its own: lives from the given one upwards.
func (g *Generator) Cover(event string, life uint64) ([]Variant, error) { panic("unwritten") }
