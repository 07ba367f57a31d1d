package schemas

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxViolations bounds what one InvalidError lists.
const maxViolations = 100

// maxMessageBytes bounds one violation's message, which may quote the body.
const maxMessageBytes = 200

// Violation is one place where a body breaks its schema.
type Violation struct {
	Pointer Pointer `json:"pointer"`          // in the body
	Keyword string  `json:"keyword"`          // "required", "type", … or "syntax", "depth", "number", "event"
	Schema  string  `json:"schema,omitempty"` // "events/message.received.schema.json#/properties/data/required"
	Message string  `json:"message"`          // may quote a bounded piece of the body
}

// InvalidError is everything in a body that breaks its schema, sorted by place, then keyword.
type InvalidError struct {
	Violations []Violation // never empty, at most 100
	More       int         // violations beyond those listed
}

// Error shows the first three violations.
func (e *InvalidError) Error() string {
	var shown []string
	for _, v := range e.Violations[:min(3, len(e.Violations))] {
		shown = append(shown, fmt.Sprintf("%s: %s: %s", cmp.Or(string(v.Pointer), "the whole body"), v.Keyword, v.Message))
	}
	if hidden := len(e.Violations) - len(shown) + e.More; hidden > 0 {
		shown = append(shown, fmt.Sprintf("and %d more", hidden))
	}
	return "body breaks its schema: " + strings.Join(shown, "; ")
}

// invalid is an InvalidError of the violations, sorted and cut to the bounds.
func invalid(violations ...Violation) *InvalidError {
	slices.SortFunc(violations, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Keyword, b.Keyword),
			cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Message, b.Message))
	})
	violations = slices.Compact(violations)
	e := &InvalidError{Violations: violations[:min(maxViolations, len(violations))]}
	e.More = len(violations) - len(e.Violations)
	for i := range e.Violations {
		e.Violations[i].Message = shorten(e.Violations[i].Message, maxMessageBytes)
	}
	return e
}

// shorten cuts a text to at most size bytes, between characters.
func shorten(text string, size int) string {
	if len(text) <= size {
		return text
	}
	cut := size - len("…")
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}
