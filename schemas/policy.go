package schemas

import (
	"slices"
	"strconv"
	"time"
)

// Policy is what the provider does with answers.
type Policy struct {
	Acknowledge      []string `json:"acknowledge"` // "2xx" or single statuses
	TimeoutSeconds   float64  `json:"timeout_seconds"`
	Retries          Retries  `json:"retries"`
	LargestBodyBytes int64    `json:"largest_body_bytes"` // 0 when not stated
	DeliveryID       string   `json:"delivery_id"`        // per-delivery, per-attempt, none
	Repeats          bool     `json:"repeats"`            // the same message may arrive more than once
	Ordered          bool     `json:"ordered"`            // messages arrive in the order of their time
}

// Acknowledges says whether the provider takes the status for a yes.
func (p Policy) Acknowledges(status int) bool { return statusIn(p.Acknowledge, status) }

// Timeout is how long the provider waits for a whole answer.
func (p Policy) Timeout() time.Duration {
	return time.Duration(p.TimeoutSeconds * float64(time.Second))
}

// statusIn says whether a status is among single ones ("200") and classes ("2xx").
func statusIn(list []string, status int) bool {
	return slices.Contains(list, strconv.Itoa(status)) || slices.Contains(list, strconv.Itoa(status/100)+"xx")
}
