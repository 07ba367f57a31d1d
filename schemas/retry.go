package schemas

import (
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Retries is a retry schedule. No delays: one attempt only.
type Retries struct {
	DelaysSeconds []float64 `json:"delays_seconds"`
	JitterRatio   float64   `json:"jitter_ratio"` // 0.2: each delay within ±20 %
	StopOn        []int     `json:"stop_on,omitempty"`
}

// Attempts is how many attempts a delivery has at most.
func (r Retries) Attempts() int { return 1 + len(r.DelaysSeconds) }

// Delay is the pause after that attempt (from 1) has failed, jitter included; false when it was the
// last. Chance comes from random alone; nil means no jitter.
func (r Retries) Delay(attempt int, random *rand.Rand) (time.Duration, bool) {
	if attempt < 1 || attempt > len(r.DelaysSeconds) {
		return 0, false
	}
	seconds := r.DelaysSeconds[attempt-1]
	if random != nil {
		seconds *= 1 + r.JitterRatio*(2*random.Float64()-1)
	}
	return time.Duration(seconds * float64(time.Second)), true
}

// Stops says whether the status ends a delivery and disables the endpoint.
func (r Retries) Stops(status int) bool { return slices.Contains(r.StopOn, status) }

// Next is when to try again after a failed attempt, false when never: the schedule's delay, or the
// Retry-After of the answer, held between one and two times that delay (as Svix does).
func (r Retries) Next(attempt, status int, retryAfter string, now time.Time, random *rand.Rand) (time.Time, bool) {
	if r.Stops(status) {
		return time.Time{}, false
	}
	delay, ok := r.Delay(attempt, random)
	if !ok {
		return time.Time{}, false
	}
	if asked, ok := RetryAfter(retryAfter, now); ok && (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) {
		delay = min(max(asked, delay), 2*delay)
	}
	return now.Add(delay), true
}

// RetryAfter reads a Retry-After value (RFC 9110, 10.2.3): seconds or an HTTP date; a fraction of
// seconds is taken too. Past dates give 0; anything else, false. At most a year.
func RetryAfter(value string, now time.Time) (time.Duration, bool) {
	const year = 365 * 24 * time.Hour
	value = strings.TrimSpace(value)
	if value == "" || len(value) > 64 {
		return 0, false
	}
	if strings.Trim(value, "0123456789.") == "" {
		seconds, err := strconv.ParseFloat(value, 64)
		if err != nil || math.IsInf(seconds, 0) {
			return 0, false
		}
		return time.Duration(min(seconds, year.Seconds()) * float64(time.Second)), true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return min(max(at.Sub(now), 0), year), true
}
