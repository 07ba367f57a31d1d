package checks

import (
	"slices"
	"testing"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// Every provider with journeys has lifecycles: for each event that refers to another, and for each that is
// told more than once of one thing. Told again, they have the same shape and other ids.
func TestLifecycles(t *testing.T) {
	found := map[string]int{}
	for _, provider := range schemas.Builtins() {
		catalog, err := schemas.Builtin(provider)
		if err != nil {
			t.Fatal(err)
		}
		g, err := generators.New(catalog, generators.Config{RunID: "test"})
		if err != nil {
			t.Fatal(err)
		}
		journeys := NewJourneys(catalog, g, LawsOf(catalog))
		for _, e := range catalog.Events() {
			s := &Subject{Provider: catalog.Provider, Catalog: catalog, Event: e, Events: catalog.Events(), Journeys: journeys}
			for kind, pair := range map[string]func(a, b scene) bool{
				"orphan": func(a, b scene) bool { return b.message.Event == e.Name && b.refersTo(a) },
				"stale": func(a, b scene) bool {
					return (a.message.Event == e.Name || b.message.Event == e.Name) && a.overtakes(b)
				},
			} {
				life := s.lifecycle(pair)
				if life == nil {
					continue
				}
				found[kind]++
				again, err := journeys.retold(life, "other")
				if err != nil || len(again) != len(life) {
					t.Fatalf("%s of %s told again: %d messages, %v", kind, e.Name, len(again), err)
				}
				var events []string
				for i, m := range again {
					first := life[i].message
					if m.Event != first.Event || share(m.Entities, first.Entities) {
						t.Errorf("%s of %s told again: %s %v, want %s with other ids than %v", kind, e.Name, m.Event, m.Entities, first.Event, first.Entities)
					}
					events = append(events, m.Event)
				}
				t.Logf("%s %s %s: %v", provider, kind, e.Name, events)
				if !slices.Contains(events, e.Name) {
					t.Errorf("%s of %s: %v, want the event among them", kind, e.Name, events)
				}
			}
		}
	}
	if found["orphan"] < 10 || found["stale"] < 3 {
		t.Errorf("found %v, want lifecycles of many events", found)
	}
}
