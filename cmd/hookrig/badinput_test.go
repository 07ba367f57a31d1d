package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// badFiles are files that no command can use as JSON, YAML or a document; "" as content is special.
func badFiles() map[string][]byte {
	deep := strings.Repeat("[", 100_000)
	return map[string][]byte{
		"empty":         {},
		"blank":         []byte(" \n\n"),
		"binary":        {0x7f, 'E', 'L', 'F', 0, 1, 2, 0},
		"bom":           []byte("\xef\xbb\xbf{\"a\":1}"),
		"utf16":         []byte("\xff\xfe{\x00\"\x00a\x00\"\x00:\x001\x00}\x00"),
		"truncated":     []byte(`{"type":"contact.created","data":{"a":`),
		"wrong-type":    []byte(`[1,2,3]`),
		"scalar":        []byte(`42`),
		"duplicate-key": []byte(`{"schema_version":1,"schema_version":1}`),
		"unknown-key":   []byte(`{"schema_version":1,"wat":true}`),
		"deep":          []byte(deep + strings.Repeat("]", 100_000)),
		"deep-open":     []byte(deep),
		"huge-number":   []byte(`{"n":1e5000000}`),
		"bad-utf8":      []byte("{\"a\":\"\xff\xfe\xfd\"}"),
		"yaml-bomb":     []byte("a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n"),
		"long-line":     bytes.Repeat([]byte("x"), 1<<20),
		"escape-codes":  []byte("{\"\x1b]0;owned\x07\":1}"),
	}
}

// reader is a command line that reads a file; %s stands for it. good names bad files that are none here.
type reader struct {
	name  string
	line  []string
	good  []string
	codes []int // besides 2
}

func readers() []reader {
	all := []string{"empty", "blank", "binary", "bom", "utf16", "truncated", "wrong-type", "scalar", "duplicate-key", "unknown-key", "deep", "deep-open", "huge-number", "bad-utf8", "yaml-bomb", "long-line", "escape-codes"}
	return []reader{
		{name: "sign", line: []string{"sign", "-p", "watsi", "%s"}, good: []string{"bom", "wrong-type", "scalar", "duplicate-key", "unknown-key", "bad-utf8", "huge-number"}},
		{name: "verify", line: []string{"verify", "-p", "watsi", "%s"}, codes: []int{1}},
		{name: "lint a file", line: []string{"lint", "-p", "watsi", "%s"}, codes: []int{1}},
		{name: "lint deliveries", line: []string{"lint", "%s"}, codes: []int{1}},
		{name: "provider", line: []string{"events", "list", "-p", "%s"}},
		{name: "import", line: []string{"import", "%s", "--out", "imported"}},
		{name: "config", line: []string{"events", "list", "--config", "%s"}},
		{name: "report", line: []string{"report", "%s"}},
		{name: "baseline", line: []string{"test", "-p", "watsi", "1", "--baseline", "%s"}},
		{name: "sample", line: []string{"test", "1", "--signing", "github", "--sample", "%s", "--max-time", "1ms"}, good: []string{"wrong-type", "scalar", "duplicate-key", "unknown-key", "huge-number", "bad-utf8"}},
		{name: "scheme", line: []string{"sign", "--signing", "%s", "body"}},
		{name: "replay", line: []string{"replay", "%s", "1"}},
		{name: "consumer contract", line: []string{"diff", "watsi", "watsi", "--consumer", "%s"}},
		{name: "secret file", line: []string{"sign", "-p", "watsi", "--secret-file", "%s", "body"}, good: all},
		{name: "certificate", line: []string{"test", "-p", "watsi", "1", "--cacert", "%s"}},
		{name: "key pair", line: []string{"test", "-p", "watsi", "1", "--cert", "%s", "--key", "%s"}},
	}
}

// TestBadFiles holds every command that reads a file against every kind of file that it cannot use.
func TestBadFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "body", `{"type":"contact.created","id":"evt_1"}`)
	for name, content := range badFiles() {
		write(t, name, string(content))
	}
	if err := os.Mkdir("directory", 0o755); err != nil {
		t.Fatal(err)
	}
	kinds := append(keysOf(badFiles()), "missing", "directory", "no/such/folder")
	if runtime.GOOS != "windows" && os.Getuid() != 0 {
		write(t, "unreadable", "{}")
		if err := os.Chmod("unreadable", 0); err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, "unreadable")
	}
	for _, r := range readers() {
		for _, kind := range kinds {
			t.Run(r.name+"/"+kind, func(t *testing.T) {
				out := runHere(t, map[string]string{"HOOKRIG_SECRET": "s3cret"}, "", fill(r.line, kind)...)
				good := false
				for _, name := range r.good {
					good = good || name == kind
				}
				if good {
					checkTalk(t, out)
					return
				}
				checkRefused(t, out, append(r.codes, exitUsage))
			})
		}
	}
}

// TestBadFlags holds every flag of every command against values that it cannot have.
func TestBadFlags(t *testing.T) {
	t.Chdir(t.TempDir())
	busy := busyPort(t)
	write(t, "file", "x")
	huge := strings.Repeat("9", 100_000)
	tests := []struct {
		name string
		line []string
		code int
	}{
		{"NaN duration", []string{"test", "-p", "watsi", "1", "--timeout", "NaN"}, exitUsage},
		{"huge duration", []string{"test", "-p", "watsi", "1", "--max-time", huge + "h"}, exitUsage},
		{"zero duration", []string{"test", "-p", "watsi", "1", "--settle", "0s"}, exitUsage},
		{"huge number", []string{"test", "-p", "watsi", "1", "--max-body", huge}, exitUsage},
		{"negative number", []string{"test", "-p", "watsi", "1", "--concurrency", "-1"}, exitUsage},
		{"NaN seed", []string{"stream", "-p", "watsi", "--seed", "NaN"}, exitUsage},
		{"seed zero", []string{"stream", "-p", "watsi", "--seed", "0"}, exitUsage},
		{"bad start", []string{"stream", "-p", "watsi", "--start", "yesterday"}, exitUsage},
		{"bad pointer", []string{"stream", "-p", "watsi", "--set", "a=1"}, exitUsage},
		{"bad escape in a pointer", []string{"stream", "-p", "watsi", "--set", "/~2=1"}, exitUsage},
		{"pinned nowhere", []string{"stream", "-p", "watsi", "--set", "/nope=1"}, exitUsage},
		{"pinned against the schema", []string{"stream", "-p", "watsi", "--set", "/workspace_id=1"}, exitUsage},
		{"huge pin", []string{"stream", "-p", "watsi", "--set", "/workspace_id=" + huge}, exitUsage},
		{"bad glob of events", []string{"stream", "-p", "watsi", "-e", "[a-"}, exitUsage},
		{"bad glob of checks", []string{"test", "-p", "watsi", "1", "--checks", "[a-"}, exitUsage},
		{"bad phones", []string{"stream", "-p", "watsi", "--phones", "abc"}, exitUsage},
		{"bad coverage", []string{"test", "-p", "watsi", "1", "--min-coverage", "events=NaN"}, exitUsage},
		{"unknown coverage", []string{"test", "-p", "watsi", "1", "--min-coverage", "lines=1"}, exitUsage},
		{"unknown gate", []string{"test", "-p", "watsi", "1", "--fail-on", "mist"}, exitUsage},
		{"unknown report", []string{"test", "-p", "watsi", "1", "--report", "pdf=x"}, exitUsage},
		{"report without a file", []string{"test", "-p", "watsi", "1", "--report", "html"}, exitUsage},
		{"report into a file's folder", []string{"test", "-p", "watsi", "1", "--report", "json=file/r.json"}, exitUnable},
		{"report to a folder", []string{"test", "-p", "watsi", "1", "--report", "json=."}, exitUnable},
		{"entities into nowhere", []string{"test", "-p", "watsi", "1", "--entities", "no/such/x"}, exitUnable},
		{"update without a baseline", []string{"test", "-p", "watsi", "1", "--baseline-update"}, exitUsage},
		{"URL with a bad escape", []string{"test", "-p", "watsi", "http://%zz/"}, exitUsage},
		{"URL with credentials", []string{"test", "-p", "watsi", "http://user:pass@127.0.0.1/"}, exitUsage},
		{"URL of a file", []string{"test", "-p", "watsi", "file:///etc/passwd"}, exitUsage},
		{"URL with a fragment", []string{"test", "-p", "watsi", "http://127.0.0.1/#x"}, exitUsage},
		{"port too large", []string{"test", "-p", "watsi", "70000"}, exitUsage},
		{"bad allowed host", []string{"test", "-p", "watsi", "1", "--allow-host", "http://x"}, exitUsage},
		{"header with a line end", []string{"test", "-p", "watsi", "1", "-H", "X: a\r\nY: b"}, exitUsage},
		{"observer of two kinds", []string{"test", "-p", "watsi", "1", "--observe", "api", "--observe-cmd", "true {key}"}, exitUsage},
		{"observer elsewhere", []string{"test", "-p", "watsi", "1", "--observe", "http://10.0.0.1/{key}"}, exitUsage},
		{"observer in the host", []string{"test", "-p", "watsi", "1", "--observe", "http://{key}/"}, exitUsage},
		{"observer on a bad port", []string{"test", "-p", "watsi", "1", "--observe", "api:NaN"}, exitUsage},
		{"observer on a busy port", []string{"test", "-p", "watsi", "1", "--observe", "api:" + busy}, exitUnable},
		{"observer command missing", []string{"test", "-p", "watsi", "1", "--observe-cmd", "no-such-program {key}"}, exitUsage},
		{"restart command missing", []string{"test", "-p", "watsi", "1", "--restart-cmd", "no-such-program"}, exitUsage},
		{"empty provider", []string{"events", "list", "-p", " "}, exitUsage},
		{"hostile provider", []string{"events", "list", "-p", "\x1b]0;owned\x07"}, exitUsage},
		{"provider upward", []string{"events", "list", "-p", "../../etc"}, exitUsage},
		{"hostile check", []string{"checks", "show", "\x1b[2J"}, exitUsage},
		{"token cut short", []string{"replay", "hr1_fJLBjtsg", "1"}, exitUsage},
		{"token of nothing", []string{"replay", "hr1_", "1"}, exitUsage},
		{"token of junk", []string{"replay", "hr1_" + strings.Repeat("A", 100_000), "1"}, exitUsage},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out := runHere(t, map[string]string{"HOOKRIG_SECRET": "s3cret"}, "", test.line...)
			checkRefused(t, out, []int{test.code})
		})
	}
	if left, _ := filepath.Glob(".*.*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestBadProviders holds -p and lint against folders that contradict themselves or reach outside.
func TestBadProviders(t *testing.T) {
	t.Chdir(t.TempDir())
	if out := runHere(t, nil, "", "init", "provider", "good"); out.code != exitGood {
		t.Fatalf("init: %+v", out)
	}
	const schema = "events/order.created.schema.json"
	tests := []struct{ name, file, old, new string }{
		{"unknown keyword", schema, `"minimum": 0`, `"minimun": 0`},
		{"unknown format", schema, `"format": "email"`, `"format": "e-mail"`},
		{"reference to http", schema, `"enum": ["EUR", "USD"]`, `"$ref": "http://127.0.0.1:1/x.json"`},
		{"reference to a file", schema, `"enum": ["EUR", "USD"]`, `"$ref": "file:///etc/passwd"`},
		{"reference upward", schema, `"enum": ["EUR", "USD"]`, `"$ref": "../../../../etc/passwd"`},
		{"bad pattern", schema, `"minLength": 1`, `"pattern": "("`},
		{"look-ahead", schema, `"minLength": 1`, `"pattern": "(?=x)"`},
		{"bounds that cross", schema, `"minimum": 0`, `"minimum": 20000000`},
		{"unknown generator", schema, `"id.uuid"`, `"id.snowflake"`},
		{"example against schema", "examples/order.created.json", `1990`, `"much"`},
		{"unknown key", "provider.json", `"title"`, `"titel"`},
		{"event without a schema", "provider.json", `"name": "order.created"`, `"name": "order.paid"`},
		{"unknown placeholder", "provider.json", `"{timestamp}"`, `"{when}"`},
		{"unknown algorithm", "provider.json", `"hmac-sha256"`, `"md5"`},
		{"parent that is none", "provider.json", `"title": "Example"`, `"title": "Example", "extends": "nobody"`},
		{"leaf without a source", "provider.json", `"": "assumed`, `"/title": "assumed`},
		{"syntax", "provider.json", `"events": [`, `"events": [[`},
		{"repeated key", "provider.json", `"title": "Example"`, `"title": "Example", "title": "Example"`},
		{"byte-order mark", "provider.json", `{`, "\xef\xbb\xbf{"},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := fmt.Sprintf("bad%d", i)
			if err := os.CopyFS(dir, os.DirFS("good")); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, filepath.FromSlash(test.file))
			text, err := os.ReadFile(path)
			if err != nil || !strings.Contains(string(text), test.old) {
				t.Fatalf("%s does not hold %s: %v", path, test.old, err)
			}
			write(t, path, strings.Replace(string(text), test.old, test.new, 1))
			checkRefused(t, runHere(t, nil, "", "stream", "-p", dir, "-n", "1"), []int{exitUsage})
			out := runHere(t, nil, "", "lint", dir)
			if out.code != exitBad || !strings.Contains(out.stdout, dir) {
				t.Errorf("lint: %+v, want exit 1 and the place", out)
			}
			checkTalk(t, out)
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func fill(line []string, file string) []string {
	filled := make([]string, len(line))
	for i, word := range line {
		filled[i] = strings.ReplaceAll(word, "%s", file)
	}
	return filled
}

func busyPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// checkRefused fails unless the program ended with one of the codes, said why, and kept its manners.
func checkRefused(t *testing.T, out outcome, codes []int) {
	t.Helper()
	known := false
	for _, code := range codes {
		known = known || code == out.code
	}
	if !known {
		t.Errorf("exit %d, want one of %v: %s%s", out.code, codes, out.stdout, out.stderr)
	}
	if out.code != exitBad && !strings.HasPrefix(out.stderr, "hookrig: ") {
		t.Errorf("stderr %q, want it to begin with hookrig:", out.stderr)
	}
	checkTalk(t, out)
}

// checkTalk fails on stacks, control characters, lines without an end and long waits.
func checkTalk(t *testing.T, out outcome) {
	t.Helper()
	all := out.stdout + out.stderr
	for _, bad := range []string{"goroutine ", "panic:", "runtime error", "\x1b", "\x07", "s3cret"} {
		if strings.Contains(all, bad) {
			t.Errorf("it says %q: %.300q", bad, all)
		}
	}
	for line := range strings.Lines(out.stderr) {
		if !strings.HasPrefix(line, "hookrig: ") && !strings.HasPrefix(line, "hint: ") || len(line) > 2000 {
			t.Errorf("stderr line %.200q", line)
		}
	}
	if out.took > 2*time.Second*slack {
		t.Errorf("it took %s", out.took)
	}
}
