//go:build e2e

package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/hookrig/hookrig/schemas"
)

// The viewers that most documentation is read in show every event of openapi.yaml, without an error.
func TestViewersShowEveryEvent(t *testing.T) {
	viewers := map[string]string{
		"redoc": `<!doctype html><meta charset="utf-8"><title>redoc</title><div id="view"></div>
			<script src="/node_modules/redoc/bundles/redoc.standalone.js"></script>
			<script>Redoc.init('/openapi.yaml', {}, document.getElementById('view'), () => document.body.dataset.ready = 'yes')</script>`,
		"swagger-ui": `<!doctype html><meta charset="utf-8"><title>swagger</title><div id="view"></div>
			<script src="/node_modules/swagger-ui-dist/swagger-ui-bundle.js"></script>
			<script>SwaggerUIBundle({url: '/openapi.yaml', dom_id: '#view', validatorUrl: null, onComplete: () => document.body.dataset.ready = 'yes'})</script>`,
	}
	for name, shell := range viewers {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			mux.Handle("/node_modules/", http.FileServer(http.Dir("node")))
			mux.HandleFunc("/openapi.yaml", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "../openapi.yaml") })
			mux.HandleFunc("/favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
			mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				_, _ = w.Write([]byte(shell))
			})
			server := httptest.NewServer(mux)
			defer server.Close()
			b := openBrowser(t)
			b.do(t, chromedp.Navigate(server.URL), chromedp.WaitReady("body[data-ready]"))
			text := evaluate[string](t, b, "document.body.innerText")
			shown := 0
			for _, c := range builtins(t) {
				if c.Provider.Extends != "" {
					continue
				}
				for _, event := range c.Events() {
					if !strings.Contains(text, event.Summary) && !strings.Contains(text, c.Provider.Name+"."+event.Name) {
						t.Errorf("%s does not show %s %s (%s)", name, c.Provider.Name, event.Name, event.Summary)
					}
					shown++
				}
			}
			if shown != 18 {
				t.Errorf("looked for %d events, want 18", shown)
			}
			if strings.Contains(text, "Resolver error") || strings.Contains(text, "Could not resolve") {
				t.Errorf("%s reports resolver errors: %s", name, text)
			}
			b.forgive("https://cdn.redoc.ly/redoc/logo-mini.svg") // redoc's own logo, in its footer
			b.quiet(t)
		})
	}
}

// scheme is a ready signing scheme as a provider.
func scheme(t *testing.T, name string) *schemas.Provider {
	t.Helper()
	loaded, err := schemas.LoadScheme(name)
	if err != nil {
		t.Fatal(err)
	}
	return loaded.Provider()
}
