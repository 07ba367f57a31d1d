package load

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// noisy is a record of so many seconds with a typical latency, each second's figures scattered by chance.
func noisy(seed uint64, seconds int, typical time.Duration, errors float64) *Record {
	random := rand.New(rand.NewPCG(seed, 1))
	r := &Record{Provider: "p", Plan: "100/s for 1m", RunID: "r", DurationNS: int64(seconds) * int64(time.Second), Intended: newLatency(), Service: newLatency(), Lateness: newLatency()}
	for i := range seconds {
		p50 := float64(typical) * math.Exp(0.15*random.NormFloat64())
		p99 := 4 * p50 * math.Exp(0.4*random.NormFloat64())
		failed := int64(100*errors + random.Float64())
		r.Seconds = append(r.Seconds, SecondFigures{Second: i, Ended: 100, Acknowledged: 100 - failed, P50: int64(p50), P99: int64(p99)})
		r.Counts.Arrivals, r.Counts.Acknowledged = r.Counts.Arrivals+100, r.Counts.Acknowledged+100-failed
		r.Intended.record(time.Duration(p50), 98)
		r.Intended.record(time.Duration(p99), 2)
		r.Lateness.record(50*time.Microsecond, 100)
	}
	return r
}

func TestCompare(t *testing.T) {
	base := noisy(1, 60, 10*time.Millisecond, 0)
	stalled := noisy(3, 60, 10*time.Millisecond, 0)
	for i := 30; i < 32; i++ {
		stalled.Seconds[i].P99 = int64(2 * time.Second)
	}
	for _, tt := range []struct {
		name  string
		after *Record
		want  Trend
		of    string // figure that decides
	}{
		{"itself", base, Same, ""},
		{"the same again", noisy(2, 60, 10*time.Millisecond, 0), Same, ""},
		{"a little slower than noise", noisy(2, 60, 10300*time.Microsecond, 0), Same, ""},
		{"one stall that may be chance", stalled, Same, ""},
		{"a third slower", noisy(2, 60, 13300*time.Microsecond, 0), Worse, "p50"},
		{"a third faster", noisy(2, 60, 6600*time.Microsecond, 0), Better, "p50"},
		{"one in twenty fails", noisy(2, 60, 10*time.Millisecond, 0.05), Worse, "errors"},
		{"faster, and half of it fails", noisy(2, 60, 5*time.Millisecond, 0.5), Worse, "rate"},
		{"shorter", noisy(2, 20, 13300*time.Microsecond, 0), Worse, "p50"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Compare(base, tt.after)
			if err != nil {
				t.Fatal(err)
			}
			if c.Verdict != tt.want {
				t.Errorf("verdict %s, want %s: %+v", c.Verdict, tt.want, c.Figures)
			}
			for _, f := range c.Figures {
				if f.Figure == tt.of && f.Verdict != tt.want {
					t.Errorf("%s is %s, want %s: %+v", f.Figure, f.Verdict, tt.want, f)
				}
			}
		})
	}
}

// Of pairs of runs that differ by chance alone, hardly any is called different.
func TestCompareCallsChanceChance(t *testing.T) {
	wrong := 0
	const pairs = 100
	for seed := range uint64(pairs) {
		c, err := Compare(noisy(100+2*seed, 30, 10*time.Millisecond, 0.01), noisy(101+2*seed, 30, 10*time.Millisecond, 0.01))
		if err != nil {
			t.Fatal(err)
		}
		if c.Verdict != Same {
			wrong++
		}
	}
	if wrong > 5 {
		t.Errorf("%d of %d pairs of equal runs are called different", wrong, pairs)
	}
}

// A change below hookrig's own lateness is not the consumer's.
func TestCompareKnowsItsOwnNoise(t *testing.T) {
	before, after := noisy(1, 30, time.Millisecond, 0), noisy(2, 30, 1500*time.Microsecond, 0)
	for range 30 {
		after.Lateness.record(20*time.Millisecond, 200)
	}
	c, err := Compare(before, after)
	if err != nil || c.Verdict != Same {
		t.Errorf("Compare = %+v, %v, want no difference", c, err)
	}
}

func TestCompareRefuses(t *testing.T) {
	base := noisy(1, 30, time.Millisecond, 0)
	for want, change := range map[string]func(*Record){
		"one is of p, the other of q":       func(r *Record) { r.Provider = "q" },
		"their plans differ":                func(r *Record) { r.Plan = "" },
		"4 whole seconds in common":         func(r *Record) { r.DurationNS = int64(4900 * time.Millisecond) },
		"one of them sent nothing":          func(r *Record) { r.Counts = Counts{} },
		"0 whole seconds in common, fewer ": func(r *Record) { r.Seconds = nil },
	} {
		after := *base
		change(&after)
		if _, err := Compare(base, &after); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Compare = %v, want an error with %q", err, want)
		}
	}
	after := *base
	after.Target = "http://elsewhere"
	if c, err := Compare(base, &after); err != nil || len(c.Notes) != 1 || !strings.Contains(c.Notes[0], "the target differs") {
		t.Errorf("Compare = %+v, %v, want a note", c, err)
	}
}
