package load

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/hookrig/hookrig/internal/escape"
)

// WriteText writes a record for people.
func (r *Record) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s → %s\n", escape.Line(r.Provider), escape.Line(r.Target))
	fmt.Fprintf(&b, "%s · at most %d connections · seed %d · run id %s%s\n\n", escape.Line(planText(r)), r.Connections, r.Seed, escape.Line(r.RunID), shardText(r.Shards))
	r.writeCounts(&b)
	r.writeLatencies(&b)
	r.writeStages(&b)
	r.writeEvents(&b)
	r.writeAnswers(&b)
	r.writeCharts(&b)
	r.writeReturns(&b)
	r.Effects.write(&b)
	r.Compared.write(&b)
	r.writeVerdict(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func shardText(shards []Shard) string {
	if len(shards) == 0 || shards[0].Shards == 1 {
		return ""
	}
	var parts []string
	for _, s := range shards {
		parts = append(parts, strconv.Itoa(s.Shard))
	}
	return fmt.Sprintf(" · shard %s of %d", strings.Join(parts, ", "), shards[0].Shards)
}

func (r *Record) writeCounts(b *strings.Builder) {
	c := r.Counts
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "arrivals\t%d due, %d sent, %d unsent\n", c.Arrivals, c.Sent, c.Unsent)
	fmt.Fprintf(table, "acknowledged\t%d, %.1f/s over %s\n", c.Acknowledged, r.Throughput(), time.Duration(r.DurationNS).Round(time.Millisecond))
	fmt.Fprintf(table, "errors\t%d (%.3f%%)\n", c.Arrivals-c.Acknowledged, 100*r.ErrorRatio())
	fmt.Fprintf(table, "answers\t%s\n", r.answerText())
	if r.ProcessorNS > 0 {
		fmt.Fprintf(table, "hookrig\tused %.2f of %d processors\n", r.ProcessorsUsed(), r.Processors)
	}
	fmt.Fprintf(table, "connections\t%d opened, %d times reused, %d messages sent again after an idle one was closed\n", c.Opened, c.Reused, c.Resent)
	_ = table.Flush() // a Builder takes everything
}

// answerText says what the messages met with: failures of the wire, statuses.
func (r *Record) answerText() string {
	var parts []string
	for _, failure := range sortedKeys(r.Failures) {
		parts = append(parts, fmt.Sprintf("%s %d", escape.Line(failure), r.Failures[failure]))
	}
	for _, status := range sortedKeys(r.Statuses) {
		parts = append(parts, fmt.Sprintf("status %d × %d", status, r.Statuses[status]))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func (r *Record) writeLatencies(b *strings.Builder) {
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\nlatency\tp50\tp90\tp99\tp99.9\tmax\t")
	for _, row := range r.latencies() {
		fmt.Fprintf(table, "%s\t", row.Name)
		for _, percent := range []float64{50, 90, 99, 99.9} {
			fmt.Fprintf(table, "%s\t", Milliseconds(row.Latency.Quantile(percent)))
		}
		fmt.Fprintf(table, "%s\t\n", Milliseconds(row.Latency.Max()))
	}
	_ = table.Flush()
}

func (r *Record) writeEvents(b *strings.Builder) {
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\nevent\tsent\tacknowledged\tp50\tp99\t")
	for _, e := range r.Events {
		writeFigures(table, e.Event, e.Figures)
	}
	_ = table.Flush()
}

func (r *Record) writeVerdict(b *strings.Builder) {
	b.WriteString("\n")
	for _, j := range r.SLO {
		word := "kept"
		if !j.Kept {
			word = "BROKEN"
		}
		fmt.Fprintf(b, "SLO %s: %s, %s\n", escape.Line(j.Objective), word, escape.Line(j.Got))
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(b, "warning: %s\n", escape.Line(warning))
	}
	switch r.Ended {
	case EndedWhole:
	case EndedHopeless:
		fmt.Fprintf(b, "the run ended early, after %s: whatever came, the SLO could not be kept any more\n", time.Duration(r.DurationNS).Round(100*time.Millisecond))
	default:
		fmt.Fprintf(b, "the run ended early: %s\n", escape.Line(string(r.Ended)))
	}
}

// writeStages writes what became of the messages of each stage of a plan that has several.
func (r *Record) writeStages(b *strings.Builder) {
	if len(r.Stages) < 2 {
		return
	}
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\nstage\tsent\tacknowledged\tp50\tp99\t")
	for _, s := range r.Stages {
		writeFigures(table, s.Plan, s.Figures)
	}
	_ = table.Flush()
}

func writeFigures(w io.Writer, name string, f Figures) {
	fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t\n", escape.Line(name), f.Sent, f.Acknowledged, Milliseconds(f.Intended.Quantile(50)), Milliseconds(f.Intended.Quantile(99)))
}

// writeAnswers writes how long each kind of answer took, where there are several.
func (r *Record) writeAnswers(b *strings.Builder) {
	if len(r.Answers) < 2 {
		return
	}
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\nanswer\tcount\tpart\tp50\tp99\t")
	for _, a := range r.Answers {
		fmt.Fprintf(table, "%s\t%d\t%.2f%%\t%s\t%s\t\n", escape.Line(a.Answer), a.Count, 100*float64(a.Count)/float64(max(1, r.Counts.Sent)),
			Milliseconds(a.Intended.Quantile(50)), Milliseconds(a.Intended.Quantile(99)))
	}
	_ = table.Flush()
}

// writeReturns writes what came again: after a refusal, after an outage.
func (r *Record) writeReturns(b *strings.Builder) {
	if f := r.Retries; f != nil {
		fmt.Fprintf(b, "\nretries at %gx: %d attempts, %d messages recovered, %d given up by the provider, %d still to come\n",
			f.Speed, f.Attempts, f.Recovered, f.GivenUp+f.Crowded, f.Waiting)
	}
	f := r.Outage
	if f == nil {
		return
	}
	fmt.Fprintf(b, "\noutage of %s: %d messages came meanwhile, %d of them given up before its end, %d due again within the run\n",
		time.Duration(f.LengthNS), f.Messages, f.GivenUp, f.Returned)
	if last, drained := f.Drained(); drained && f.Returned > 0 {
		fmt.Fprintf(b, "drained %s after it; the last was due after %s\n", last.Round(time.Millisecond), time.Duration(f.LastDueNS).Round(time.Millisecond))
	} else if f.Returned > 0 {
		fmt.Fprintf(b, "not drained within the run: %d of %d\n", f.Finished, f.Returned)
	}
}
