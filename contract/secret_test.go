package contract_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/report"
	"github.com/hookrig/hookrig/schemas"
)

// A consumer that gives its secret away in every spelling and in every place gets a report that does
// not, whatever its form; nor do the replay tokens and files of its findings.
func TestRunNeverShowsASecret(t *testing.T) {
	const canary = "Canary-s3cret/with+signs=and-m0re"
	spellings := []string{canary, base64.StdEncoding.EncodeToString([]byte(canary)), base64.RawURLEncoding.EncodeToString([]byte(canary)),
		hex.EncodeToString([]byte(canary)), strings.ToUpper(hex.EncodeToString([]byte(canary))), url.QueryEscape(canary), url.PathEscape(canary)}
	gossip := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
		if err != nil {
			return
		}
		for i, spelling := range spellings {
			w.Header().Set(fmt.Sprintf("X-Note-%d", i), spelling)
		}
		if bytes.Contains(body, []byte("hookrig")) {
			w.WriteHeader(http.StatusInternalServerError)
		}
		fmt.Fprint(w, strings.Join(spellings, " "), r.Header, canary[3:14])
	})
	r := run(t, contract.Config{Catalog: catalog(t), Handler: gossip, Events: []string{"message.received"}, Timeout: 5 * time.Second,
		Checks:    []string{"sig-*", "valid-rejected", "unknown-*", "error-leaks-internals", "number-precision-or-form", "method-not-restricted"},
		Log:       func(time.Time) []string { return append([]string{"secret is " + canary[:12]}, spellings...) },
		Endpoints: []schemas.Endpoint{{Secrets: []schemas.Secret{canary}}}})
	outputs := map[string]string{}
	for _, name := range []string{"text", "json", "junit", "html", "markdown", "github"} {
		writer, err := report.WriterFor(name)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := writer(&out, r); err != nil {
			t.Fatal(err)
		}
		outputs[name] = out.String()
	}
	for name, file := range r.Files {
		outputs[name] = string(file)
	}
	findings := 0
	for _, result := range r.Results {
		if result.Finding == nil {
			continue
		}
		findings++
		if token, ok := strings.CutPrefix(result.Finding.Replay, "hookrig replay hr1_"); ok {
			script, err := contract.ParseToken("hr1_" + token)
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(script)
			if err != nil {
				t.Fatal(err)
			}
			outputs["token of "+result.Check] = string(text)
		}
	}
	if findings < 5 || len(outputs) < 10 {
		t.Fatalf("%d findings and %d outputs: too few to show anything", findings, len(outputs))
	}
	for name, out := range outputs {
		for _, spelling := range spellings {
			for i := range len(spelling) - 7 {
				if piece := spelling[i : i+8]; strings.Contains(out, piece) {
					at := strings.Index(out, piece)
					t.Errorf("%s holds %q: %q", name, piece, out[max(0, at-60):min(len(out), at+60)])
					break
				}
			}
		}
	}
}
