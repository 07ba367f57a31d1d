package report_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	renderer "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"

	"github.com/hookrig/hookrig/contract/report"
)

// payloads are texts that somebody hostile could put into a catalog or a reply.
func payloads(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/hostile.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	list = append(list, "\xff\xfe not UTF-8", strings.Repeat("A", 100_000))
	if len(list) < 60 {
		t.Fatalf("%d payloads, want at least 60", len(list))
	}
	return list
}

// hostile is a report with the payload in every place that holds text.
func hostile(payload string) *report.Report {
	r := failing()
	poisoned := finding()
	for _, text := range []*string{&poisoned.Where, &poisoned.Rule, &poisoned.Basis, &poisoned.Source, &poisoned.Got, &poisoned.Want, &poisoned.Why,
		&poisoned.Fix, &poisoned.Observed, &poisoned.Curl, &poisoned.Replay, &poisoned.Shrunk,
		&poisoned.Exchange.Request.Method, &poisoned.Exchange.Request.Path, &poisoned.Exchange.Request.Body,
		&poisoned.Exchange.Response.Reason, &poisoned.Exchange.Response.Body, &poisoned.Exchange.Response.Failure,
		&r.Tool.Name, &r.Tool.Version, &r.Provider, &r.CatalogDigest, &r.Target, &r.RunID, &r.Reason} {
		*text = payload
	}
	poisoned.Log = []string{payload, payload}
	poisoned.Exchange.Request.Headers = [][2]string{{payload, payload}}
	poisoned.Exchange.Response.Headers = [][2]string{{payload, payload}}
	r.Notes = []string{payload}
	r.Coverage.Uncovered = []report.Uncovered{{Kind: payload, What: payload, Why: payload}}
	r.Comparison.Fixed = []report.Key{{Check: payload, Event: payload}}
	r.Comparison.New = []report.Key{{Check: payload, Event: payload}}
	r.Results = append(r.Results,
		report.Result{Check: payload, Event: payload, Level: payload, File: payload, Verdict: report.VerdictFail, Reason: payload, Finding: poisoned},
		report.Result{Check: payload, Event: payload, Level: payload, File: payload, Verdict: report.VerdictAdvisory, Reason: payload, Finding: poisoned},
		report.Result{Check: payload, Event: payload, Level: payload, File: payload, Verdict: report.VerdictFlaky, Reason: payload},
		report.Result{Check: payload, Event: payload, Level: payload, File: payload, Verdict: report.VerdictNotAssessed, Reason: payload},
		report.Result{Check: payload, Event: payload, Level: payload, File: payload, Verdict: report.VerdictNotAssessed, Reason: payload, Error: true},
		report.Result{Check: payload, Event: payload, Level: payload, File: payload, Verdict: report.Verdict(payload), Reason: payload},
		report.Result{Check: payload, Event: payload, Level: payload, File: payload, Verdict: report.VerdictFail, Waived: &report.Waived{Reason: payload, Until: payload}})
	return r
}

func TestHostileText(t *testing.T) {
	inspect := map[string]func(*testing.T, string){
		"text": inspectLog, "json": inspectLog, "junit": inspectJUnit, "html": inspectHTML, "markdown": inspectMarkdown, "github": inspectCommands,
	}
	for format := range formats() {
		t.Run(format, func(t *testing.T) {
			for _, payload := range payloads(t) {
				out := write(t, format, hostile(payload))
				inspectBytes(t, out)
				inspect[format](t, out)
				if t.Failed() {
					t.Fatalf("payload %.200q", payload)
				}
			}
		})
	}
}

// inspectBytes: whoever prints the report in a terminal sees text and nothing else.
func inspectBytes(t *testing.T, out string) {
	t.Helper()
	for _, r := range out {
		if r != '\n' && r != '\t' && !unicode.IsGraphic(r) {
			t.Fatalf("the report holds %U", r)
		}
	}
}

func inspectLog(t *testing.T, out string) {
	t.Helper()
	for line := range strings.Lines(out) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") || strings.Contains(line, "##vso") || strings.Contains(line, "##teamcity") {
			if !strings.HasPrefix(strings.TrimSpace(line), `"`) && !strings.HasPrefix(line, "{") { // a JSON string is no line of a log
				t.Fatalf("a CI command: %q", line)
			}
		}
	}
}

func inspectCommands(t *testing.T, out string) {
	t.Helper()
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, "::error title=") && !strings.HasPrefix(line, "::warning title=") {
			t.Fatalf("a line that is none of ours: %q", line)
		}
		if properties, _, _ := strings.Cut(line[2:], "::"); strings.Count(properties, "=") != 1+strings.Count(properties, "==") && strings.Contains(properties, ",") {
			t.Fatalf("a property that is none of ours: %q", properties)
		}
	}
}

func inspectJUnit(t *testing.T, out string) {
	t.Helper()
	inspectLog(t, out)
	decoder := xml.NewDecoder(strings.NewReader(out))
	decoder.Strict = true
	allowed := map[string]bool{"testsuites": true, "testsuite": true, "properties": true, "property": true, "testcase": true, "failure": true, "error": true, "skipped": true, "system-out": true}
	seen := map[string]bool{}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("JUnit does not parse: %v", err)
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if !allowed[element.Name.Local] {
			t.Fatalf("element %s is none of ours", element.Name.Local)
		}
		if element.Name.Local == "testcase" {
			key := element.Attr[0].Value + "\x00" + element.Attr[1].Value
			if seen[key] {
				t.Fatalf("two cases are named %q", key)
			}
			seen[key] = true
		}
	}
}

func inspectHTML(t *testing.T, out string) {
	t.Helper()
	scripts := 0
	allowed := map[string]bool{}
	for _, name := range strings.Fields("html head meta title link style body header h1 h2 h3 span p strong dl dt dd code time section table tbody thead tr th td svg rect details summary ul li div pre label select option input output script a") {
		allowed[name] = true
	}
	document, err := html.Parse(strings.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	for node := range document.Descendants() {
		if node.Type != html.ElementNode {
			continue
		}
		if !allowed[node.Data] {
			t.Fatalf("element %s is none of ours", node.Data)
		}
		if node.Data == "script" {
			scripts++
		}
		for _, attribute := range node.Attr {
			if strings.HasPrefix(attribute.Key, "on") || attribute.Key == "src" || attribute.Key == "style" ||
				attribute.Key == "href" && !strings.HasPrefix(attribute.Val, "https://") && attribute.Val != "data:," {
				t.Fatalf("attribute %s=%q on %s", attribute.Key, attribute.Val, node.Data)
			}
		}
	}
	if scripts != 1 {
		t.Fatalf("%d scripts, want our own", scripts)
	}
}

func inspectMarkdown(t *testing.T, out string) {
	t.Helper()
	var rendered strings.Builder
	if err := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(renderer.WithUnsafe())).Convert([]byte(out), &rendered); err != nil {
		t.Fatal(err)
	}
	document, err := html.Parse(strings.NewReader(rendered.String()))
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]bool{}
	for _, name := range strings.Fields("html head body h2 h3 p strong table thead tbody tr th td ul li pre code") {
		allowed[name] = true
	}
	for node := range document.Descendants() {
		if node.Type == html.ElementNode && !allowed[node.Data] {
			t.Fatalf("element %s is none of ours", node.Data)
		}
	}
}
