package load

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/guptarohit/asciigraph"

	"github.com/hookrig/hookrig/internal/escape"
)

// WriteText writes a record for people.
func (r *Record) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s → %s\n", escape.Line(r.Provider), escape.Line(r.Target))
	plan := "as fast as the connections allow"
	if r.Plan != "" {
		plan = r.Plan + ", " + string(r.Spacing)
	}
	fmt.Fprintf(&b, "%s · at most %d connections · seed %d · run id %s%s\n\n", escape.Line(plan), r.Connections, r.Seed, escape.Line(r.RunID), shardText(r.Shards))
	r.writeCounts(&b)
	r.writeLatencies(&b)
	r.writeEvents(&b)
	r.writeChart(&b)
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
	for _, row := range []struct {
		name    string
		latency Latency
	}{{"from the intended time", r.Intended}, {"from sending", r.Service}, {"hookrig's own lateness", r.Lateness}} {
		if row.latency.Count() == 0 {
			continue
		}
		fmt.Fprintf(table, "%s\t", row.name)
		for _, percent := range []float64{50, 90, 99, 99.9} {
			fmt.Fprintf(table, "%s\t", Milliseconds(row.latency.Quantile(percent)))
		}
		fmt.Fprintf(table, "%s\t\n", Milliseconds(row.latency.Max()))
	}
	_ = table.Flush()
}

func (r *Record) writeEvents(b *strings.Builder) {
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\nevent\tsent\tacknowledged\tp50\tp99\t")
	for _, e := range r.Events {
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%s\t\n", escape.Line(e.Event), e.Sent, e.Acknowledged, Milliseconds(e.Intended.Quantile(50)), Milliseconds(e.Intended.Quantile(99)))
	}
	_ = table.Flush()
}

// writeChart draws the p99 of each second.
func (r *Record) writeChart(b *strings.Builder) {
	const least, width, height = 4, 64, 8
	if len(r.Seconds) < least {
		return
	}
	var line []float64
	for _, s := range r.Seconds {
		value := math.NaN()
		if s.Ended > 0 {
			value = float64(s.P99) / float64(time.Millisecond)
		}
		line = append(line, value)
	}
	options := []asciigraph.Option{asciigraph.Height(height), asciigraph.LowerBound(0), asciigraph.Caption(fmt.Sprintf("p99 in ms, by the second (%d s)", len(line)))}
	if len(line) > width {
		options = append(options, asciigraph.Width(width))
	}
	fmt.Fprintf(b, "\n%s\n", asciigraph.Plot(line, options...))
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
	if r.Ended != EndedWhole {
		fmt.Fprintf(b, "the run ended early: %s\n", escape.Line(string(r.Ended)))
	}
}
