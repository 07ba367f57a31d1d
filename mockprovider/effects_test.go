package mockprovider_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/hookrig/hookrig/mockprovider"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

// A consumer that knows nothing but Watsi's documented API registers itself, is sent a signed message,
// answers it through the API, and is told how far its answer came.
func TestConsumerThatKnowsOnlyTheProvidersAPI(t *testing.T) {
	mock := start(t, func(c *mockprovider.Config) { c.Keys = []string{"watsi_live_key"} })
	events := make(chan schemas.Message, 16)
	var secret schemas.Secret
	provider := catalog(t, "watsi").Provider
	registered := make(chan struct{})
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-registered
		body, _ := io.ReadAll(r.Body)
		m, err := provider.Open(schemas.Received{Header: r.Header, Body: body}, []schemas.Secret{secret}, time.Now())
		if err != nil {
			t.Errorf("Open: %v", err)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		events <- m
		if m.Event == "message.received" {
			var message struct {
				Data struct{ ConversationID string }
			}
			if err := json.Unmarshal(body, &message); err != nil {
				t.Error(err)
			}
			status, _ := post(t, mock.URL+"/api/v1/messages", "watsi_live_key", map[string]any{"conversation_id": message.Data.ConversationID, "body": "Hola, ¿en qué puedo ayudarte?"})
			if status != http.StatusOK {
				t.Errorf("POST /messages = %d, want 200", status)
			}
		}
	}))
	defer app.Close()

	if status, _ := post(t, mock.URL+"/api/v1/webhooks", "wrong", map[string]any{"url": app.URL, "events": []string{"message.received"}}); status != http.StatusUnauthorized {
		t.Errorf("register with a wrong key = %d, want 401", status)
	}
	status, answer := post(t, mock.URL+"/api/v1/webhooks", "watsi_live_key", map[string]any{"url": app.URL, "events": []string{"message.received", "message.status"}})
	if status != http.StatusCreated {
		t.Fatalf("register = %d %s, want 201", status, answer)
	}
	var webhook struct {
		Webhook struct{ Secret string }
	}
	if err := json.Unmarshal(answer, &webhook); err != nil || webhook.Webhook.Secret == "" {
		t.Fatalf("the answer brings no secret: %v", err)
	}
	secret = schemas.Secret(webhook.Webhook.Secret)
	close(registered)

	accepted, err := mock.Trigger(t.Context(), mockprovider.Trigger{Event: "message.received", Wait: mockprovider.WaitEffect})
	if err != nil {
		t.Fatal(err)
	}
	if accepted.Effects != 1 || accepted.TimedOut {
		t.Errorf("effects %d, timed out %v, want 1 effect", accepted.Effects, accepted.TimedOut)
	}
	if len(accepted.Deliveries) != 1 || accepted.Deliveries[0].Status != journal.Delivered {
		t.Errorf("deliveries %+v, want one delivered", accepted.Deliveries)
	}
	if err := mock.Advance(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	statuses := map[string]string{} // status → message id
	close(events)
	for m := range events {
		var body struct {
			Data struct{ MessageID, Status string }
		}
		if err := json.Unmarshal(m.Body, &body); err != nil {
			t.Fatal(err)
		}
		if m.Event == "message.status" {
			statuses[body.Data.Status] = body.Data.MessageID
		}
	}
	if len(statuses) != 3 || statuses["sent"] == "" || statuses["sent"] != statuses["delivered"] || statuses["sent"] != statuses["read"] {
		t.Errorf("statuses of the answer: %v, want sent, delivered and read of one message", statuses)
	}
}
