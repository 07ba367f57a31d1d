package mockprovider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookrig/hookrig/mockprovider"
	"github.com/hookrig/hookrig/mockprovider/delivery"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

// catalog is a built-in catalog.
func catalog(t testing.TB, name string) *schemas.Catalog {
	t.Helper()
	c, err := schemas.Builtin(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// start starts a mock of Watsi.
func start(t testing.TB, change ...func(*mockprovider.Config)) *mockprovider.Server {
	t.Helper()
	cfg := mockprovider.Config{Catalog: catalog(t, "watsi")}
	for _, f := range change {
		f(&cfg)
	}
	return mockprovider.Start(t, cfg)
}

// consumer is an endpoint that keeps what it receives and answers as it is told.
type consumer struct {
	*httptest.Server
	mu       sync.Mutex // guards all below
	received []received
	answer   func(n int) int // status of the n-th request, from 1
}

type received struct {
	schemas.Received
	at time.Time
}

func newConsumer(t testing.TB, answer func(n int) int) *consumer {
	t.Helper()
	c := &consumer{answer: answer}
	c.Server = httptest.NewServer(http.HandlerFunc(c.receive))
	t.Cleanup(c.Close)
	return c
}

func (c *consumer) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // broken off on purpose
	}
	c.mu.Lock()
	c.received = append(c.received, received{schemas.Received{Header: r.Header.Clone(), Body: body}, time.Now()})
	n := len(c.received)
	c.mu.Unlock()
	w.WriteHeader(c.answer(n))
}

func always(status int) func(int) int { return func(int) int { return status } }

func (c *consumer) all() []received {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]received{}, c.received...)
}

func subscribe(t testing.TB, s *mockprovider.Session, url string) mockprovider.Subscription {
	t.Helper()
	sub, err := s.Subscribe(t.Context(), mockprovider.Subscription{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

func trigger(t testing.TB, s *mockprovider.Session, event string) mockprovider.Accepted {
	t.Helper()
	accepted, err := s.Trigger(t.Context(), mockprovider.Trigger{Event: event, Wait: mockprovider.WaitAcknowledged})
	if err != nil {
		t.Fatal(err)
	}
	return accepted
}

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

func post(t testing.TB, url, key string, body any) (int, []byte) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return 0, nil
	}
	defer reply.Body.Close()
	answer, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Error(err)
	}
	return reply.StatusCode, answer
}

// A consumer that is down for three days gets its message by the provider's own schedule, in seconds,
// each attempt signed afresh and with the same id.
func TestThreeDaysOfRetriesInSeconds(t *testing.T) {
	down := true
	var mu sync.Mutex
	app := newConsumer(t, func(int) int {
		mu.Lock()
		defer mu.Unlock()
		if down {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	})
	delays := []float64{5, 300, 1800, 7200, 18000, 36000, 72000, 86400}
	mock := start(t, func(c *mockprovider.Config) {
		c.Retries = &schemas.Retries{DelaysSeconds: delays, JitterRatio: 0.1}
	})
	sub := subscribe(t, mock.Session, app.URL)
	mock.Freeze(true)
	accepted, err := mock.Trigger(t.Context(), mockprovider.Trigger{Event: "message.received"})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := mock.Advance(t.Context(), 48*time.Hour); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	down = false
	mu.Unlock()
	if err := mock.Advance(t.Context(), 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("three days took %v", took)
	}
	d, m, attempts, err := mock.Delivery(t.Context(), accepted.Deliveries[0].Seq)
	if err != nil {
		t.Fatal(err)
	}
	if d.Status != journal.Delivered || len(attempts) < 8 {
		t.Fatalf("after three days: %s with %d attempts, want delivered after 8 or more", d.Status, len(attempts))
	}
	for i := 1; i < len(attempts); i++ {
		pause := attempts[i].At.Sub(attempts[i-1].At).Seconds()
		if want := delays[i-1]; pause < want*0.9-1 || pause > want*1.1+1 {
			t.Errorf("pause before attempt %d: %.0f s, want %.0f s ± 10 %%", i+1, pause, want)
		}
		if sent := attempts[i].Sent; sent.Before(began.Add(-time.Second)) || time.Until(sent) > 0 {
			t.Errorf("attempt %d is signed for %v, not for now", i+1, sent)
		}
	}
	ids := map[string]bool{}
	for _, r := range app.all() {
		if _, err := catalog(t, "watsi").Provider.Open(r.Received, sub.Secrets, r.at); err != nil {
			t.Errorf("Open: %v", err)
		}
		ids[r.Header.Get("X-Watsi-Delivery-Id")] = true
		if !bytes.Equal(r.Body, m.Body) {
			t.Error("the body changed between attempts")
		}
	}
	if len(ids) != 1 {
		t.Errorf("delivery ids %v, want one", ids)
	}
}

func TestRetriesEndInDeadLetterAndReplay(t *testing.T) {
	good := false
	var mu sync.Mutex
	app := newConsumer(t, func(int) int {
		mu.Lock()
		defer mu.Unlock()
		if good {
			return http.StatusOK
		}
		return http.StatusBadGateway
	})
	mock := start(t, func(c *mockprovider.Config) {
		c.Retries = &schemas.Retries{DelaysSeconds: []float64{1, 2}}
	})
	subscribe(t, mock.Session, app.URL)
	if err := mock.SetSpeed(1000); err != nil {
		t.Fatal(err)
	}
	accepted := trigger(t, mock.Session, "contact.created")
	if d := accepted.Deliveries[0]; d.Status != journal.Dead || d.Attempts != 3 || d.Answer != http.StatusBadGateway {
		t.Fatalf("delivery %+v, want dead after 3 attempts with 502", d)
	}
	mu.Lock()
	good = true
	mu.Unlock()
	if _, err := mock.Replay(t.Context(), accepted.Deliveries[0].Seq); err != nil {
		t.Fatal(err)
	}
	if err := mock.Advance(t.Context(), time.Second); err != nil {
		t.Fatal(err)
	}
	d, _, attempts, err := mock.Delivery(t.Context(), accepted.Deliveries[0].Seq)
	if err != nil || d.Status != journal.Delivered || len(attempts) != 4 {
		t.Fatalf("after the replay: %s with %d attempts, %v, want delivered with 4", d.Status, len(attempts), err)
	}
	requests := app.all()
	if first, last := requests[0], requests[3]; first.Header.Get("X-Watsi-Delivery-Id") != last.Header.Get("X-Watsi-Delivery-Id") || !bytes.Equal(first.Body, last.Body) {
		t.Error("the replay changed the delivery's id or body")
	}
}

func TestGoneDisables(t *testing.T) {
	app := newConsumer(t, always(http.StatusGone))
	mock := start(t)
	sub := subscribe(t, mock.Session, app.URL)
	trigger(t, mock.Session, "contact.created")
	eventually(t, func() error {
		now, err := mock.Subscription(sub.ID)
		if err != nil || now.Status != mockprovider.Disabled || now.Reason == "" {
			return fmt.Errorf("subscription %+v, %w", now, err)
		}
		return nil
	})
	if accepted := trigger(t, mock.Session, "contact.created"); len(accepted.Deliveries) != 0 {
		t.Errorf("a disabled subscription was sent %d deliveries", len(accepted.Deliveries))
	}
	if n := len(app.all()); n != 1 {
		t.Errorf("received %d requests, want 1", n)
	}
}

// eventually tries until the condition holds, at most a minute: machines that do other things too are slow.
func eventually(t testing.TB, condition func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if err = condition(); err == nil {
			return
		}
	}
	t.Fatal(err)
}

func TestOnlyWantedEvents(t *testing.T) {
	app := newConsumer(t, always(http.StatusOK))
	mock := start(t)
	if _, err := mock.Subscribe(t.Context(), mockprovider.Subscription{URL: app.URL, Events: []string{"message.*"}}); err != nil {
		t.Fatal(err)
	}
	for event, want := range map[string]int{"message.received": 1, "message.status": 1, "contact.created": 0} {
		if accepted := trigger(t, mock.Session, event); len(accepted.Deliveries) != want {
			t.Errorf("%s: %d deliveries, want %d", event, len(accepted.Deliveries), want)
		}
	}
	_, err := mock.Trigger(t.Context(), mockprovider.Trigger{Event: "message.recieved"})
	if !errors.Is(err, mockprovider.ErrInvalid) || !strings.Contains(err.Error(), "message.received") {
		t.Errorf("Trigger(unknown) = %v, want %v with the names", err, mockprovider.ErrInvalid)
	}
}

func TestTriggerWithBodyAndSet(t *testing.T) {
	app := newConsumer(t, always(http.StatusOK))
	mock := start(t)
	subscribe(t, mock.Session, app.URL)
	body := `{"id":"evt_01HXYZ111111111","type":"contact.updated","created_at":"2025-03-15T10:30:00.000Z",  "workspace_id":"x","data":{}}`
	if _, err := mock.Trigger(t.Context(), mockprovider.Trigger{Body: []byte(body), Wait: mockprovider.WaitAcknowledged}); err != nil {
		t.Fatal(err)
	}
	set := map[schemas.Pointer]json.RawMessage{"/data/name": []byte(`"María 😀"`)}
	if _, err := mock.Trigger(t.Context(), mockprovider.Trigger{Event: "contact.created", Set: set, Wait: mockprovider.WaitAcknowledged}); err != nil {
		t.Fatal(err)
	}
	requests := app.all()
	if len(requests) != 2 || string(requests[0].Body) != body || !strings.Contains(string(requests[1].Body), `"name":"María 😀"`) {
		t.Errorf("received %d requests, the first with %q", len(requests), requests[0].Body)
	}
}

func TestMessagesCarryTheTimeOfTheClock(t *testing.T) {
	mock := start(t)
	for _, ahead := range []time.Duration{0, 72 * time.Hour, 24 * time.Hour} {
		if err := mock.Advance(t.Context(), ahead); err != nil {
			t.Fatal(err)
		}
		accepted := trigger(t, mock.Session, "message.received")
		m, err := catalog(t, "watsi").Provider.Read(accepted.Message.Body)
		if err != nil {
			t.Fatal(err)
		}
		if off := m.Time.Sub(mock.Clock().Now).Abs(); off > 5*time.Second {
			t.Errorf("created_at is %v away from the clock", off)
		}
		if err := catalog(t, "watsi").Validate(accepted.Message.Body); err != nil {
			t.Error(err)
		}
	}
}

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

// rounds is how often a test does what it does: few in a usual run, many in make soak.
func rounds(few, many int) int {
	if os.Getenv("HOOKRIG_SOAK") != "" {
		return many
	}
	return few
}
