package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/internal/escape"
)

// annotationsShown is how many annotations of one kind GitHub shows for a step.
const annotationsShown = 10

// Annotations writes a report as GitHub workflow commands, one per check, so that what GitHub shows of
// them is not spent on one check that fails for every event. The zero value names no file.
type Annotations struct {
	File string                 // the user's config file, relative to the repository. Default none
	Line func(check string) int // line of File that speaks of the check; 0 for none. Default none
}

// Write writes the report to the log of a step (standard output).
func (a Annotations) Write(w io.Writer, r *Report) error {
	var b bytes.Buffer
	for _, kind := range []string{"error", "warning"} {
		groups := r.byCheck(kind == "error")
		for i, group := range groups {
			if i == annotationsShown-1 && len(groups) > annotationsShown {
				rest := fmt.Sprintf("%d more checks are in the report", len(groups)-i)
				fmt.Fprintf(&b, "::%s %stitle=hookrig::%s\n", kind, a.place(""), escape.CommandData(rest))
				break
			}
			fmt.Fprintf(&b, "::%s %stitle=%s::%s\n", kind, a.place(group[0].Check), escape.CommandProperty(shorten(group[0].Check, 200)), escape.CommandData(annotation(group)))
		}
	}
	if r.Verdict == VerdictIncomplete {
		fmt.Fprintf(&b, "::error %stitle=hookrig could not check::%s\n", a.place(""), escape.CommandData(shorten(r.Reason, markdownFieldBytes)))
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (a Annotations) place(check string) string {
	if a.File == "" {
		return ""
	}
	line := 0
	if a.Line != nil {
		line = a.Line(check)
	}
	return fmt.Sprintf("file=%s,line=%d,", escape.CommandProperty(a.File), max(line, 1))
}

// annotation tells the first finding of a check and names the other events it was found on.
func annotation(group []Result) string {
	var events []string
	for _, result := range group[1:] {
		events = append(events, orEndpoint(result.Event))
	}
	story := group[0].Story()
	if f := group[0].Finding; f != nil && f.Replay != "" {
		story += "\nreplay: " + f.Replay
	}
	if events != nil {
		story += "\nalso: " + strings.Join(events, ", ")
	}
	return shorten(story, markdownFieldBytes)
}

// byCheck groups the results that fail the run, or the other troubles, by check, in order of check.
func (r *Report) byCheck(failing bool) [][]Result {
	troubles := slices.DeleteFunc(r.troubles(), func(result Result) bool { return result.Fails(r.FailOn) != failing })
	slices.SortStableFunc(troubles, func(a, b Result) int { return cmp.Compare(a.Check, b.Check) })
	var groups [][]Result
	for _, result := range troubles {
		if n := len(groups); n > 0 && groups[n-1][0].Check == result.Check {
			groups[n-1] = append(groups[n-1], result)
			continue
		}
		groups = append(groups, []Result{result})
	}
	return groups
}
