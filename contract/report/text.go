package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/hookrig/hookrig/internal/escape"
)

// uncoveredLines bounds the list of uncovered things in text; the other reports list them all.
const uncoveredLines = 10

// Text writes a report for a terminal or a CI log: short when the run is good, complete when it is
// bad. The zero value writes without colour.
type Text struct {
	Color bool // paint verdicts with ANSI colours. Default false
}

// Write writes the report.
func (t Text) Write(w io.Writer, r *Report) error {
	p := &textPage{color: t.Color}
	p.head(r)
	p.findings(r)
	if r.Exit != 0 {
		p.printf("\n")
	}
	p.waived(r)
	p.notAssessed(r)
	p.foot(r)
	_, err := w.Write(p.Bytes())
	return err
}

type textPage struct {
	bytes.Buffer
	color bool
}

func (p *textPage) printf(format string, args ...any) { fmt.Fprintf(p, format, args...) }

func (p *textPage) head(r *Report) {
	p.printf("%s %s · %s · %s · seed %d · run %s\n", escape.Line(r.Tool.Name), escape.Line(r.Tool.Version),
		escape.Line(r.Provider), escape.Line(r.Target), r.Seed, escape.Line(r.RunID))
}

// findings prints what is wrong: everything about each failure; about an advisory or a flaky result
// everything in a bad run and one line in a good one.
func (p *textPage) findings(r *Report) {
	for _, result := range r.troubles() {
		if result.Verdict == VerdictFail || r.Exit != 0 {
			p.finding(result)
		} else {
			p.remark(result)
		}
	}
}

func (p *textPage) finding(r Result) {
	p.printf("\n%s %s · %s\n", p.paint(r.Verdict, strings.ToUpper(string(r.Verdict))), escape.Line(r.Check), escape.Line(orEndpoint(r.Event)))
	f := r.Finding
	if f == nil {
		p.field("reason", r.Reason)
		return
	}
	p.field("level", r.Level)
	for _, field := range f.fields() {
		p.field(field.label, field.value)
	}
	p.field("curl", beginning(f.Curl))
	p.field("replay", f.Replay)
}

// scriptLines bounds how much of a script stands in the text.
const scriptLines = 8

// beginning is a script, cut where it is long: the other reports have the whole of it.
func beginning(script string) string {
	lines := strings.Split(script, "\n")
	if len(lines) <= scriptLines {
		return script
	}
	kept := append(lines[:scriptLines-1:scriptLines-1], fmt.Sprintf("# … and %d lines more, whole in the JSON and HTML reports", len(lines)-scriptLines+1))
	return strings.Join(kept, "\n")
}

func (p *textPage) remark(r Result) {
	text := r.Reason
	if r.Finding != nil {
		text = r.Finding.Got
		if r.Finding.Fix != "" {
			text += "; " + r.Finding.Fix
		}
	}
	p.printf("%s %s · %s: %s\n", p.paint(r.Verdict, string(r.Verdict)), escape.Line(r.Check), escape.Line(orEndpoint(r.Event)), escape.Line(text))
}

// field prints one labelled value, its further lines indented below the first; nothing when empty.
func (p *textPage) field(label, value string) {
	if value == "" {
		return
	}
	for i, line := range strings.Split(escape.Text(value), "\n") {
		if i > 0 {
			label = ""
		}
		p.printf("  %-8s  %s\n", label, line)
	}
}

func (p *textPage) waived(r *Report) {
	for _, result := range r.Results {
		if w := result.Waived; w != nil && result.Verdict != VerdictPass {
			p.printf("waived %s · %s: %s, until %s\n", escape.Line(result.Check), escape.Line(orEndpoint(result.Event)), escape.Line(w.Reason), escape.Line(w.Until))
		}
	}
}

// notAssessed prints one line per reason, with the checks it holds for.
func (p *textPage) notAssessed(r *Report) {
	for _, group := range r.notAssessed() {
		p.printf("not assessed: %s: %s\n", escape.Line(group.reason), escape.Line(strings.Join(group.checks, ", ")))
	}
}

func (p *textPage) foot(r *Report) {
	if r.Exit != 0 {
		p.uncovered(r.Coverage.Uncovered)
	}
	for _, note := range r.Notes {
		p.printf("note: %s\n", escape.Line(note))
	}
	if c := r.Comparison; c != nil {
		p.printf("since the last run: %d fixed · %d new · %d still failing\n", len(c.Fixed), len(c.New), len(c.StillFailing))
		p.keys("fixed", c.Fixed)
		p.keys("new", c.New)
	}
	p.printf("coverage: %s\n", r.Coverage)
	p.printf("%s\n", r.VerdictLine())
	p.printf("%s %s · %s\n", p.paint(r.Verdict, strings.ToUpper(string(r.Verdict))), r.Totals, time.Duration(r.DurationMS)*time.Millisecond)
	if r.Reason != "" {
		p.printf("%s\n", escape.Line(r.Reason))
	}
}

func (p *textPage) uncovered(list []Uncovered) {
	for i, u := range list {
		if i == uncoveredLines {
			p.printf("not covered: %d more\n", len(list)-i)
			return
		}
		p.printf("not covered: %s %s: %s\n", escape.Line(u.Kind), escape.Line(u.What), escape.Line(u.Why))
	}
}

func (p *textPage) keys(label string, keys []Key) {
	for _, key := range keys {
		p.printf("  %s: %s · %s\n", label, escape.Line(key.Check), escape.Line(orEndpoint(key.Event)))
	}
}

func (p *textPage) paint(v Verdict, text string) string {
	colors := map[Verdict]string{VerdictPass: "32", VerdictFail: "31", VerdictIncomplete: "33", VerdictAdvisory: "33", VerdictFlaky: "35"}
	text = escape.Line(text)
	if code, known := colors[v]; known && p.color {
		return "\x1b[1;" + code + "m" + text + "\x1b[0m"
	}
	return text
}

// reasonGroup is the checks that share a reason for not being assessed, each named once.
type reasonGroup struct {
	reason string
	checks []string
}

func (r *Report) notAssessed() []reasonGroup {
	var groups []reasonGroup
	for _, result := range r.Results {
		if result.Verdict != VerdictNotAssessed {
			continue
		}
		at := slices.IndexFunc(groups, func(g reasonGroup) bool { return g.reason == result.Reason })
		if at < 0 {
			at = len(groups)
			groups = append(groups, reasonGroup{reason: result.Reason})
		}
		if !slices.Contains(groups[at].checks, result.Check) {
			groups[at].checks = append(groups[at].checks, result.Check)
		}
	}
	return groups
}
