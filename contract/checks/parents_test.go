package checks_test

import (
	"testing"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// Whatever a message refers to is created by its parents: messages that the provider could send, older than
// the child, in the order in which they refer to each other.
func TestParentsCreateWhatIsReferredTo(t *testing.T) {
	told := 0
	for _, provider := range schemas.Builtins() {
		catalog, err := schemas.Builtin(provider)
		if err != nil {
			t.Fatal(err)
		}
		laws := checks.LawsOf(catalog)
		for _, e := range catalog.Events() {
			if !laws.Refers(e.Name) {
				continue
			}
			s := subject(t, provider, e.Name)
			for life := range uint64(8) {
				child, err := s.Build(checks.Step{Event: e.Name, Coordinate: &generators.Coordinate{Life: 900 + life}}, nil)
				if err != nil {
					t.Fatal(err)
				}
				var known []schemas.Message
				ids := map[string]bool{child.Message.ID: true}
				for _, step := range s.Parents(child, nil) {
					parent, err := s.Build(step, nil)
					if err != nil {
						t.Fatalf("%s %s: %v", provider, e.Name, err)
					}
					m := parent.Message
					if err := catalog.Validate(m.Body); err != nil {
						t.Errorf("%s %s: its parent %s: %v", provider, e.Name, m.Event, err)
					}
					if !m.Time.IsZero() && !m.Time.Before(child.Message.Time) || m.Tenant != child.Message.Tenant {
						t.Errorf("%s %s of %s at %v: its parent %s is of %s at %v", provider, e.Name, child.Message.Tenant, child.Message.Time, m.Event, m.Tenant, m.Time)
					}
					if more := s.Parents(parent, known); len(more) > 0 {
						t.Errorf("%s %s: its parent %s comes before %d of its own parents", provider, e.Name, m.Event, len(more))
					}
					if m.ID != "" && ids[m.ID] {
						t.Errorf("%s %s: its parent %s has the id of another message", provider, e.Name, m.Event)
					}
					ids[m.ID] = true
					known = append(known, m)
					told++
				}
				if missing := s.Parents(child, known); len(missing) > 0 {
					t.Errorf("%s %s refers to %s beside its parents", provider, e.Name, missing[0].Event)
				}
			}
		}
	}
	if told < 100 {
		t.Errorf("%d parents, want hundreds", told)
	}
}
