package report

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// VerdictLine says in one line what the consumer does with what it is sent: acknowledged is not
// processed.
func (r *Report) VerdictLine() string {
	return fmt.Sprintf("acknowledges %s events · processes: %s", r.Acknowledges, r.Processes)
}

// String is the ratio as "6/6".
func (r Ratio) String() string { return fmt.Sprintf("%d/%d", r.Covered, r.Total) }

// Percent is the covered part, rounded down; 100 when there is nothing to cover.
func (r Ratio) Percent() int {
	if r.Total == 0 {
		return 100
	}
	return r.Covered * 100 / r.Total
}

// String says what was seen of the consumer's effects: "seen (8 checks)" or what would show them.
func (p Processes) String() string {
	switch {
	case p.Seen:
		return fmt.Sprintf("seen (%s)", count(p.Checks, "check"))
	case p.Checks == 0:
		return "unseen"
	case p.Checks == 1:
		return "unseen (1 check needs --observe)"
	}
	return fmt.Sprintf("unseen (%d checks need --observe)", p.Checks)
}

// String lists the ratios.
func (c Coverage) String() string {
	text := fmt.Sprintf("events %s · schema points %s · checks %d/%d", c.Events, c.SchemaPoints, c.Checks.Assessed, c.Checks.Total)
	if c.Transitions != nil {
		text += fmt.Sprintf(" · transitions %s", *c.Transitions)
	}
	return text
}

// String counts the verdicts, leaving out those that did not occur.
func (t Totals) String() string {
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{{t.Fail, "failed"}, {t.Flaky, "flaky"}, {t.Advisory, "advisory"}, {t.Pass, "passed"}, {t.NotAssessed, "not assessed"}, {t.Waived, "waived"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	if parts == nil {
		return "nothing checked"
	}
	return strings.Join(parts, " · ")
}

// basis is the basis with its source: "documented: https://…".
func (f *Finding) basis() string {
	if f.Source == "" {
		return f.Basis
	}
	return f.Basis + ": " + f.Source
}

// orEndpoint names what a result is about when it is about no event.
func orEndpoint(event string) string {
	if event == "" {
		return "endpoint"
	}
	return event
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// headline is the result in one line: what came, what was wanted.
func (r Result) headline() string {
	if r.Finding == nil {
		return joinNonEmpty(": ", string(r.Verdict), r.Reason)
	}
	return fmt.Sprintf("%s: got %s, want %s", r.Verdict, r.Finding.Got, r.Finding.Want)
}

// Subject names what the result is about: its event, or "endpoint".
func (r Result) Subject() string { return orEndpoint(r.Event) }

// Story is the result as lines of text: the headline first, then all that a reader needs to act. It
// is not escaped for any medium.
func (r Result) Story() string {
	lines := []string{r.headline(), "check: " + r.Check, "event: " + orEndpoint(r.Event)}
	if f := r.Finding; f != nil {
		for _, field := range f.fields() {
			lines = append(lines, field.label+": "+field.value)
		}
	}
	return strings.Join(lines, "\n")
}

// field is one labelled part of a finding.
type field struct{ label, value string }

// fields are the parts of the finding that have something to say, in the order of reading. The
// exchange and the lines to run stand apart.
func (f *Finding) fields() []field {
	all := []field{
		{"where", f.Where}, {"rule", f.Rule}, {"why", f.Why}, {"got", f.Got}, {"want", f.Want}, {"fix", f.Fix},
		{"basis", f.basis()}, {"observed", f.Observed}, {"shrunk", f.Shrunk}, {"log", strings.Join(f.Log, "\n")},
	}
	var said []field
	for _, field := range all {
		if field.value != "" {
			said = append(said, field)
		}
	}
	return said
}

func joinLines(parts ...string) string { return joinNonEmpty("\n", parts...) }

func joinNonEmpty(separator string, parts ...string) string {
	var said []string
	for _, part := range parts {
		if part != "" {
			said = append(said, part)
		}
	}
	return strings.Join(said, separator)
}

func orDefault(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// shorten cuts text at a character's end to at most so many bytes and says so.
func shorten(text string, most int) string {
	const mark = " … (cut)"
	if len(text) <= most {
		return text
	}
	end := max(most-len(mark), 0)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + mark
}
