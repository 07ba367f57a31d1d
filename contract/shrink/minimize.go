package shrink

import "slices"

// minimize finds a small part of the items that still fails, by delta debugging: it leaves out halves,
// then quarters, down to single items, as long as the least are left. fails is given candidates and
// returns the place of the first that fails, -1 for none. The part is 1-minimal if the answers are the
// same each time.
func minimize[T any](items []T, least int, fails func(kept [][]T) int) {
	for size := (len(items) + 1) / 2; size > 0 && len(items) > least; {
		left := false
		for from := 0; from < len(items); {
			var candidates [][]T
			for at := from; at < len(items); at += size {
				if kept := slices.Concat(items[:at], items[min(at+size, len(items)):]); len(kept) >= least {
					candidates = append(candidates, kept)
				}
			}
			n := fails(candidates)
			if n < 0 {
				break
			}
			from += n * size
			items, left = candidates[n], true
		}
		switch {
		case size > 1:
			size = (size + 1) / 2
		case !left:
			return
		}
	}
}
