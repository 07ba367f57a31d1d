package generators

import (
	"math/rand/v2"

	"github.com/hookrig/hookrig/schemas"
)

// Mutation is one way to break a body at one place, so that the schema refuses it.
type Mutation struct {
	Name    string // "required /data/from", …
	Place   string // JSON Pointer in the instance
	Keyword string // the keyword that it breaks
	Apply   func(body []byte) ([]byte, error)
}

// Mutations lists the ways to break the event's messages.
func (g *Generator) Mutations(event string) []Mutation { panic("unwritten") }

// Tamper is one way to break an envelope that the provider's signing scheme makes possible. Apply
// makes the broken envelope for the message; a consumer must refuse it.
type Tamper struct {
	Name  string // "wrong-secret", "missing-signature", "stale", …
	Apply func(m schemas.Message, e schemas.Endpoint, a schemas.Attempt, random *rand.Rand) (schemas.Envelope, error)
}

// Tampers lists the ways to break the provider's envelopes; none for an unsigned provider.
func Tampers(p *schemas.Provider) []Tamper { panic("unwritten") }

// Encoding is another legal spelling of the same body.
type Encoding struct {
	Name   string // "pretty", "reversed-keys", "escaped-slash", "trailing-newline", …
	Apply  func(body []byte) ([]byte, error)
	Splits func(body []byte) []int // byte offsets at which the sender flushes and pauses; nil: none
}

// Encodings lists the legal spellings.
func Encodings() []Encoding { panic("unwritten") }
