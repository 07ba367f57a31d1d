package schemas_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

func TestSchemesAreChecked(t *testing.T) {
	if len(schemas.Schemes()) == 0 {
		t.Fatal("no schemes")
	}
	for _, name := range schemas.Schemes() {
		text, err := os.ReadFile(filepath.Join("signing", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		scheme, err := schemas.ReadScheme(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if scheme.Provider().Name != name {
			t.Errorf("file %s.json describes %q", name, scheme.Provider().Name)
		}
	}
}

// secretOf is a secret as each scheme writes it.
func secretOf(p *schemas.Provider) schemas.Secret {
	if p.Signing.Algorithm == "ed25519" {
		return schemas.Secret(p.Signing.Secret.Prefix + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	}
	return schemas.Secret(p.Signing.Secret.Prefix + "aG9va3JpZw==")
}

func TestSchemeSampleGoesThereAndBack(t *testing.T) {
	now := time.Unix(1767600000, 0)
	for _, name := range schemas.Schemes() {
		t.Run(name, func(t *testing.T) {
			scheme, err := schemas.LoadScheme(name)
			if err != nil {
				t.Fatal(err)
			}
			p := scheme.Provider()
			message, err := scheme.Message()
			if err != nil || message.Event == "" {
				t.Fatalf("Message = %+v, %v", message, err)
			}
			secrets := []schemas.Secret{secretOf(p)}
			env, err := p.Envelope(message, schemas.Endpoint{URL: "http://127.0.0.1/w?x=1", Secrets: secrets}, schemas.Attempt{Number: 1, At: now})
			if err != nil {
				t.Fatal(err)
			}
			received := schemas.Received{Header: headerOf(env), Body: env.Body}
			opened, err := p.Open(received, secrets, now)
			if err != nil {
				t.Fatalf("Open = %v", err)
			}
			if string(opened.Body) != string(scheme.Body) || env.Path != "/w?x=1" {
				t.Errorf("opened %+v from %+v", opened, env)
			}
		})
	}
}

func headerOf(env schemas.Envelope) http.Header {
	header := http.Header{}
	for _, line := range env.Headers {
		header.Add(line[0], line[1])
	}
	return header
}

func TestLoadSchemeRefusesUnknown(t *testing.T) {
	for _, name := range []string{"acme", "", "vectors/github", "../watsi/provider"} {
		_, err := schemas.LoadScheme(name)
		if err == nil || !strings.Contains(err.Error(), "known: github, shopify, slack") {
			t.Errorf("LoadScheme(%q) = %v, want the names", name, err)
		}
	}
}

func TestReadSchemeRefuses(t *testing.T) {
	good, err := os.ReadFile("signing/github.json")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, old, new, want string }{
		{"unknown key", `"envelope"`, `"colour": 1, "envelope"`, "colour"},
		{"no signature in a header", `"{signatures}"`, `"x"`, "one header must hold {signatures}, 0 do"},
		{"unknown placeholder", `"{event}"`, `"{evnt}"`, "unknown placeholder {evnt}"},
		{"algorithm", "hmac-sha256", "rot13", "hmac-sha512"},
		{"leaf without a source", `"/body":`, `"/tolerance":`, "has no source"},
		{"source of nothing", `"/policy":`, `"/polici":`, `the description has nothing at "/polici"`},
		{"syntax", `"name"`, `name`, "not JSON: line 3"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(string(good), test.old, test.new, 1)
			if text == string(good) {
				t.Fatalf("%q is not in the file", test.old)
			}
			_, err := schemas.ReadScheme([]byte(text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("ReadScheme = %v, want %q", err, test.want)
			}
		})
	}
}
