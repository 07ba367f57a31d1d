package load

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/hookrig/hookrig/internal/escape"
)

// Search is what a search found: the highest rate at which the SLO held.
type Search struct {
	SchemaVersion int          `json:"schema_version"`
	Kind          string       `json:"kind"` // "load-search"
	Tool          Tool         `json:"tool"`
	Provider      string       `json:"provider"`
	Target        string       `json:"target"`
	SLO           string       `json:"slo"`
	Held          Rate         `json:"held_per_second"`  // 0: none did
	Broke         Rate         `json:"broke_per_second"` // lowest above Held that did; 0: none did
	Confirmed     bool         `json:"confirmed"`        // Held held twice
	Ended         SearchEnding `json:"ended"`
	Steps         []*Step      `json:"steps"`
}

// Step is one run of a search.
type Step struct {
	Rate   Rate    `json:"rate_per_second"`
	Kept   bool    `json:"kept"`
	Again  bool    `json:"again"` // of a rate that had held
	Record *Record `json:"record"`
}

// SearchEnding is how a search ended.
type SearchEnding string

// The endings of a search.
const (
	SearchFound        SearchEnding = "found"         // between a rate that held and one that broke
	SearchNothing      SearchEnding = "nothing"       // not even the lowest rate held
	SearchMost         SearchEnding = "most"          // the highest rate that was allowed held
	SearchOurLimit     SearchEnding = "own-limit"     // hookrig itself was too late
	SearchNotRecovered SearchEnding = "not-recovered" // the consumer was not well again after a rate that broke
	SearchUnreachable  SearchEnding = "unreachable"   // nobody answered
	SearchSteps        SearchEnding = "steps"         // after as many steps as there may be
	SearchInterrupted  SearchEnding = "interrupted"
)

// Write writes the search as one line of JSON.
func (f *Search) Write(w io.Writer) error {
	data, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("write search: %w", err)
	}
	_, err = w.Write(append(data, '\n'))
	return err
}

// ReadSearch reads what Write wrote.
func ReadSearch(r io.Reader) (*Search, error) {
	var f Search
	decoder := json.NewDecoder(r)
	if err := decoder.Decode(&f); err != nil {
		return nil, fmt.Errorf("read search: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read search: something follows it")
	}
	if f.Kind != "load-search" || f.SchemaVersion != recordVersion || len(f.Steps) == 0 {
		return nil, fmt.Errorf("read search: kind %q, schema_version %d, %d steps: want \"load-search\", %d, at least one", f.Kind, f.SchemaVersion, len(f.Steps), recordVersion)
	}
	for i, step := range f.Steps {
		if step == nil || step.Record == nil || !step.Rate.sane() {
			return nil, fmt.Errorf("read search: step %d has no rate or no record", i+1)
		}
		if err := step.Record.check(); err != nil {
			return nil, fmt.Errorf("read search: step %d: %w", i+1, err)
		}
	}
	return &f, nil
}

// WriteText writes the search for people: its steps, and what it found.
func (f *Search) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s → %s\n\n", escape.Line(f.Provider), escape.Line(f.Target))
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "rate\t\tacknowledged\terrors\tp50\tp99\tp99.9\t")
	for _, step := range f.Steps {
		r := step.Record
		fmt.Fprintf(table, "%s\t%s\t%.1f/s\t%.3f%%\t%s\t%s\t%s\t\n", step.Rate.round(), step.word(), r.Throughput(), 100*r.ErrorRatio(),
			Milliseconds(r.Intended.Quantile(50)), Milliseconds(r.Intended.Quantile(99)), Milliseconds(r.Intended.Quantile(99.9)))
	}
	_ = table.Flush() // a Builder takes everything
	fmt.Fprintf(&b, "\n%s\n", escape.Line(f.Verdict()))
	_, err := io.WriteString(w, b.String())
	return err
}

// Line is the step in a line.
func (s *Step) Line() string {
	r := s.Record
	return fmt.Sprintf("%s %s: p99 %s, %.3f%% errors", s.Rate.round(), s.word(), Milliseconds(r.Intended.Quantile(99)), 100*r.ErrorRatio())
}

// word is what became of a step.
func (s *Step) word() string {
	word := "broke"
	if s.Kept {
		word = "held"
	}
	if s.Again {
		word += " again"
	}
	return word
}

// Verdict is the search in a sentence.
func (f *Search) Verdict() string {
	held := fmt.Sprintf("%s holds %s", f.SLO, f.Held.round())
	if f.Held == 0 {
		held = f.SLO + " holds at no rate that was tried"
	}
	if f.Held > 0 && !f.Confirmed {
		held += " (once; not confirmed)"
	}
	switch f.Ended {
	case SearchFound:
		return fmt.Sprintf("%s and breaks at %s", held, f.Broke.round())
	case SearchMost:
		return held + ", the highest that was allowed"
	case SearchNothing:
		return held
	case SearchOurLimit:
		return held + "; above it hookrig itself was too late to say"
	case SearchNotRecovered:
		return fmt.Sprintf("%s; after %s the consumer was not well again within %s", held, f.Broke.round(), recoverTries*recoverLength)
	case SearchUnreachable:
		return held + "; nobody answered"
	case SearchSteps:
		return fmt.Sprintf("%s; the search ended after %d steps", held, mostSteps)
	}
	return held + "; the search was interrupted"
}

// round writes a rate for people.
func (r Rate) round() string {
	return strings.TrimSuffix(strings.TrimSuffix(fmt.Sprintf("%.1f", float64(r)), "0"), ".") + "/s"
}
