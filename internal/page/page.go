package page

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"
)

//go:embed page.css
var stylesheet string

//go:embed page.html
var shellText string

var shell = sync.OnceValue(func() *template.Template { return template.Must(template.New("page").Parse(shellText)) })

// Stylesheet is the one stylesheet of all pages, for those who keep it in a file.
func Stylesheet() string { return stylesheet }

// Page is one HTML page in one file. Its text is shown as it is: callers make hidden characters
// visible first (internal/escape).
type Page struct {
	Title   string
	Lang    string        // Default "en"
	Body    template.HTML // Required. What stands inside <body>
	Style   string        // rules of this page, after the common stylesheet
	Script  string        // the one script of this page. Default none
	Connect bool          // let the script call the server that the page came from. Default no connection at all
}

// Write writes the page. The policy stands in it as well, so that it holds for a file.
func (p Page) Write(w io.Writer) error {
	if p.Lang == "" {
		p.Lang = "en"
	}
	var b bytes.Buffer
	err := shell().Execute(&b, map[string]any{
		"Lang": p.Lang, "Title": p.Title, "Policy": p.Policy(), "Body": p.Body,
		// The style and the script are ours; element marks keep them from ending early.
		"Style": template.HTML("<style>" + p.style() + "</style>"), "Script": p.script(),
	})
	if err != nil {
		return fmt.Errorf("write page %q: %w", p.Title, err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

// Policy is the Content-Security-Policy of the page: nothing but its own style and script, by hash.
func (p Page) Policy() string {
	policy := []string{"default-src 'none'", "style-src " + hash(p.style()), "img-src data:", "base-uri 'none'", "form-action 'none'"}
	if p.Script != "" {
		policy = append(policy, "script-src "+hash(p.Script))
	}
	if p.Connect {
		policy = append(policy, "connect-src 'self'")
	}
	return strings.Join(policy, "; ")
}

func (p Page) style() string { return stylesheet + p.Style }

func (p Page) script() template.HTML {
	if p.Script == "" {
		return ""
	}
	return template.HTML("<script>" + p.Script + "</script>")
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
