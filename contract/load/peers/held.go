package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"
)

// The hold of goal 2: of a run of 5 s, everything is held for 500 ms. Of all arrivals a tenth waits, evenly
// from 500 ms down to nothing: a hundredth of all longer than 450 ms, a thousandth longer than 495 ms.
const (
	heldRun   = 5 * time.Second
	heldAfter = 2 * time.Second
	heldFor   = 500 * time.Millisecond
	truth99   = 450.0 // ms
	truth999  = 495.0
)

// heldSample is one run against a receiver that holds.
type heldSample struct {
	p99, p999 float64 // ms, from the intended time
	unsent    float64
	rss       float64
}

// held measures goal 2.
func (b *bench) held(ctx context.Context) error {
	fmt.Fprintf(b.out, "\n### A hold of %s in %s: the truth is p99 %.0f ms, p99.9 %.0f ms\n", heldFor, heldRun, truth99, truth999)
	var rows [][]string
	var list []goal
	for _, rate := range []int{2000, 5000} {
		var own, other []heldSample
		for range b.rounds {
			s, err := b.heldOnce(ctx, rate)
			if err != nil {
				return err
			}
			own = append(own, s)
			if b.tools["vegeta"] == "" {
				continue
			}
			if s, err = b.heldVegeta(ctx, rate); err != nil {
				return err
			}
			other = append(other, s)
		}
		for _, who := range []struct {
			name string
			list []heldSample
		}{{"hookrig", own}, {"vegeta", other}} {
			if s := typicalHeld(who.list); len(who.list) > 0 {
				rows = append(rows, []string{who.name, fmt.Sprintf("%d/s", rate), fmt.Sprintf("%.1f", s.p99), fmt.Sprintf("%.1f", s.p999), fmt.Sprintf("%.0f", s.rss)})
			}
		}
		s := typicalHeld(own)
		at := fmt.Sprintf(" at %d/s", rate)
		list = append(list,
			goal{"error of p99 in percent" + at, 100 * math.Abs(s.p99/truth99-1), "<=", 1.5, ""},
			goal{"error of p99.9 in percent" + at, 100 * math.Abs(s.p999/truth999-1), "<=", 1.5, ""},
			goal{"arrivals dropped" + at, s.unsent, "<=", 0, "%.0f"},
			goal{"RSS in MiB" + at, s.rss, "<=", 48, "%.0f"})
	}
	table(b.out, []string{"sender", "rate", "p99 ms", "p99.9 ms", "RSS MiB"}, rows)
	goals(b.out, list...)
	return nil
}

func typicalHeld(rounds []heldSample) heldSample {
	return heldSample{
		p99:    median(rounds, func(s heldSample) float64 { return s.p99 }),
		p999:   median(rounds, func(s heldSample) float64 { return s.p999 }),
		unsent: median(rounds, func(s heldSample) float64 { return s.unsent }),
		rss:    median(rounds, func(s heldSample) float64 { return s.rss }),
	}
}

// holding starts a receiver that holds.
func (b *bench) holding(ctx context.Context) (*consumer, error) {
	return b.consume(ctx, "-after", heldAfter.String(), "-hold", heldFor.String())
}

func (b *bench) heldOnce(ctx context.Context, rate int) (heldSample, error) {
	c, err := b.holding(ctx)
	if err != nil {
		return heldSample{}, err
	}
	defer c.stop()
	r, done, err := b.load(ctx, c.url(), "--rate", fmt.Sprintf("%d/s", rate), "--duration", heldRun.String())
	if err != nil {
		return heldSample{}, err
	}
	lost := float64(int64(count(rate, heldRun)) - r.Counts.Acknowledged)
	return heldSample{ms(r.Intended.Quantile(99)), ms(r.Intended.Quantile(99.9)), lost, done.rss}, nil
}

func (b *bench) heldVegeta(ctx context.Context, rate int) (heldSample, error) {
	c, err := b.holding(ctx)
	if err != nil {
		return heldSample{}, err
	}
	defer c.stop()
	results, done, err := b.vegeta(ctx, c.url(), rate, heldRun)
	if err != nil {
		return heldSample{}, err
	}
	var latencies []float64
	for _, r := range results {
		latencies = append(latencies, ms(r.Latency))
	}
	slices.Sort(latencies)
	return heldSample{p99: quantile(latencies, 0.99), p999: quantile(latencies, 0.999), rss: done.rss}, nil
}
