package page

import (
	"fmt"
	"html/template"
	"strings"
)

// Layer is one part of a stack: y for each step of x. Class colours it: pass, fail, advisory, flaky, idle.
type Layer struct {
	Name  string
	Class string
	Y     []float64
}

// Stack is a chart of layers on one another, with a step for each unit of x from 0 on.
type Stack struct {
	Title        string
	XUnit, YUnit string  // behind the figures of the axes
	Width        float64 // of a step, in units of x. Default 1
	Layers       []Layer
}

// SVG draws the stack. Values that are no finite numbers above zero count as none.
func (s Stack) SVG() template.HTML {
	if s.Width <= 0 {
		s.Width = 1
	}
	steps := 0
	for _, l := range s.Layers {
		steps = max(steps, len(l.Y))
	}
	sums := make([]float64, steps)
	top := 0.0
	for _, l := range s.Layers {
		for i, y := range l.Y {
			sums[i] += height(y)
			top = max(top, sums[i])
		}
	}
	xMax, yMax := round(float64(steps)*s.Width), round(top)
	var b strings.Builder
	frame(&b, s.Title, xMax, yMax, func(x float64) string { return figure(x) + s.XUnit }, s.YUnit)
	clear(sums)
	at := 0
	for _, l := range s.Layers {
		fmt.Fprintf(&b, `<path class="layer %s" d="%s"><title>%s</title></path>`, attribute(l.Class), s.path(l, sums, xMax, yMax), attribute(l.Name))
		fmt.Fprintf(&b, `<rect class="layer %s" x="%d" y="8" width="12" height="12"/><text x="%d" y="18">%s</text>`,
			attribute(l.Class), chartLeft+at*110, chartLeft+at*110+18, attribute(l.Name))
		at++
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

// path goes round a layer that lies on the sums so far, and adds it to them. Steps where it is nothing are
// left out.
func (s Stack) path(l Layer, sums []float64, xMax, yMax float64) string {
	var b strings.Builder
	for i, y := range l.Y {
		if y = height(y); y == 0 {
			continue
		}
		left := chartLeft + float64(i)*s.Width/xMax*(chartWidth-chartLeft-chartRight)
		right := chartLeft + float64(i+1)*s.Width/xMax*(chartWidth-chartLeft-chartRight)
		low := chartHeight - chartBottom - sums[i]/yMax*(chartHeight-chartTop-chartBottom)
		sums[i] += y
		high := chartHeight - chartBottom - sums[i]/yMax*(chartHeight-chartTop-chartBottom)
		fmt.Fprintf(&b, "M%.1f,%.1fH%.1fV%.1fH%.1fZ", left, low, right, high, left)
	}
	return b.String()
}

func height(y float64) float64 {
	if !finite(y) {
		return 0
	}
	return max(0, y)
}
