package checks

import (
	"slices"
	"time"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// Step is one request of a case, as data: with a Subject and a clock it becomes exact bytes
// ([Subject.Build]). Two steps of one coordinate carry the same message. In JSON it is a step of a
// replay token.
type Step struct {
	Event      string                 `json:"event,omitempty"`      // Default the subject's
	Coordinate *generators.Coordinate `json:"coordinate,omitempty"` // which message; nil when Body says it
	Body       []byte                 `json:"body,omitempty"`       // the message instead of a coordinate
	Edits      []Edit                 `json:"edits,omitempty"`      // in the order of their stages: body, signing, envelope
	Fault      *Fault                 `json:"fault,omitempty"`      // on the wire
	Endpoint   int                    `json:"endpoint,omitempty"`   // which of the run's endpoints, from 0
	Attempt    int                    `json:"attempt,omitempty"`    // Default 1
	Again      bool                   `json:"again,omitempty"`      // the very bytes of the step before
	Challenge  *schemas.Challenge     `json:"challenge,omitempty"`  // a handshake in place of a message; the token "{token}" is the right one
}

// Fault is how a request misbehaves on the wire.
type Fault struct {
	Chunked  bool   `json:"chunked,omitempty"`
	Splits   []int  `json:"splits,omitempty"` // byte offsets in the body at which to flush and pause
	PauseMS  int    `json:"pause_ms,omitempty"`
	CutAt    int    `json:"cut_at,omitempty"`    // close the sending side after so many body bytes; 0: never
	SplitsIn string `json:"splits_in,omitempty"` // "characters": splits inside the first multi-byte character
}

// Pause is the time between two writes; zero is the wire's own.
func (f *Fault) Pause() time.Duration { return time.Duration(f.PauseMS) * time.Millisecond }

// has reports whether the step has an edit of that kind.
func (s Step) has(op Op) bool {
	return slices.ContainsFunc(s.Edits, func(e Edit) bool { return e.Op == op })
}
