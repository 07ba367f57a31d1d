package schemas_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hookrig/hookrig/schemas"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	tests := []struct {
		name, value string
		want        time.Duration
		ok          bool
	}{
		{"seconds", "120", 2 * time.Minute, true},
		{"spaces", " 7 ", 7 * time.Second, true},
		{"zero", "0", 0, true},
		{"fraction", "1.5", 1500 * time.Millisecond, true},
		{"date", "Mon, 05 Jan 2026 08:00:30 GMT", 30 * time.Second, true},
		{"old date form", "Monday, 05-Jan-26 08:01:00 GMT", time.Minute, true},
		{"asctime", "Mon Jan  5 08:02:00 2026", 2 * time.Minute, true},
		{"past date", "Mon, 05 Jan 2026 07:00:00 GMT", 0, true},
		{"far date", "Mon, 05 Jan 2099 07:00:00 GMT", 365 * 24 * time.Hour, true},
		{"huge", "99999999999999999999", 365 * 24 * time.Hour, true},
		{"empty", "", 0, false},
		{"negative", "-5", 0, false},
		{"plus", "+5", 0, false},
		{"exponent", "1e3", 0, false},
		{"hex", "0x10", 0, false},
		{"two dots", "1.2.3", 0, false},
		{"dot", ".", 0, false},
		{"words", "soon", 0, false},
		{"NaN", "NaN", 0, false},
		{"long", "1111111111111111111111111111111111111111111111111111111111111111111", 0, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, ok := schemas.RetryAfter(test.value, now)
			if got != test.want || ok != test.ok {
				t.Errorf("RetryAfter(%q) = %v %v, want %v %v", test.value, got, ok, test.want, test.ok)
			}
		})
	}
}

func TestRetriesNext(t *testing.T) {
	now := time.Unix(1767600000, 0)
	r := schemas.Retries{DelaysSeconds: []float64{5, 300}, StopOn: []int{410}}
	tests := []struct {
		name    string
		attempt int
		status  int
		after   string
		want    time.Duration // -1: never
	}{
		{"first", 1, 500, "", 5 * time.Second},
		{"second", 2, 0, "", 5 * time.Minute},
		{"last", 3, 500, "", -1},
		{"no attempt yet", 0, 500, "", -1},
		{"gone", 1, 410, "", -1},
		{"asked for longer", 1, 429, "7", 7 * time.Second},
		{"asked for far longer", 1, 503, "3600", 10 * time.Second},
		{"asked for shorter", 2, 429, "1", 5 * time.Minute},
		{"asked by another status", 1, 500, "7", 5 * time.Second},
		{"garbage", 1, 429, "later", 5 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			at, ok := r.Next(test.attempt, test.status, test.after, now, nil)
			if got := at.Sub(now); ok != (test.want >= 0) || ok && got != test.want {
				t.Errorf("Next = %v %v, want %v", got, ok, test.want)
			}
		})
	}
	if r.Attempts() != 3 {
		t.Errorf("Attempts = %d, want 3", r.Attempts())
	}
}

// Every delay lies within its jitter, the mean is the schedule's, and no tenth of the window takes
// more than its share.
func TestJitter(t *testing.T) {
	for _, name := range schemas.Builtins() {
		r := builtin(t, name).Provider.Policy.Retries
		random := rand.New(rand.NewPCG(1, 2))
		for attempt := 1; attempt < r.Attempts(); attempt++ {
			const runs = 10_000
			middle := r.DelaysSeconds[attempt-1]
			var sum float64
			var tenths [10]int
			for range runs {
				d, ok := r.Delay(attempt, random)
				if !ok || d.Seconds() < middle*(1-r.JitterRatio)-1e-6 || d.Seconds() > middle*(1+r.JitterRatio)+1e-6 {
					t.Fatalf("%s attempt %d: delay %v, want %v ± %v", name, attempt, d, middle, r.JitterRatio)
				}
				sum += d.Seconds()
				if r.JitterRatio > 0 {
					tenths[min(9, int((d.Seconds()/middle-1+r.JitterRatio)/(2*r.JitterRatio)*10))]++
				}
			}
			if mean := sum / runs; mean < middle*0.99 || mean > middle*1.01 {
				t.Errorf("%s attempt %d: mean %v, want %v within 1 %%", name, attempt, mean, middle)
			}
			for i, n := range tenths {
				if n > runs*15/100 {
					t.Errorf("%s attempt %d: %d of %d in tenth %d", name, attempt, n, runs, i)
				}
			}
		}
	}
}

func TestNextNeverGoesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := schemas.Retries{
			DelaysSeconds: rapid.SliceOfN(rapid.Float64Range(0, 1e6), 0, 8).Draw(t, "delays"),
			JitterRatio:   rapid.Float64Range(0, 0.99).Draw(t, "jitter"),
		}
		now := time.Unix(1767600000, 0)
		attempt := rapid.IntRange(-1, 9).Draw(t, "attempt")
		at, ok := r.Next(attempt, 429, rapid.String().Draw(t, "retry-after"), now, rand.New(rand.NewPCG(3, 4)))
		if ok != (attempt >= 1 && attempt <= len(r.DelaysSeconds)) {
			t.Fatalf("attempt %d of %d: %v", attempt, r.Attempts(), ok)
		}
		if ok && (at.Before(now) || at.Sub(now).Seconds() > 4*r.DelaysSeconds[attempt-1]+1) {
			t.Fatalf("next at %v after %v, delay %v", at, now, r.DelaysSeconds[attempt-1])
		}
	})
}

func TestPolicy(t *testing.T) {
	p := schemas.Policy{Acknowledge: []string{"2xx", "410"}, TimeoutSeconds: 2.5}
	for status, want := range map[int]bool{200: true, 204: true, 299: true, 300: false, 410: true, 411: false, 0: false, 20: false, 2000: false} {
		if got := p.Acknowledges(status); got != want {
			t.Errorf("Acknowledges(%d) = %v, want %v", status, got, want)
		}
	}
	if p.Timeout() != 2500*time.Millisecond {
		t.Errorf("Timeout = %v", p.Timeout())
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"120", "1.5", "Mon, 05 Jan 2026 08:00:30 GMT", "-1", "1e9", "99999999999999999999", "..", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		d, ok := schemas.RetryAfter(value, noon)
		if d < 0 || d > 365*24*time.Hour || !ok && d != 0 {
			t.Errorf("RetryAfter(%q) = %v %v", value, d, ok)
		}
	})
}
