package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// sample is one contender in one round.
type sample struct {
	rate float64 // requests per second
	cpu  float64 // microseconds of the sender for each
	rss  float64 // MiB of the sender at most
}

// typical is the median of each figure.
func typical(rounds []sample) sample {
	return sample{
		rate: median(rounds, func(s sample) float64 { return s.rate }),
		cpu:  median(rounds, func(s sample) float64 { return s.cpu }),
		rss:  median(rounds, func(s sample) float64 { return s.rss }),
	}
}

// median is the one in the middle, of an even number the mean of the two; 0 of none.
func median[T any](list []T, of func(T) float64) float64 {
	values := make([]float64, len(list))
	for i, one := range list {
		values[i] = of(one)
	}
	slices.Sort(values)
	n := len(values)
	if n == 0 {
		return 0
	}
	return (values[n/2] + values[(n-1)/2]) / 2
}

// quantile is that of sorted values; 0 of none.
func quantile(sorted []float64, part float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(part*float64(len(sorted)-1))]
}

// goal is a measured figure beside what it should be.
type goal struct {
	what   string
	got    float64
	sign   string // ">=" or "<="
	limit  float64
	format string // of both. Default "%.2f"
}

// met says whether the goal is met.
func (g goal) met() bool {
	if g.sign == ">=" {
		return g.got >= g.limit
	}
	return g.got <= g.limit
}

// table writes rows as Markdown.
func table(w io.Writer, head []string, rows [][]string) {
	fmt.Fprintf(w, "\n| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for _, row := range rows {
		fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | "))
	}
}

// goals writes what was to be reached.
func goals(w io.Writer, list ...goal) {
	var rows [][]string
	for _, g := range list {
		format := cmp.Or(g.format, "%.2f")
		word := "met"
		if !g.met() {
			word = "**not met**"
		}
		sign := map[string]string{">=": "≥ ", "<=": "≤ "}[g.sign]
		rows = append(rows, []string{g.what, fmt.Sprintf(format, g.got), sign + fmt.Sprintf(format, g.limit), word})
	}
	if len(rows) > 0 {
		table(w, []string{"goal", "measured", "wanted", ""}, rows)
	}
}
