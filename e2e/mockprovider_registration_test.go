//go:build e2e

package e2e_test

import (
	"testing"
	"time"

	"github.com/hookrig/hookrig/mockprovider"
	"github.com/hookrig/hookrig/schemas"
)

// A bot that knows nothing but the provider's documented API and its base URL registers itself at the mock, is
// sent a message that it can verify, and answers it through the API.
func TestBotRegistersAtTheMock(t *testing.T) {
	catalog, err := schemas.Builtin("watsi")
	if err != nil {
		t.Fatal(err)
	}
	mock := mockprovider.Start(t, mockprovider.Config{Catalog: catalog, Keys: []string{"watsi_live_key"}})
	startNode(t, "answering", "API_URL="+mock.URL, "API_KEY=watsi_live_key")
	for deadline := time.Now().Add(time.Minute); len(mock.Subscriptions()) == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not register itself")
		}
	}
	accepted, err := mock.Trigger(t.Context(), mockprovider.Trigger{Event: "message.received", Wait: mockprovider.WaitEffect, Timeout: time.Minute})
	if err != nil || accepted.Effects != 1 || len(accepted.Deliveries) != 1 {
		t.Errorf("%d effects of %d deliveries, %v, want 1 of 1", accepted.Effects, len(accepted.Deliveries), err)
	}
	if accepted, err = mock.Trigger(t.Context(), mockprovider.Trigger{Event: "contact.created"}); err != nil || len(accepted.Deliveries) != 0 {
		t.Errorf("it is sent %d events that it did not ask for, %v", len(accepted.Deliveries), err)
	}
}

// The same bot passes the contract suite at the URL that it registers, with the secret that it was given.
func TestBotThatRegistersPassesTheSuite(t *testing.T) {
	port := freePort(t)
	startNode(t, "answering", "API_URL=http://127.0.0.1:"+port)
	report := hookrigTest(t, "", "-p", "watsi", "--max-body", "65536", "--await-registration", "30s", "--observe", "api:"+port)
	blameless(t, report)
	for _, check := range []string{"sig-missing-accepted", "dup-sequential-reprocessed"} {
		if !report.passes(check, "message.received") {
			t.Errorf("%s did not pass on message.received", check)
		}
	}
}
