package page

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// Meter is a labelled bar of a part in a whole, with the figures as text. Class colours it: pass, fail,
// advisory, or "" for neutral. Nothing to cover is a full bar.
func Meter(label string, part, whole int, class string) template.HTML {
	const width = 160
	filled := width
	if whole > 0 {
		filled = width * min(max(part, 0), whole) / whole
	}
	text := fmt.Sprintf("%s: %d of %d", label, part, whole)
	return template.HTML(fmt.Sprintf(`<svg role="img" width="%d" height="12" viewBox="0 0 %d 12" aria-label="%s"><title>%s</title>`+
		`<rect class="track" x=".5" y=".5" width="%d" height="11" rx="3"/><rect class="bar %s" x=".5" y=".5" width="%d" height="11" rx="3"/></svg>`,
		width+1, width+1, attribute(text), attribute(text), width, attribute(class), filled))
}

// Series is one line of a chart: y over x, x rising.
type Series struct {
	Name string
	X, Y []float64
}

// Chart is a line chart of up to four series on common axes that start at zero.
type Chart struct {
	Title        string
	XUnit, YUnit string // behind the figures of the axes: "s", "ms"
	Series       []Series
	XText        func(x float64) string // what stands under the axis. Default the figure and XUnit
}

const (
	chartWidth, chartHeight = 640, 240
	chartLeft, chartRight   = 64, 16
	chartTop, chartBottom   = 32, 32
)

// SVG draws the chart. Values that are no finite numbers are left out of the line.
func (c Chart) SVG() template.HTML {
	var b strings.Builder
	xMax, yMax := c.bounds()
	xText := c.XText
	if xText == nil {
		xText = func(x float64) string { return figure(x) + c.XUnit }
	}
	frame(&b, c.Title, xMax, yMax, xText, c.YUnit)
	for i, s := range c.Series {
		fmt.Fprintf(&b, `<polyline class="series series-%d" points="%s"><title>%s</title></polyline>`, i%4, points(s, xMax, yMax), attribute(s.Name))
		fmt.Fprintf(&b, `<line class="series series-%d" x1="%d" x2="%d" y1="14" y2="14"/><text x="%d" y="18">%s</text>`,
			i%4, chartLeft+i*140, chartLeft+i*140+18, chartLeft+i*140+24, attribute(s.Name))
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

// frame begins a chart with its axes.
func frame(b *strings.Builder, title string, xMax, yMax float64, xText func(float64) string, yUnit string) {
	fmt.Fprintf(b, `<svg role="img" width="%d" height="%d" viewBox="0 0 %d %d" aria-label="%s"><title>%s</title>`,
		chartWidth, chartHeight, chartWidth, chartHeight, attribute(title), attribute(title))
	for i := range 5 {
		ratio := float64(i) / 4
		x := chartLeft + ratio*(chartWidth-chartLeft-chartRight)
		y := chartHeight - chartBottom - ratio*(chartHeight-chartTop-chartBottom)
		fmt.Fprintf(b, `<line class="axis" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>`, chartLeft, chartWidth-chartRight, y, y)
		fmt.Fprintf(b, `<text x="%d" y="%.1f" text-anchor="end">%s</text>`, chartLeft-6, y+4, attribute(figure(ratio*yMax)+yUnit))
		anchor := "middle"
		if i == 4 { // a long text would go past the edge
			x, anchor = chartWidth-2, "end"
		}
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="%s">%s</text>`, x, chartHeight-10, anchor, attribute(xText(ratio*xMax)))
	}
}

// bounds are the ends of the axes, each the next round number above its largest value.
func (c Chart) bounds() (x, y float64) {
	for _, s := range c.Series {
		for i := range min(len(s.X), len(s.Y)) {
			if finite(s.X[i]) && finite(s.Y[i]) {
				x, y = max(x, s.X[i]), max(y, s.Y[i])
			}
		}
	}
	return round(x), round(y)
}

func points(s Series, xMax, yMax float64) string {
	var b strings.Builder
	for i := range min(len(s.X), len(s.Y)) {
		if !finite(s.X[i]) || !finite(s.Y[i]) {
			continue
		}
		x := chartLeft + s.X[i]/xMax*(chartWidth-chartLeft-chartRight)
		y := chartHeight - chartBottom - s.Y[i]/yMax*(chartHeight-chartTop-chartBottom)
		fmt.Fprintf(&b, "%.1f,%.1f ", x, y)
	}
	return strings.TrimSpace(b.String())
}

// round is the least of 1, 2, 4 or 8 times a power of ten that is not below v; 1 for nothing.
func round(v float64) float64 {
	if v <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{1, 2, 4, 8} {
		if v <= step*power {
			return step * power
		}
	}
	return 10 * power
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func figure(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

func attribute(s string) string { return template.HTMLEscapeString(s) }
