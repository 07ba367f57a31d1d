package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"time"

	"github.com/hookrig/hookrig/contract/report"
)

// Waiver excuses a finding until a day. A finding that its waiver no longer covers fails again.
type Waiver struct {
	Check  string `json:"check" yaml:"check"`                     // glob. Required
	Event  string `json:"event,omitempty" yaml:"event,omitempty"` // glob. Default all
	Where  string `json:"where,omitempty" yaml:"where,omitempty"` // place of the finding. Default anywhere
	Reason string `json:"reason" yaml:"reason"`                   // Required
	Until  string `json:"until" yaml:"until"`                     // last day on which it holds, 2006-01-02. Required
}

// Baseline is what a team has agreed to live with for a while: the file of `--baseline`.
type Baseline struct {
	SchemaVersion int      `json:"schema_version"`
	Provider      string   `json:"provider"`
	Waivers       []Waiver `json:"waivers"`
}

const (
	baselineVersion = 1
	baselineBytes   = 16 << 20
	dayLayout       = "2006-01-02"
)

// ReadBaseline reads a baseline file; unknown keys and waivers without reason or day are errors.
func ReadBaseline(r io.Reader) (*Baseline, error) {
	decoder := json.NewDecoder(io.LimitReader(r, baselineBytes))
	decoder.DisallowUnknownFields()
	var b Baseline
	if err := decoder.Decode(&b); err != nil {
		return nil, fmt.Errorf("read baseline: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("read baseline: more follows the document")
	}
	if b.SchemaVersion != baselineVersion {
		return nil, fmt.Errorf("read baseline: schema_version is %d, want %d", b.SchemaVersion, baselineVersion)
	}
	for i, w := range b.Waivers {
		if err := w.Validate(); err != nil {
			return nil, fmt.Errorf("read baseline: /waivers/%d: %w", i, err)
		}
	}
	return &b, nil
}

// WriteBaseline writes the file that ReadBaseline reads.
func WriteBaseline(w io.Writer, b *Baseline) error {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(b); err != nil {
		return fmt.Errorf("write baseline: %w", err)
	}
	_, err := out.WriteTo(w)
	return err
}

// Validate reports what is missing or malformed.
func (w Waiver) Validate() error {
	if w.Check == "" {
		return fmt.Errorf("%q is missing", "check")
	}
	for _, pattern := range []string{w.Check, w.Event} {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("%q is no glob: %w", pattern, err)
		}
	}
	if w.Reason == "" {
		return fmt.Errorf("waiver of %q: %q is missing: say why", w.Check, "reason")
	}
	if _, err := time.Parse(dayLayout, w.Until); err != nil {
		return fmt.Errorf("waiver of %q: until is %q, want a day like 2027-01-31", w.Check, w.Until)
	}
	return nil
}

// covers reports whether the waiver is about the result, whatever the day.
func (w Waiver) covers(r report.Result) bool {
	check, _ := path.Match(w.Check, r.Check)
	event := w.Event == ""
	if !event {
		event, _ = path.Match(w.Event, r.Event)
	}
	return check && event && (w.Where == "" || r.Finding != nil && r.Finding.Where == w.Where)
}

// holds reports whether the waiver is in force on that day.
func (w Waiver) holds(now time.Time) bool { return now.UTC().Format(dayLayout) <= w.Until }

// waive excuses the results that a waiver in force covers. Waivers that have expired or that cover
// nothing any more are named in the notes.
func waive(r *report.Report, waivers []Waiver, now time.Time) {
	for _, w := range waivers {
		used := false
		for i := range r.Results {
			result := &r.Results[i]
			if !wrong(*result) || !w.covers(*result) {
				continue
			}
			used = true
			if w.holds(now) && result.Waived == nil {
				result.Waived = &report.Waived{Reason: w.Reason, Until: w.Until}
			}
		}
		switch {
		case !used:
			r.Notes = append(r.Notes, fmt.Sprintf("the waiver of %s covers no finding of this run: it can go", w.name()))
		case !w.holds(now):
			r.Notes = append(r.Notes, fmt.Sprintf("the waiver of %s expired on %s: %s", w.name(), w.Until, w.Reason))
		}
	}
}

func wrong(r report.Result) bool {
	return slices.Contains([]report.Verdict{report.VerdictFail, report.VerdictAdvisory, report.VerdictFlaky}, r.Verdict)
}

func (w Waiver) name() string {
	if w.Event == "" {
		return w.Check
	}
	return w.Check + " on " + w.Event
}

// Updated is the baseline after a run: waivers still needed stay as they are, those that cover nothing
// go, and each failure not yet excused gets a waiver of its own with the reason and day given. The
// receiver may be nil.
func (b *Baseline) Updated(r *report.Report, reason string, until time.Time) *Baseline {
	next := &Baseline{SchemaVersion: baselineVersion, Provider: r.Provider, Waivers: []Waiver{}}
	if b != nil {
		for _, w := range b.Waivers {
			if w.holds(r.StartedAt) && slices.ContainsFunc(r.Results, func(result report.Result) bool { return wrong(result) && w.covers(result) }) {
				next.Waivers = append(next.Waivers, w)
			}
		}
	}
	for _, result := range r.Results {
		if result.Verdict != report.VerdictFail || slices.ContainsFunc(next.Waivers, func(w Waiver) bool { return w.covers(result) }) {
			continue
		}
		w := Waiver{Check: result.Check, Event: result.Event, Reason: reason, Until: until.UTC().Format(dayLayout)}
		if result.Finding != nil {
			w.Where = result.Finding.Where
		}
		next.Waivers = append(next.Waivers, w)
	}
	return next
}
