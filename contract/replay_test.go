package contract_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/report"
	"github.com/hookrig/hookrig/schemas"
)

// The secret and catalog of these tests.
const testSecret = "replay-test-secret"

func catalog(t *testing.T) *schemas.Catalog {
	t.Helper()
	c, err := schemas.Builtin("watsi")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// stamped is the provider as it would be if it signed the time too.
func stamped(p *schemas.Provider) *schemas.Provider {
	q, signing := *p, *p.Signing
	signing.Signs, signing.Encoding, signing.Item, signing.Separator, signing.ToleranceSeconds = "{id}.{timestamp}.{body}", "base64", "v1,{signature}", " ", 300
	signing.Secret = schemas.SecretFormat{Prefix: "whsec_", Encoding: "base64"}
	q.Signing = &signing
	q.Headers = schemas.Headers{{"Content-Type", "application/json"}, {"webhook-id", "{id}"}, {"webhook-timestamp", "{timestamp}"}, {"webhook-signature", "{signatures}"}}
	return &q
}

// strict is a consumer that verifies as it should.
type strict struct {
	provider *schemas.Provider
	secret   schemas.Secret
	accepts  func(body []byte) bool // what it does with a body that is signed. Nil: all
	blind    bool                   // does not verify
	code     int                    // of what it does not accept. Default 400
}

func (s strict) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	if err != nil {
		return
	}
	if r.Method != http.MethodPost {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if err := s.provider.Verify(schemas.Received{Header: r.Header, Body: body}, []schemas.Secret{s.secret}, time.Now()); err != nil && !s.blind {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if !json.Valid(body) {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if s.accepts != nil && !s.accepts(body) {
		w.WriteHeader(max(s.code, http.StatusBadRequest))
		return
	}
	w.WriteHeader(http.StatusOK)
}

func run(t *testing.T, cfg contract.Config) *report.Report {
	t.Helper()
	r, err := contract.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// replayed plays the finding's line, as the command would read it.
func replayed(t *testing.T, cfg contract.Config, r *report.Report, line string) *contract.Replayed {
	t.Helper()
	word := strings.Trim(strings.TrimPrefix(line, "hookrig replay "), "'")
	text := []byte(word)
	if file, long := r.Files[word]; long {
		text = file
	}
	script, err := contract.ReadScript(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	done, err := contract.Replay(t.Context(), cfg, script)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// Each finding that can be played again fails against the consumer it was found in, and is fixed in
// the one that is right.
func TestReplaySaysWhatBecameOfAFinding(t *testing.T) {
	c := catalog(t)
	secret := schemas.Secret("whsec_cmVwbGF5LXRlc3Qtc2VjcmV0")
	tests := []struct {
		name     string
		provider *schemas.Provider
		secret   schemas.Secret
		broken   strict
	}{
		{"blind", c.Provider, testSecret, strict{blind: true}},
		{"blind, stamped", stamped(c.Provider), secret, strict{blind: true}},
		{"no unknown fields", c.Provider, testSecret, strict{accepts: func(body []byte) bool { return !bytes.Contains(body, []byte("hookrig")) }, code: 500}},
		{"no spaces, stamped", stamped(c.Provider), secret, strict{accepts: func(body []byte) bool { return !bytes.Contains(body, []byte(": ")) }}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.broken.provider, test.broken.secret = test.provider, test.secret
			broken := httptest.NewServer(test.broken)
			defer broken.Close()
			fine := httptest.NewServer(strict{provider: test.provider, secret: test.secret})
			defer fine.Close()
			at := func(url string) contract.Config {
				return contract.Config{Catalog: c, Provider: test.provider, Events: []string{"message.received"}, Timeout: 5 * time.Second, MaxBody: 64 << 10,
					Endpoints: []schemas.Endpoint{{URL: url, Secrets: []schemas.Secret{test.secret}}}}
			}
			r := run(t, at(broken.URL))
			played := 0
			for _, result := range r.Results {
				f := result.Finding
				if f == nil || f.Replay == "" || result.Verdict == report.VerdictFlaky || result.Check == "ack-indistinguishable" {
					continue
				}
				played++
				if got := replayed(t, at(broken.URL), r, f.Replay); got.Outcome != contract.Failed {
					t.Errorf("%s (%s): %s %s against the consumer it was found in, want FAILED", result.Check, f.Got, got.Outcome, got.Reason)
				}
				if got := replayed(t, at(fine.URL), r, f.Replay); got.Outcome != contract.Fixed {
					t.Errorf("%s (%s): %s %s against a good consumer, want FIXED", result.Check, f.Got, got.Outcome, got.Reason)
				}
			}
			if played == 0 {
				t.Error("no finding was played again")
			}
			t.Logf("%d findings played again", played)
		})
	}
}

func TestReplayOfAConsumerThatIsGone(t *testing.T) {
	c := catalog(t)
	server := httptest.NewServer(http.NotFoundHandler())
	url := server.URL
	server.Close()
	script := contract.Script{Provider: "watsi", Seed: 1, RunID: "r", Check: "unknown-field-rejected"}
	cfg := contract.Config{Catalog: c, Timeout: time.Second, Endpoints: []schemas.Endpoint{{URL: url, Secrets: []schemas.Secret{testSecret}}}}
	got, err := contract.Replay(t.Context(), cfg, script)
	if err != nil {
		t.Fatal(err)
	}
	if got.Outcome != contract.Error || got.Reason == "" {
		t.Errorf("Replay = %+v, want ERROR and a reason", got)
	}
}

func TestReplayRefuses(t *testing.T) {
	cfg := contract.Config{Catalog: catalog(t), Handler: http.NotFoundHandler(), Endpoints: []schemas.Endpoint{{Secrets: []schemas.Secret{testSecret}}}}
	tests := []struct {
		name   string
		script contract.Script
		want   string
	}{
		{"another provider", contract.Script{Provider: "acme", Check: "ack-hang"}, `the script is for provider "acme", not "watsi"`},
		{"another catalog", contract.Script{Provider: "watsi", Digest: "sha256:00", Check: "ack-hang"}, "the catalog is not the one"},
		{"unknown check", contract.Script{Provider: "watsi", Check: "no-such-check"}, `no check "no-such-check"`},
		{"unknown event", contract.Script{Provider: "watsi", Check: "ack-hang", Event: "no.such"}, `no event "no.such"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := contract.Replay(context.Background(), cfg, test.script); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Replay = %v, want %q in it", err, test.want)
			}
		})
	}
}
