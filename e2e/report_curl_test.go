//go:build e2e

package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/report"
	"github.com/hookrig/hookrig/schemas"
)

// believer acknowledges whatever names the header it looks for, and dies of what it does not expect.
func believer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	switch {
	case err != nil:
	case strings.Contains(string(body), "hookrig"):
		w.WriteHeader(http.StatusInternalServerError)
	case r.Method != http.MethodPost:
		w.WriteHeader(http.StatusAccepted)
	default:
		w.WriteHeader(http.StatusOK)
	}
}

// picky verifies, and refuses what is spelled in another way than usual.
func picky(p *schemas.Provider, secret schemas.Secret) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
		switch {
		case err != nil:
		case p.Verify(schemas.Received{Header: r.Header, Body: body}, []schemas.Secret{secret}, time.Now()) != nil:
			w.WriteHeader(http.StatusUnauthorized)
		case strings.Contains(string(body), ": ") && strings.Contains(string(body), "\n"), strings.Contains(string(body), "hookrig"):
			w.WriteHeader(http.StatusTeapot)
		case r.Header.Get("Content-Type") != "application/json":
			w.WriteHeader(http.StatusUnsupportedMediaType)
		}
	}
}

// Every finding's curl line, run by a shell, gets the answer that the finding tells of; and neither the
// secret nor a signature stands in it.
func TestReportCurlLinesReproduce(t *testing.T) {
	catalog, err := schemas.Builtin("watsi")
	if err != nil {
		t.Fatal(err)
	}
	stamped, signing := *catalog.Provider, *catalog.Provider.Signing
	signing.Signs, signing.Encoding, signing.Item, signing.Separator, signing.ToleranceSeconds = "{id}.{timestamp}.{body}", "base64", "v1,{signature}", " ", 300
	signing.Secret = schemas.SecretFormat{Prefix: "whsec_", Encoding: "base64"}
	stamped.Signing = &signing
	stamped.Headers = schemas.Headers{{"Content-Type", "application/json"}, {"webhook-id", "{id}"}, {"webhook-timestamp", "{timestamp}"}, {"webhook-signature", "{signatures}"}}
	unsigned, err := schemas.Builtin("sentsays")
	if err != nil {
		t.Fatal(err)
	}
	asymmetric, err := schemas.LoadScheme("standard-webhooks-v1a")
	if err != nil {
		t.Fatal(err)
	}
	large := fmt.Appendf(nil, `{"type":"order.paid","timestamp":"2026-01-05T08:00:00Z","data":{"words":%q}}`, words(6_000))
	tests := []struct {
		name     string
		catalog  *schemas.Catalog
		provider *schemas.Provider
		samples  []contract.Sample
		secret   schemas.Secret
		least    int // curl lines
	}{
		{"plain", catalog, catalog.Provider, nil, "e2e curl $ecret '\"`\\", 12},
		{"stamped", catalog, &stamped, nil, "whsec_ZTJlIGN1cmwgc2VjcmV0IOKCrA==", 12},
		{"unsigned", unsigned, unsigned.Provider, nil, "", 2},
		{"ed25519", nil, asymmetric.Provider(), []contract.Sample{{Body: asymmetric.Body}}, "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", 8},
		{"a body that no line can hold", nil, asymmetric.Provider(), []contract.Sample{{Body: large}}, "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", 8},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			lines := 0
			consumers := map[string]http.Handler{"believer": http.HandlerFunc(believer)}
			if test.secret != "" {
				consumers["picky"] = picky(test.provider, test.secret)
			}
			for name, consumer := range consumers {
				t.Run(name, func(t *testing.T) {
					server := httptest.NewServer(consumer)
					defer server.Close()
					var secrets []schemas.Secret
					if test.secret != "" {
						secrets = []schemas.Secret{test.secret}
					}
					cfg := contract.Config{Catalog: test.catalog, Provider: test.provider, Samples: test.samples, Timeout: 5 * time.Second, MaxBody: 64 << 10,
						Endpoints: []schemas.Endpoint{{URL: server.URL + "/webhooks?a=b&c=d", Secrets: secrets}}}
					if test.samples == nil {
						cfg.Events = []string{"message.received"}
					}
					r, err := contract.Run(t.Context(), cfg)
					if err != nil {
						t.Fatal(err)
					}
					dir := besideReport(t, r)
					for _, result := range r.Results {
						f := result.Finding
						if f == nil {
							continue
						}
						lines++
						if f.Curl == "" || strings.HasPrefix(f.Curl, "# no shell") {
							t.Errorf("%s (%s) has no script: %s", result.Check, f.Got, f.Curl)
							continue
						}
						got, out := runScript(t, dir, f.Curl, cfg.Endpoints)
						if want := f.Exchange.Response.Status; result.Verdict != report.VerdictFlaky && !slices.Contains(got, want) {
							t.Errorf("%s (%s): the script got %v, the finding tells of %d:\n%s\n%s", result.Check, f.Got, got, want, f.Curl, out)
						}
					}
				})
			}
			if lines < test.least {
				t.Errorf("%d curl lines, want at least %d", lines, test.least)
			}
		})
	}
}

// words is so many bytes of words, which no run of one character makes.
func words(n int) string {
	var b strings.Builder
	for i := uint32(1); b.Len() < n*4; i++ {
		fmt.Fprintf(&b, "%x ", i*2654435761)
	}
	return b.String()
}

// besideReport writes the files that a report's scripts read, and returns their folder.
func besideReport(t *testing.T, r *report.Report) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range r.Files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// statusLine begins an answer.
var statusLine = regexp.MustCompile(`HTTP/1\.1 (\d{3})`)

// runScript runs a finding's script in a shell and returns the statuses that it printed, 0 for each answer that
// curl says did not come.
func runScript(t *testing.T, dir, script string, endpoints []schemas.Endpoint) (statuses []int, out []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", script)
	cmd.Dir, cmd.Env = dir, os.Environ()
	for i, e := range endpoints {
		name := "HOOKRIG_SECRET"
		if i > 0 {
			name += "_" + strconv.Itoa(i+1)
		}
		for _, secret := range e.Secrets {
			if strings.Contains(script, string(secret)) {
				t.Errorf("the secret stands in %s", script)
			}
			cmd.Env = append(cmd.Env, name+"="+string(secret))
		}
	}
	out, err := cmd.CombinedOutput()
	for _, line := range statusLine.FindAllSubmatch(out, -1) {
		status, _ := strconv.Atoi(string(line[1]))
		statuses = append(statuses, status)
	}
	for range bytes.Count(out, []byte("curl: (")) {
		statuses = append(statuses, 0)
	}
	if err != nil && len(statuses) == 0 { // perl says nothing of a connection that just ends
		statuses = append(statuses, 0)
	}
	return statuses, out
}
