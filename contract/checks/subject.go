package checks

import (
	"math/rand/v2"
	"time"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// Subject is what a check derives its cases from: one event of one provider, and where its messages
// come from. Read-only while checks use it.
type Subject struct {
	Provider   *schemas.Provider
	Catalog    *schemas.Catalog // nil when there is nothing but sample bodies
	Event      *schemas.Event   // the event at hand; Schema is nil for a sample
	Events     []*schemas.Event // all events of the run
	Endpoints  []schemas.Endpoint
	Sources    []Source              // of each endpoint; the last serves the rest
	Generator  *generators.Generator // nil when there is nothing but sample bodies
	Laws       *Laws                 // of the catalog. Default: read from it
	Journeys   *Journeys             // of the catalog; nil when there are none to tell
	RunID      string                // of the run that its messages belong to
	Observed   bool                  // effects can be seen
	Counter    bool                  // but as one number for all keys
	Aggressive bool                  // what can hurt a machine may be sent
	Token      string                // verify token of the handshake; "" when unknown
	Accepted   []*schemas.Event      // of the run's events, those that are acknowledged. Default Events
	Refused    map[string]bool       // events that are refused always; set for reviews
	Deadline   time.Duration         // for a reply
	MaxBody    int64                 // largest body in bytes; 0 when nobody says
	Random     *rand.Rand            // of the check and event at hand
	Lives      *Lives                // of the check and event at hand
	Now        func() time.Time      // the clock that signs
}

// Source makes messages. A Generator is one; sample bodies are another.
type Source interface {
	Message(event string, at generators.Coordinate) (schemas.Message, error)
}

// Lives hands out coordinates of their own to each check and event, so that selecting checks or events
// never shifts the data of others. Not safe for concurrent use.
type Lives struct {
	First uint64
	Suits func(generators.Coordinate) bool // passed over when it says no, unless all do. Default: all suit
	next  uint64
}

// passedOver bounds how many coordinates in a row are passed over.
const passedOver = 64

// peek is the coordinate that Next will give.
func (l *Lives) peek() *generators.Coordinate {
	at := generators.Coordinate{Life: l.First + l.next}
	for tries := 0; l.Suits != nil && tries < passedOver; tries++ {
		if l.Suits(at) {
			l.next = at.Life - l.First
			return &at
		}
		at.Life++
	}
	return &generators.Coordinate{Life: l.First + l.next}
}

// Next is a coordinate that nobody else has.
func (l *Lives) Next() *generators.Coordinate {
	at := l.peek()
	l.next++
	return at
}
