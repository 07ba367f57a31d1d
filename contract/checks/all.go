package checks

import "slices"

// All returns every check, by number.
func All() []*Check {
	var all []*Check
	for _, family := range [][]*Check{
		authenticity(), freshness(), duplicates(), acknowledgement(), payload(), protocol(), handshake(),
	} {
		all = append(all, family...)
	}
	slices.SortFunc(all, func(a, b *Check) int { return a.Number - b.Number })
	return all
}

// ByID returns the check of that id, or nil.
func ByID(id string) *Check {
	for _, c := range All() {
		if c.ID == id {
			return c
		}
	}
	return nil
}
