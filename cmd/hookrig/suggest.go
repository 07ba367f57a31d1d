package main

import (
	"slices"
	"strings"
)

// didYouMean is a hint that names what is spelled like the typed word, "" when nothing is.
func didYouMean(typed string, known []string) string {
	best, least := "", len(typed)/3+2
	for _, word := range known {
		d := distance(strings.ToLower(typed), strings.ToLower(word))
		if len(typed) >= 3 && strings.HasPrefix(word, typed) {
			d = 1
		}
		if d < least {
			best, least = word, d
		}
	}
	if best == "" {
		return ""
	}
	return "did you mean " + best + "?"
}

// distance counts the insertions, deletions and replacements that make one word of the other, two
// neighbours changing places counted once. Words beyond 64 bytes are far from everything.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(last[j]+1, row[j-1]+1, change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}

// oneOf fails for a word that is not known, and says which are.
func oneOf(what, typed string, known []string) error {
	if slices.Contains(known, typed) {
		return nil
	}
	f := misused("unknown %s %q", what, typed)
	if hint := didYouMean(typed, known); hint != "" {
		return f.hint("%s", hint)
	}
	return f.hint("known: %s", strings.Join(known, ", "))
}
