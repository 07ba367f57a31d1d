package delivery_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hookrig/hookrig/internal/wire"
	"github.com/hookrig/hookrig/mockprovider/delivery"
	"github.com/hookrig/hookrig/schemas"
)

// policy retries after 10 and 100 seconds.
func policy() schemas.Policy {
	return schemas.Policy{Acknowledge: []string{"2xx"}, TimeoutSeconds: 1, Retries: schemas.Retries{DelaysSeconds: []float64{10, 100}, StopOn: []int{410, 418}}}
}

func TestJudge(t *testing.T) {
	now := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	answer := func(status int, headers ...[2]string) wire.Exchange {
		return wire.Exchange{Status: status, Headers: headers}
	}
	for _, test := range []struct {
		name    string
		x       wire.Exchange
		n       int
		outcome string
		delay   time.Duration
	}{
		{"200", answer(200), 1, delivery.Acknowledged, 0},
		{"204", answer(204), 3, delivery.Acknowledged, 0},
		{"299", answer(299), 1, delivery.Acknowledged, 0},
		{"301 is not followed", answer(301, [2]string{"Location", "/"}), 1, delivery.Retry, 10 * time.Second},
		{"307 is not followed", answer(307, [2]string{"Location", "/"}), 2, delivery.Retry, 100 * time.Second},
		{"400", answer(400), 1, delivery.Retry, 10 * time.Second},
		{"401", answer(401), 1, delivery.Retry, 10 * time.Second},
		{"404", answer(404), 1, delivery.Retry, 10 * time.Second},
		{"410 disables", answer(410), 1, delivery.Disabled, 0},
		{"a status the policy stops on", answer(418), 1, delivery.Disabled, 0},
		{"500", answer(500), 1, delivery.Retry, 10 * time.Second},
		{"500, second", answer(500), 2, delivery.Retry, 100 * time.Second},
		{"500, last", answer(500), 3, delivery.Exhausted, 0},
		{"503 with seconds", answer(503, [2]string{"Retry-After", "15"}), 1, delivery.Retry, 15 * time.Second},
		{"429 with seconds", answer(429, [2]string{"retry-after", "12"}), 1, delivery.Retry, 12 * time.Second},
		{"429 with a fraction", answer(429, [2]string{"Retry-After", "12.5"}), 1, delivery.Retry, 12500 * time.Millisecond},
		{"429 with a date", answer(429, [2]string{"Retry-After", "Mon, 05 Jan 2026 08:00:14 GMT"}), 1, delivery.Retry, 14 * time.Second},
		{"429 with a past date", answer(429, [2]string{"Retry-After", "Mon, 05 Jan 2025 08:00:14 GMT"}), 1, delivery.Retry, 10 * time.Second},
		{"429 with less than the schedule", answer(429, [2]string{"Retry-After", "1"}), 1, delivery.Retry, 10 * time.Second},
		{"429 with more than is bearable", answer(429, [2]string{"Retry-After", "86400000"}), 1, delivery.Retry, 20 * time.Second},
		{"429 with garbage", answer(429, [2]string{"Retry-After", "soon"}), 1, delivery.Retry, 10 * time.Second},
		{"429 with a negative number", answer(429, [2]string{"Retry-After", "-5"}), 1, delivery.Retry, 10 * time.Second},
		{"429 with infinity", answer(429, [2]string{"Retry-After", "Inf"}), 1, delivery.Retry, 10 * time.Second},
		{"500 with Retry-After", answer(500, [2]string{"Retry-After", "15"}), 1, delivery.Retry, 10 * time.Second},
		{"timeout", wire.Exchange{Failure: wire.FailureTimeout}, 1, delivery.Retry, 10 * time.Second},
		{"200, then the body breaks off", wire.Exchange{Status: 200, Failure: wire.FailureReset}, 1, delivery.Retry, 10 * time.Second},
		{"410, then the body breaks off", wire.Exchange{Status: 410, Failure: wire.FailureReset}, 1, delivery.Retry, 10 * time.Second},
		{"refused target, last", wire.Exchange{Failure: wire.FailureRefusedTarget}, 3, delivery.Exhausted, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := delivery.Judge(policy(), test.x, test.n, rand.New(rand.NewPCG(1, 1)), now)
			if v.Outcome != test.outcome || v.Delay != test.delay {
				t.Errorf("Judge = %s after %v, want %s after %v", v.Outcome, v.Delay, test.outcome, test.delay)
			}
			if (v.Cause == "") != (v.Outcome == delivery.Acknowledged) {
				t.Errorf("cause %q", v.Cause)
			}
		})
	}
}

// Ten thousand deliveries of every built-in schedule: each delay within its jitter, the mean where the
// schedule says, and no tenth of the window holding more than its share, even when all failed at once.
func TestJitterSpreadsRetries(t *testing.T) {
	names := schemas.Builtins()
	if len(names) == 0 {
		t.Fatal("no provider")
	}
	for _, name := range names {
		c, err := schemas.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		retries := c.Provider.Policy.Retries
		for step, seconds := range retries.DelaysSeconds {
			var sum float64
			var tenths [10]int
			const deliveries = 10_000
			for i := range uint64(deliveries) {
				x := wire.Exchange{Status: 500}
				v := delivery.Judge(c.Provider.Policy, x, step+1, rand.New(rand.NewPCG(1, i<<16|uint64(step+1))), time.Unix(0, 0))
				ratio := v.Delay.Seconds() / seconds
				if ratio < 1-retries.JitterRatio-1e-9 || ratio > 1+retries.JitterRatio+1e-9 {
					t.Fatalf("%s: delay %d is %v, want %v s ± %v", name, step+1, v.Delay, seconds, retries.JitterRatio)
				}
				sum += v.Delay.Seconds()
				if retries.JitterRatio > 0 {
					tenths[min(9, int((ratio-1+retries.JitterRatio)/(2*retries.JitterRatio)*10))]++
				}
			}
			if mean := sum / deliveries; math.Abs(mean/seconds-1) > 0.01 {
				t.Errorf("%s: the mean of delay %d is %.2f s, want %v s within 1 %%", name, step+1, mean, seconds)
			}
			for i, n := range tenths {
				if n > deliveries*15/100 {
					t.Errorf("%s: tenth %d of delay %d holds %d of %d", name, i, step+1, n, deliveries)
				}
			}
		}
	}
}

// A breaker, driven at random beside a model of it: no transition that the model does not know, and in
// the half-open state exactly one attempt.
func TestBreaker(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 5).Draw(t, "failures")
		b := delivery.Breaker{Failures: limit, Cooldown: time.Minute}
		now := time.Unix(0, 0)
		state, failed, until := delivery.Closed, 0, time.Time{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 2).Draw(t, "step") {
			case 0:
				now = now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "seconds")) * time.Second)
			case 1:
				want := state == delivery.Closed || state == delivery.Open && !now.Before(until)
				if got := b.Allow(now); got != want {
					t.Fatalf("Allow in %s = %v, want %v", state, got, want)
				}
				if want && state == delivery.Open {
					state = delivery.HalfOpen
					if b.Allow(now) {
						t.Fatal("a second attempt in the half-open state")
					}
				}
			case 2:
				if state == delivery.Open {
					continue // nothing is under way
				}
				ok := rapid.Bool().Draw(t, "ok")
				again := b.Report(ok, now)
				if failed++; ok {
					state, failed = delivery.Closed, 0
				} else if state == delivery.HalfOpen || failed >= limit {
					state, until = delivery.Open, now.Add(time.Minute)
				}
				if (state == delivery.Open) != !again.IsZero() {
					t.Fatalf("Report = %v in %s", again, state)
				}
			}
			if b.State() != state {
				t.Fatalf("state %s, want %s", b.State(), state)
			}
		}
	})
}

func FuzzJudge(f *testing.F) {
	for _, value := range []string{"", "1", "1.5", "-1", "Mon, 05 Jan 2026 08:00:14 GMT", "99999999999999999999999", "NaN", "0x10"} {
		f.Add(429, value)
	}
	f.Fuzz(func(t *testing.T, status int, retryAfter string) {
		x := wire.Exchange{Status: status, Headers: [][2]string{{"Retry-After", retryAfter}}}
		v := delivery.Judge(policy(), x, 1, rand.New(rand.NewPCG(1, 1)), time.Unix(1_790_000_000, 0))
		if v.Outcome == delivery.Retry && (v.Delay < 10*time.Second || v.Delay > 20*time.Second) {
			t.Errorf("delay %v for Retry-After %q", v.Delay, retryAfter)
		}
	})
}
