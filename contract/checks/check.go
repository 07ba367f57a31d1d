package checks

import (
	"context"
	"net/http"

	"github.com/hookrig/hookrig/schemas"
)

// Check is a family of probes for one defect. Values are made by [All] and read-only.
type Check struct {
	ID     string // "sig-missing-accepted"
	Number int    // place in the list, from 1; stable
	Title  string // the defect, in a few words

	Family   Family
	Severity Severity
	Level    Level
	Kind     Kind     // how often it must be seen. Cases may differ
	Phase    Phase    // when in a run it is its turn
	Schemes  []Scheme // the kinds of provider it applies to
	Scope    Scope    // one event, or each
	Needs    Needs    // what a run must be given for it
	Alone    bool     // nothing else may go on meanwhile
	Effects  bool     // has cases whose effects are judged too, where they can be seen

	Basis  Basis
	Why    string // why it matters, with a public incident
	Sends  string // what is sent
	Judges string // what is judged
	Fix    string // what to change in the consumer

	// Cases lists the probes for the subject's event; none when the description leaves nothing to
	// probe. Nil for a check with a course of its own.
	Cases func(s *Subject) ([]Case, error)
	// Run is the course of a check that no list of cases can express. Nil for most.
	Run func(ctx context.Context, b Bench) Outcome
	// Review judges what the whole run has seen, at its end. Beside Cases or alone.
	Review func(s *Subject, seen []Exchange) []Flaw

	// Sabotage turns a good consumer into one that this check must catch.
	Sabotage func(s Stand, inner http.Handler) http.Handler
	// Implies names checks that the sabotage may turn red too, each with the reason.
	Implies map[string]string
}

// Family groups checks by what they look at; one file each.
type Family string

// The families, in the order of the list.
const (
	Authenticity    Family = "authenticity"
	Freshness       Family = "freshness"
	Duplicates      Family = "duplicates"
	Acknowledgement Family = "acknowledgement"
	Payload         Family = "payload"
	Protocol        Family = "protocol"
	HandshakeFamily Family = "handshake"
)

// Severity grades what the defect costs its owner.
type Severity string

// The severities.
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
)

// Level says how a finding counts.
type Level string

// The levels. A check at LevelMustWithHook is must when effects can be seen and not assessed when not.
const (
	LevelMust         Level = "must"
	LevelMustWithHook Level = "must-with-hook"
	LevelAdvisory     Level = "advisory"
	LevelNever        Level = "never" // cannot be decided from outside
)

// Kind says how a finding is confirmed.
type Kind string

// The kinds. One existential observation with clean controls is a finding, repeats only grade it; an
// availability observation must be made three times in three, on new connections.
const (
	Existential  Kind = "existential"
	Availability Kind = "availability"
)

// Phase is a check's turn in a run.
type Phase int

// The phases, in their order.
const (
	Baseline Phase = iota // one plain message per event, first
	Harmless              // side by side
	Hooked                // everything sent, settled once, read
	Wounding              // may harm the consumer: alone and last
	Closing               // judges what the run has seen
)

// Scope says on how many events a check runs.
type Scope int

// The scopes.
const (
	OneEvent  Scope = iota // on the first event that is acknowledged: the envelope is the same for all
	EachEvent              // on every event that is acknowledged
)

// Needs is what a run must be given before a check can be assessed.
type Needs struct {
	Hook       bool // an Observer
	Restart    bool // a way to kill and restart the consumer
	FailNext   bool // a way to make the consumer's next attempt fail
	Endpoints  int  // so many endpoints with secrets of their own; 0: one will do
	Handshake  bool // a provider that has one
	Aggressive bool // leave to send what can hurt a machine
	Schema     bool // an event with a schema: not a sample body
}

// Basis says on what a finding rests.
type Basis struct {
	Kind   BasisKind
	Source string          // link, or RFC and section
	Fact   schemas.Pointer // place in provider.json whose source, where not assumed, takes the place of Kind and Source
}

// BasisKind is the word for it in a report.
type BasisKind string

// The kinds of basis.
const (
	Documented BasisKind = "documented" // the provider says so
	Standard   BasisKind = "standard"   // an RFC or a published specification says so
	Security   BasisKind = "security"   // otherwise anybody can do harm
	Yours      BasisKind = "yours"      // a flag or the config file says so
	Assumed    BasisKind = "assumed"    // a guess of ours; never the basis of a must
)

// Selects reports whether the check applies to providers of that scheme.
func (c *Check) Selects(scheme Scheme) bool {
	for _, s := range c.Schemes {
		if s == scheme {
			return true
		}
	}
	return false
}
