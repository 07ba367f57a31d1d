package load

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// The certainty of a comparison.
const (
	fewestSeconds = 5     // that two runs have in common
	resamples     = 2000  // of the seconds
	certainty     = 0.99  // that a change lies within its bounds
	sameRatio     = 0.1   // a change of latency or rate below it is none
	sameErrors    = 0.001 // a change of the part of errors below it is none
)

// Comparison holds a run against an earlier one of the same plan.
type Comparison struct {
	With    string   `json:"with"` // run id of the earlier one
	Seconds int      `json:"seconds"`
	Verdict Trend    `json:"verdict"` // Worse where any figure is
	Figures []Change `json:"figures"`
	Notes   []string `json:"notes,omitempty"`
}

// Change is what became of a figure. Low and High bound it with the certainty of 99 in 100: as a ratio to
// the old value (0.25: a quarter more), of errors as the difference of their parts.
type Change struct {
	Figure  string  `json:"figure"` // p50, p99, errors, rate
	Old     string  `json:"old"`
	New     string  `json:"new"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	Verdict Trend   `json:"verdict"`
}

// Trend is where a figure goes.
type Trend string

// The trends.
const (
	Better Trend = "better"
	Worse  Trend = "worse"
	Same   Trend = "no-difference" // none that chance would not make as well
)

// Compare says whether a run is better or worse than an earlier one. The seconds of the two are compared
// in pairs and drawn again in blocks, so that a change counts only where most seconds show it; one below a
// tenth, or below hookrig's own lateness, never does. Runs of different plans, and of fewer than five
// seconds in common, are errors.
func Compare(before, after *Record) (*Comparison, error) {
	if err := incomparable(before, after); err != nil {
		return nil, fmt.Errorf("compare runs: %w", err)
	}
	n := min(before.wholeSeconds(), after.wholeSeconds())
	if n < fewestSeconds {
		return nil, fmt.Errorf("compare runs: they have %d whole seconds in common, fewer than %d", n, fewestSeconds)
	}
	c := &Comparison{With: before.RunID, Seconds: n, Verdict: Same}
	for _, f := range comparedFigures() {
		c.Figures = append(c.Figures, f.compare(before, after, n))
	}
	verdicts := func(t Trend) bool {
		return slices.ContainsFunc(c.Figures, func(f Change) bool { return f.Verdict == t })
	}
	switch {
	case verdicts(Worse):
		c.Verdict = Worse
	case verdicts(Better):
		c.Verdict = Better
	}
	c.Notes = comparisonNotes(before, after)
	return c, nil
}

// incomparable says why two runs cannot be held against each other.
func incomparable(before, after *Record) error {
	switch {
	case before.Provider != after.Provider:
		return fmt.Errorf("one is of %s, the other of %s", before.Provider, after.Provider)
	case before.Plan != after.Plan:
		return fmt.Errorf("their plans differ: %q and %q", planName(before), planName(after))
	case before.Plan == "" && before.Connections != after.Connections:
		return fmt.Errorf("one had %d connections, the other %d", before.Connections, after.Connections)
	case before.Counts.Arrivals == 0 || after.Counts.Arrivals == 0:
		return errors.New("one of them sent nothing")
	}
	return nil
}

func planName(r *Record) string {
	if r.Plan == "" {
		return "as fast as the connections allow"
	}
	return r.Plan
}

// comparisonNotes says what else differs.
func comparisonNotes(before, after *Record) []string {
	var notes []string
	for _, pair := range []struct {
		name     string
		old, new any
	}{
		{"target", before.Target, after.Target}, {"catalog", before.CatalogDigest, after.CatalogDigest}, {"seed", before.Seed, after.Seed},
		{"spacing", before.Spacing, after.Spacing}, {"connections", before.Connections, after.Connections}, {"ending", before.Ended, after.Ended},
		{"processors", before.Processors, after.Processors}, {"number of shards", len(before.Shards), len(after.Shards)},
	} {
		if pair.old != pair.new {
			notes = append(notes, fmt.Sprintf("the %s differs: %v, now %v", pair.name, pair.old, pair.new))
		}
	}
	return notes
}

// wholeSeconds is how many seconds the run lasted in full.
func (r *Record) wholeSeconds() int {
	return min(len(r.Seconds), int(time.Duration(r.DurationNS)/time.Second))
}

// comparedFigure is a figure of a run and of each of its seconds.
type comparedFigure struct {
	name   string
	rises  bool // more is better
	ratio  bool // changes are ratios
	same   float64
	second func(SecondFigures) (value float64, ok bool)
	whole  func(*Record) (float64, string)
	floor  func(*Record) float64 // changes of the whole below it are hookrig's own
}

func comparedFigures() []comparedFigure {
	latency := func(name string, percent float64, of func(SecondFigures) int64) comparedFigure {
		return comparedFigure{name: name, ratio: true, same: sameRatio,
			second: func(s SecondFigures) (float64, bool) { return float64(of(s)), s.Ended > 0 && of(s) > 0 },
			whole: func(r *Record) (float64, string) {
				q := r.Intended.Quantile(percent)
				return float64(q), Milliseconds(q)
			},
			floor: func(r *Record) float64 { return float64(r.Lateness.Quantile(percent)) }}
	}
	nothing := func(*Record) float64 { return 0 }
	return []comparedFigure{
		latency("p50", 50, func(s SecondFigures) int64 { return s.P50 }),
		latency("p99", 99, func(s SecondFigures) int64 { return s.P99 }),
		{name: "errors", same: sameErrors, floor: nothing,
			second: func(s SecondFigures) (float64, bool) {
				return float64(s.Ended-s.Acknowledged) / float64(max(1, s.Ended)), s.Ended > 0
			},
			whole: func(r *Record) (float64, string) {
				return r.ErrorRatio(), strconv.FormatFloat(100*r.ErrorRatio(), 'f', 3, 64) + "%"
			}},
		{name: "rate", rises: true, ratio: true, same: sameRatio, floor: nothing,
			second: func(s SecondFigures) (float64, bool) { return float64(s.Acknowledged), s.Acknowledged > 0 },
			whole: func(r *Record) (float64, string) {
				return r.Throughput(), strconv.FormatFloat(r.Throughput(), 'f', 1, 64) + "/s"
			}},
	}
}

// compare holds the first n seconds of two runs against each other.
func (f comparedFigure) compare(before, after *Record, n int) Change {
	old, oldText := f.whole(before)
	now, nowText := f.whole(after)
	c := Change{Figure: f.name, Old: oldText, New: nowText, Verdict: Same}
	var changes []float64
	for i := range n {
		a, okA := f.second(before.Seconds[i])
		b, okB := f.second(after.Seconds[i])
		switch {
		case !okA || !okB:
		case f.ratio:
			changes = append(changes, math.Log(b/a))
		default:
			changes = append(changes, b-a)
		}
	}
	if len(changes) < fewestSeconds {
		return c // too few seconds say anything
	}
	c.Low, c.High = bounds(changes)
	if f.ratio {
		c.Low, c.High = math.Expm1(c.Low), math.Expm1(c.High)
	}
	if math.Abs(now-old) <= max(f.floor(before), f.floor(after)) {
		return c
	}
	switch {
	case c.Low > f.same && now > old:
		c.Verdict = trend(f.rises)
	case c.High < -f.same && now < old:
		c.Verdict = trend(!f.rises)
	}
	return c
}

func trend(good bool) Trend {
	if good {
		return Better
	}
	return Worse
}

// bounds is where the mean of the changes lies, with the certainty of a comparison: the middle of the means
// of many samples drawn with putting back. What happens in one second goes on in the next, so the samples
// are drawn in blocks of neighbours. The same changes give the same bounds.
func bounds(changes []float64) (low, high float64) {
	random := rand.New(rand.NewPCG(1, uint64(len(changes)))) //nolint:gosec // chance, not a secret
	block := max(1, int(math.Sqrt(float64(len(changes)))))
	means := make([]float64, resamples)
	for i := range means {
		sum, n := 0.0, 0
		for n < len(changes) {
			first := random.IntN(len(changes))
			for k := range min(block, len(changes)-n) {
				sum += changes[(first+k)%len(changes)]
				n++
			}
		}
		means[i] = sum / float64(n)
	}
	slices.Sort(means)
	tail := int((1 - certainty) / 2 * resamples)
	return means[tail], means[resamples-1-tail]
}
