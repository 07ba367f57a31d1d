package load

import (
	"bytes"
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// searchOf is a search whose steps a play decides.
func searchOf(t *testing.T, cfg SearchConfig, play func(rate Rate, step int) *Record) *Search {
	t.Helper()
	catalog, err := schemas.Builtin("watsi")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Run.Catalog = catalog
	if cfg.Run.SLO, err = ParseSLO("p99<200ms"); err != nil {
		t.Fatal(err)
	}
	cfg.Run.Making.RunID = "r"
	s := &searcher{config: cfg}
	if err := s.settle(); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	steps := 0
	s.play = func(_ context.Context, cfg Config) (*Record, error) {
		if ids[cfg.Making.RunID] {
			t.Errorf("two runs of a search have the run id %q", cfg.Making.RunID)
		}
		ids[cfg.Making.RunID] = true
		rate := cfg.Plan.Peak()
		if cfg.Connections == 1 {
			rate = 0 // asks whether the consumer is well
		} else {
			steps++
		}
		r := play(rate, steps)
		r.SLO = cfg.SLO.Judge(r)
		return r, nil
	}
	s.found = &Search{SchemaVersion: recordVersion, Kind: "load-search", SLO: s.config.Run.SLO.String()}
	if err := s.climb(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s.found
}

// measured is a record of so many answers that took so long.
func measured(latency time.Duration) *Record {
	r := &Record{Counts: Counts{Arrivals: 100, Sent: 100, Answered: 100, Acknowledged: 100, Opened: 1}, Intended: newLatency(), Service: newLatency(), Lateness: newLatency()}
	r.Intended.record(latency, 100)
	return r
}

// capacity is a receiver that is fast up to a rate and slow above.
func capacity(limit Rate) func(Rate, int) *Record {
	return func(rate Rate, _ int) *Record {
		if rate > limit {
			return measured(time.Second)
		}
		return measured(time.Millisecond)
	}
}

func TestSearchFindsTheCapacity(t *testing.T) {
	for _, limit := range []Rate{1, 7, 99, 100, 101, 1500, 77_777, 999_999} {
		found := searchOf(t, SearchConfig{}, capacity(limit))
		if found.Ended != SearchFound || !found.Confirmed || found.Held > limit || found.Broke <= limit || found.Broke > found.Held*1.05 {
			t.Errorf("capacity %s: %s, held %s, broke %s after %d steps", limit, found.Ended, found.Held, found.Broke, len(found.Steps))
		}
	}
	if found := searchOf(t, SearchConfig{}, capacity(math.MaxInt32)); found.Ended != SearchMost || found.Held != MaxRate {
		t.Errorf("no limit: %s, held %s", found.Ended, found.Held)
	}
	if found := searchOf(t, SearchConfig{First: 40}, capacity(0.5)); found.Ended != SearchNothing || found.Held != 0 || !strings.Contains(found.Verdict(), "no rate") {
		t.Errorf("nothing holds: %s, held %s: %s", found.Ended, found.Held, found.Verdict())
	}
}

func TestSearchEndings(t *testing.T) {
	fast, slow := measured(time.Millisecond), measured(time.Second)
	for _, tt := range []struct {
		name string
		play func(rate Rate, step int) *Record
		want SearchEnding
		held Rate
	}{
		{"nobody answers", func(Rate, int) *Record {
			return &Record{Counts: Counts{Arrivals: 100, Sent: 100}, Intended: newLatency(), Lateness: newLatency()}
		}, SearchUnreachable, 0},
		{"we are too late", func(rate Rate, _ int) *Record {
			if rate <= 400 {
				return fast
			}
			r := measured(time.Second)
			r.Lateness.record(900*time.Millisecond, 100)
			return r
		}, SearchOurLimit, 400},
		{"the consumer stays down", func(rate Rate, step int) *Record {
			if rate > 400 || step > 3 {
				return slow
			}
			return fast
		}, SearchNotRecovered, 400},
		{"held by luck", func(rate Rate, step int) *Record { // 400 holds in the third step and never again
			if rate == 0 || rate < 250 || rate == 400 && step == 3 {
				return fast
			}
			return slow
		}, SearchFound, 249},
		{"refuses quickly", func(rate Rate, _ int) *Record {
			r := measured(time.Millisecond)
			if rate > 150 {
				r.Counts.Acknowledged = 0
			}
			return r
		}, SearchFound, 150},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found := searchOf(t, SearchConfig{}, tt.play)
			if found.Ended != tt.want || found.Held > tt.held || found.Held < tt.held*0.94 {
				t.Errorf("ended %s, held %s, want %s and about %s: %s", found.Ended, found.Held, tt.want, tt.held, found.Verdict())
			}
		})
	}
}

func TestSearchRefuses(t *testing.T) {
	catalog, err := schemas.Builtin("watsi")
	if err != nil {
		t.Fatal(err)
	}
	slo := func(text string) SLO {
		s, err := ParseSLO(text)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for want, cfg := range map[string]SearchConfig{
		"it needs an SLO":       {Run: Config{Catalog: catalog}},
		"leave it out":          {Run: Config{Catalog: catalog, SLO: slo("p99<1s, rate>5/s")}},
		"a shard cannot search": {Run: Config{Catalog: catalog, SLO: slo("p99<1s"), Shards: 2}},
		"rates go from 10/s":    {Run: Config{Catalog: catalog, SLO: slo("p99<1s")}, First: 10, Most: 5},
		"gap is NaN":            {Run: Config{Catalog: catalog, SLO: slo("p99<1s")}, Gap: math.NaN()},
		"no catalog":            {Run: Config{SLO: slo("p99<1s")}},
		"a step is 48h":         {Run: Config{Catalog: catalog, SLO: slo("p99<1s")}, Step: 48 * time.Hour},
		"rates go from -1/s":    {Run: Config{Catalog: catalog, SLO: slo("p99<1s")}, First: -1},
		"a step is -1s":         {Run: Config{Catalog: catalog, SLO: slo("p99<1s")}, Step: -time.Second},
	} {
		if found, err := FindRate(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("FindRate = %v, %v, want an error with %q", found, err, want)
		}
	}
}

func TestSearchReadsWhatItWrote(t *testing.T) {
	found := searchOf(t, SearchConfig{}, capacity(300))
	var first, second bytes.Buffer
	if err := found.Write(&first); err != nil {
		t.Fatal(err)
	}
	again, err := ReadSearch(bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Write(&second); err != nil || first.String() != second.String() {
		t.Errorf("written again, it differs (%v)", err)
	}
	if !slices.EqualFunc(found.Steps, again.Steps, func(a, b *Step) bool { return a.Rate == b.Rate && a.Kept == b.Kept }) {
		t.Error("the steps differ")
	}
	for _, damaged := range []string{"", "{}", first.String() + "{}", first.String()[:80], strings.Replace(first.String(), "load-search", "load", 1)} {
		if _, err := ReadSearch(strings.NewReader(damaged)); err == nil {
			t.Errorf("ReadSearch(%.40q) = nil, want an error", damaged)
		}
	}
}
