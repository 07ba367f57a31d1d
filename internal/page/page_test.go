package page_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/hookrig/hookrig/internal/page"
)

func TestPageAllowsOnlyItsOwnStyleAndScript(t *testing.T) {
	p := page.Page{Title: "</title><script>x</script>", Body: "<h1>Hello</h1>", Style: "h1{color:red}", Script: "document.title='x'"}
	var out bytes.Buffer
	if err := p.Write(&out); err != nil {
		t.Fatal(err)
	}
	policy := html.UnescapeString(match(t, `Content-Security-Policy" content="([^"]*)"`, out.String()))
	if policy != p.Policy() {
		t.Errorf("policy in the page is %q, want %q", policy, p.Policy())
	}
	if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "connect-src") {
		t.Errorf("policy %q lets something in", policy)
	}
	for _, element := range []string{"style", "script"} {
		content := match(t, `(?s)<`+element+`>(.*?)</`+element+`>`, out.String())
		sum := sha256.Sum256([]byte(content))
		if want := element + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) {
			t.Errorf("policy %q does not hold %s", policy, want)
		}
	}
	if strings.Contains(out.String(), "<script>x") {
		t.Error("the title is not escaped")
	}
	if !strings.Contains((page.Page{Connect: true}).Policy(), "connect-src 'self'") {
		t.Error("a page that connects may not connect")
	}
}

func match(t *testing.T, pattern, text string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("%s not found in page", pattern)
	}
	return found[1]
}

func TestStylesheetLoadsNothing(t *testing.T) {
	if css := page.Stylesheet(); strings.Contains(css, "url(") || strings.Contains(css, "@import") || css == "" {
		t.Error("the stylesheet loads something")
	}
}

func TestJSON(t *testing.T) {
	got := string(page.JSON(`{"a<b": [1, "x", true]}`))
	want := `{<span class="j-key">&#34;a&lt;b&#34;</span>: [<span class="j-number">1</span>, <span class="j-string">&#34;x&#34;</span>, <span class="j-word">true</span>]}`
	if got != want {
		t.Errorf("JSON = %s, want %s", got, want)
	}
}

func FuzzJSONKeepsItsText(f *testing.F) {
	for _, seed := range []string{`{"a":1}`, `"open`, `"\"`, `</span><script>`, "\xff", "truefalse", `{"é":-1e5}`} {
		f.Add(seed)
	}
	tag := regexp.MustCompile(`</?span[^>]*>`)
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsRune(text, 0) {
			return // HTML has no NUL; callers make it visible first
		}
		if got := html.UnescapeString(tag.ReplaceAllString(string(page.JSON(text)), "")); got != text {
			t.Errorf("JSON(%q) shows %q", text, got)
		}
	})
}

func TestChartsAreWellFormed(t *testing.T) {
	chart := page.Chart{Title: "latency <&>", XUnit: "s", YUnit: "ms", Series: []page.Series{
		{Name: `p50 "fast"`, X: []float64{0, 1, 2}, Y: []float64{1, math.NaN(), 3}},
		{Name: "p99", X: []float64{0, 1, 2}, Y: []float64{5, 9, math.Inf(1)}},
		{Name: "empty"},
	}}
	tests := []struct{ name, svg string }{
		{"chart", string(chart.SVG())},
		{"no data", string(page.Chart{}.SVG())},
		{"axis of its own", string(page.Chart{XText: func(float64) string { return `"<&>` }}.SVG())},
		{"stack", string(page.Stack{Title: "answers <&>", XUnit: "s", Layers: []page.Layer{
			{Name: `"2xx"`, Class: "pass", Y: []float64{5, math.NaN(), 3, 0}}, {Name: "none", Class: `"><script>`, Y: []float64{1, 2, math.Inf(1), -4, 7}},
		}}.SVG())},
		{"stack of nothing", string(page.Stack{}.SVG())},
		{"meter", string(page.Meter("events", 3, 6, "pass"))},
		{"meter of nothing", string(page.Meter(`"><script>`, 0, 0, ""))},
		{"meter past its end", string(page.Meter("x", 9, 6, ""))},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			decoder := xml.NewDecoder(strings.NewReader(test.svg))
			for {
				if _, err := decoder.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%v in %s", err, test.svg)
				}
			}
			if strings.Contains(test.svg, "NaN") || strings.Contains(test.svg, "Inf") {
				t.Errorf("a value that is no number is drawn: %s", test.svg)
			}
		})
	}
}
