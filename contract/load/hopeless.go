package load

import (
	"errors"
	"math"
	"time"
)

// outlook is what is known of a run while it goes on.
type outlook struct {
	intended Latency       // of the arrivals so far
	failed   int64         // arrivals that will never be acknowledged
	planned  int64         // arrivals of the whole run, all shards; 0: not known
	length   time.Duration // of the plan
}

// hopeless is the first objective that breaks even if all that is still to come is perfect: to go on would
// change the figures, not the verdict.
func (s SLO) hopeless(now outlook) (Objective, bool) {
	for _, o := range s {
		if o.lost(now) {
			return o, true
		}
	}
	return Objective{}, false
}

// lost says whether nothing that may follow can keep the objective.
func (o Objective) lost(now outlook) bool {
	if now.planned == 0 {
		now.planned = math.MaxInt32 // a closed loop has no end to count to: only what forbids any is decided
	}
	planned := float64(now.planned)
	switch o.Figure {
	case "errors":
		return !o.keeps(float64(now.failed) / planned)
	case "rate":
		const slack = 1.02 // the last answer may come a little before the plan's end
		return now.length > 0 && !o.keeps(slack*float64(now.planned-now.failed)/now.length.Seconds())
	case "max":
		return now.intended.Count() > 0 && !o.keeps(float64(now.intended.Max()))
	case "mean":
		return !o.keeps(float64(now.intended.Mean()) * float64(now.intended.Count()) / planned)
	}
	q, _ := o.quantile()
	return float64(now.intended.above(time.Duration(o.Limit))) > planned*(1-q/100)+1
}

// above is how many are longer than the limit, as exactly as the distribution knows.
func (l Latency) above(limit time.Duration) int64 {
	if l.Count() == 0 {
		return 0
	}
	var n int64
	for _, bar := range l.histogram.Distribution() {
		if bar.From > int64(limit) {
			n += bar.Count
		}
	}
	return n
}

// whole is how many arrivals the plan has at most, all shards together; 0 where that is not known before.
func (c *Config) whole() int64 {
	if c.Plan == nil || c.RetrySpeed > 0 || c.Outage > 0 {
		return 0
	}
	n := c.Plan.Arrivals()
	if c.Spacing == Poisson {
		n += int64(6*math.Sqrt(float64(n))) + 1 // it may be a few more
	}
	return n
}

// errHopeless ends a run whose verdict is known.
var errHopeless = errors.New("an objective cannot be kept any more")

// hopeless says whether the run is to be given up: its verdict is known, and it has a while to go.
func (c *crew) hopeless() bool {
	const while = time.Second
	if len(c.config.SLO) == 0 || c.config.KeepGoing || c.config.Length-c.now() < while {
		return false
	}
	now := c.tally.outlook()
	now.planned = c.config.whole()
	if now.planned > 0 {
		now.length = c.config.Length
	}
	_, lost := c.config.SLO.hopeless(now)
	return lost
}

// outlook reads the tally as it stands.
func (t *tally) outlook() outlook {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := outlook{intended: newLatency(), failed: t.counts.Sent - t.counts.Acknowledged}
	now.intended.merge(t.intended)
	return now
}
