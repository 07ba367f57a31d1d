package load_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hookrig/hookrig/contract/load"
)

func TestParsePlan(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"the example", "0→2000/s in 30s, hold 2m, spike 5x 10s", "0/s→2000/s in 30s, 2000/s for 2m0s, 10000/s for 10s"},
		{"an arrow of ASCII", "0->60/m in 1s", "0/s→1/s in 1s"},
		{"on from the rate just had", "10/s for 1s, →20/s in 2s, hold 1s", "10/s for 1s, 10/s→20/s in 2s, 20/s for 1s"},
		{"the rate comes back after a spike", "10/s for 1s, spike 2.5x 1s, hold 1s", "10/s for 1s, 25/s for 1s, 10/s for 1s"},
		{"a spike of nothing is a pause", "10/s for 1s, spike 0x 1s, hold 1s", "10/s for 1s, 0/s for 1s, 10/s for 1s"},
		{"spaces", "  0 →  5/s   in 1s ,hold   1s", "0/s→5/s in 1s, 5/s for 1s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plan, err := load.ParsePlan(tt.text)
			if err != nil || plan.String() != tt.want {
				t.Fatalf("ParsePlan(%q) = %s, %v, want %s", tt.text, plan, err, tt.want)
			}
		})
	}
}

func TestParsePlanRefuses(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", "want '0→2000/s in 30s'"},
		{"hold 1s", "no rate stands before it"},
		{"spike 5x 1s", "no rate stands before it"},
		{"→5/s in 1s", "no rate stands before the arrow"},
		{"0→NaN/s in 1s", "not a plain number"},
		{"-5/s for 1s", "not a plain number"},
		{"1e3/s for 1s", "not a plain number"},
		{"0→2000/s in -1s", "must be above zero"},
		{"0→2000/s in 0s", "must be above zero"},
		{"0→2000/s in soon", "not a length of time"},
		{"0→2000/s in 25h", "longer than 24h"},
		{"1/s for 20h, hold 20h", "at most 24h"},
		{"2000000/s for 1s", "more than 1000000/s"},
		{"500000/s for 1s, spike 5x 1s", "more than 1000000/s"},
		{"1/s for 1s, spike NaNx 1s", "not a plain number"},
		{"1/s for 1s, spike 5 1s", "how many times"},
		{"0/s for 1s", "sends nothing"},
		{"5/s in 1s", "want '0→2000/s in 30s'"},
		{"5/day for 1s", "write a number per second"},
		{strings.Repeat("1/s for 1s,", 200), "more than 100"},
		{strings.Repeat("9", 400) + "/s for 1s", "too large"},
	} {
		plan, err := load.ParsePlan(tt.text)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("ParsePlan(%.60q) = %v, %v, want an error with %q", tt.text, plan, err, tt.want)
		} else if strings.Contains(err.Error(), "\n") || len(err.Error()) > 250 {
			t.Errorf("ParsePlan(%.60q): the error is not one line: %v", tt.text, err)
		}
	}
}

func TestParseRate(t *testing.T) {
	for text, want := range map[string]load.Rate{"5000/s": 5000, "300/m": 5, " 0.5/s ": 0.5, "12": 12, "7200/h": 2} {
		if rate, err := load.ParseRate(text); err != nil || rate != want {
			t.Errorf("ParseRate(%q) = %v, %v, want %v", text, rate, err, want)
		}
	}
	for _, text := range []string{"", "0", "0/s", "-1/s", "NaN", "Inf", "1e3", "5000/day", "1000001/s", "5 000/s", "٥/s", "0x10", "1_000"} {
		if rate, err := load.ParseRate(text); err == nil {
			t.Errorf("ParseRate(%q) = %v, want an error", text, rate)
		}
	}
}

func TestCheckRefusesWhatNoParserMade(t *testing.T) {
	nan := load.Rate(math.NaN())
	for _, plan := range []load.Plan{nil, {{nan, 1, time.Second}}, {{1, nan, time.Second}}, {{1, 1, -1}}, {{-1, 1, 1}}, {{1, 1, math.MaxInt64}, {1, 1, math.MaxInt64}}} {
		if plan.Check() == nil {
			t.Errorf("Check(%v) = nil, want an error", plan)
		}
	}
}

func TestEvenArrivalsComeByTheRate(t *testing.T) {
	plan := load.Constant(5000, 10*time.Second)
	s := load.NewSchedule(plan, load.Even, 1)
	n := 0
	for at, ok := s.Next(); ok; at, ok = s.Next() {
		if want := time.Duration(n) * 200 * time.Microsecond; (at - want).Abs() > time.Microsecond {
			t.Fatalf("arrival %d at %s, want %s", n, at, want)
		}
		n++
	}
	if n != 50_000 || plan.Arrivals() != 50_000 {
		t.Fatalf("%d arrivals, Arrivals() = %d, want 50000", n, plan.Arrivals())
	}
}

func drawPlan(t *rapid.T) load.Plan {
	rate := rapid.Float64Range(0, 500)
	var plan load.Plan
	for range rapid.IntRange(1, 5).Draw(t, "stages") {
		plan = append(plan, load.Stage{From: load.Rate(rate.Draw(t, "from")), To: load.Rate(rate.Draw(t, "to")),
			Length: time.Duration(rapid.Int64Range(1, int64(3*time.Second)).Draw(t, "length"))})
	}
	return plan
}

// Whatever the plan: arrivals rise, lie within it, and at any arrival as many have come as the area
// under the plan says.
func TestScheduleFollowsThePlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := drawPlan(t)
		if plan.Check() != nil {
			return
		}
		s := load.NewSchedule(plan, load.Even, 1)
		last, n := time.Duration(0), 0
		for at, ok := s.Next(); ok; at, ok = s.Next() {
			if at < last || at > plan.Length() {
				t.Fatalf("arrival %d at %s, after %s, in a plan of %s", n, at, last, plan.Length())
			}
			if area := areaUntil(plan, at); math.Abs(area-float64(n)) > 1e-3 {
				t.Fatalf("arrival %d at %s, where the plan has had %f", n, at, area)
			}
			last = at
			n++
		}
		if int64(n) != plan.Arrivals() {
			t.Fatalf("%d arrivals, Arrivals() = %d", n, plan.Arrivals())
		}
		again, err := load.ParsePlan(plan.String())
		if err != nil || again.String() != plan.String() {
			t.Fatalf("ParsePlan(%q) = %v, %v", plan, again, err)
		}
	})
}

// areaUntil adds the plan up in small steps, as the slow way to the same number.
func areaUntil(plan load.Plan, at time.Duration) float64 {
	sum := 0.0
	for _, s := range plan {
		part := min(at, s.Length)
		if part <= 0 {
			break
		}
		x := float64(part) / float64(s.Length)
		sum += part.Seconds() * (float64(s.From) + x*float64(s.To-s.From)/2)
		at -= part
	}
	return sum
}

func TestPoissonArrivals(t *testing.T) {
	plan := load.Constant(10_000, 10*time.Second)
	times := func(seed uint64) (all []time.Duration) {
		s := load.NewSchedule(plan, load.Poisson, seed)
		for at, ok := s.Next(); ok; at, ok = s.Next() {
			all = append(all, at)
		}
		return all
	}
	first := times(7)
	if !slices.Equal(first, times(7)) || slices.Equal(first, times(8)) {
		t.Fatal("a seed must give its times, and only its own")
	}
	// Five standard deviations around the mean of 100,000; gaps of an exponential vary as much as they last.
	if n := float64(len(first)); math.Abs(n-100_000) > 5*math.Sqrt(100_000) {
		t.Fatalf("%v arrivals, want about 100000", n)
	}
	var sum, squares float64
	for i := 1; i < len(first); i++ {
		gap := (first[i] - first[i-1]).Seconds()
		sum, squares = sum+gap, squares+gap*gap
	}
	mean := sum / float64(len(first)-1)
	if deviation := math.Sqrt(squares/float64(len(first)-1) - mean*mean); math.Abs(deviation/mean-1) > 0.03 {
		t.Fatalf("gaps of %.1f µs ± %.1f µs, want as much deviation as mean", mean*1e6, deviation*1e6)
	}
}

// The arrivals of shards, asked for by their place, are those of the whole.
func TestScheduleAt(t *testing.T) {
	for _, spacing := range []load.Spacing{load.Even, load.Poisson} {
		plan := load.Plan{{0, 300, time.Second}, {300, 20, time.Second}}
		whole := load.NewSchedule(plan, spacing, 3)
		parts := []*load.Schedule{load.NewSchedule(plan, spacing, 3), load.NewSchedule(plan, spacing, 3)}
		for n := uint64(0); ; n++ {
			want, ok := whole.Next()
			got, found := parts[n%2].At(n)
			if got != want || found != ok {
				t.Fatalf("%s: At(%d) = %s, %v, want %s, %v", spacing, n, got, found, want, ok)
			}
			if !ok {
				break
			}
		}
	}
}

func FuzzParsePlan(f *testing.F) {
	for _, text := range []string{"0→2000/s in 30s, hold 2m, spike 5x 10s", "200/s for 1m", "→", ",,,", "1/s for 1ns, spike 0x 1h"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plan, err := load.ParsePlan(text)
		if err != nil {
			return
		}
		if plan.Check() != nil || plan.Peak() > load.MaxRate || plan.Length() > load.MaxLength {
			t.Fatalf("ParsePlan(%q) = %v, which Check refuses: %v", text, plan, plan.Check())
		}
		s := load.NewSchedule(plan, load.Even, 1)
		last := time.Duration(0)
		for range 100 {
			at, ok := s.Next()
			if at < last && ok || at > plan.Length() {
				t.Fatalf("plan %q: an arrival at %s after %s", text, at, last)
			}
			last = at
		}
	})
}
