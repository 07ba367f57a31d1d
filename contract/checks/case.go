package checks

import "encoding/json"

// Case is one concrete probe: what is sent, as data, and how what comes back is judged.
type Case struct {
	Name     string // "truncated to 8 characters"; unique within check and event
	Where    string // JSON Pointer in the message, or the part of the envelope that it touches
	Steps    []Step
	Parallel bool // all steps at one instant; else one after another

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
// statuses, "2xx" to "5xx", "ack" (what the provider takes for an acknowledgement) and the failures
// reset, timeout, malformed. An answer in no set is a flaw of the check's own level.
type Expect struct {
	Good  string // as it should be
	Minor string // an advisory
	Rule  string // what the consumer must do, one sentence
	Want  string // "a 4xx"
}

// Effect is what must be true of a key once the consumer has settled. Counts are in units: what one
// plain message about a key of its own raises.
type Effect struct {
	Key  string
	Min  int // fewer units: an effect is lost
	Max  int // more units: an effect too many. Negative: any number
	Want func(value json.RawMessage) *Flaw
}

// Evidence is what a case has brought to light.
type Evidence struct {
	Exchanges     []Exchange // one a step, in the order of the steps
	Before, After *Exchange  // plain messages around the case; nil when none was sent
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
	Index int // the exchange that shows it
}
