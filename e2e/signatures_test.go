//go:build e2e

package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// foreignScheme is a package from npm that signs and verifies a scheme that we describe as data.
type foreignScheme struct {
	packageName string
	scheme      string
	secret      schemas.Secret
}

var foreignSchemes = []foreignScheme{
	{"standardwebhooks", "standard-webhooks", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
	{"svix", "standard-webhooks", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
	{"octokit", "github", "It's a Secret to Everybody"},
	{"stripe", "stripe", "whsec_test_secret"},
}

// Our signatures hold under the foreign verifiers, and one flipped byte does not.
func TestForeignVerifiersAcceptOurs(t *testing.T) {
	verifier := startScript(t, "verify.mjs")
	for _, foreign := range foreignSchemes {
		t.Run(foreign.packageName, func(t *testing.T) {
			provider := scheme(t, foreign.scheme)
			for i, body := range bodies(t) {
				envelope, err := provider.Envelope(
					schemas.Message{ID: fmt.Sprintf("msg_%d", i), Body: body},
					schemas.Endpoint{URL: "http://127.0.0.1/hook", Secrets: []schemas.Secret{foreign.secret}},
					schemas.Attempt{Number: 1, At: time.Now(), DeliveryID: fmt.Sprintf("msg_%d", i)})
				if err != nil {
					t.Fatal(err)
				}
				question := map[string]any{"scheme": foreign.packageName, "secret": string(foreign.secret), "headers": lower(envelope.Headers), "body": string(envelope.Body)}
				var answer validity
				if verifier.ask(question, &answer); !answer.Valid {
					t.Fatalf("%s refuses our delivery %d", foreign.packageName, i)
				}
				question["body"] = strings.Replace(string(envelope.Body), "a", "b", 1)
				if verifier.ask(question, &answer); answer.Valid {
					t.Fatalf("%s accepts a changed body", foreign.packageName)
				}
			}
		})
	}
}

// Their signatures hold under our engine.
func TestWeAcceptForeignSignatures(t *testing.T) {
	signer := startScript(t, "sign.mjs")
	for _, foreign := range foreignSchemes {
		t.Run(foreign.packageName, func(t *testing.T) {
			provider := scheme(t, foreign.scheme)
			now := time.Now()
			for _, body := range bodies(t) {
				var signed struct{ Headers map[string]string }
				signer.ask(map[string]any{"scheme": foreign.packageName, "secret": string(foreign.secret), "id": "msg_1", "timestamp": now.Unix(), "body": string(body)}, &signed)
				header := http.Header{}
				for name, value := range signed.Headers {
					header.Set(name, value)
				}
				if _, err := provider.Open(schemas.Received{Header: header, Body: body}, []schemas.Secret{foreign.secret}, now); err != nil {
					t.Fatalf("Open(%s) = %v", foreign.packageName, err)
				}
				changed := []byte(strings.Replace(string(body), "a", "b", 1))
				if _, err := provider.Open(schemas.Received{Header: header, Body: changed}, []schemas.Secret{foreign.secret}, now); err == nil {
					t.Fatalf("Open(%s) accepts a changed body", foreign.packageName)
				}
			}
		})
	}
}

// bodies are messages of every built-in event, and one with an emoji.
func bodies(t *testing.T) [][]byte {
	t.Helper()
	all := [][]byte{[]byte(`{"text":"¿qué tal? 🎉 a"}`)}
	for _, c := range builtins(t) {
		generator, err := generators.New(c, generators.Config{RunID: "signatures"})
		if err != nil {
			t.Fatal(err)
		}
		for _, event := range c.Events() {
			message, err := generator.Message(event.Name, generators.Coordinate{Life: 1})
			if err != nil {
				t.Fatal(err)
			}
			if !json.Valid(message.Body) {
				t.Fatalf("not JSON: %s", message.Body)
			}
			all = append(all, message.Body)
		}
	}
	return all
}

func lower(headers schemas.Headers) map[string]string {
	all := map[string]string{}
	for _, line := range headers {
		all[strings.ToLower(line[0])] = line[1]
	}
	return all
}
