package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Writer writes a report for one kind of reader.
type Writer func(w io.Writer, r *Report) error

// WriterFor returns the writer of that name, as `--report` spells it: text, json, junit, html, markdown
// or github. An unknown name is an error that lists the known ones.
func WriterFor(name string) (Writer, error) {
	writers := map[string]Writer{
		"text": Text{}.Write, "json": WriteJSON, "junit": WriteJUnit, "html": WriteHTML, "markdown": WriteMarkdown, "github": Annotations{}.Write,
	}
	if writer, known := writers[name]; known {
		return writer, nil
	}
	return nil, fmt.Errorf("report %q is not known: use %s", name, strings.Join(slices.Sorted(maps.Keys(writers)), ", "))
}
