//go:build e2e

package e2e_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-playground/webhooks/v6/github"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const (
	issueOpened    = `{"action":"opened","issue":{"number":7,"title":"Café window is broken"},"repository":{"id":1296269,"full_name":"octo/hello"},"sender":{"login":"octo"}}`
	contactCreated = `{"type":"contact.created","timestamp":"2026-01-05T08:00:00Z","data":{"id":"c_71","name":"Zoë Ångström","note":"a/b — 你好"}}`
	stripePaid     = `{"id":"evt_1","object":"event","api_version":"2026-01-28","created":1767600000,"type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent","amount":1999,"currency":"eur"}}}`
)

// foreign is a published package in the wrapper that its own documentation shows, and what is to be found.
type foreign struct {
	name    string
	signing string
	event   string // names the sample, which is the event where a header tells it
	body    string
	secret  string
	start   func(t *testing.T, secret string) (address string)
	want    map[string]finding
}

// TestForeignConsumers is the golden table: each finding is there for a reason, and no other is.
func TestForeignConsumers(t *testing.T) {
	for _, tt := range foreignConsumers() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			address := tt.start(t, tt.secret)
			report := hookrigTest(t, tt.secret, "--sample", sample(t, tt.event, tt.body), "--signing", tt.signing, "--max-body", "20480", address+"/webhooks")
			expect(t, report, tt.want)
		})
	}
}

func node(name string) func(*testing.T, string) string {
	return func(t *testing.T, secret string) string { return startNode(t, name, "WEBHOOK_SECRET="+secret) }
}

func served(handler func(secret string) (http.Handler, error)) func(*testing.T, string) string {
	return func(t *testing.T, secret string) string {
		h, err := handler(secret)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(h)
		t.Cleanup(server.Close)
		return server.URL
	}
}

// standardHandler is the example of the Go library's README.
func standardHandler(secret string) (http.Handler, error) {
	webhook, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		payload, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if err := webhook.Verify(payload, r.Header); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}), nil
}

// playgroundHandler is the example of go-playground/webhooks' README.
func playgroundHandler(secret string) (http.Handler, error) {
	hook, err := github.New(github.Options.Secret(secret))
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := hook.Parse(r, github.IssuesEvent, github.PushEvent)
		switch {
		case errors.Is(err, github.ErrEventNotFound): // not one that was asked for
		case err != nil:
			w.WriteHeader(http.StatusBadRequest)
		}
	}), nil
}
