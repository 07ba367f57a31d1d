package schemas

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong with a provider folder.
type Problem struct {
	File    string  `json:"file"`              // in the folder, "" for the folder itself
	Line    int     `json:"line,omitempty"`    // from 1, 0 when it concerns the whole file
	Pointer Pointer `json:"pointer,omitempty"` // JSON Pointer in the file, "" for all of it
	Message string  `json:"message"`           // what is wrong and how to fix it
}

// String is "file:line pointer: message", without the parts that are empty.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(cmp.Or(p.File, "provider folder"))
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	if p.Pointer != "" {
		fmt.Fprintf(&b, " %s", p.Pointer)
	}
	fmt.Fprintf(&b, ": %s", p.Message)
	return b.String()
}

// FolderError is everything wrong with a provider folder, sorted by file, line and pointer.
type FolderError struct {
	Problems []Problem // never empty
}

// Error is one line for one problem, else a count and one line each.
func (e *FolderError) Error() string {
	if len(e.Problems) == 1 {
		return e.Problems[0].String()
	}
	lines := make([]string, 0, len(e.Problems)+1)
	lines = append(lines, fmt.Sprintf("%d problems in the provider folder:", len(e.Problems)))
	for _, p := range e.Problems {
		lines = append(lines, "  "+p.String())
	}
	return strings.Join(lines, "\n")
}

// problems collects what a loader finds.
type problems []Problem

func (p *problems) add(file string, line int, pointer Pointer, format string, args ...any) {
	*p = append(*p, Problem{file, line, pointer, fmt.Sprintf(format, args...)})
}

// err is nil, or a FolderError with the problems sorted and repeats dropped.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	sorted := slices.Clone(p)
	slices.SortStableFunc(sorted, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Message, b.Message))
	})
	return &FolderError{slices.Compact(sorted)}
}
