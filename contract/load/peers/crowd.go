package main

import (
	"context"
	"fmt"
	"time"

	"github.com/hookrig/hookrig/contract/load"
)

// crowd measures goal 5: many connections, and one of them that is silent.
func (b *bench) crowd(ctx context.Context) error {
	fmt.Fprintln(b.out, "\n### Many connections")
	var few, many, before, during, control []float64
	for range b.rounds {
		for _, way := range []struct {
			connections int
			into        *[]float64
		}{{64, &few}, {1000, &many}} {
			rate, err := b.crowded(ctx, way.connections)
			if err != nil {
				return err
			}
			*way.into = append(*way.into, rate)
		}
	}
	for range b.rounds {
		quiet, stalled, err := b.stalled(ctx, b.stall)
		if err != nil {
			return err
		}
		before, during = append(before, quiet), append(during, stalled)
		if quiet, stalled, err = b.stalled(ctx, 0); err != nil {
			return err
		}
		control = append(control, 100*(stalled/quiet-1))
	}
	itself := func(v float64) float64 { return v }
	small, large := median(few, itself), median(many, itself)
	quiet, stalled := median(before, itself), median(during, itself)
	table(b.out, []string{"what", "figure"}, [][]string{
		{"64 connections, requests/s", fmt.Sprintf("%.0f", small)},
		{"1,000 connections, requests/s", fmt.Sprintf("%.0f", large)},
		{fmt.Sprintf("p99 of a second at %d/s, ms", stallRate), fmt.Sprintf("%.3f", quiet)},
		{fmt.Sprintf("the same while one connection is silent for %s, ms", b.stall), fmt.Sprintf("%.3f", stalled)},
		{"what it changes by where none is silent, percent", fmt.Sprintf("%+.1f", median(control, itself))},
	})
	goals(b.out,
		goal{"throughput of 1,000 connections, times that of 64", large / small, ">=", 0.65, ""},
		goal{"p99 of the others while one is silent, percent more", 100 * (stalled/quiet - 1), "<=", 5, "%.1f"})
	return nil
}

// crowded is the requests per second of a closed loop.
func (b *bench) crowded(ctx context.Context, connections int) (float64, error) {
	c, err := b.consume(ctx)
	if err != nil {
		return 0, err
	}
	defer c.stop()
	r, _, err := b.load(ctx, c.url(), "--max", "--connections", fmt.Sprint(connections), "--duration", b.length.String())
	if err != nil {
		return 0, err
	}
	return r.Throughput(), nil
}

// stallRate is the rate at which one connection falls silent.
const stallRate = 5000

// stalled is the p99 in ms of the usual second before one connection falls silent for so long, and while
// it is; of the same seconds where none does, for 0.
func (b *bench) stalled(ctx context.Context, silent time.Duration) (before, during float64, err error) {
	quiet := max(10*time.Second, b.stall/2)
	c, err := b.consume(ctx, "-after", quiet.String(), "-stall", silent.String())
	if err != nil {
		return 0, 0, err
	}
	defer c.stop()
	r, _, err := b.load(ctx, c.url(), "--rate", fmt.Sprintf("%d/s", stallRate), "--duration", (quiet + b.stall).String(), "--timeout", (2 * b.stall).String())
	if err != nil {
		return 0, 0, err
	}
	at := int(quiet / time.Second)
	usual := func(list []load.SecondFigures) float64 {
		return median(list, func(s load.SecondFigures) float64 { return ms(time.Duration(s.P99)) })
	}
	if len(r.Seconds) <= at+1 {
		return 0, 0, fmt.Errorf("the run has %d seconds, want more than %d", len(r.Seconds), at+1)
	}
	return usual(r.Seconds[2:at]), usual(r.Seconds[at+1 : min(len(r.Seconds), at+int(b.stall/time.Second))]), nil
}
