package reference

import (
	"bytes"
	"fmt"
	"html/template"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// markup renders Markdown of a catalog. HTML in it is left out, and so are links to scripts: goldmark
// does both unless told otherwise. Images become their text, since a page loads nothing.
func markup(text string) (template.HTML, error) {
	markdown := goldmark.New(goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(imageText{}, 1))))
	var out bytes.Buffer
	if err := markdown.Convert([]byte(text), &out); err != nil {
		return "", fmt.Errorf("render description: %w", err)
	}
	return template.HTML(out.String()), nil
}

// imageText renders an image as what stands in its brackets.
type imageText struct{}

// RegisterFuncs takes images over from goldmark's own renderer.
func (imageText) RegisterFuncs(register renderer.NodeRendererFuncRegisterer) {
	register.Register(ast.KindImage, func(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) {
		return ast.WalkContinue, nil
	})
}
