package consumer_test

import (
	"net/http"
	"testing"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/internal/consumer"
	"github.com/hookrig/hookrig/schemas"
)

// TestBuiltins: the consumer is right for every event of every built-in provider, told by nothing but the
// description: whatever is legal is taken, acted on once, and acknowledged.
func TestBuiltins(t *testing.T) {
	events := 0
	for _, name := range schemas.Builtins() {
		catalog, err := schemas.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		g, err := generators.New(catalog, generators.Config{})
		if err != nil {
			t.Fatal(err)
		}
		c := start(t, consumer.Config{Catalog: catalog, Provider: catalog.Provider})
		for _, event := range catalog.Events() {
			events++
			variants, err := g.Cover(event.Name, uint64(events)*100_000)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range variants {
				accepted(t, c, catalog.Provider, name+" "+v.Name, v.Message)
			}
		}
	}
	if events < 18 {
		t.Errorf("saw %d events, want at least 18", events)
	}
}

func accepted(t *testing.T, c *consumer.Consumer, p *schemas.Provider, name string, m schemas.Message) {
	t.Helper()
	status, before := http.StatusAccepted, 0 // a message about nobody: a refused send of the provider's own, say
	if len(m.Entities) > 0 {
		status = http.StatusOK
		before, _ = effects(t, c, m.Entities[0])
	}
	for range 2 {
		if got := send(t, c, p, "right", string(m.Body), nil); got != status {
			t.Errorf("%s: %d, want %d: %s", name, got, status, m.Body)
		}
	}
	if len(m.Entities) > 0 {
		if after, _ := effects(t, c, m.Entities[0]); after != before+1 {
			t.Errorf("%s: %d effects of two copies, want 1", name, after-before)
		}
	}
}
