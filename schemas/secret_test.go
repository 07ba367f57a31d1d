package schemas_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hookrig/hookrig/schemas"
)

func TestSecretIsMaskedWhereverItIsPrinted(t *testing.T) {
	const canary = "whsec_canary"
	e := schemas.Endpoint{URL: "http://a/", Secrets: []schemas.Secret{canary}}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	printed := []string{string(text)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%30s"} {
		printed = append(printed, fmt.Sprintf(verb, e.Secrets[0]), fmt.Sprintf(verb, e), fmt.Sprintf(verb, &e))
	}
	for _, text := range printed {
		if strings.Contains(text, "canary") || strings.Contains(strings.ToLower(text), "63616e617279") {
			t.Errorf("printed %s", text)
		}
	}
	if string(e.Secrets[0]) != canary {
		t.Error("string(secret) is not the secret")
	}
}

// TestSpelledKeysSign: a key written as a scheme's secret signs what the same secret verifies.
func TestSpelledKeysSign(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcde/")
	for _, name := range schemas.Schemes() {
		t.Run(name, func(t *testing.T) {
			scheme, err := schemas.LoadScheme(name)
			if err != nil {
				t.Fatal(err)
			}
			signing := scheme.Provider().Signing
			secret := signing.Secret.Spell(key)
			if _, err := signing.Sign(secret, "id", "1", []byte("{}")); err != nil {
				t.Errorf("Sign() = %v", err)
			}
			if !strings.HasPrefix(string(secret), signing.Secret.Prefix) || len(secret) <= len(signing.Secret.Prefix)+40 {
				t.Errorf("Spell() makes %d characters, want %q and the key", len(secret), signing.Secret.Prefix)
			}
		})
	}
}

func TestUnusableSecrets(t *testing.T) {
	tests := []struct {
		name, scheme string
		secret       schemas.Secret
	}{
		{"empty", "github", ""},
		{"prefix alone", "standard-webhooks", "whsec_"},
		{"not base64", "standard-webhooks", "whsec_canary!!"},
		{"public key signs", "standard-webhooks-v1a", "whpk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
		{"key too short", "standard-webhooks-v1a", "whsk_AAAA"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			scheme, err := schemas.LoadScheme(test.scheme)
			if err != nil {
				t.Fatal(err)
			}
			_, err = scheme.Provider().Envelope(schemas.Message{}, schemas.Endpoint{URL: "http://a/", Secrets: []schemas.Secret{test.secret}}, schemas.Attempt{})
			if !errors.Is(err, schemas.ErrSecret) || strings.Contains(err.Error(), "canary") {
				t.Errorf("Envelope = %v, want ErrSecret without the secret", err)
			}
		})
	}
}
