package contract

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hookrig/hookrig/contract/report"
)

// Gate decides what a finished run is worth. Its zero value fails a run on must findings alone.
type Gate struct {
	FailOn      report.FailOn  // Default report.FailOnMust
	Waivers     []Waiver       // of the baseline and the config file
	MinCoverage MinCoverage    // Default none
	Previous    *report.Report // the run before it. Default none
}

// Apply excuses what waivers cover, compares with the run before, and sets verdict and exit code: 1
// for a finding behind the gate or coverage below the least, else 3 or 130 for a run that did not
// finish, else 0.
func (g Gate) Apply(r *report.Report, now time.Time) {
	r.FailOn = g.FailOn
	waive(r, g.Waivers, now)
	if g.Previous != nil {
		r.Comparison = r.Compare(g.Previous)
	}
	r.Finish()
	r.Decide()
	if r.Exit != 0 {
		return
	}
	if below := g.MinCoverage.below(r.Coverage); len(below) > 0 {
		r.Exit, r.Verdict = 1, report.VerdictFail
		r.Reason = strings.Join(below, "; ")
	}
}

// MinCoverage is the least coverage in percent, by what is covered: events, schema_points, checks,
// transitions.
type MinCoverage map[string]int

// ParseMinCoverage reads "events=100,schema_points=90". "" asks for nothing.
func ParseMinCoverage(text string) (MinCoverage, error) {
	m := MinCoverage{}
	for part := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		if !slices.Contains(covered(), name) {
			return nil, fmt.Errorf("read least coverage: %q is not known: use %s", name, strings.Join(covered(), ", "))
		}
		percent, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), "%"))
		if err != nil || percent < 0 || percent > 100 {
			return nil, fmt.Errorf("read least coverage: %s is %q, want 0 to 100", name, value)
		}
		m[name] = percent
	}
	return m, nil
}

func covered() []string { return []string{"events", "schema_points", "checks", "transitions"} }

// below says which coverage is below its least, in the order of covered.
func (m MinCoverage) below(c report.Coverage) []string {
	ratios := map[string]report.Ratio{
		"events": c.Events, "schema_points": c.SchemaPoints, "checks": {Covered: c.Checks.Assessed, Total: c.Checks.Total},
	}
	if c.Transitions != nil {
		ratios["transitions"] = *c.Transitions
	}
	var below []string
	for _, name := range covered() {
		least, asked := m[name]
		if ratio := ratios[name]; asked && ratio.Percent() < least {
			below = append(below, fmt.Sprintf("coverage of %s is %d %% (%s), want at least %d %%", strings.ReplaceAll(name, "_", " "), ratio.Percent(), ratio, least))
		}
	}
	return below
}
