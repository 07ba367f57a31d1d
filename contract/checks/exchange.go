package checks

import (
	"strconv"
	"strings"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// Exchange is one request as it was sent and what came back. It holds signatures and whatever the
// consumer said: mask it before showing it.
type Exchange struct {
	Step    Step             // what was to be sent, as data
	Message schemas.Message  // the message as signed
	Request schemas.Envelope // as sent
	Fault   Fault            // on the wire, splits worked out
	URL     string
	Reply   Reply
	At      time.Time // when sending began
	Plain   bool      // a plain valid message: a refusal is one of ack-intermittent's
	Check   string    // the check it was sent for
	On      string    // the event on which that check runs
}

// Reply is what the consumer did with a request.
type Reply struct {
	Status    int // 0 when no complete status line and header arrived
	Reason    string
	Headers   schemas.Headers
	Body      []byte        // up to 64 KiB
	Truncated bool          // the body went on
	Failure   string        // "" when a complete reply arrived; else reset, timeout, connect, malformed-reply, …
	Err       error         // the cause of Failure
	Sent      time.Duration // when the last byte had left; zero when it never did
	FirstByte time.Duration
	Done      time.Duration
}

// Failures of a reply, as far as verdicts depend on them.
const (
	FailureReset     = "reset"
	FailureTimeout   = "timeout"
	FailureConnect   = "connect"
	FailureMalformed = "malformed-reply"
	FailureCanceled  = "canceled"
)

// Acknowledged reports whether the provider takes the reply for an acknowledgement.
func (r Reply) Acknowledged(p schemas.Policy) bool {
	if r.Status == 0 || r.Failure == FailureTimeout {
		return false
	}
	if len(p.Acknowledge) == 0 {
		return r.Status >= 200 && r.Status <= 299
	}
	for _, set := range p.Acknowledge {
		if matchesStatus(set, r.Status) {
			return true
		}
	}
	return false
}

// Busy reports whether the consumer asked to be left alone: 429, or 503 with Retry-After.
func (r Reply) Busy() bool {
	return r.Status == 429 || r.Status == 503 && r.Header("Retry-After") != ""
}

// Header returns the first value of the header, "" when absent.
func (r Reply) Header(name string) string {
	for _, line := range r.Headers {
		if strings.EqualFold(line[0], name) {
			return line[1]
		}
	}
	return ""
}

// times says a number of effects.
func times(n int) string {
	if n == 1 {
		return "1 effect"
	}
	return strconv.Itoa(n) + " effects"
}

// String says in a few words what came back: "200 OK", "no reply within the deadline", …
func (r Reply) String() string {
	switch {
	case r.Failure == FailureTimeout && r.Status != 0:
		return strconv.Itoa(r.Status) + ", and a body that did not end within the deadline"
	case r.Failure == FailureTimeout:
		return "no reply within the deadline"
	case r.Status != 0:
		return strings.TrimSpace(strconv.Itoa(r.Status) + " " + r.Reason)
	case r.Failure == FailureReset:
		return "connection closed without a reply"
	case r.Failure == FailureConnect:
		return "no connection"
	case r.Failure == FailureMalformed:
		return "a reply that is not HTTP/1.1"
	default:
		return r.Failure
	}
}
