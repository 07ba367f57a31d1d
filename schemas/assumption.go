package schemas

import (
	"cmp"
	"slices"
	"strings"
)

// Assumption is a fact that nobody has confirmed.
type Assumption struct {
	File    string  `json:"file"`
	Pointer Pointer `json:"pointer"`
	Value   string  `json:"value,omitempty"` // as it stands in provider.json
	Guess   string  `json:"guess"`           // what the guess rests on
	Settles string  `json:"settles"`         // what would settle it
}

// assumedMark begins a guess in a source. What would settle it may follow after settlesMark.
const (
	assumedMark = "assumed: "
	settlesMark = "; settled by "
)

// IsAssumed says whether a source marks a guess, alone or beside what is documented.
func IsAssumed(source string) bool { return strings.Contains(source, assumedMark) }

// Source is where the fact at that place of provider.json stands; the longest match wins.
func (p *Provider) Source(at Pointer) (string, bool) {
	for place := at; ; place = place[:strings.LastIndexByte(string(place), '/')] {
		if source, ok := p.Sources[place]; ok {
			return source, true
		}
		if place == "" {
			return "", false
		}
	}
}

// Assumptions lists every assumed leaf of provider.json and every schema whose x-source is assumed,
// sorted by file and pointer.
func (c *Catalog) Assumptions() []Assumption {
	var all []Assumption
	if text, err := readFile(c.files, providerFileName); err == nil {
		if root, err := parseNode(text); err == nil {
			for _, at := range root.leaves() {
				if source, ok := c.Provider.Source(at); ok && IsAssumed(source) {
					all = append(all, assumption(providerFileName, at, string(root.find(at).raw), source))
				}
			}
		}
	}
	seen := map[*Schema]bool{}
	for _, e := range c.events {
		e.Schema.Walk(func(s *Schema) bool {
			if seen[s] {
				return false
			}
			seen[s] = true
			if IsAssumed(s.Source) {
				file, at, _ := strings.Cut(s.Location, "#")
				all = append(all, assumption(file, Pointer(at), "", s.Source))
			}
			return true
		})
	}
	slices.SortFunc(all, func(a, b Assumption) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Pointer, b.Pointer))
	})
	return all
}

func assumption(file string, at Pointer, value, source string) Assumption {
	_, guess, _ := strings.Cut(source, assumedMark)
	guess, settles, _ := strings.Cut(guess, settlesMark)
	return Assumption{file, at, value, guess, cmp.Or(settles, "a recorded delivery, or the provider's own word")}
}

// leaves lists the places of provider.json that hold a fact: values without members or elements of
// their own, but for the sources themselves, the name of the file's schema and what the description
// calls itself.
func (n *node) leaves() []Pointer {
	var found []Pointer
	n.walk("", func(at Pointer, n *node) {
		switch {
		case Pointer("/sources").Covers(at), at == "/$schema", at == "/name", at == "/extends":
		case len(n.members) == 0 && len(n.items) == 0:
			found = append(found, at)
		}
	})
	return found
}
