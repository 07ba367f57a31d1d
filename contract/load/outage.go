package load

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// mostBacklog bounds the messages of an outage.
const mostBacklog = 1_000_000

// OutageFigures is what came of the messages that were due while the consumer was down.
type OutageFigures struct {
	LengthNS  int64 `json:"length_ns"`   // in the provider's time
	Messages  int64 `json:"messages"`    // that were due meanwhile
	GivenUp   int64 `json:"given_up"`    // by the provider, before the consumer was back
	Returned  int64 `json:"returned"`    // that came, or should have, within the run
	Finished  int64 `json:"finished"`    // of those: acknowledged, or given up
	LastDueNS int64 `json:"last_due_ns"` // when the last of them was due
	LastNS    int64 `json:"last_ns"`     // when the last that was finished was
}

// backlog is when the messages of an outage come again: each at the first of the provider's attempts after
// the consumer is back, so many times as fast. They came at the rate at which the plan begins. The same
// seed gives the same times.
func (c *Config) backlog() ([]time.Duration, *OutageFigures, error) {
	if c.Outage == 0 {
		return nil, nil, nil
	}
	retries := c.Catalog.Provider.Policy.Retries
	rate := c.Plan[0].From
	n := int64(float64(rate) * c.Outage.Seconds())
	switch {
	case len(retries.DelaysSeconds) == 0:
		return nil, nil, fmt.Errorf("outage: %s sends nothing again: whatever came meanwhile is lost", c.Catalog.Provider.Name)
	case rate == 0:
		return nil, nil, errors.New("outage: the plan begins at 0/s, so that nothing came meanwhile")
	case n > mostBacklog:
		return nil, nil, fmt.Errorf("outage: %s at %s are %d messages, more than %d", c.Outage, rate, n, mostBacklog)
	}
	random := rand.New(rand.NewPCG(c.Making.Seed, 0x6f757461676521)) //nolint:gosec // chance, not a secret
	figures := &OutageFigures{LengthNS: int64(c.Outage), Messages: n}
	speed := max(c.RetrySpeed, 0)
	if speed == 0 {
		speed = 1
	}
	var times []time.Duration
	for i := range n {
		at := -time.Duration((float64(i) + 0.5) / float64(rate) * float64(time.Second))
		attempt := 1
		for ; at <= 0; attempt++ {
			pause, ok := retries.Delay(attempt, random)
			if !ok {
				break
			}
			at += pause
		}
		if at <= 0 {
			figures.GivenUp++
			continue
		}
		if at = time.Duration(float64(at) / speed); at < c.Length {
			times = append(times, at)
		}
	}
	slices.Sort(times)
	figures.Returned = int64(len(times))
	if len(times) > 0 {
		figures.LastDueNS = int64(times[len(times)-1])
	}
	return times, figures, nil
}

// finish counts a message of the outage that needs no more attempts.
func (f *OutageFigures) finish(now time.Duration) {
	f.Finished++
	f.LastNS = int64(now)
}

// Drained is when the last of the outage's messages was finished, since the consumer was back; false when
// some were not within the run.
func (f *OutageFigures) Drained() (time.Duration, bool) {
	return time.Duration(f.LastNS), f.Finished == f.Returned
}

// with is the figures of two shards together: each of them knows all that was due, and what it finished.
func (f *OutageFigures) with(o *OutageFigures) *OutageFigures {
	if f == nil || o == nil {
		return cmp.Or(f, o)
	}
	both := *f
	both.Finished += o.Finished
	both.LastNS = max(f.LastNS, o.LastNS)
	return &both
}
