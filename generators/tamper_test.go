package generators_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// schemes are providers that sign in every way the engine knows.
func schemesForTampers() map[string]struct {
	provider *schemas.Provider
	secret   schemas.Secret
} {
	made := func(headers schemas.Headers, s schemas.Signing) *schemas.Provider {
		return &schemas.Provider{Name: "made-up", Headers: headers, Signing: &s}
	}
	return map[string]struct {
		provider *schemas.Provider
		secret   schemas.Secret
	}{
		"bare hex": {made(schemas.Headers{{"X-Signature", "{signatures}"}}, schemas.Signing{
			Algorithm: "hmac-sha256", Secret: schemas.SecretFormat{Encoding: "utf8"}, Signs: "{body}", Encoding: "hex", Item: "{signature}"}), "a-test-secret"},
		"prefixed hex": {made(schemas.Headers{{"X-Hub-Signature-256", "{signatures}"}}, schemas.Signing{
			Algorithm: "hmac-sha256", Secret: schemas.SecretFormat{Encoding: "utf8"}, Signs: "{body}", Encoding: "hex", Item: "sha256={signature}"}), "a-test-secret"},
		"bare base64": {made(schemas.Headers{{"X-Hmac", "{signatures}"}}, schemas.Signing{
			Algorithm: "hmac-sha256", Secret: schemas.SecretFormat{Encoding: "utf8"}, Signs: "{body}", Encoding: "base64", Item: "{signature}"}), "a-test-secret"},
		"timestamp in the same header": {made(schemas.Headers{{"Stripe-Signature", "t={timestamp},{signatures}"}}, schemas.Signing{
			Algorithm: "hmac-sha256", Secret: schemas.SecretFormat{Encoding: "utf8"}, Signs: "{timestamp}.{body}", Encoding: "hex", Item: "v1={signature}", Separator: ",", ToleranceSeconds: 300}), "a-test-secret"},
		"three headers": {made(schemas.Headers{{"webhook-id", "{id}"}, {"webhook-timestamp", "{timestamp}"}, {"webhook-signature", "{signatures}"}}, schemas.Signing{
			Algorithm: "hmac-sha256", Secret: schemas.SecretFormat{Prefix: "whsec_", Encoding: "base64"}, Signs: "{id}.{timestamp}.{body}", Encoding: "base64", Item: "v1,{signature}", Separator: " ", ToleranceSeconds: 300}), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
	}
}

// TestTampers: what must be refused is refused by the provider's own Open, what must be accepted is
// accepted.
func TestTampers(t *testing.T) {
	now := time.Unix(1_767_600_000, 0)
	body := []byte(`{"id":"evt_1","n":1.0,"text":"hello there, ñandú"}`)
	for name, s := range schemesForTampers() {
		t.Run(name, func(t *testing.T) {
			endpoint := schemas.Endpoint{URL: "http://127.0.0.1:1/hooks", Secrets: []schemas.Secret{s.secret}}
			message := schemas.Message{ID: "evt_1", Body: body}
			if _, err := s.provider.Envelope(message, endpoint, schemas.Attempt{Number: 1, At: now}); err != nil {
				t.Fatal(err)
			}
			tampers := generators.Tampers(s.provider)
			var names []string
			for _, tamper := range tampers {
				if slices.Contains(names, tamper.Name) {
					t.Errorf("tamper %q comes twice", tamper.Name)
				}
				names = append(names, tamper.Name)
				env, err := tamper.Apply(message, endpoint, schemas.Attempt{Number: 1, At: now}, rand.New(rand.NewPCG(1, 2)))
				if err != nil {
					t.Errorf("tamper %q: %v", tamper.Name, err)
					continue
				}
				header := http.Header{}
				for _, line := range env.Headers {
					header.Add(line[0], line[1])
				}
				_, err = s.provider.Open(schemas.Received{Header: header, Body: env.Body}, endpoint.Secrets, now)
				if tamper.Want == generators.Refused && err == nil {
					t.Errorf("tamper %q is accepted: %q %s", tamper.Name, env.Headers, env.Body)
				}
				if tamper.Want == generators.Accepted && err != nil {
					t.Errorf("tamper %q is refused: %v: %q", tamper.Name, err, env.Headers)
				}
				again, err := tamper.Apply(message, endpoint, schemas.Attempt{Number: 1, At: now}, rand.New(rand.NewPCG(1, 2)))
				if err != nil || !bytes.Equal(again.Body, env.Body) || !slices.Equal(again.Headers, env.Headers) {
					t.Errorf("tamper %q makes another envelope from the same chances", tamper.Name)
				}
			}
			for _, want := range []string{"missing-signature", "wrong-secret", "empty-key", "flipped-byte", "truncated-half", "duplicate-bad-good"} {
				if !slices.Contains(names, want) {
					t.Errorf("there is no tamper %q", want)
				}
			}
			if stamped := slices.Contains(names, "stale"); stamped != (s.provider.Signing.ToleranceSeconds > 0) {
				t.Errorf("tamper stale: %v", stamped)
			}
		})
	}
}

func TestTampersOfUnsigned(t *testing.T) {
	if list := generators.Tampers(&schemas.Provider{}); list != nil {
		t.Errorf("Tampers(unsigned) lists %d", len(list))
	}
}

// TestEncodings: every encoding means the same value, but for those that put in a text of their own,
// and is bytes that differ.
func TestEncodings(t *testing.T) {
	c, g := builtin(t, "watsi")
	m, err := g.Message("conversation.updated", generators.Coordinate{Life: 3})
	if err != nil {
		t.Fatal(err)
	}
	received, err := g.Message("message.received", generators.Coordinate{Life: 2})
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, e := range generators.Encodings() {
		if names[e.Name] {
			t.Errorf("encoding %q comes twice", e.Name)
		}
		names[e.Name] = true
		for _, body := range [][]byte{m.Body, received.Body} {
			spelled, err := e.Apply(body)
			if err != nil {
				t.Fatalf("encoding %q: %v", e.Name, err)
			}
			if !json.Valid(spelled) {
				t.Errorf("encoding %q is not JSON: %s", e.Name, spelled)
			}
			if err := c.Validate(spelled); err != nil {
				t.Errorf("encoding %q: %v", e.Name, err)
			}
			if e.Splits != nil {
				for _, at := range e.Splits(spelled) {
					if at <= 0 || at >= len(spelled) {
						t.Errorf("encoding %q splits at %d of %d", e.Name, at, len(spelled))
					}
				}
			}
		}
		if _, err := e.Apply([]byte("{bad")); err == nil && e.Name != "trailing-newline" && e.Name != "trailing-crlf" && e.Name != "leading-space" {
			t.Errorf("encoding %q takes a body that is not JSON", e.Name)
		}
	}
	for _, e := range generators.Encodings() {
		if e.Twin != "" && !names[e.Twin] {
			t.Errorf("encoding %q names the twin %q, which there is not", e.Name, e.Twin)
		}
	}
}

func TestEncodingSpellings(t *testing.T) {
	body := []byte(`{"a":"https://x/é","n":3,"t":"hello there"}`)
	want := map[string]string{
		"reversed-keys":         `{"t":"hello there","n":3,"a":"https://x/é"}`,
		"decimal-integers":      `{"a":"https://x/é","n":3.0,"t":"hello there"}`,
		"escaped-slash":         `{"a":"https:\/\/x\/é","n":3,"t":"hello there"}`,
		"escaped-unicode":       `{"a":"https://x/\u00e9","n":3,"t":"hello there"}`,
		"escaped-unicode-upper": `{"a":"https://x/\u00E9","n":3,"t":"hello there"}`,
		"escaped-cjk":           `{"a":"https://x/é","n":3,"t":"\u4f60\u597d\uff0c\u4e16\u754c"}`,
		"raw-cjk":               `{"a":"https://x/é","n":3,"t":"你好，世界"}`,
		"trailing-newline":      string(body) + "\n",
	}
	for _, e := range generators.Encodings() {
		if w, ok := want[e.Name]; ok {
			got, err := e.Apply(body)
			if err != nil || string(got) != w {
				t.Errorf("%s makes %s, want %s (%v)", e.Name, got, w, err)
			}
			delete(want, e.Name)
		}
	}
	if len(want) > 0 {
		t.Errorf("encodings missing: %v", want)
	}
}
