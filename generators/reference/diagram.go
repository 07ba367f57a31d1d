package reference

import (
	"fmt"
	"html/template"
	"strings"
)

// Diagrams are SVG of our own: text stays text, colours come from the stylesheet, nothing is loaded.

const (
	diagramWidth = 640
	laneLeft     = 110 // the provider
	laneRight    = 530 // the endpoint
	rowHeight    = 34
)

// sequence draws a journey as messages from the provider to the endpoint.
func sequence(title string, j Journey) template.HTML {
	var b strings.Builder
	height := 60 + rowHeight*len(j.Lines) + 16
	fmt.Fprintf(&b, `<svg role="img" class="diagram" viewBox="0 0 %d %d" aria-label="%s">`, diagramWidth, height, safe("Sequence of "+j.Name+": "+j.Summary))
	for _, lane := range []struct {
		x    int
		name string
	}{{laneLeft, title}, {laneRight, "your endpoint"}} {
		fmt.Fprintf(&b, `<rect class="lane" x="%d" y="8" width="160" height="26" rx="4"/><text x="%d" y="26" text-anchor="middle">%s</text>`, lane.x-80, lane.x, safe(shorten(lane.name, 22)))
		fmt.Fprintf(&b, `<line class="axis" x1="%d" x2="%d" y1="34" y2="%d"/>`, lane.x, lane.x, height-8)
	}
	var open []int // y of each frame that is open
	for i, line := range j.Lines {
		y := 60 + rowHeight*i
		inset := 6 * len(open)
		switch line.Kind {
		case "begin":
			fmt.Fprintf(&b, `<text class="quiet" x="%d" y="%d">%s</text>`, 22+inset, y+10, safe(shorten(strings.TrimSpace(line.Text+" "+afterWords(line.After)), 90)))
			open = append(open, y-6)
		case "end":
			top := open[len(open)-1]
			open = open[:len(open)-1]
			inset = 6 * len(open)
			fmt.Fprintf(&b, `<rect class="frame" x="%d" y="%d" width="%d" height="%d" rx="4"/>`, 14+inset, top, diagramWidth-28-2*inset, y-top+6)
		default:
			label := line.Event
			if line.Set != "" {
				label += " (" + line.Set + ")"
			}
			fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">%s</text>`, (laneLeft+laneRight)/2, y+6, safe(shorten(label, 58)))
			fmt.Fprintf(&b, `<path class="arrow" d="M%d %d H%d m-7 -4 l7 4 l-7 4"/>`, laneLeft, y+12, laneRight)
			if words := afterWords(line.After); words != "" {
				fmt.Fprintf(&b, `<text class="quiet" x="%d" y="%d" text-anchor="middle">%s</text>`, (laneLeft+laneRight)/2, y-7, safe(shorten(words, 70)))
			}
		}
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

func afterWords(after string) string {
	if after == "" {
		return ""
	}
	return "after " + after
}

// states draws the values that a law lets one thing go through.
func states(law Law) template.HTML {
	var b strings.Builder
	const width, gap = 120, 50
	total := len(law.Order)*(width+gap) + 20
	height := 70
	if len(law.Final) > 0 {
		height = 150
	}
	fmt.Fprintf(&b, `<svg role="img" class="diagram" viewBox="0 0 %d %d" aria-label="%s">`, max(total, diagramWidth), height, safe(law.Text))
	box := func(x, y int, name, class string) {
		fmt.Fprintf(&b, `<rect class="lane %s" x="%d" y="%d" width="%d" height="30" rx="15"/><text x="%d" y="%d" text-anchor="middle">%s</text>`, class, x, y, width, x+width/2, y+20, safe(shorten(name, 16)))
	}
	for i, name := range law.Order {
		x := 10 + i*(width+gap)
		box(x, 20, name, "")
		if i > 0 {
			fmt.Fprintf(&b, `<path class="arrow" d="M%d 35 H%d m-7 -4 l7 4 l-7 4"/>`, x-gap, x)
		}
	}
	for i, name := range law.Final {
		x := 10 + (i+1)*(width+gap)/2
		box(x, 105, name, "final")
		for j := range law.Order {
			from := 10 + j*(width+gap) + width/2
			fmt.Fprintf(&b, `<path class="arrow quiet" d="M%d 50 L%d 105"/>`, from, x+width/2)
		}
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

func shorten(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}

func safe(text string) string { return template.HTMLEscapeString(text) }
