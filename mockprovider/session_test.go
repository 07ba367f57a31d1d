package mockprovider_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/hookrig/hookrig/mockprovider"
	"github.com/hookrig/hookrig/mockprovider/delivery"
	"github.com/hookrig/hookrig/mockprovider/journal"
)

func TestSessionsDoNotSeeEachOther(t *testing.T) {
	app := newConsumer(t, always(http.StatusOK))
	mock := start(t)
	one, err := mock.AddSession(t.Context(), "worker-1")
	if err != nil {
		t.Fatal(err)
	}
	if status, answer := post(t, mock.URL+"/api/v1/webhooks", one.Key(), map[string]any{"url": app.URL, "events": []string{"contact.created"}}); status != http.StatusCreated {
		t.Fatalf("register with the session's key = %d %s", status, answer)
	}
	if n := len(one.Subscriptions()); n != 1 {
		t.Errorf("the session has %d subscriptions, want 1", n)
	}
	if n := len(mock.Subscriptions()); n != 0 {
		t.Errorf("the default session sees %d subscriptions of another", n)
	}
	trigger(t, mock.Session, "contact.created")
	if n := len(app.all()); n != 0 {
		t.Errorf("a message of another session arrived")
	}
	if err := one.Advance(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	if ahead := one.Clock().Now.Sub(mock.Clock().Now); ahead < 59*time.Minute {
		t.Errorf("clocks are %v apart, want an hour", ahead)
	}
	if _, err := mock.AddSession(t.Context(), "worker-1"); !errors.Is(err, mockprovider.ErrConflict) {
		t.Errorf("AddSession twice = %v, want %v", err, mockprovider.ErrConflict)
	}
	if err := mock.DropSession(t.Context(), "worker-1"); err != nil {
		t.Fatal(err)
	}
	if _, err := mock.Named("worker-1"); !errors.Is(err, mockprovider.ErrNotFound) {
		t.Errorf("Named(dropped) = %v, want %v", err, mockprovider.ErrNotFound)
	}
}

func TestReset(t *testing.T) {
	app := newConsumer(t, always(http.StatusInternalServerError))
	mock := start(t)
	subscribe(t, mock.Session, app.URL)
	first, err := mock.Trigger(t.Context(), mockprovider.Trigger{Event: "contact.created"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mock.Fault(delivery.Fault{Kind: delivery.FaultDrop}); err != nil {
		t.Fatal(err)
	}
	if err := mock.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	left, err := mock.Deliveries(t.Context(), journal.Filter{})
	if err != nil || len(left) != 0 || len(mock.Subscriptions()) != 0 || len(mock.Faults()) != 0 {
		t.Errorf("after a reset: %d deliveries, %d subscriptions, %d faults, %v", len(left), len(mock.Subscriptions()), len(mock.Faults()), err)
	}
	second := trigger(t, mock.Session, "contact.created")
	if first.Message.ID == second.Message.ID {
		t.Error("an id was made twice")
	}
}
