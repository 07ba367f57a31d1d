package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/hookrig/hookrig/internal/escape"
)

// GitHub cuts a job summary at 1 MiB; findings past this many bytes are counted, not told.
const markdownBytes = 900 << 10

// markdownFieldBytes bounds one field of a finding in Markdown.
const markdownFieldBytes = 4 << 10

// WriteMarkdown writes the report as GitHub Markdown, made for a job summary.
func WriteMarkdown(w io.Writer, r *Report) error {
	var b bytes.Buffer
	markdownHead(&b, r)
	left := 0
	for _, result := range r.troubles() {
		if b.Len() > markdownBytes {
			left++
			continue
		}
		markdownFinding(&b, result)
	}
	if left > 0 {
		fmt.Fprintf(&b, "\n%d more are in the JSON report.\n", left)
	}
	markdownLists(&b, r)
	_, err := w.Write(b.Bytes())
	return err
}

func markdownHead(b *bytes.Buffer, r *Report) {
	fmt.Fprintf(b, "## hookrig: %s\n\n", escape.Markdown(string(r.Verdict)))
	fmt.Fprintf(b, "**%s**\n\n", escape.Markdown(r.VerdictLine()))
	if r.Reason != "" {
		fmt.Fprintf(b, "%s\n\n", escape.Markdown(shorten(r.Reason, markdownFieldBytes)))
	}
	fmt.Fprintf(b, "%s · coverage: %s\n\n", r.Totals, r.Coverage)
	fmt.Fprintf(b, "| provider | target | seed | run | version | took |\n|---|---|---|---|---|---|\n| %s | %s | %d | %s | %s | %s |\n",
		escape.Markdown(r.Provider), escape.Markdown(r.Target), r.Seed, escape.Markdown(r.RunID), escape.Markdown(r.Tool.Version),
		time.Duration(r.DurationMS)*time.Millisecond)
	if c := r.Comparison; c != nil {
		fmt.Fprintf(b, "\nSince the last run: %d fixed, %d new, %d still failing.\n", len(c.Fixed), len(c.New), len(c.StillFailing))
	}
}

func markdownFinding(b *bytes.Buffer, r Result) {
	fmt.Fprintf(b, "\n### %s: %s · %s\n\n", escape.Markdown(string(r.Verdict)), escape.Markdown(r.Check), escape.Markdown(orEndpoint(r.Event)))
	if r.Finding == nil {
		fmt.Fprintf(b, "%s\n", escape.Markdown(shorten(r.Reason, markdownFieldBytes)))
		return
	}
	for _, field := range r.Finding.fields() {
		fmt.Fprintf(b, "- **%s** %s\n", field.label, escape.Markdown(shorten(field.value, markdownFieldBytes)))
	}
	if run := joinLines(r.Finding.Curl, r.Finding.Replay); run != "" {
		fmt.Fprintf(b, "\n%s", escape.Fence("sh", shorten(run, 2*markdownFieldBytes)))
	}
}

func markdownLists(b *bytes.Buffer, r *Report) {
	var lines []string
	for _, result := range r.Results {
		if w := result.Waived; w != nil && result.Verdict != VerdictPass {
			lines = append(lines, fmt.Sprintf("waived until %s: %s · %s, %s", escape.Markdown(w.Until), escape.Markdown(result.Check), escape.Markdown(orEndpoint(result.Event)), escape.Markdown(w.Reason)))
		}
	}
	for _, group := range r.notAssessed() {
		lines = append(lines, fmt.Sprintf("not assessed, %s: %s", escape.Markdown(group.reason), escape.Markdown(strings.Join(group.checks, ", "))))
	}
	for i, u := range r.Coverage.Uncovered {
		if i == uncoveredLines {
			lines = append(lines, fmt.Sprintf("not covered: %d more", len(r.Coverage.Uncovered)-i))
			break
		}
		lines = append(lines, fmt.Sprintf("not covered: %s %s, %s", escape.Markdown(u.Kind), escape.Markdown(u.What), escape.Markdown(u.Why)))
	}
	for _, note := range r.Notes {
		lines = append(lines, "note: "+escape.Markdown(note))
	}
	for i, line := range lines {
		if i == 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(b, "- %s\n", shorten(line, markdownFieldBytes))
	}
}

// troubles are the results that want attention, worst first: failures, flaky, advisories; none waived.
func (r *Report) troubles() []Result {
	var troubles []Result
	for _, verdict := range []Verdict{VerdictFail, VerdictFlaky, VerdictAdvisory} {
		for _, result := range r.Results {
			if result.Verdict == verdict && result.Waived == nil {
				troubles = append(troubles, result)
			}
		}
	}
	return troubles
}
