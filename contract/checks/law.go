package checks

import (
	"encoding/json"
	"io/fs"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// Laws are what a provider's laws.json says of messages together, as far as checks need it. Read-only.
type Laws struct {
	references []reference
	times      map[string][]schemas.Pointer // event → places whose times never run backwards
}

// reference is a law: a message of an event refers to what another event has created.
type reference struct {
	Event string          `json:"event"`
	Value schemas.Pointer `json:"value"` // where the event's message holds the key
	To    string          `json:"to"`    // the event that creates
	Key   schemas.Pointer `json:"key"`   // where its message holds the key
	As    string          `json:"as"`    // how keys are compared: "" as written, digits
}

// LawsOf reads the laws of a catalog; none where there is none, or no laws.
func LawsOf(c *schemas.Catalog) *Laws {
	laws := &Laws{times: map[string][]schemas.Pointer{}}
	if c == nil {
		return laws
	}
	text, err := fs.ReadFile(c.Files(), "laws.json")
	if err != nil {
		return laws // a provider need not have laws
	}
	var file struct {
		Laws []struct {
			reference
			Law   string         `json:"law"`
			Where map[string]any `json:"where"`
		} `json:"laws"`
	}
	if json.Unmarshal(text, &file) != nil {
		return laws
	}
	for _, l := range file.Laws {
		if len(l.Where) > 0 || c.Event(l.Event) == nil && l.Event != "" {
			continue // holds for some messages only
		}
		switch {
		case l.Law == "reference" && c.Event(l.To) != nil:
			laws.references = append(laws.references, l.reference)
		case l.Law == "increasing":
			laws.times[l.Event] = append(laws.times[l.Event], l.Value)
		}
	}
	return laws
}

// of lists the references of an event to others.
func (l *Laws) of(event string) []reference {
	var all []reference
	for _, r := range l.references {
		if r.Event == event && r.To != event {
			all = append(all, r)
		}
	}
	return all
}

// Refers reports whether messages of the event refer to what another event creates.
func (l *Laws) Refers(event string) bool { return len(l.of(event)) > 0 }

// alike lists the references whose keys are written alike on both sides.
func (l *Laws) alike(event string) []reference {
	return slices.DeleteFunc(l.of(event), func(r reference) bool { return r.As != "" })
}

// updates are the references by which the event changes what another has created: it refers to it by
// its own key.
func (s *Subject) updates() []reference {
	return slices.DeleteFunc(s.laws().alike(s.Event.Name), func(r reference) bool {
		return !slices.Contains(s.Provider.Entity[r.Event], r.Value)
	})
}

// laws are those of the subject, read now where nobody has given them.
func (s *Subject) laws() *Laws {
	if s.Laws == nil {
		s.Laws = LawsOf(s.Catalog)
	}
	return s.Laws
}

// met reports whether a child's key and a parent's are the same to the law.
func (r reference) met(child, parent string) bool {
	return child != "" && r.written(child) == r.written(parent)
}

// written is a key as the law compares it.
func (r reference) written(key string) string {
	if r.As != "digits" {
		return key
	}
	return strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, key)
}
