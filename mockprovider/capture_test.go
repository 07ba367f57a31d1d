package mockprovider_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/hookrig/hookrig/mockprovider"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

func TestCaptureAndForward(t *testing.T) {
	app := newConsumer(t, always(http.StatusTeapot))
	secrets := []schemas.Secret{"watsi-test-secret"}
	var mu sync.Mutex
	var captured []mockprovider.Captured
	listener := start(t, func(c *mockprovider.Config) {
		c.Capture = &mockprovider.Capture{Secrets: secrets, Forward: app.URL, Report: func(one mockprovider.Captured) {
			mu.Lock()
			defer mu.Unlock()
			captured = append(captured, one)
		}}
	})
	sender := start(t, func(c *mockprovider.Config) { c.Retries = &schemas.Retries{} })
	for _, secret := range []schemas.Secret{secrets[0], "another-secret"} {
		if _, err := sender.Subscribe(t.Context(), mockprovider.Subscription{URL: listener.URL + "/webhooks/watsi?a=b", Secrets: []schemas.Secret{secret}}); err != nil {
			t.Fatal(err)
		}
	}
	accepted := trigger(t, sender.Session, "message.received")
	eventually(t, func() error {
		mu.Lock()
		defer mu.Unlock()
		if len(captured) != 2 {
			return fmt.Errorf("%d captured", len(captured))
		}
		return nil
	})
	good := 0
	for _, one := range captured {
		if one.Message.ID != accepted.Message.ID || one.Invalid != nil || one.Forwarded != nil || one.Status != http.StatusTeapot || one.Path != "/webhooks/watsi?a=b" {
			t.Errorf("captured %+v", one)
		}
		if one.Signature == nil {
			good++
		} else if !errors.Is(one.Signature, schemas.ErrSignature) {
			t.Errorf("signature: %v, want %v", one.Signature, schemas.ErrSignature)
		}
	}
	if good != 1 {
		t.Errorf("%d good signatures, want one", good)
	}
	if got := app.all(); len(got) != 2 || string(got[0].Body) != string(accepted.Message.Body) || got[0].Header.Get("X-Watsi-Signature") == "" {
		t.Errorf("forwarded %d requests", len(got))
	}
	shown, err := listener.Deliveries(t.Context(), journal.Filter{Status: journal.Captured})
	if err != nil || len(shown) != 2 {
		t.Errorf("%d in the journal, %v, want 2", len(shown), err)
	}
}
