package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// lateRate is the rate of goal 3, in arrivals per second.
const lateRate = 5000

// lateSample is how late arrivals left, in ms.
type lateSample struct{ p50, p99 float64 }

// late measures goal 3: how late arrivals leave. hookrig says so itself, by its plan; of vegeta's results
// the plan is reckoned from the one that left earliest by its place, in vegeta's favour.
func (b *bench) late(ctx context.Context) error {
	fmt.Fprintf(b.out, "\n### How late arrivals leave, at %d/s\n", lateRate)
	var own, other []lateSample
	for range b.rounds {
		s, err := b.lateOnce(ctx)
		if err != nil {
			return err
		}
		own = append(own, s)
		if b.tools["vegeta"] == "" {
			continue
		}
		if s, err = b.lateVegeta(ctx); err != nil {
			return err
		}
		other = append(other, s)
	}
	mine, theirs := typicalLate(own), typicalLate(other)
	rows := [][]string{{"hookrig", fmt.Sprintf("%.3f", mine.p50), fmt.Sprintf("%.3f", mine.p99)}}
	var list []goal
	if len(other) > 0 {
		rows = append(rows, []string{"vegeta", fmt.Sprintf("%.3f", theirs.p50), fmt.Sprintf("%.3f", theirs.p99)})
		list = []goal{{"p50, times vegeta's", mine.p50 / theirs.p50, "<=", 0.25, ""}, {"p99, times vegeta's", mine.p99 / theirs.p99, "<=", 0.25, ""}}
	}
	table(b.out, []string{"sender", "p50 ms", "p99 ms"}, rows)
	goals(b.out, list...)
	return nil
}

func typicalLate(rounds []lateSample) lateSample {
	return lateSample{
		p50: median(rounds, func(s lateSample) float64 { return s.p50 }),
		p99: median(rounds, func(s lateSample) float64 { return s.p99 }),
	}
}

func (b *bench) lateOnce(ctx context.Context) (lateSample, error) {
	c, err := b.consume(ctx)
	if err != nil {
		return lateSample{}, err
	}
	defer c.stop()
	r, _, err := b.load(ctx, c.url(), "--rate", fmt.Sprintf("%d/s", lateRate), "--duration", b.length.String())
	if err != nil {
		return lateSample{}, err
	}
	return lateSample{ms(r.Lateness.Quantile(50)), ms(r.Lateness.Quantile(99))}, nil
}

func (b *bench) lateVegeta(ctx context.Context) (lateSample, error) {
	c, err := b.consume(ctx)
	if err != nil {
		return lateSample{}, err
	}
	defer c.stop()
	results, _, err := b.vegeta(ctx, c.url(), lateRate, b.length)
	if err != nil {
		return lateSample{}, err
	}
	left := departures(results)
	return lateSample{quantile(left, 0.5), quantile(left, 0.99)}, nil
}

// departures is how late each of vegeta's requests left, in ms, sorted.
func departures(results []result) []float64 {
	var offsets []time.Duration
	for _, r := range results {
		planned := time.Duration(r.Seq) * time.Second / lateRate
		offsets = append(offsets, r.Timestamp.Sub(results[0].Timestamp)-planned)
	}
	slices.Sort(offsets)
	late := make([]float64, len(offsets))
	for i, offset := range offsets {
		late[i] = ms(offset - offsets[0])
	}
	return late
}
