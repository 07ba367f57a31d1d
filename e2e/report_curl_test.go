//go:build e2e

package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract"
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
	tests := []struct {
		name     string
		catalog  *schemas.Catalog
		provider *schemas.Provider
		secret   schemas.Secret
		least    int // curl lines
	}{
		{"plain", catalog, catalog.Provider, "e2e curl $ecret '\"`\\", 12},
		{"stamped", catalog, &stamped, "whsec_ZTJlIGN1cmwgc2VjcmV0IOKCrA==", 12},
		{"unsigned", unsigned, unsigned.Provider, "", 2},
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
					r, err := contract.Run(t.Context(), contract.Config{Catalog: test.catalog, Provider: test.provider, Events: []string{"message.received"},
						Timeout: 5 * time.Second, MaxBody: 64 << 10, Endpoints: []schemas.Endpoint{{URL: server.URL + "/webhooks?a=b&c=d", Secrets: secrets}}})
					if err != nil {
						t.Fatal(err)
					}
					for _, result := range r.Results {
						f := result.Finding
						if f == nil || f.Curl == "" {
							continue
						}
						lines++
						if test.secret != "" && strings.Contains(f.Curl, string(test.secret)) {
							t.Errorf("%s: the secret stands in %s", result.Check, f.Curl)
						}
						if got := runCurl(t, f.Curl, test.secret); got != f.Exchange.Response.Status {
							t.Errorf("%s (%s): curl got %d, the finding tells of %d: %s", result.Check, f.Got, got, f.Exchange.Response.Status, f.Curl)
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

// runCurl runs the line in a shell and returns the status that curl printed.
func runCurl(t *testing.T, line string, secret schemas.Secret) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", line)
	cmd.Env = append(os.Environ(), "HOOKRIG_SECRET="+string(secret))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", line, err, out)
	}
	fields := strings.Fields(string(out))
	if len(fields) < 2 {
		t.Fatalf("%s printed %q", line, out)
	}
	status, err := strconv.Atoi(fields[1])
	if err != nil {
		t.Fatalf("%s printed %q", line, out)
	}
	return status
}
