package load

import (
	"fmt"
	"strings"
	"time"

	"github.com/hookrig/hookrig/internal/escape"
)

// shownEntries bounds the lists in a text; the record has more.
const shownEntries = 10

// write writes whether what was acknowledged was also done.
func (r *Reconciliation) write(b *strings.Builder) {
	if r == nil {
		return
	}
	fmt.Fprintf(b, "\neffects: %d messages acknowledged, %d effects due, %d seen: %d lost, %d doubled, %d late\n",
		r.Messages, r.Due, r.Seen, r.Lost, r.Doubled, r.Late)
	if r.DrainNS > 0 {
		fmt.Fprintf(b, "drained %s after the run\n", time.Duration(r.DrainNS).Round(time.Millisecond))
	}
	if len(r.Unseen) > 0 {
		fmt.Fprintf(b, "no effect was ever seen of %s: nothing is known of these\n", escape.Line(strings.Join(r.Unseen, ", ")))
	}
	if r.Beyond > 0 {
		fmt.Fprintf(b, "%d messages were too many to be told apart: nothing is known of these\n", r.Beyond)
	}
	if r.Trouble != "" {
		fmt.Fprintf(b, "trouble: %s\n", escape.Line(r.Trouble))
	}
	writeEntries(b, "lost", r.LostList, r.Lost)
	writeEntries(b, "doubled", r.DoubledList, r.Doubled)
	writeEntries(b, "late", r.LateList, r.Late)
}

func writeEntries(b *strings.Builder, what string, list []Entry, all int64) {
	for i, e := range list {
		if i == shownEntries {
			fmt.Fprintf(b, "%s: and more, %d in all; the record lists the first %d\n", what, all, mostListed)
			return
		}
		fmt.Fprintf(b, "%s: %s, %d of %d effects", what, escape.Line(e.Key), e.Effects, e.Due)
		if e.AfterNS > 0 {
			fmt.Fprintf(b, ", %s after the run", time.Duration(e.AfterNS).Round(time.Millisecond))
		}
		for _, m := range e.Messages {
			fmt.Fprintf(b, " · %s %s", escape.Line(m.Event), escape.Line(m.ID))
		}
		b.WriteString("\n")
	}
}

// write writes what has changed since the earlier run.
func (c *Comparison) write(b *strings.Builder) {
	if c == nil {
		return
	}
	fmt.Fprintf(b, "\ncompared with run %s over %d seconds: %s\n", escape.Line(c.With), c.Seconds, strings.ToUpper(strings.ReplaceAll(string(c.Verdict), "-", " ")))
	for _, f := range c.Figures {
		fmt.Fprintf(b, "%8s %s, now %s: %s\n", f.Figure, escape.Line(f.Old), escape.Line(f.New), f.words())
	}
	for _, note := range c.Notes {
		fmt.Fprintf(b, "note: %s\n", escape.Line(note))
	}
}

// words is a change in a person's words.
func (c Change) words() string {
	word := map[Trend]string{Better: "better", Worse: "WORSE", Same: "no difference that chance would not make"}[c.Verdict]
	unit := "%"
	if c.Figure == "errors" {
		unit = " points"
	}
	return fmt.Sprintf("%s (%+.1f to %+.1f%s)", word, 100*c.Low, 100*c.High, unit)
}
