package journal

import (
	"encoding/json"
	"strings"
	"time"
)

// Status is where a delivery stands.
type Status string

// The states of a delivery. Dead ones are the dead letters: they can be replayed.
const (
	Pending   Status = "pending"   // waits for its first or next attempt
	Delivered Status = "delivered" // acknowledged
	Dead      Status = "dead"      // given up: retries used up, or the subscription is gone or disabled
	Dropped   Status = "dropped"   // a fault kept it from ever being sent
	Captured  Status = "captured"  // arrived at a listener instead of being sent
)

// Statuses lists the states.
func Statuses() []Status { return []Status{Pending, Delivered, Dead, Dropped, Captured} }

// Session is a world of its own: subscriptions, messages and deliveries that no other sees.
type Session struct {
	ID       int64
	Name     string
	Document json.RawMessage // the owner's, kept as it is
}

// Document is a thing that the owner keeps under an id: a subscription or a stream.
type Document struct {
	ID       string
	Document json.RawMessage
	Cursor   int64 // streams: how many messages have been taken from it
}

// Message is a message that was accepted.
type Message struct {
	Seq    int64 // from 1, in order of acceptance
	Event  string
	ID     string // the provider's message id, "" where it has none
	Entity string // key of the thing it is about, "" when none
	Origin string // where it came from: "trigger", "journey:…", "stream:…", "api", "listen"
	At     time.Time
	Body   []byte
}

// Delivery is one message on its way to one subscription.
type Delivery struct {
	Seq          int64
	Message      int64 // its Seq
	Event        string
	Subscription string
	Status       Status
	Attempts     int // made so far
	Base         int // attempts made before the last replay: the retry schedule counts from here
	Created      time.Time
	Due          time.Time // of the next attempt while pending, else of the end
	Fault        string    // kinds of the faults that touched it, joined by commas
	Answer       int       // status of the last reply, 0 when none
	Size         int       // bytes of the message's body
}

// Attempt is one exchange of a delivery. Its request body is the message's, unless RequestBody says
// otherwise.
type Attempt struct {
	Number        int       // from 1
	At            time.Time // on the provider's clock
	Sent          time.Time // on the machine's clock, which is what was signed
	Duration      time.Duration
	Outcome       string // acknowledged, retry, dead, disabled
	Status        int    // of the reply, 0 when none arrived
	Failure       string // what went wrong on the wire, "" when a reply arrived
	Cause         string // in words
	Fault         string // what was done wrong on purpose
	RequestHeader []byte // request line and header lines as sent
	RequestBody   []byte // nil: the message's body
	ReplyHeader   []byte // status line and header lines as received
	ReplyBody     []byte // as much as was kept
}

// Faults lists the kinds of the faults that touched the delivery, never nil.
func (d *Delivery) Faults() []string { return splitFaults(d.Fault) }

// Faults lists the faults that touched the attempt, never nil.
func (a *Attempt) Faults() []string { return splitFaults(a.Fault) }

func splitFaults(text string) []string {
	if text == "" {
		return []string{}
	}
	return strings.Split(text, ",")
}
