package load

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// recordVersion is Record.SchemaVersion.
const recordVersion = 1

// Record is what a run did and saw: enough for every report, without a rerun. Every arrival that was
// due is in Arrivals and in Intended, whatever became of it.
type Record struct {
	SchemaVersion int       `json:"schema_version"`
	Kind          string    `json:"kind"` // "load"
	Tool          Tool      `json:"tool"`
	Provider      string    `json:"provider"`
	CatalogDigest string    `json:"catalog_digest"`
	Target        string    `json:"target"`
	Seed          uint64    `json:"seed"`
	RunID         string    `json:"run_id"`
	Start         time.Time `json:"start"` // of the messages' clock
	Shards        []Shard   `json:"shards"`

	Plan        string    `json:"plan"` // as ParsePlan reads it; "" in a closed loop
	Spacing     Spacing   `json:"arrivals_spacing,omitempty"`
	Connections int       `json:"connections"` // at most
	TimeoutMS   int64     `json:"timeout_ms"`
	StartedAt   time.Time `json:"started_at"`
	DurationNS  int64     `json:"duration_ns"` // until the last answer, or until it was given up
	Ended       Ending    `json:"ended"`
	ProcessorNS int64     `json:"processor_ns"` // that hookrig itself used; 0: nobody knows
	Processors  int       `json:"processors"`   // that it could use

	// MachineBusyRatio is how much of the whole machine's processors was in use; 0 where the system does not tell.
	MachineBusyRatio float64 `json:"machine_busy_ratio"`

	Counts   Counts           `json:"counts"`
	Statuses map[int]int64    `json:"statuses"`
	Failures map[string]int64 `json:"failures"` // of the wire, by its kind
	Answers  []AnswerFigures  `json:"answers"`
	Events   []EventFigures   `json:"events"`
	Stages   []StageFigures   `json:"stages,omitempty"` // of the plan; none in a closed loop
	Seconds  []SecondFigures  `json:"seconds"`          // by the second in which the exchange ended

	Intended Latency `json:"latency_intended"` // from when it was due to the end of the reply
	Service  Latency `json:"latency_service"`  // from when it was sent
	Lateness Latency `json:"lateness"`         // of hookrig itself: from when it was due to when it was sent, a connection being free

	Retries *RetryFigures   `json:"retries,omitempty"`
	Outage  *OutageFigures  `json:"outage,omitempty"`
	Effects *Reconciliation `json:"effects,omitempty"` // nil: nobody looked

	SLO      []Judgement `json:"slo,omitempty"`
	Compared *Comparison `json:"compared,omitempty"` // nil: with nothing
	Warnings []string    `json:"warnings,omitempty"`
}

// Tool is who wrote a record.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Shard is a part of a run.
type Shard struct {
	Shard  int `json:"shard"` // from 0
	Shards int `json:"of"`
}

// Ending is how a run ended.
type Ending string

// The endings.
const (
	EndedWhole       Ending = "whole"       // the plan was played to its end
	EndedInterrupted Ending = "interrupted" // somebody stopped it
	EndedNoMessages  Ending = "no-messages" // the stream had no more
	EndedHopeless    Ending = "hopeless"    // an objective could not be kept any more, whatever came
)

// Counts is what became of the arrivals.
type Counts struct {
	Arrivals     int64 `json:"arrivals"`     // that were due
	Sent         int64 `json:"sent"`         // that were begun: a connection was free or opened
	Answered     int64 `json:"answered"`     // with a whole reply, of any status
	Acknowledged int64 `json:"acknowledged"` // with a status that the provider takes for a yes
	Unsent       int64 `json:"unsent"`       // that were due and found no connection before the end
	Waited       int64 `json:"waited"`       // that were sent late, for want of a connection
	Held         int64 `json:"held"`         // that were sent late, to keep the order of a life
	Opened       int64 `json:"connections_opened"`
	Reused       int64 `json:"connections_reused"` // exchanges over a connection that had carried others
	Resent       int64 `json:"resent"`             // sent again at once: the peer had closed the idle connection
}

// SecondFigures is one second of a run.
type SecondFigures struct {
	Second       int   `json:"second"` // from 0
	Ended        int64 `json:"ended"`  // exchanges
	Acknowledged int64 `json:"acknowledged"`
	P50          int64 `json:"p50_ns"` // from the intended time
	P99          int64 `json:"p99_ns"`
	Max          int64 `json:"max_ns"`
	// Classes are the exchanges by the first digit of their status; 0 is no whole reply.
	Classes [6]int64 `json:"classes"`
}

// ErrorRatio is the part of the arrivals that was not acknowledged; 1 when there was none.
func (r *Record) ErrorRatio() float64 {
	if r.Counts.Arrivals == 0 {
		return 1
	}
	return float64(r.Counts.Arrivals-r.Counts.Acknowledged) / float64(r.Counts.Arrivals)
}

// Throughput is the acknowledged messages per second.
func (r *Record) Throughput() float64 {
	if r.DurationNS <= 0 {
		return 0
	}
	return float64(r.Counts.Acknowledged) / time.Duration(r.DurationNS).Seconds()
}

// Kept says whether every objective of the SLO was kept.
func (r *Record) Kept() bool {
	for _, j := range r.SLO {
		if !j.Kept {
			return false
		}
	}
	return true
}

// Good says whether all held that was asked for: the objectives, the effects, the comparison.
func (r *Record) Good() bool {
	return r.Kept() && r.Counts.Acknowledged > 0 && r.Effects.Whole() && (r.Compared == nil || r.Compared.Verdict != Worse)
}

// Write writes the record as one line of JSON.
func (r *Record) Write(w io.Writer) error {
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	_, err = w.Write(append(data, '\n'))
	return err
}

// Read reads what Write wrote.
func Read(r io.Reader) (*Record, error) {
	var record Record
	decoder := json.NewDecoder(r)
	if err := decoder.Decode(&record); err != nil {
		return nil, fmt.Errorf("read record: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read record: something follows it; each run needs a file of its own")
	}
	if record.Kind != "load" || record.SchemaVersion != recordVersion {
		return nil, fmt.Errorf("read record: kind %q, schema_version %d: want \"load\", %d", record.Kind, record.SchemaVersion, recordVersion)
	}
	if err := record.check(); err != nil {
		return nil, fmt.Errorf("read record: %w", err)
	}
	return &record, nil
}

// check refuses figures that no run has.
func (r *Record) check() error {
	c := r.Counts
	for _, n := range []int64{c.Arrivals, c.Sent, c.Answered, c.Acknowledged, c.Unsent, r.DurationNS, r.ProcessorNS, int64(r.Processors)} {
		if n < 0 {
			return fmt.Errorf("a count is %d", n)
		}
	}
	if len(r.Seconds) > int((MaxLength+time.Minute)/time.Second) {
		return fmt.Errorf("it has %d seconds, more than a run may last", len(r.Seconds))
	}
	for i, s := range r.Seconds {
		if s.Second != i || s.Acknowledged < 0 || s.Acknowledged > s.Ended || s.P50 < 0 || s.P99 < 0 || s.Max < 0 || slices.Min(s.Classes[:]) < 0 {
			return fmt.Errorf("second %d cannot be: %+v", i, s)
		}
	}
	for _, shard := range r.Shards {
		if shard.Shard < 0 || shard.Shard >= shard.Shards {
			return fmt.Errorf("it is shard %d of %d", shard.Shard, shard.Shards)
		}
	}
	return nil
}
