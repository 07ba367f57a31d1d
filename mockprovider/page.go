package mockprovider

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"strings"

	"github.com/hookrig/hookrig/internal/page"
	"github.com/hookrig/hookrig/schemas"
)

//go:embed page/body.html
var pageBody string

//go:embed page/style.css
var pageStyle string

//go:embed page/*.js
var pageScripts embed.FS

// pageSource is the page, made once.
type pageSource struct {
	html   []byte
	policy string
}

func newPage(p *schemas.Provider) (pageSource, error) {
	var script strings.Builder
	script.WriteString("(() => {\n")
	for _, name := range []string{"dom", "api", "chart", "deliveries", "controls", "keys", "main"} { // in the order in which they need each other
		text, err := pageScripts.ReadFile("page/" + name + ".js")
		if err != nil {
			return pageSource{}, err
		}
		script.Write(text)
	}
	script.WriteString("})();\n")
	body := strings.ReplaceAll(pageBody, "{title}", template.HTMLEscapeString(p.Title))
	one := page.Page{Title: p.Title + " · hookrig", Body: template.HTML(body), Style: pageStyle, Script: script.String(), Connect: true} //nolint:gosec // our own text, and the title escaped
	var b bytes.Buffer
	if err := one.Write(&b); err != nil {
		return pageSource{}, err
	}
	return pageSource{b.Bytes(), one.Policy() + "; frame-ancestors 'none'"}, nil
}

// servePage serves the one page there is.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path != "/_hookrig/":
		http.NotFound(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	default:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", s.page.policy)
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(s.page.html) // the peer may be gone
	}
}
