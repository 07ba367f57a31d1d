package checks

import (
	"encoding/json"
	"io/fs"
	"slices"

	"github.com/hookrig/hookrig/schemas"
)

// reference is a law of a provider's laws.json: a message of an event refers to what another event has
// created.
type reference struct {
	Law   string          `json:"law"`
	Event string          `json:"event"`
	Value schemas.Pointer `json:"value"` // where the event's message holds the key
	To    string          `json:"to"`    // the event that creates
	Key   schemas.Pointer `json:"key"`   // where its message holds the key
	As    string          `json:"as"`
}

// references lists the references of a catalog whose keys are written alike on both sides.
func references(c *schemas.Catalog) []reference {
	if c == nil {
		return nil
	}
	text, err := fs.ReadFile(c.Files(), "laws.json")
	if err != nil {
		return nil // a provider need not have laws
	}
	var file struct {
		Laws []json.RawMessage `json:"laws"`
	}
	if json.Unmarshal(text, &file) != nil {
		return nil
	}
	var all []reference
	for _, raw := range file.Laws {
		var r reference
		if json.Unmarshal(raw, &r) == nil && r.Law == "reference" && r.As == "" && c.Event(r.Event) != nil && c.Event(r.To) != nil {
			all = append(all, r)
		}
	}
	return all
}

// updates are the references by which an event changes what another has created: it refers to it by
// its own key.
func (s *Subject) updates() []reference {
	return slices.DeleteFunc(references(s.Catalog), func(r reference) bool {
		return r.Event != s.Event.Name || !slices.Contains(s.Provider.Entity[r.Event], r.Value) || r.Event == r.To
	})
}
