package load

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/guptarohit/asciigraph"
)

// The size of a chart in the terminal.
const (
	chartColumns = 64
	chartRows    = 8
)

// writeCharts draws latency over time, and the distribution.
func (r *Record) writeCharts(b *strings.Builder) {
	const least = 4 // seconds worth a chart
	if len(r.Seconds) >= least {
		r.writeTimeline(b)
	}
	if r.Intended.Count() > 0 {
		r.writeCurve(b)
	}
}

// writeTimeline draws the p50 and p99 of each second, and under them how many of its exchanges failed.
func (r *Record) writeTimeline(b *strings.Builder) {
	median, high := make([]float64, len(r.Seconds)), make([]float64, len(r.Seconds))
	any := false
	for i, s := range r.Seconds {
		median[i], high[i] = math.NaN(), math.NaN()
		if s.Ended > 0 {
			any = true
			median[i], high[i] = float64(s.P50)/float64(time.Millisecond), float64(s.P99)/float64(time.Millisecond)
		}
	}
	if !any {
		return // nothing ended
	}
	options := []asciigraph.Option{asciigraph.Height(chartRows), asciigraph.LowerBound(0),
		asciigraph.Caption(fmt.Sprintf("p99 in ms, by the second (%d s), over p50", len(median)))}
	if len(median) > chartColumns {
		options = append(options, asciigraph.Width(chartColumns))
	}
	fmt.Fprintf(b, "\n%s\n", asciigraph.PlotMany([][]float64{median, high}, options...))
	if failed := r.failedLine(); failed != "" {
		fmt.Fprintf(b, "\nnot acknowledged, by the second: %s\n", failed)
	}
}

// failedLine is the part of each second's exchanges that was not acknowledged, as blocks; "" where all was.
func (r *Record) failedLine() string {
	const levels = "▁▂▃▄▅▆▇█"
	columns := min(len(r.Seconds), chartColumns)
	ended, failed := make([]int64, columns), make([]int64, columns)
	any := false
	for i, s := range r.Seconds {
		at := i * columns / len(r.Seconds)
		ended[at], failed[at] = ended[at]+s.Ended, failed[at]+s.Ended-s.Acknowledged
		any = any || s.Ended > s.Acknowledged
	}
	if !any {
		return ""
	}
	var line strings.Builder
	for i := range ended {
		if failed[i] == 0 {
			line.WriteRune('·')
			continue
		}
		at := int(8*failed[i]-1) / int(ended[i])
		line.WriteRune([]rune(levels)[min(at, 7)])
	}
	return line.String()
}

// writeCurve draws the percentiles as bars.
func (r *Record) writeCurve(b *strings.Builder) {
	const columns = 48
	longest := r.Intended.Max()
	b.WriteString("\nlatency from the intended time\n")
	for _, percent := range []float64{50, 75, 90, 95, 99, 99.9, 99.99} {
		d := r.Intended.Quantile(percent)
		bar := 0
		if longest > 0 {
			bar = int(math.Ceil(columns * float64(d) / float64(longest)))
		}
		fmt.Fprintf(b, "%7s %s %s\n", fmt.Sprintf("p%g", percent), strings.Repeat("█", min(bar, columns)), Milliseconds(d))
	}
}
