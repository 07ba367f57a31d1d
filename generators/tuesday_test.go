package generators_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// tuesdayLines is how long the page is that the documentation shows.
const tuesdayLines = 40

// TestTuesday: the documentation shows a page of every provider's default stream, from a Tuesday at
// two in the afternoon, UTC.
func TestTuesday(t *testing.T) {
	shown := 0
	for _, name := range schemas.Builtins() {
		c, g := builtin(t, name)
		if c.Provider.Extends != "" {
			continue
		}
		shown++
		t.Run(name, func(t *testing.T) {
			stream, err := g.Stream(generators.StreamConfig{})
			if err != nil {
				t.Fatal(err)
			}
			from := time.Date(2026, 1, 6, 14, 0, 0, 0, time.UTC)
			var page bytes.Buffer
			for lines := 0; lines < tuesdayLines; {
				body, meta, ok := stream.Next(nil)
				if !ok {
					t.Fatal("the stream ends before Tuesday is over")
				}
				if meta.Time.Before(from) {
					continue
				}
				fmt.Fprintf(&page, "%s  %-18s %s\n", meta.Time.Format("Mon 15:04:05"), meta.Journey, body)
				lines++
			}
			file := filepath.Join("..", "docs", "streams", name+".txt")
			if *update {
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, page.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(page.Bytes(), want) {
				t.Errorf("%s is not what the stream gives now; look at it anew and run go test ./generators -run Tuesday -update", file)
			}
		})
	}
	if shown == 0 {
		t.Fatal("no provider to show")
	}
}
