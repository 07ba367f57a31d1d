package load

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Merge makes one record of the records of a run's shards. Counts and distributions are those of the
// whole; of the percentiles of a second, the worst of the shards stays. Records of different runs, and
// the same shard twice, are errors; a missing shard is a warning in the record.
func Merge(records ...*Record) (*Record, error) {
	if len(records) == 0 {
		return nil, errors.New("merge records: there are none")
	}
	first := records[0]
	whole := *first
	whole.Shards, whole.Warnings, whole.Connections = nil, nil, 0
	whole.ProcessorNS, whole.Processors, whole.MachineBusyRatio = 0, 0, 0
	whole.Counts, whole.Statuses, whole.Failures = Counts{}, map[int]int64{}, map[string]int64{}
	whole.Answers, whole.Events, whole.Stages, whole.Seconds = nil, nil, nil, nil
	whole.Intended, whole.Service, whole.Lateness = newLatency(), newLatency(), newLatency()
	whole.Retries, whole.Outage, whole.Effects, whole.Compared = nil, nil, nil, nil
	for _, r := range records {
		if what := first.differs(r); what != "" {
			return nil, fmt.Errorf("merge records: they are not of one run: %s", what)
		}
		for _, shard := range r.Shards {
			if slices.Contains(whole.Shards, shard) {
				return nil, fmt.Errorf("merge records: shard %d/%d is there twice", shard.Shard, shard.Shards)
			}
			if shard.Shards != first.Shards[0].Shards {
				return nil, fmt.Errorf("merge records: they are not of one run: %d shards and %d", first.Shards[0].Shards, shard.Shards)
			}
		}
		whole.add(r)
	}
	slices.SortFunc(whole.Shards, func(a, b Shard) int { return a.Shard - b.Shard })
	slices.SortFunc(whole.Events, func(a, b EventFigures) int { return strings.Compare(a.Event, b.Event) })
	slices.SortFunc(whole.Answers, func(a, b AnswerFigures) int { return strings.Compare(a.Answer, b.Answer) })
	whole.Warnings = warnings(&whole)
	if n := len(whole.Shards); n < whole.Shards[0].Shards {
		whole.Warnings = append(whole.Warnings, fmt.Sprintf("%d of %d shards are missing", whole.Shards[0].Shards-n, whole.Shards[0].Shards))
	}
	return &whole, whole.judgeAgain()
}

// differs says in what two records are not of one run; "" when they may be.
func (r *Record) differs(other *Record) string {
	if len(r.Shards) == 0 || len(other.Shards) == 0 {
		return "one does not say which shard it is"
	}
	for _, pair := range []struct {
		name string
		a, b any
	}{
		{"provider", r.Provider, other.Provider}, {"catalog digest", r.CatalogDigest, other.CatalogDigest}, {"target", r.Target, other.Target},
		{"seed", r.Seed, other.Seed}, {"run id", r.RunID, other.RunID}, {"start", r.Start.UTC(), other.Start.UTC()},
		{"plan", r.Plan, other.Plan}, {"spacing", r.Spacing, other.Spacing},
	} {
		if pair.a != pair.b {
			return fmt.Sprintf("%s %v and %v", pair.name, pair.a, pair.b)
		}
	}
	return ""
}

// add adds a shard's figures.
func (r *Record) add(o *Record) {
	r.Shards = append(r.Shards, o.Shards...)
	r.Connections += o.Connections
	r.MachineBusyRatio = max(r.MachineBusyRatio, o.MachineBusyRatio)
	r.ProcessorNS, r.Processors = r.ProcessorNS+o.ProcessorNS, r.Processors+o.Processors
	r.DurationNS = max(r.DurationNS, o.DurationNS)
	if o.StartedAt.Before(r.StartedAt) {
		r.StartedAt = o.StartedAt
	}
	if o.Ended != EndedWhole {
		r.Ended = o.Ended
	}
	a, b := &r.Counts, o.Counts
	a.Arrivals, a.Sent, a.Answered, a.Acknowledged = a.Arrivals+b.Arrivals, a.Sent+b.Sent, a.Answered+b.Answered, a.Acknowledged+b.Acknowledged
	a.Unsent, a.Waited, a.Held = a.Unsent+b.Unsent, a.Waited+b.Waited, a.Held+b.Held
	a.Opened, a.Reused, a.Resent = a.Opened+b.Opened, a.Reused+b.Reused, a.Resent+b.Resent
	for status, n := range o.Statuses {
		r.Statuses[status] += n
	}
	for failure, n := range o.Failures {
		r.Failures[failure] += n
	}
	r.addFigures(o)
	for i, s := range o.Seconds {
		if i == len(r.Seconds) {
			r.Seconds = append(r.Seconds, SecondFigures{Second: i})
		}
		r.Seconds[i].add(s)
	}
	r.Intended.merge(o.Intended)
	r.Service.merge(o.Service)
	r.Lateness.merge(o.Lateness)
	r.Retries, r.Outage, r.Effects = r.Retries.with(o.Retries), r.Outage.with(o.Outage), r.Effects.with(o.Effects)
}

// add adds another second's figures; of its percentiles, the worst stays.
func (f *SecondFigures) add(o SecondFigures) {
	f.Ended, f.Acknowledged = f.Ended+o.Ended, f.Acknowledged+o.Acknowledged
	f.P50, f.P99, f.Max = max(f.P50, o.P50), max(f.P99, o.P99), max(f.Max, o.Max)
	for class, n := range o.Classes {
		f.Classes[class] += n
	}
}

// addFigures adds what is told of parts of the messages.
func (r *Record) addFigures(o *Record) {
	for _, e := range o.Events {
		have := place(&r.Events, func(have EventFigures) bool { return have.Event == e.Event }, EventFigures{Event: e.Event})
		have.add(e.Figures)
	}
	for _, s := range o.Stages {
		have := place(&r.Stages, func(have StageFigures) bool { return have.Stage == s.Stage }, StageFigures{Stage: s.Stage, Plan: s.Plan})
		have.add(s.Figures)
	}
	for _, a := range o.Answers {
		have := place(&r.Answers, func(have AnswerFigures) bool { return have.Answer == a.Answer }, AnswerFigures{Answer: a.Answer})
		have.Count, have.Intended = have.Count+a.Count, have.Intended.with(a.Intended)
	}
}

// place finds one of a list, or puts the given one at its end.
func place[T any](list *[]T, is func(T) bool, missing T) *T {
	i := slices.IndexFunc(*list, is)
	if i < 0 {
		*list = append(*list, missing)
		i = len(*list) - 1
	}
	return &(*list)[i]
}

// judgeAgain holds the whole against the objectives that its parts were held against.
func (r *Record) judgeAgain() error {
	if len(r.SLO) == 0 {
		return nil
	}
	var texts []string
	for _, j := range r.SLO {
		texts = append(texts, j.Objective)
	}
	slo, err := ParseSLO(strings.Join(texts, ","))
	if err != nil {
		return fmt.Errorf("merge records: %w", err)
	}
	r.SLO = slo.Judge(r)
	return nil
}

// sortedKeys are the keys of a map in order.
func sortedKeys[K int | string, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
