//go:build e2e

package e2e_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// BenchmarkJSONSchemaFaker makes messages from the same event schemas with json-schema-faker and with
// the generator, in turn, and tells both medians and their ratio. One iteration is one round.
func BenchmarkJSONSchemaFaker(b *testing.B) {
	for _, name := range []string{"watsi", "sentsays"} {
		b.Run(name, func(b *testing.B) {
			c, err := schemas.Builtin(name)
			if err != nil {
				b.Fatal(err)
			}
			g, err := generators.New(c, generators.Config{})
			if err != nil {
				b.Fatal(err)
			}
			var theirs, ours []float64
			for b.Loop() {
				theirs = append(theirs, fakerRate(b, name))
				ours = append(ours, messageRate(b, c, g))
			}
			slices.Sort(theirs)
			slices.Sort(ours)
			middle := len(ours) / 2
			b.ReportMetric(theirs[middle], "peer-messages/s")
			b.ReportMetric(ours[middle], "messages/s")
			b.ReportMetric(ours[middle]/theirs[middle], "ratio")
		})
	}
}

// fakerRate is how many messages json-schema-faker makes in a second.
func fakerRate(b *testing.B, provider string) float64 {
	b.Helper()
	script := filepath.Join("..", "generators", "testdata", "peer", "json-schema-faker.mjs")
	said, err := exec.CommandContext(b.Context(), "node", script, filepath.Join("..", "schemas", provider, "events"), "node").CombinedOutput()
	if err != nil {
		b.Fatalf("run %s: %v\n%s", script, err, said)
	}
	var rate float64
	if _, err := fmt.Sscanf(string(said), "json-schema-faker %f messages/s", &rate); err != nil || rate <= 0 {
		b.Fatalf("%s says %q: %v", script, said, err)
	}
	return rate
}

// messageRate is how many messages the generator makes in a second, on one core, the events in turn.
func messageRate(b *testing.B, c *schemas.Catalog, g *generators.Generator) float64 {
	b.Helper()
	const messages = 300_000
	events := c.Events()
	body := make([]byte, 0, 1<<16)
	start := time.Now()
	for life := range uint64(messages) {
		var err error
		if body, err = g.Append(body[:0], events[life%uint64(len(events))].Name, generators.Coordinate{Life: life}); err != nil {
			b.Fatal(err)
		}
	}
	return messages / time.Since(start).Seconds()
}
