package load

import (
	"html/template"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/hookrig/hookrig/internal/page"
)

// mostColumns bounds the steps of a chart over time; a longer run has several seconds in each.
const mostColumns = 600

// columns are the seconds of a run, some at once where there are many: sums, and of percentiles the worst.
func (r *Record) columns() (list []SecondFigures, width int) {
	width = max(1, (len(r.Seconds)+mostColumns-1)/mostColumns)
	for chunk := range slices.Chunk(r.Seconds, width) {
		c := SecondFigures{Second: chunk[0].Second}
		for _, s := range chunk {
			c.add(s)
		}
		list = append(list, c)
	}
	return list, width
}

// timelineChart is latency over time.
func timelineChart(r *Record) template.HTML {
	list, _ := r.columns()
	var at []float64
	var median, high, longest []float64
	for _, s := range list {
		if s.Ended == 0 {
			continue
		}
		at = append(at, float64(s.Second))
		median, high, longest = append(median, inMilliseconds(s.P50)), append(high, inMilliseconds(s.P99)), append(longest, inMilliseconds(s.Max))
	}
	return page.Chart{Title: "latency from the intended time, by the second", XUnit: " s", YUnit: " ms",
		Series: []page.Series{{Name: "p50", X: at, Y: median}, {Name: "p99", X: at, Y: high}, {Name: "max", X: at, Y: longest}}}.SVG()
}

func inMilliseconds(ns int64) float64 { return float64(ns) / float64(time.Millisecond) }

// curveChart is latency by percentile, up to 99.99, each nine as wide as the one before.
func curveChart(r *Record) template.HTML {
	const nines, steps = 4, 200
	var series []page.Series
	for _, l := range r.latencies() {
		s := page.Series{Name: l.Short}
		for i := range steps + 1 {
			x := nines * float64(i) / steps
			s.X, s.Y = append(s.X, x), append(s.Y, inMilliseconds(int64(l.Latency.Quantile(percentAt(x)))))
		}
		series = append(series, s)
	}
	return page.Chart{Title: "latency by percentile", YUnit: " ms", Series: series,
		XText: func(x float64) string { return strconv.FormatFloat(percentAt(x), 'g', 4, 64) + " %" }}.SVG()
}

// percentAt is 90 at 1, 99 at 2, 99.9 at 3.
func percentAt(nines float64) float64 { return 100 - 100*math.Pow(10, -nines) }

// stackChart is what was answered, over time.
func stackChart(r *Record) template.HTML {
	list, width := r.columns()
	layers := []page.Layer{{Name: "2xx", Class: "pass"}, {Name: "3xx", Class: "flaky"}, {Name: "4xx", Class: "advisory"}, {Name: "5xx", Class: "fail"}, {Name: "no reply", Class: "idle"}}
	for _, s := range list {
		for i, class := range []int{2, 3, 4, 5, 0} {
			layers[i].Y = append(layers[i].Y, float64(s.Classes[class])/float64(width))
		}
	}
	layers = slices.DeleteFunc(layers, func(l page.Layer) bool { return !slices.ContainsFunc(l.Y, func(y float64) bool { return y > 0 }) })
	return page.Stack{Title: "answers per second", XUnit: " s", YUnit: "/s", Width: float64(width), Layers: layers}.SVG()
}

// rateChart is latency by the rate of a search's steps.
func rateChart(f *Search) template.HTML {
	steps := slices.Clone(f.Steps)
	slices.SortStableFunc(steps, func(a, b *Step) int { return int(math.Copysign(1, float64(a.Rate-b.Rate))) })
	median, high := page.Series{Name: "p50"}, page.Series{Name: "p99"}
	for _, step := range steps {
		for _, s := range []struct {
			series  *page.Series
			percent float64
		}{{&median, 50}, {&high, 99}} {
			s.series.X = append(s.series.X, float64(step.Rate))
			s.series.Y = append(s.series.Y, inMilliseconds(int64(step.Record.Intended.Quantile(s.percent))))
		}
	}
	return page.Chart{Title: "latency from the intended time, by rate", XUnit: "/s", YUnit: " ms", Series: []page.Series{median, high}}.SVG()
}
