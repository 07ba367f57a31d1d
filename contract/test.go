package contract

import (
	"errors"
	"testing"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/contract/report"
	"github.com/hookrig/hookrig/internal/escape"
)

// Test tests the consumer, usually Config.Handler, and says what it found in subtests: one for each
// event, and in it one for each check. What is not assessed or waived is skipped with its reason; a
// run that could not finish, or assessed nothing, fails.
func Test(t *testing.T, cfg Config) {
	t.Helper()
	r, err := Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r.VerdictLine())
	for _, group := range grouped(r.Results) {
		t.Run(group[0].Subject(), func(t *testing.T) {
			for _, result := range group {
				t.Run(result.Check, func(t *testing.T) { say(t, r, result) })
			}
		})
	}
	if r.Reason != "" && r.Exit != 0 {
		t.Error(escape.Text(r.Reason))
	}
}

// say passes, skips or fails a subtest by its result.
func say(t *testing.T, r *report.Report, result report.Result) {
	switch {
	case result.Fails(r.FailOn):
		t.Error(told(result))
	case result.Waived != nil:
		t.Skip(escape.Text("waived until " + result.Waived.Until + ": " + result.Waived.Reason))
	case result.Verdict == report.VerdictNotAssessed:
		t.Skip(escape.Text(result.Reason))
	case result.Verdict != report.VerdictPass:
		t.Log(told(result))
	}
}

// told is the result for the log of a test, with the lines that show it again.
func told(r report.Result) string {
	text := r.Story()
	if f := r.Finding; f != nil && f.Replay != "" {
		text += "\nreplay: " + f.Replay
	}
	return escape.Text(text)
}

// grouped puts results of one event together, in the order in which the events come.
func grouped(results []report.Result) [][]report.Result {
	var groups [][]report.Result
	at := map[string]int{}
	for _, result := range results {
		i, known := at[result.Event]
		if !known {
			i = len(groups)
			at[result.Event] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], result)
	}
	return groups
}

// Outlined is one check that a run will make.
type Outlined struct {
	Check *checks.Check
	Event string // "" when the run chooses the event, or when it is about the endpoint as a whole
}

// Outline lists the results that a run of the Config will have, in order, before there is a consumer.
func Outline(cfg Config) ([]Outlined, error) {
	p := &plan{cfg: cfg}
	p.defaults()
	if err := errors.Join(p.describe(), p.selectChecks()); err != nil {
		return nil, err
	}
	scheme := checks.SchemeOf(p.provider)
	var all []Outlined
	for _, check := range p.selected {
		switch {
		case !check.Selects(scheme):
		case check.Scope == checks.EachEvent && check.Review == nil:
			for _, event := range p.events {
				all = append(all, Outlined{Check: check, Event: event.Name})
			}
		default:
			all = append(all, Outlined{Check: check})
		}
	}
	return all, nil
}
