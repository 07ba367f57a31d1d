package generators

import (
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// StreamConfig says which stream to walk. The zero value is the provider's default stream, endless.
type StreamConfig struct {
	Lives    int      // contacts, groups and auto-replies that exist at most at once. Default 200
	Tenants  int      // workspaces or business numbers that they are spread over. Default 3
	Journeys []string // only lives that begin with these journeys, and what follows them. Default all
	Events   []string // only messages of these events; the others still happen, unseen. Default all
	Shard    int      // from 0; with Shards, only lives with life % Shards == Shard are built
	Shards   int      // Default 1
	Faults   Faults   // what goes wrong on the way. Default nothing
}

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
type Stream struct{}

// Stream starts a stream at the first message. An unknown journey or event, or a number out of range,
// is an error.
func (g *Generator) Stream(cfg StreamConfig) (*Stream, error) { panic("unwritten") }

// Next appends the body of the next message to dst, which may be nil or reused (dst[:0]). It does not
// allocate beyond dst and its own bounded state. ok is false when nothing will ever follow.
func (s *Stream) Next(dst []byte) (body []byte, meta Meta, ok bool) { panic("unwritten") }

// Message is Next as a schemas.Message with a body of its own.
func (s *Stream) Message() (m schemas.Message, meta Meta, ok bool) { panic("unwritten") }

// At makes the message of a coordinate again, without moving the stream. It replays that one life, so
// it costs as much as the life has steps. ok is false where the life has no such step.
func (s *Stream) At(dst []byte, c Coordinate) (body []byte, meta Meta, ok bool) { panic("unwritten") }
