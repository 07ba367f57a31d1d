package report

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/hookrig/hookrig/internal/escape"
	"github.com/hookrig/hookrig/internal/page"
)

// htmlBodyBytes bounds what the page shows of one body.
const htmlBodyBytes = 32 << 10

var (
	//go:embed report.html
	htmlText string
	//go:embed report.css
	htmlStyle string
	//go:embed report.js
	htmlScript string
)

// htmlTemplate is parsed when the first report is written: most commands write none.
var htmlTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("report").Funcs(template.FuncMap{
		"text":     escape.Text,
		"line":     escape.Line,
		"event":    func(name string) string { return escape.Line(orEndpoint(name)) },
		"meter":    page.Meter,
		"class":    htmlClass,
		"link":     func(source string) bool { return strings.HasPrefix(source, "https://") },
		"body":     htmlBody,
		"headers":  htmlHeaders,
		"duration": func(ms int64) string { return (time.Duration(ms) * time.Millisecond).String() },
		"fields":   func(f *Finding) []htmlField { return htmlFields(f) },
		"search":   htmlSearch,
	}).Parse(htmlText))
})

// WriteHTML writes the report as one HTML file that loads nothing and works without a network.
func WriteHTML(w io.Writer, r *Report) error {
	var body bytes.Buffer
	if err := htmlTemplate().Execute(&body, htmlData{Report: r, Troubles: r.troubles(), Groups: htmlGroups(r)}); err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	return page.Page{
		Title:  fmt.Sprintf("hookrig: %s, %s", escape.Line(r.Provider), escape.Line(string(r.Verdict))),
		Body:   template.HTML(body.String()),
		Style:  htmlStyle,
		Script: htmlScript,
	}.Write(w)
}

type htmlData struct {
	*Report
	Troubles []Result
	Groups   []htmlGroup
}

type htmlGroup struct{ Reason, Checks string }

// htmlField is a labelled part of a finding; Source is a link behind it, if any.
type htmlField struct{ Label, Value, Source string }

func htmlFields(f *Finding) []htmlField {
	var fields []htmlField
	for _, field := range f.fields() {
		shown := htmlField{Label: field.label, Value: field.value}
		if field.label == "basis" {
			shown.Value, shown.Source = f.Basis, f.Source
		}
		fields = append(fields, shown)
	}
	return fields
}

func htmlGroups(r *Report) []htmlGroup {
	var groups []htmlGroup
	for _, group := range r.notAssessed() {
		groups = append(groups, htmlGroup{Reason: group.reason, Checks: strings.Join(group.checks, ", ")})
	}
	return groups
}

// htmlClass is the colour of a verdict; a word that is none has none.
func htmlClass(v Verdict) string {
	switch v {
	case VerdictPass, VerdictFail, VerdictAdvisory, VerdictFlaky:
		return string(v)
	case VerdictIncomplete:
		return "advisory"
	}
	return "idle"
}

// htmlBody shows a body: JSON in colour, indented when it is one long line; bytes that are not UTF-8
// as base64.
func htmlBody(text string, binary []byte) template.HTML {
	if len(binary) > 0 {
		return template.HTML("<pre>" + template.HTMLEscapeString(shorten("base64 "+base64.StdEncoding.EncodeToString(binary), htmlBodyBytes)) + "</pre>")
	}
	if text == "" {
		return `<p class="faint">no body</p>`
	}
	caption := ""
	if !strings.Contains(text, "\n") && len(text) > 100 && len(text) < htmlBodyBytes && json.Valid([]byte(text)) {
		var indented bytes.Buffer
		if json.Indent(&indented, []byte(text), "", "  ") == nil {
			caption = fmt.Sprintf(`<p class="faint">indented here; %d bytes on one line as sent</p>`, len(text))
			text = indented.String()
		}
	}
	return template.HTML(caption) + "<pre>" + page.JSON(escape.Text(shorten(text, htmlBodyBytes))) + "</pre>"
}

func htmlHeaders(headers [][2]string) string {
	var b strings.Builder
	for _, line := range headers {
		fmt.Fprintf(&b, "%s: %s\n", escape.Line(line[0]), escape.Line(line[1]))
	}
	return shorten(b.String(), htmlBodyBytes)
}

// htmlSearch is what the filter of the page looks in.
func htmlSearch(r Result) string {
	return shorten(strings.ToLower(escape.Line(shorten(r.Check+" "+orEndpoint(r.Event)+" "+string(r.Verdict)+" "+r.headline(), 1000))), 1000)
}
