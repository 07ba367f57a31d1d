//go:build e2e

package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/hookrig/hookrig/generators/reference"
	"github.com/hookrig/hookrig/schemas"
)

func books(t *testing.T) []*reference.Book {
	t.Helper()
	var all []*reference.Book
	for _, c := range builtins(t) {
		book, err := reference.New(c)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, book)
	}
	return all
}

func writeFiles(t *testing.T, files reference.Files) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// A reader finds an event and a field, opened from a folder, with nothing written to the console and
// nothing asked of anybody.
func TestSiteInBrowser(t *testing.T) {
	all := books(t)
	files, err := reference.Site(all)
	if err != nil {
		t.Fatal(err)
	}
	root := "file://" + filepath.ToSlash(writeFiles(t, files))
	b := openBrowser(t)
	for _, book := range all {
		b.do(t, chromedp.Navigate(root+"/"+book.Provider+"/index.html"))
		for _, event := range book.Events {
			b.do(t, chromedp.Navigate(root+"/"+book.Provider+"/events/"+event.Name+".html"))
			text := evaluate[string](t, b, "document.body.innerText")
			for _, part := range []string{event.Name, event.Summary, "Signature", "Answer", "Required", "Examples"} {
				if !strings.Contains(text, part) {
					t.Errorf("the page of %s %s does not show %q", book.Provider, event.Name, part)
				}
			}
		}
	}
	b.do(t, chromedp.Navigate(root+"/search.html#message.received"))
	if found := evaluate[string](t, b, "document.querySelector('#results').innerText"); !strings.Contains(found, "message.received") {
		t.Errorf("search for an event shows %q", found)
	}
	field := all[0].Events[0].Fields[0].Path
	// Typed by script, and Enter a moment later: the debugger never answers for a key that leaves the page.
	b.do(t, chromedp.Navigate(root+"/index.html"))
	evaluate[bool](t, b, fmt.Sprintf(`(box => { box.value = %q;
		return setTimeout(() => box.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter'})), 10) > 0 })(document.querySelector('#search'))`, field))
	b.do(t, chromedp.WaitReady("#results li"))
	if link := evaluate[string](t, b, "document.querySelector('#results a').href"); !strings.Contains(link, "#field-") {
		t.Errorf("search for a field leads to %q", link)
	}
	b.quiet(t)
}

// axe-core finds nothing serious, in light and in dark.
func TestSiteIsAccessible(t *testing.T) {
	all := books(t)
	files, err := reference.Site(all)
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("node/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	root := "file://" + filepath.ToSlash(writeFiles(t, files))
	folder := root + "/" + all[0].Provider
	b := openBrowser(t)
	for _, page := range []string{root + "/index.html", root + "/search.html#message", folder + "/index.html", folder + "/delivery.html", folder + "/journeys.html", folder + "/events/" + all[0].Events[0].Name + ".html"} {
		b.do(t, chromedp.Navigate(page))
		for _, problem := range seriousProblems(t, b, string(script)) {
			t.Errorf("%s: %s", page, problem)
		}
	}
	b.quiet(t)
}

// seriousProblems are the findings of axe-core that keep somebody out. The script is evaluated by the
// debugger, which the page's policy does not bind.
func seriousProblems(t *testing.T, b *browser, axe string) []string {
	t.Helper()
	evaluate[bool](t, b, axe+";true")
	return evaluate[[]string](t, b, `axe.run().then(({violations}) => violations
		.filter(({impact}) => impact === 'serious' || impact === 'critical')
		.map(({id, help, nodes}) => id + ': ' + help + ' ' + nodes[0].html))`)
}

// Nothing that a catalog says runs in the site.
func TestSiteRunsNothingOfTheCatalog(t *testing.T) {
	asked := 0
	canary := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer canary.Close()
	b := openBrowser(t)
	for i, payload := range xssPayloads(canary.URL) {
		folder := t.TempDir()
		hostileFolder(t, folder, payload)
		catalog, err := schemas.Load(os.DirFS(folder))
		if err != nil {
			t.Fatalf("payload %d: %v", i, err)
		}
		book, err := reference.New(catalog)
		if err != nil {
			t.Fatal(err)
		}
		files, err := reference.Site([]*reference.Book{book})
		if err != nil {
			t.Fatal(err)
		}
		root := "file://" + filepath.ToSlash(writeFiles(t, files))
		for _, page := range []string{"/index.html", "/search.html#a", "/hostile/index.html", "/hostile/delivery.html", "/hostile/journeys.html", "/hostile/events/a.b.html"} {
			b.do(t, chromedp.Navigate(root+page))
			if evaluate[bool](t, b, "window.canary === true") {
				t.Errorf("payload %q ran on %s", payload, page)
			}
		}
	}
	if asked > 0 {
		t.Errorf("the canary was asked %d times", asked)
	}
	b.quiet(t)
}

// xssPayloads are ways to run a script that sets window.canary, or to reach the canary.
func xssPayloads(canary string) []string {
	shapes := []string{
		"<script>window.canary=true</script>", "</script><script>window.canary=true</script>", "</style><script>window.canary=true</script>",
		"</title><script>window.canary=true</script>", "<img src=x onerror=window.canary=true>", "\"><img src=x onerror=window.canary=true>",
		"'><img src=x onerror=window.canary=true>", "<svg/onload=window.canary=true>", "<svg><script>window.canary=true</script></svg>",
		"<iframe src=\"javascript:parent.canary=true\">", "<iframe srcdoc=\"<script>parent.canary=true</script>\">", "<body onload=window.canary=true>",
		"<input autofocus onfocus=window.canary=true>", "<details open ontoggle=window.canary=true>", "<video><source onerror=window.canary=true>",
		"<math><mi//xlink:href=\"data:x,<script>window.canary=true</script>\">", "<a href=\"javascript:window.canary=true\">x</a>", "[x](javascript:window.canary=true)",
		"[x](data:text/html,<script>window.canary=true</script>)", "<javascript:window.canary=true>", "![x](x\" onerror=\"window.canary=true)",
		"`</code><script>window.canary=true</script>`", "```\n</pre><script>window.canary=true</script>\n```", "<!--><script>window.canary=true</script>-->",
		"{{constructor.constructor('window.canary=true')()}}", "{window.canary=true}", "${window.canary=true}", "&lt;script&gt;window.canary=true&lt;/script&gt;",
		"\\u003cscript\\u003ewindow.canary=true\\u003c/script\\u003e", "<noscript><p title=\"</noscript><img src=x onerror=window.canary=true>\">",
		"<template><script>window.canary=true</script></template>", "<form action=javascript:window.canary=true><button autofocus>x</form>",
		"<object data=CANARY>", "<embed src=CANARY>", "<link rel=stylesheet href=CANARY>", "<style>@import 'CANARY'</style>", "<img src=CANARY>", "![x](CANARY)",
		"<meta http-equiv=refresh content=\"0;url=CANARY\">", "<base href=CANARY>", "<audio src=CANARY autoplay>", "<table background=CANARY>",
	}
	var all []string
	for _, shape := range shapes {
		all = append(all, strings.ReplaceAll(shape, "CANARY", canary))
	}
	return all
}

// hostileFolder writes a provider that says the payload in fourteen places.
func hostileFolder(t *testing.T, folder, payload string) {
	t.Helper()
	q := func(text string) string {
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		return string(quoted)
	}
	files := map[string]string{
		"provider.json": `{"$schema":"../provider.schema.json","name":"hostile","title":` + q(payload) + `,"homepage":"https://example.com/",
			"envelope":{"event":"/type","id":"/id"},"headers":{"Content-Type":"application/json","X-Sig":"{signatures}"},
			"signing":{"algorithm":"hmac-sha256","secret":{"encoding":"utf8"},"signs":"{body}","encoding":"hex","item":"{signature}"},
			"body":{"escapes_non_ascii":false,"escapes_slash":false},
			"policy":{"acknowledge":["2xx"],"timeout_seconds":10,"retries":{"delays_seconds":[5,60],"jitter_ratio":0.2},"largest_body_bytes":0,"delivery_id":"none","repeats":true,"ordered":false},
			"events":[{"name":"a.b","summary":` + q(strings.ReplaceAll(payload, "\n", " ")) + `,"description":` + q(payload) + `,"stability":"stable"}],
			"sources":{"":` + q("assumed: "+payload) + `}}`,
		"events/a.b.schema.json": `{"$schema":"https://json-schema.org/draft/2020-12/schema","title":` + q(payload) + `,"description":` + q(payload) + `,"type":"object","required":["id","type"],
			"properties":{"id":{"$ref":"common/part.schema.json#/$defs/id"},"type":{"const":"a.b","description":"x"},"part":{"$ref":"common/part.schema.json"},
			` + q(payload) + `:{"enum":[` + q(payload) + `],"description":` + q(payload) + `}}}`,
		"events/common/part.schema.json": `{"$schema":"https://json-schema.org/draft/2020-12/schema","title":` + q(payload) + `,"description":` + q(payload) + `,"type":"object","properties":{"x":{"type":"string","description":` + q(payload) + `}},
			"$defs":{"id":{"type":"string","minLength":3,"description":` + q(payload) + `,"x-source":` + q("assumed: "+payload) + `,"examples":[` + q(payload) + `]}}}`,
		"examples/a.b.json": `{"id":` + q("id "+payload) + `,"type":"a.b"}`,
	}
	for name, text := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// The Markdown compiles as MDX, and nothing in it is more than text.
func TestMarkdownCompilesAsMDX(t *testing.T) {
	compiler := startScript(t, "mdx.mjs")
	compile := func(files reference.Files) {
		for name, text := range files {
			var answer validity
			if compiler.ask(map[string]string{"name": name, "text": string(text)}, &answer); !answer.Valid {
				t.Errorf("%s: %s", name, answer.Errors)
			}
		}
	}
	compile(reference.Markdown(books(t), reference.MarkdownConfig{}))
	for _, payload := range xssPayloads("http://127.0.0.1:9/") {
		folder := t.TempDir()
		hostileFolder(t, folder, payload)
		catalog, err := schemas.Load(os.DirFS(folder))
		if err != nil {
			t.Fatal(err)
		}
		book, err := reference.New(catalog)
		if err != nil {
			t.Fatal(err)
		}
		compile(reference.Markdown([]*reference.Book{book}, reference.MarkdownConfig{BasePath: "/x"}))
	}
}

// The AsyncAPI parser accepts the document of every catalog.
func TestAsyncAPIParserAccepts(t *testing.T) {
	parser := startScript(t, "asyncapi.mjs")
	for _, c := range builtins(t) {
		document, err := reference.AsyncAPI(c)
		if err != nil {
			t.Fatal(err)
		}
		var answer validity
		if parser.ask(map[string]string{"document": string(document)}, &answer); !answer.Valid {
			t.Errorf("%s: %s", c.Provider.Name, answer.Errors)
		}
	}
}

// runners run the snippet in a folder that holds it, delivery.json and a main of the language.
var runners = map[string]struct {
	file, main string
	command    []string
}{
	"Node.js": {"main.mjs", `import { readFileSync } from 'node:fs';
import { verify } from './verify.mjs';
const d = JSON.parse(readFileSync('delivery.json'));
console.log(verify(d.headers, Buffer.from(d.body), d.secret, d.now));`, []string{"node", "main.mjs"}},
	"Python": {"main.py", `import json
from verify import verify
d = json.load(open("delivery.json", encoding="utf-8"))
print(str(verify(d["headers"], d["body"].encode(), d["secret"], d["now"])).lower())`, []string{"python3", "main.py"}},
	"PHP": {"main.php", `<?php
require 'verify.php';
$d = json_decode(file_get_contents('delivery.json'), true);
echo verify($d['headers'], $d['body'], $d['secret'], $d['now']) ? 'true' : 'false';`, []string{"php", "main.php"}},
	"Ruby": {"main.rb", `require 'json'
require_relative 'verify'
d = JSON.parse(File.read('delivery.json'))
puts verify(d['headers'], d['body'], d['secret'], d['now'])`, []string{"ruby", "main.rb"}},
	"Go": {"main.go", `package main

import ("encoding/json"; "fmt"; "net/http"; "os"; "time"; "snippet/webhook")

func main() {
	var d struct{ Headers map[string]string; Body, Secret string; Now int64 }
	text, _ := os.ReadFile("delivery.json")
	_ = json.Unmarshal(text, &d)
	header := http.Header{}
	for name, value := range d.Headers { header.Set(name, value) }
	fmt.Println(webhook.Verify(header, []byte(d.Body), d.Secret, time.Unix(d.Now, 0)))
}`, []string{"go", "run", "main.go"}},
}

// The code on the pages accepts the vector on the pages, and refuses it with a changed body, another
// secret, or the signature gone.
func TestSnippetsVerifyTheVector(t *testing.T) {
	ran := 0
	for name, signing := range signings(t) {
		for _, snippet := range signing.Snippets {
			t.Run(name+"/"+snippet.Language, func(t *testing.T) {
				ran++
				vector := signing.Vector
				type delivery struct {
					Headers map[string]string `json:"headers"`
					Body    string            `json:"body"`
					Secret  string            `json:"secret"`
					Now     int64             `json:"now"`
				}
				good := delivery{lower(vector.Headers), vector.Body, vector.Secret, vector.Timestamp + 10}
				changed, stranger, unsigned := good, good, good
				changed.Body = strings.Replace(good.Body, "a", "b", 1)
				stranger.Secret = good.Secret[:len(good.Secret)-6] + "AAAAA="
				unsigned.Headers = map[string]string{}
				for _, c := range []struct {
					name  string
					given delivery
					want  string
				}{{"the vector", good, "true"}, {"a changed body", changed, "false"}, {"another secret", stranger, "false"}, {"no headers", unsigned, "false"}} {
					if got := runSnippet(t, snippet, c.given); got != c.want {
						t.Errorf("%s: verify = %q, want %q", c.name, got, c.want)
					}
				}
			})
		}
	}
	if ran == 0 {
		t.Fatal("no snippet ran")
	}
}

// signings are those of the built-in providers, and of every ready scheme with HMAC.
func signings(t *testing.T) map[string]*reference.Signing {
	t.Helper()
	all := map[string]*reference.Signing{}
	for _, book := range books(t) {
		if book.Delivery.Signed {
			all[book.Provider] = book.Delivery.Signing
		}
	}
	return all
}

func runSnippet(t *testing.T, snippet reference.Snippet, delivery any) string {
	t.Helper()
	folder := t.TempDir()
	text, err := json.Marshal(delivery)
	if err != nil {
		t.Fatal(err)
	}
	runner := runners[snippet.Language]
	files := map[string]string{"delivery.json": string(text), runner.file: runner.main, snippet.File: snippet.Code}
	if snippet.Language == "Go" {
		delete(files, snippet.File)
		files["webhook/verify.go"] = snippet.Code
		files["go.mod"] = "module snippet\n\ngo 1.26\n"
	}
	for name, content := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, runner.command[0], runner.command[1:]...)
	command.Dir = folder
	command.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "PYTHONDONTWRITEBYTECODE=1")
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("run %s: %v\n%s", snippet.File, err, out)
	}
	return strings.TrimSpace(string(out))
}
