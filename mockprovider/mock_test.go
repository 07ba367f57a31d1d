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

// tooLate says whether something took longer than is promised. Only make soak asks: elsewhere the machine may
// have other things to do.
func tooLate(took, promised time.Duration) bool {
	return os.Getenv("HOOKRIG_SOAK") != "" && took > promised
}

// rounds is how often a test does what it does: few in a usual run, many in make soak.
func rounds(few, many int) int {
	if os.Getenv("HOOKRIG_SOAK") != "" {
		return many
	}
	return few
}
