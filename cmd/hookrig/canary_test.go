package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// gossip is a consumer that gives its secret away in each spelling, and answers much in the wrong way.
func gossip(spellings []string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 4<<20))
		if err != nil {
			return
		}
		for i, spelling := range spellings {
			w.Header().Set(fmt.Sprintf("X-Note-%d", i), spelling)
		}
		if strings.Contains(string(body), "hookrig") {
			w.WriteHeader(http.StatusInternalServerError)
		}
		fmt.Fprint(w, strings.Join(spellings, " "), r.Header, r.URL)
	}
}

// The secret of the consumer, and a header that the user sends along, stand in no output of any command: not
// on stdout or stderr, not in a file, whole or in pieces of eight bytes, in whichever spelling, and whatever
// the consumer says.
func TestNoOutputShowsTheSecret(t *testing.T) {
	const secret, header = "Canary-s3cret/with+signs=and-m0re", "bypass-Canary+7f3a/91c2=="
	var spellings []string
	for _, text := range []string{secret, header} {
		spellings = append(spellings, text, base64.StdEncoding.EncodeToString([]byte(text)), base64.RawURLEncoding.EncodeToString([]byte(text)),
			hex.EncodeToString([]byte(text)), strings.ToUpper(hex.EncodeToString([]byte(text))), url.QueryEscape(text), url.PathEscape(text))
	}
	server := httptest.NewServer(gossip(spellings))
	defer server.Close()
	target := server.URL + "/hook"
	t.Chdir(t.TempDir())
	if err := os.WriteFile("secret", []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{"HOOKRIG_SECRET": secret, "BYPASS": header}
	outputs := map[string]string{}
	do := func(args ...string) string {
		t.Helper()
		done := runHere(t, vars, "", args...)
		name := strings.Join(args, " ")
		if strings.Contains(done.stderr, "goroutine ") {
			t.Errorf("hookrig %s panics: %s", name, done.stderr)
		}
		outputs[name+" (stdout)"], outputs[name+" (stderr)"] = done.stdout, done.stderr
		return done.stdout
	}
	sent := []string{"-p", "watsi", target, "-H", "X-Bypass: ${BYPASS}"}
	test := append([]string{"test", "--checks", "sig-*,valid-rejected,unknown-*,error-leaks-internals,method-not-restricted,content-type-too-strict", "-e", "message.received"}, sent...)
	do(append(test, "--report", "json=r.json,junit=r.xml,html=r.html,markdown=r.md,github", "--entities", "sent.txt")...)
	do(append(test, "--output", "json", "--mark")...)
	do(append(test, "--baseline", "known.json", "--baseline-update")...)
	do(append(test, "--min-coverage", "events=101")...)
	do("report", "r.json")
	do("report", "r.json", "--output", "json", "--report", "html=again.html,junit=again.xml,markdown=again.md,github")
	line := ""
	for _, word := range strings.Fields(outputs["report r.json (stdout)"]) {
		if strings.HasPrefix(word, "hr1_") {
			line = word
		}
	}
	if line == "" {
		t.Fatalf("no replay line: %s", outputs["report r.json (stdout)"])
	}
	do("replay", line, target, "-H", "X-Bypass: ${BYPASS}")
	do("replay", line, target, "--output", "json", "-H", "X-Bypass: ${BYPASS}")
	do(append([]string{"probe", "-e", "contact.updated"}, sent...)...)
	do(append([]string{"selftest", "--checks", "sig-missing-accepted", "-e", "contact.updated"}, sent...)...)
	do(append([]string{"trigger", "message.received"}, sent...)...)
	do(append([]string{"load", "--rate", "20/s", "--duration", "1s", "--report", "json=load.json,html=load.html"}, sent...)...)
	do(append([]string{"test", "--secret-file", "secret", "--checks", "sig-missing-accepted", "-e", "message.received"}, sent...)...)
	do("test", "-p", "watsi", "http://user:"+secret+"@127.0.0.1:1/", "--checks", "valid-rejected")
	do("test", "-p", "watsi", target, "--secret", secret)
	do("test", "-p", "standard-webhooks", target)
	do("stream", "-p", "watsi", "-n", "2")
	do("events", "list", "-p", "watsi")
	do("checks", "list")
	do("version")
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path == "secret" {
			return err
		}
		text, err := os.ReadFile(path)
		outputs[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for name, out := range outputs {
		if strings.Contains(name, secret) { // the command line is the user's own
			name = "a command with the secret in it"
		}
		if out != "" {
			said++
		}
		for _, spelling := range spellings {
			for i := range len(spelling) - 7 {
				if piece := spelling[i : i+8]; strings.Contains(out, piece) {
					at := strings.Index(out, piece)
					t.Errorf("%s holds %q: %q", name, piece, out[max(0, at-80):min(len(out), at+80)])
					break
				}
			}
		}
	}
	if said < 30 {
		t.Errorf("%d outputs said anything, want at least 30", said)
	}
	t.Logf("%d outputs", said)
}
