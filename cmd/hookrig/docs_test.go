package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// hookrig runs a command as its user would, and returns what it printed and its exit code.
func hookrig(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, talk bytes.Buffer
	code = run(context.Background(), &env{
		args: args, getenv: func(string) string { return "" }, environ: func() []string { return nil }, now: time.Now,
		stdin: strings.NewReader(""), stdout: &out, stderr: &talk,
	})
	return out.String(), talk.String(), code
}

// What is committed is what this version writes; each line says how to write it anew.
func TestCommittedDocumentsAreCurrent(t *testing.T) {
	for _, c := range []struct{ name, out string }{
		{"openapi", "../../openapi.yaml"},
		{"markdown", "../../docs/reference"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, talk, code := hookrig(t, "docs", c.name, "--check", "--out", c.out); code != exitGood {
				t.Errorf("exit %d: %s\nrun: go run ./cmd/hookrig docs %s --out %s", code, talk, c.name, strings.TrimPrefix(c.out, "../../"))
			}
		})
	}
}

func TestDocsCheckFindsWhatIsStale(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "site")
	if _, talk, code := hookrig(t, "docs", "site", "--out", dir); code != exitGood {
		t.Fatalf("exit %d: %s", code, talk)
	}
	if _, talk, code := hookrig(t, "docs", "site", "--check", "--out", dir); code != exitGood {
		t.Fatalf("fresh pages: exit %d: %s", code, talk)
	}
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "extra.html"), []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "search.html")); err != nil {
		t.Fatal(err)
	}
	_, talk, code := hookrig(t, "docs", "site", "--check", "--out", dir)
	if code != exitBad {
		t.Errorf("stale pages: exit %d", code)
	}
	for _, want := range []string{"index.html", "extra.html", "search.html"} {
		if !strings.Contains(talk, want) {
			t.Errorf("stale pages: %q does not name %s", talk, want)
		}
	}
	if _, _, code := hookrig(t, "docs", "site", "--out", dir); code != exitGood {
		t.Errorf("writing again: exit %d", code)
	}
	if _, err := os.Stat(filepath.Join(dir, "extra.html")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what was left over is still there: %v", err)
	}
}

// A folder that hookrig did not write, a file in the way and a folder that cannot be written stay as
// they are.
func TestDocsLeaveOtherFilesAlone(t *testing.T) {
	dir := t.TempDir()
	precious := filepath.Join(dir, "precious.txt")
	if err := os.WriteFile(precious, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, out string
		code      int
		want      string
	}{
		{"somebody's folder", dir, exitUsage, "did not write"},
		{"a file", precious, exitUnable, "not a directory"},
		{"below a file", filepath.Join(precious, "site"), exitUnable, "not a directory"},
		{"nowhere", "", exitUsage, "--out DIR"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, talk, code := hookrig(t, "docs", "site", "--out", c.out)
			if code != c.code || !strings.Contains(talk, c.want) {
				t.Errorf("exit %d: %q, want %d and %q", code, talk, c.code, c.want)
			}
		})
	}
	if text, err := os.ReadFile(precious); err != nil || string(text) != "mine" {
		t.Errorf("the file is now %q, %v", text, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func TestImportMakesAFolderThatLints(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "acme")
	document := filepath.Join(t.TempDir(), "openapi.yaml")
	if err := os.WriteFile(document, []byte(`openapi: 3.1.0
info: {title: Acme, version: "1"}
webhooks:
  order.created:
    post:
      requestBody: {content: {application/json: {schema: {type: object, required: [type], properties: {type: {const: order.created}}}, example: {type: order.created}}}}
      responses: {'200': {description: ok}}
`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, talk, code := hookrig(t, "import", document, "--out", dir); code != exitGood || !strings.Contains(talk, "1 events") {
		t.Fatalf("import: exit %d: %s", code, talk)
	}
	if out, talk, code := hookrig(t, "lint", dir); code != exitGood {
		t.Errorf("lint: exit %d: %s%s", code, out, talk)
	}
	if out, talk, code := hookrig(t, "stream", "-p", dir, "-n", "2"); code != exitGood || strings.Count(out, "order.created") != 2 {
		t.Errorf("stream: exit %d: %s%s", code, out, talk)
	}
	if out, talk, code := hookrig(t, "events", "list", "-p", document); code != exitGood || !strings.Contains(out, "order.created") {
		t.Errorf("events list: exit %d: %s%s", code, out, talk)
	}
}
