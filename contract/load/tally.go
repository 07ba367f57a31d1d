package load

import (
	"sync"
	"time"

	"github.com/hookrig/hookrig/internal/wire"
	"github.com/hookrig/hookrig/schemas"
)

// sample is one arrival and what became of it. Times are since the run began.
type sample struct {
	outcome
	event   int
	due     time.Duration
	started time.Duration
	done    time.Duration
	prompt  bool // a connection was free: the delay is ours
	held    bool // it waited for the order of a life
}

// tally adds samples up. Its size depends on the catalog and on the seconds of the run, not on the
// messages. Safe for concurrent use.
type tally struct {
	acknowledged [600]bool
	open         bool // arrivals have a time of their own to be late by
	plan         Plan

	mu       sync.Mutex // guards all below
	counts   Counts
	statuses [600]int64
	failures map[wire.Failure]int64
	answers  answers
	names    []string  // of events
	events   []figures // by place in names
	stages   []figures // of plan
	seconds  []SecondFigures
	second   Latency // of the last of seconds
	intended Latency
	service  Latency
	lateness Latency
	last     time.Duration // end of the last exchange
}

func newTally(c *schemas.Catalog, plan Plan) *tally {
	t := &tally{open: plan != nil, plan: plan, failures: map[wire.Failure]int64{},
		second: roughLatency(2), intended: newLatency(), service: newLatency(), lateness: newLatency()}
	for status := range t.acknowledged {
		t.acknowledged[status] = c.Provider.Policy.Acknowledges(status)
	}
	for _, e := range c.Events() {
		t.names = append(t.names, e.Name)
	}
	t.events, t.stages = make([]figures, len(t.names)), make([]figures, len(plan))
	return t
}

// add counts a sample.
func (t *tally) add(s sample) {
	t.mu.Lock()
	defer t.mu.Unlock()
	latency := s.done - s.due
	t.turn(s.done)
	second := &t.seconds[len(t.seconds)-1]
	t.counts.Arrivals++
	t.counts.Sent++
	second.Ended++
	t.counts.Reused += count(s.reused)
	t.counts.Resent += count(s.resent)
	t.counts.Held += count(s.held)
	t.counts.Waited += count(!s.prompt && !s.held)
	yes := s.failure == "" && t.acknowledged[s.status]
	if s.failure != "" {
		t.failures[s.failure]++
	} else {
		t.counts.Answered++
		t.statuses[s.status]++
	}
	t.counts.Acknowledged += count(yes)
	second.Acknowledged += count(yes)
	second.Classes[s.status/100]++
	t.answers.count(&s)
	t.events[s.event].count(&s, yes)
	if len(t.stages) > 0 {
		t.stages[t.plan.stageAt(s.due)].count(&s, yes)
	}
	t.intended.record(latency, 1)
	t.service.record(s.done-s.started, 1)
	t.second.record(latency, 1)
	if s.prompt && t.open {
		t.lateness.record(s.started-s.due, 1)
	}
	t.last = max(t.last, s.done)
}

func count(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// turn makes the last second that of the given time, closing those before. Samples that come a moment
// too late count for the second after theirs.
func (t *tally) turn(at time.Duration) {
	for len(t.seconds) <= int(at/time.Second) {
		t.close()
		t.seconds = append(t.seconds, SecondFigures{Second: len(t.seconds)})
		t.second.histogram.Reset()
	}
}

// close writes the percentiles of the last second.
func (t *tally) close() {
	if len(t.seconds) == 0 {
		return
	}
	s := &t.seconds[len(t.seconds)-1]
	s.P50, s.P99, s.Max = int64(t.second.Quantile(50)), int64(t.second.Quantile(99)), int64(t.second.Max())
}

// unsent counts arrivals that were due and never sent, with the time that they had waited when the run
// was over. many stands for as many arrivals.
func (t *tally) unsent(waited time.Duration, many int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts.Arrivals += many
	t.counts.Unsent += many
	t.intended.record(waited, many)
}

// Progress is how a run goes on.
type Progress struct {
	Elapsed      time.Duration
	Length       time.Duration // of the whole run
	Ended        int64         // exchanges so far
	Acknowledged int64
	Rate         float64       // exchanges that ended in the second before this one
	P50, P99     time.Duration // of that second, from the intended time
}

// progress reads the tally as it stands.
func (t *tally) progress(elapsed, length time.Duration) Progress {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn(elapsed)
	p := Progress{Elapsed: elapsed, Length: length, Ended: t.counts.Sent, Acknowledged: t.counts.Acknowledged}
	if n := len(t.seconds); n > 1 {
		before := t.seconds[n-2]
		p.Rate, p.P50, p.P99 = float64(before.Ended), time.Duration(before.P50), time.Duration(before.P99)
	}
	return p
}

// fill writes the figures into a record. The tally is not to be used after.
func (t *tally) fill(r *Record) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.close()
	r.Counts, r.Seconds = t.counts, t.seconds
	r.Intended, r.Service, r.Lateness = t.intended, t.service, t.lateness
	r.Statuses, r.Failures = map[int]int64{}, map[string]int64{}
	for status, n := range t.statuses {
		if n > 0 {
			r.Statuses[status] = n
		}
	}
	for failure, n := range t.failures {
		r.Failures[string(failure)] = n
	}
	for i := range t.events {
		if f := t.events[i].whole(); f.Sent > 0 {
			r.Events = append(r.Events, EventFigures{t.names[i], f})
		}
	}
	for i := range t.stages {
		r.Stages = append(r.Stages, StageFigures{i, t.plan[i : i+1].String(), t.stages[i].whole()})
	}
	r.Answers = t.answers.list()
	r.DurationNS = int64(t.last)
}
