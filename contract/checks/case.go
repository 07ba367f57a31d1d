package checks

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// Case is one concrete probe: what is sent, as data, and how what comes back is judged.
type Case struct {
	Name     string // "truncated to 8 characters"; unique within check and event
	Where    string // JSON Pointer in the message, or the part of the envelope that it touches
	Steps    []Step
	Plain    bool          // its steps are plain messages: a refusal is one of ack-intermittent's
	Parallel bool          // all steps at one instant; else one after another
	Apart    time.Duration // of Parallel steps: between one and the next, none waiting for an answer. Default: one instant
	Kept     bool          // all steps on one connection; for a check with a course of its own
	Beside   int           // slow connections that are open meanwhile; for a check with a course of its own

	Expect  Expect               // how the last step's answer (each, when Parallel) is judged
	Judge   func(Evidence) *Flaw // in place of Expect. Nil for most
	Effects []Effect             // what is read after settling; judged beside the answers

	Kind   Kind   // Default the check's
	Level  Level  // Default the check's
	Reason string // why the case cannot be assessed; Steps is empty then
	Basis  *Basis // Default the check's
	Before Action // what the run does before the first step
}

// Action is something that a run does between steps by one of its hooks.
type Action string

// The actions.
const (
	NoAction Action = ""
	FailOnce Action = "fail-next" // make the consumer's next attempt fail
)

// Expect is a table from answers to verdicts. Each set lists, apart by spaces, answers: single
// statuses, "2xx" to "5xx", "ack" (what the provider takes for an acknowledgement), "refusal" (all
// else) and the failures reset, timeout, connect. An answer in no set is a flaw of the check's own level.
type Expect struct {
	Good  string          // as it should be
	Minor string          // an advisory
	Rule  string          // what the consumer must do, one sentence
	Want  string          // "a 4xx"
	Rests schemas.Pointer // place in provider.json of the fact that it rests on; "" for most
}

// Effect is what must be true of a message's key once the consumer has settled. Counts are in units: what one
// plain message about a key of its own raises.
type Effect struct {
	Step   int                               // the step whose message is meant, from 0
	Entity int                               // which of its keys, from 0
	Min    int                               // fewer units: an effect is lost
	Max    int                               // more units: an effect too many. Negative: any number
	Rule   string                            // what the consumer must do, one sentence
	Value  func(value json.RawMessage) *Flaw // judges what the entity is now. Nil for most
	Shows  []string                          // texts, one of which Value must find to judge by. Default: it judges whatever it finds
}

// Evidence is what a case has brought to light.
type Evidence struct {
	Exchanges     []Exchange // one a step, in the order of the steps
	Before, After *Exchange  // plain messages around the case; nil when none was sent
	Told          []Exchange // plain messages of what its messages refer to, sent before them; none for most consumers
	Readings      []Reading  // one for each of the case's effects
}

// Reading is what the observer said about a key.
type Reading struct {
	Key   string
	Units int // effects, in units of what one plain message raises
	Count int // effects as observed
	Value json.RawMessage
	Err   error
}

// Flaw is one thing that should not be, before it is confirmed.
type Flaw struct {
	Level Level  // Default the case's
	Kind  Kind   // Default the case's
	Where string // Default the case's
	Rule  string
	Got   string
	Want  string
	Index int             // the exchange that shows it
	Rests schemas.Pointer // place in provider.json of the fact that it rests on; "" for most
	Times int             // of a review: times seen
	Of    int             // of a review: times looked; 0 counts as once in one
	Lone  bool            // of a review: too rare to count
}

// Blind reports whether a reading holds nothing that the effect could judge by.
func (want Effect) Blind(r Reading) bool {
	return want.Value != nil && len(want.Shows) > 0 && r.Err == nil && !containsAny(r.Value, want.Shows...)
}

// WantsTimeouts reports whether a missing reply is one of the answers that the case judges.
func (c Case) WantsTimeouts() bool {
	return slices.Contains(strings.Fields(c.Expect.Good+" "+c.Expect.Minor), FailureTimeout)
}

// Fresh is the case with messages that nobody has seen: steps and edits that shared a message share
// the new one.
func (c Case) Fresh(lives *Lives) Case {
	renewed := map[generators.Coordinate]*generators.Coordinate{}
	renew := func(at *generators.Coordinate) *generators.Coordinate {
		if at == nil {
			return nil
		}
		if renewed[*at] == nil {
			renewed[*at] = lives.Next()
		}
		return renewed[*at]
	}
	c.Steps = slices.Clone(c.Steps)
	for i := range c.Steps {
		c.Steps[i].Coordinate = renew(c.Steps[i].Coordinate)
		c.Steps[i].Edits = slices.Clone(c.Steps[i].Edits)
		for k := range c.Steps[i].Edits {
			c.Steps[i].Edits[k].Coordinate = renew(c.Steps[i].Edits[k].Coordinate)
		}
	}
	return c
}
