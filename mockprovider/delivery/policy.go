package delivery

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/hookrig/hookrig/internal/wire"
	"github.com/hookrig/hookrig/schemas"
)

// Outcomes of an attempt.
const (
	Acknowledged = "acknowledged" // done
	Retry        = "retry"        // another attempt follows
	Exhausted    = "exhausted"    // it was the last attempt of the schedule
	Disabled     = "disabled"     // the answer says that the endpoint is gone: the subscription is disabled
	Duplicate    = "duplicate"    // an extra attempt, made on purpose; decides nothing
)

// Outcomes lists the outcomes.
func Outcomes() []string { return []string{Acknowledged, Retry, Exhausted, Disabled, Duplicate} }

// Verdict is what follows from an attempt.
type Verdict struct {
	Outcome string
	Delay   time.Duration // until the next attempt, when the outcome is Retry
	Cause   string        // in words, "" when acknowledged
}

// Judge says what follows from an exchange that was the n-th attempt of a round, n from 1. random
// jitters the delay; now is the machine's time, against which a date in Retry-After is read. Besides
// the statuses of the policy, 410 Gone disables an endpoint, as its meaning asks (RFC 9110, 15.5.11).
func Judge(p schemas.Policy, x wire.Exchange, n int, random *rand.Rand, now time.Time) Verdict {
	answered := x.Failure == ""
	if answered && p.Acknowledges(x.Status) {
		return Verdict{Outcome: Acknowledged}
	}
	status, retryAfter := 0, ""
	if answered {
		status, retryAfter = x.Status, header(x, "Retry-After")
	}
	if status == http.StatusGone || p.Retries.Stops(status) {
		return Verdict{Outcome: Disabled, Cause: causeOf(x)}
	}
	at, again := p.Retries.Next(n, status, retryAfter, now, random)
	if !again {
		return Verdict{Outcome: Exhausted, Cause: causeOf(x)}
	}
	return Verdict{Outcome: Retry, Delay: at.Sub(now), Cause: causeOf(x)}
}

func causeOf(x wire.Exchange) string {
	switch {
	case x.Failure != "" && x.Err != nil:
		return x.Err.Error()
	case x.Failure != "":
		return string(x.Failure)
	case x.Status/100 == 3:
		return fmt.Sprintf("answered %d; redirects are not followed", x.Status)
	}
	return fmt.Sprintf("answered %d", x.Status)
}

func header(x wire.Exchange, name string) string {
	for _, line := range x.Headers {
		if strings.EqualFold(line[0], name) {
			return line[1]
		}
	}
	return ""
}
