package load

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/hookrig/hookrig/internal/escape"
	"github.com/hookrig/hookrig/internal/page"
)

var (
	//go:embed load.html
	htmlText string
	//go:embed load.css
	htmlStyle string
)

// htmlTemplate is parsed when the first record is written: most commands write none.
var htmlTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("load").Funcs(template.FuncMap{
		"line":    escape.Line,
		"ms":      Milliseconds,
		"since":   func(ns int64) string { return time.Duration(ns).Round(time.Millisecond).String() },
		"percent": func(ratio float64) string { return strconv.FormatFloat(100*ratio, 'f', 3, 64) + "%" },
		"hundred": func(ratio float64) float64 { return 100 * ratio },
		"part": func(n, all int64) string {
			return strconv.FormatFloat(100*float64(n)/float64(max(1, all)), 'f', 2, 64) + "%"
		},
		"len64":     func(list []Entry) int64 { return int64(len(list)) },
		"rate":      Rate.round,
		"plan":      planText,
		"shards":    func(r *Record) string { return shardText(r.Shards) },
		"answers":   Figures.others,
		"latencies": (*Record).latencies,
		"entries":   func(what string, list []Entry, all int64) htmlEntries { return htmlEntries{what, list, all} },
		"trend":     func(t Trend) string { return map[Trend]string{Better: "pass", Worse: "fail", Same: "idle"}[t] },
		"timeline":  timelineChart,
		"curve":     curveChart,
		"stack":     stackChart,
		"rates":     rateChart,
	}).Parse(htmlText))
})

// htmlEntries is a list of troubled entities under its title.
type htmlEntries struct {
	What string
	List []Entry
	All  int64
}

// WriteHTML writes the record as one HTML file that loads nothing and works without a network.
func (r *Record) WriteHTML(w io.Writer) error {
	return writeHTML(w, "record", "hookrig load: "+r.Provider, r)
}

// WriteHTML writes the search as one HTML file that loads nothing and works without a network.
func (f *Search) WriteHTML(w io.Writer) error {
	return writeHTML(w, "search", "hookrig load --search: "+f.Provider, f)
}

func writeHTML(w io.Writer, name, title string, data any) error {
	var body bytes.Buffer
	if err := htmlTemplate().ExecuteTemplate(&body, name, data); err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	return page.Page{Title: escape.Line(title), Body: template.HTML(body.String()), Style: htmlStyle}.Write(w)
}

// namedLatency is a distribution and what it measures.
type namedLatency struct {
	Name    string
	Short   string
	Latency Latency
}

// latencies are the distributions of a record that hold anything.
func (r *Record) latencies() []namedLatency {
	var list []namedLatency
	for _, l := range []namedLatency{
		{"from the intended time", "from when due", r.Intended}, {"from sending", "from sending", r.Service}, {"hookrig's own lateness", "own lateness", r.Lateness},
	} {
		if l.Latency.Count() > 0 {
			list = append(list, l)
		}
	}
	return list
}

// planText is how fast the messages were due.
func planText(r *Record) string {
	if r.Plan == "" {
		return planName(r)
	}
	return r.Plan + ", " + string(r.Spacing)
}
