package reference

import (
	"bytes"
	"fmt"
	"html/template"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

// markup renders Markdown of a catalog. HTML in it is left out, and so are links to scripts: goldmark
// does both unless told otherwise.
func markup(text string) (template.HTML, error) {
	var out bytes.Buffer
	if err := goldmark.New(goldmark.WithExtensions(extension.Table)).Convert([]byte(text), &out); err != nil {
		return "", fmt.Errorf("render description: %w", err)
	}
	return template.HTML(out.String()), nil
}
