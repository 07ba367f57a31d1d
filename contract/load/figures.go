package load

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hookrig/hookrig/internal/wire"
)

// Figures is what became of some of a run's messages.
type Figures struct {
	Sent         int64            `json:"sent"`
	Acknowledged int64            `json:"acknowledged"`
	Statuses     map[int]int64    `json:"statuses,omitempty"`
	Failures     map[string]int64 `json:"failures,omitempty"` // of the wire, by its kind
	Intended     Latency          `json:"latency_intended"`   // exact to a hundredth
}

// EventFigures is what became of the messages of one event.
type EventFigures struct {
	Event string `json:"event"`
	Figures
}

// StageFigures is what became of the messages that were due in one stage of the plan.
type StageFigures struct {
	Stage int    `json:"stage"` // from 0
	Plan  string `json:"plan"`  // as ParsePlan reads it
	Figures
}

// AnswerFigures is the messages that met with the same answer.
type AnswerFigures struct {
	Answer   string  `json:"answer"` // a status, or a failure of the wire
	Count    int64   `json:"count"`
	Intended Latency `json:"latency_intended"` // exact to a hundredth; empty of all but the first mostAnswers kinds
}

// mostAnswers bounds the distributions that a receiver of many minds can make us keep.
const mostAnswers = 64

// add adds another part's figures.
func (f *Figures) add(o Figures) {
	f.Sent, f.Acknowledged = f.Sent+o.Sent, f.Acknowledged+o.Acknowledged
	f.Statuses, f.Failures = addCounts(f.Statuses, o.Statuses), addCounts(f.Failures, o.Failures)
	f.Intended = f.Intended.with(o.Intended)
}

// others is what its messages met with beside a yes.
func (f Figures) others() string {
	var parts []string
	for _, failure := range sortedKeys(f.Failures) {
		parts = append(parts, failure+" "+strconv.FormatInt(f.Failures[failure], 10))
	}
	for _, status := range sortedKeys(f.Statuses) {
		if status < 200 || status > 299 {
			parts = append(parts, strconv.Itoa(status)+" × "+strconv.FormatInt(f.Statuses[status], 10))
		}
	}
	return strings.Join(parts, ", ")
}

// addCounts adds more to have, which may be nil.
func addCounts[K int | string](have, more map[K]int64) map[K]int64 {
	if have == nil && len(more) > 0 {
		have = make(map[K]int64, len(more))
	}
	for key, n := range more {
		have[key] += n
	}
	return have
}

// with is both distributions together, exact to a hundredth.
func (l Latency) with(other Latency) Latency {
	if l.histogram == nil {
		l = roughLatency(2)
	}
	l.merge(other)
	return l
}

// figures adds samples up into Figures; nothing is kept of what has not come. The zero value is empty.
type figures struct {
	sent, acknowledged int64
	statuses           *[600]int64
	failures           map[wire.Failure]int64
	intended           Latency
}

// count counts a sample.
func (f *figures) count(s *sample, acknowledged bool) {
	if f.intended.histogram == nil {
		f.intended, f.statuses = roughLatency(2), new([600]int64)
	}
	f.sent++
	f.acknowledged += count(acknowledged)
	if s.failure == "" {
		f.statuses[s.status]++
	} else {
		if f.failures == nil {
			f.failures = map[wire.Failure]int64{}
		}
		f.failures[s.failure]++
	}
	f.intended.record(s.done-s.due, 1)
}

// whole is the figures as they stand.
func (f *figures) whole() Figures {
	w := Figures{Sent: f.sent, Acknowledged: f.acknowledged, Intended: f.intended}
	if f.intended.histogram == nil {
		w.Intended = roughLatency(2)
		return w
	}
	for status, n := range f.statuses {
		if n > 0 {
			w.Statuses = addCounts(w.Statuses, map[int]int64{status: n})
		}
	}
	for failure, n := range f.failures {
		w.Failures = addCounts(w.Failures, map[string]int64{string(failure): n})
	}
	return w
}

// answers is the distribution of each kind of answer. The zero value is empty.
type answers struct {
	statuses [600]*AnswerFigures
	failures map[wire.Failure]*AnswerFigures
	kinds    int
}

// count counts a sample.
func (a *answers) count(s *sample) {
	f := a.statuses[s.status]
	if s.failure != "" {
		f = a.failures[s.failure]
	}
	if f == nil {
		f = a.first(s)
	}
	f.Count++
	if f.Intended.histogram != nil {
		f.Intended.record(s.done-s.due, 1)
	}
}

// first makes room for a kind of answer.
func (a *answers) first(s *sample) *AnswerFigures {
	f := &AnswerFigures{}
	if s.failure == "" {
		f.Answer = strconv.Itoa(s.status)
		a.statuses[s.status] = f
	} else {
		if a.failures == nil {
			a.failures = map[wire.Failure]*AnswerFigures{}
		}
		f.Answer = string(s.failure)
		a.failures[s.failure] = f
	}
	if a.kinds++; a.kinds <= mostAnswers {
		f.Intended = roughLatency(2)
	}
	return f
}

// list is all of them, by name.
func (a *answers) list() []AnswerFigures {
	var list []AnswerFigures
	for _, f := range a.statuses {
		if f != nil {
			list = append(list, *f)
		}
	}
	for _, f := range a.failures {
		list = append(list, *f)
	}
	slices.SortFunc(list, func(a, b AnswerFigures) int { return strings.Compare(a.Answer, b.Answer) })
	return list
}
