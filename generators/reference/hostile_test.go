package reference_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hookrig/hookrig/generators/reference"
	"github.com/hookrig/hookrig/schemas"
)

// payloads are what a catalog's author could write into a text, to see whether a page acts on it.
var payloads = []string{
	`<script>alert(1)</script>`,
	`"><img src=x onerror=alert(1)>`,
	`[x](javascript:alert(1))`,
	`![x](http://192.0.2.1/x.png)`,
	`<iframe srcdoc="<script>alert(1)</script>">`,
	"`</code><script>alert(1)</script>`",
	`{alert(1)}`,
	`</script><script>alert(1)</script>`,
	"import x from 'y'",
	`<svg/onload=alert(1)>`,
	"\u202egnp.exe",
	`{{constructor.constructor('alert(1)')()}}`,
}

// hostileCatalog says the payload wherever a catalog may say something.
func hostileCatalog(t testing.TB, payload string) *schemas.Catalog {
	t.Helper()
	q := func(text string) string { return fmt.Sprintf("%q", text) }
	if strings.ContainsRune(payload, '\u202e') {
		q = func(text string) string { return `"` + text + `"` }
	}
	provider := `{"$schema":"../provider.schema.json","name":"hostile","title":` + q(payload) + `,"homepage":"https://example.com/",
		"envelope":{"event":"/type","id":"/id"},"headers":{"Content-Type":"application/json","X-Sig":"{signatures}"},
		"signing":{"algorithm":"hmac-sha256","secret":{"encoding":"utf8"},"signs":"{body}","encoding":"hex","item":"{signature}"},
		"body":{"escapes_non_ascii":false,"escapes_slash":false},
		"policy":{"acknowledge":["2xx"],"timeout_seconds":10,"retries":{"delays_seconds":[5,60],"jitter_ratio":0.2},"largest_body_bytes":0,"delivery_id":"none","repeats":true,"ordered":false},
		"events":[{"name":"a.b","summary":` + q(payload) + `,"description":` + q(payload) + `,"stability":"stable"}],
		"sources":{"":` + q("assumed: "+payload) + `}}`
	schema := `{"$schema":"https://json-schema.org/draft/2020-12/schema","title":` + q(payload) + `,"description":` + q(payload) + `,"type":"object","required":["id","type"],
		"properties":{"id":{"type":"string","minLength":3,"description":` + q(payload) + `,"x-source":` + q("assumed: "+payload) + `,"examples":[` + q(payload) + `]},
		"type":{"const":"a.b","description":"x"},` + q(payload) + `:{"enum":[` + q(payload) + `],"description":` + q(payload) + `}}}`
	catalog, err := schemas.Load(fstest.MapFS{
		"provider.json":          {Data: []byte(provider)},
		"events/a.b.schema.json": {Data: []byte(schema)},
		"examples/a.b.json":      {Data: []byte(`{"id":` + q("id "+payload) + `,"type":"a.b"}`)},
	})
	if err != nil {
		t.Fatalf("load %q: %v", payload, err)
	}
	return catalog
}

// Nothing that a catalog says comes out of a page as anything but text. The browser test shows that
// nothing runs; this one shows that no payload stands in a page as it was written.
func TestPagesShowHostileTextAsText(t *testing.T) {
	for _, payload := range payloads {
		book, err := reference.New(hostileCatalog(t, payload))
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range site(t, []*reference.Book{book}) {
			for _, markup := range []string{"<script>alert", "<img", "<iframe", "<svg/onload", `href="javascript:`, "\u202e"} {
				if strings.Contains(string(text), markup) {
					t.Errorf("payload %q: %s holds %q", payload, name, markup)
				}
			}
		}
		for name, text := range reference.Markdown([]*reference.Book{book}, reference.MarkdownConfig{}) {
			for line := range strings.SplitSeq(outsideCode(string(text)), "\n") {
				if strings.ContainsAny(line, "<{") || strings.Contains(line, "](javascript:") || strings.Contains(line, "\u202e") || strings.HasPrefix(line, "import ") {
					t.Errorf("payload %q: %s has the line %q", payload, name, line)
				}
			}
		}
	}
}

// outsideCode leaves out front matter, fenced blocks and code spans, which MDX reads as text.
func outsideCode(text string) string {
	var kept []string
	fenced := false
	for i, line := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(line, "```") || line == "---" && i < 4:
			fenced = !fenced
		case !fenced:
			pieces := strings.Split(line, "`")
			for i := 0; i < len(pieces); i += 2 {
				kept = append(kept, pieces[i])
			}
		}
	}
	return strings.Join(kept, "\n")
}

// A recursive schema and a part that every event uses still make a site.
func TestRecursionAndSharing(t *testing.T) {
	catalog, err := schemas.Load(manyEvents(200))
	if err != nil {
		t.Fatal(err)
	}
	book, err := reference.New(catalog)
	if err != nil {
		t.Fatal(err)
	}
	if len(book.Parts) != 1 || book.Parts[0].Name != "node" {
		t.Fatalf("parts are %+v", book.Parts)
	}
	if pages := site(t, []*reference.Book{book}); pages["tree/parts/node.html"] == nil || len(pages) != 200+6 {
		t.Errorf("%d pages, want 206; part page there: %v", len(pages), pages["tree/parts/node.html"] != nil)
	}
}
