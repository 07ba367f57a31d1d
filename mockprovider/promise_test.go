package mockprovider_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hookrig/hookrig/mockprovider"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

// stalled is an endpoint that answers nothing until the test ends.
func stalled(t testing.TB) string {
	t.Helper()
	stop := make(chan struct{})
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(func() { close(stop); app.Close() })
	return app.URL
}

// A journal taken up again holds what was pending, and sends none of it before its time.
func TestRestartKeepsTimes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	app := newConsumer(t, func(n int) int {
		if n <= 20 {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	})
	cfg := mockprovider.Config{Catalog: catalog(t, "watsi"), Data: path, Retries: &schemas.Retries{DelaysSeconds: []float64{3600, 3600}}}
	first, err := mockprovider.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	sub, err := first.Subscribe(t.Context(), mockprovider.Subscription{URL: app.URL, Events: []string{"contact.*"}})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, err := first.Trigger(t.Context(), mockprovider.Trigger{Event: "contact.created"}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, func() error {
		if n := len(app.all()); n != 20 {
			return fmt.Errorf("%d requests", n)
		}
		return nil
	})
	if err := first.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := mockprovider.Start(t, cfg)
	kept := second.Subscriptions()
	if len(kept) != 1 || kept[0].URL != app.URL || kept[0].Secrets[0] != sub.Secrets[0] || kept[0].Events[0] != "contact.*" {
		t.Errorf("the subscription came back as %+v", kept)
	}
	if err := second.Advance(t.Context(), 30*time.Minute); err != nil {
		t.Fatal(err)
	}
	if n := len(app.all()); n != 20 {
		t.Errorf("%d attempts before their time", n-20)
	}
	if err := second.Advance(t.Context(), 2*time.Hour); err != nil {
		t.Fatal(err)
	}
	left, err := second.Deliveries(t.Context(), journal.Filter{Status: journal.Delivered, Limit: 100})
	if err != nil || len(left) != 20 {
		t.Errorf("%d delivered, %v, want 20", len(left), err)
	}
}

// A stream goes on after a restart where it stopped: every message once, none left out.
func TestStreamGoesOnAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	app := newConsumer(t, always(http.StatusOK))
	cfg := mockprovider.Config{Catalog: catalog(t, "watsi"), Data: path}
	first, err := mockprovider.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	subscribe(t, first.Session, app.URL)
	if _, err := first.StartStream(t.Context(), mockprovider.Stream{Rate: 400, Count: 300}); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		if n := len(app.all()); n < 50 {
			return fmt.Errorf("%d messages", n)
		}
		return nil
	})
	if err := first.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := mockprovider.Start(t, cfg)
	eventually(t, func() error {
		streams := second.Streams()
		if len(streams) != 1 || streams[0].Status != mockprovider.Finished || second.Info().Pending > 0 {
			return fmt.Errorf("streams %+v, pending %d", streams, second.Info().Pending)
		}
		return nil
	})
	ids := map[string]int{}
	p := catalog(t, "watsi").Provider
	for _, r := range app.all() {
		m, err := p.Read(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		ids[m.ID]++
	}
	if len(ids) != 300 {
		t.Errorf("%d different messages, want 300", len(ids))
	}
}

// Nobody but this machine is a target, whatever the URL looks like; when it is subscribed and when a
// delivery is made.
func TestOnlyLoopbackIsATarget(t *testing.T) {
	mock := start(t)
	for _, url := range []string{
		"http://10.0.0.1/", "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/", "http://[::ffff:a9fe:a9fe]/", "http://[fe80::1%25eth0]/",
		"http://100.64.0.1/", "http://198.18.0.1/", "http://240.0.0.1/", "http://224.0.0.1/", "http://8.8.8.8/", "http://[64:ff9b::a9fe:a9fe]/", "http://[2002:a9fe:a9fe::]/",
		"http://user:pass@127.0.0.1/", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "http://", "127.0.0.1:4000", "//127.0.0.1/", "http://[::1", "http://127.0.0.1:99999/",
		"javascript:alert(1)", "",
	} {
		if _, err := mock.Subscribe(t.Context(), mockprovider.Subscription{URL: url}); !errors.Is(err, mockprovider.ErrInvalid) {
			t.Errorf("Subscribe(%q) = %v, want %v", url, err, mockprovider.ErrInvalid)
		}
	}
	canary := newConsumer(t, always(http.StatusOK))
	redirect := httptest.NewServer(http.RedirectHandler(canary.URL, http.StatusTemporaryRedirect))
	defer redirect.Close()
	subscribe(t, mock.Session, redirect.URL)
	if _, err := mock.Trigger(t.Context(), mockprovider.Trigger{Event: "contact.created", Wait: mockprovider.WaitAcknowledged, Timeout: 200 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	if n := len(canary.all()); n != 0 {
		t.Errorf("a redirect was followed")
	}
}

// Thousands of attempts, with letters, emoji, a megabyte and retries, all signed over the bytes that
// were sent.
func TestSignsWhatItSends(t *testing.T) {
	app := newConsumer(t, func(n int) int { return map[bool]int{true: 500, false: 200}[n%7 == 0] })
	mock := start(t, func(c *mockprovider.Config) {
		c.Retries = &schemas.Retries{DelaysSeconds: []float64{0.001, 0.001, 0.001}}
	})
	sub := subscribe(t, mock.Session, app.URL)
	for _, text := range []string{"información", "👩‍👩‍👧‍👦 ✔️", strings.Repeat("x", 900<<10), `"\\/`, "\u2028"} {
		body := fmt.Sprintf(`{"id":"evt_%d","type":"contact.updated","data":{"name":%q}}`, len(text), text)
		if _, err := mock.Trigger(t.Context(), mockprovider.Trigger{Body: []byte(body), Wait: mockprovider.WaitAcknowledged}); err != nil {
			t.Fatal(err)
		}
	}
	count := int64(rounds(1000, 10_000))
	if _, err := mock.StartStream(t.Context(), mockprovider.Stream{Backlog: true, Count: count}); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		if streams := mock.Streams(); streams[0].Status != mockprovider.Finished || mock.Info().Pending > 0 {
			return fmt.Errorf("%+v, %d pending", streams[0], mock.Info().Pending)
		}
		return nil
	})
	p := catalog(t, "watsi").Provider
	all := app.all()
	if int64(len(all)) < count {
		t.Fatalf("only %d attempts", len(all))
	}
	deliveries := map[string]string{} // delivery id → message id
	for _, r := range all {
		m, err := p.Open(r.Received, sub.Secrets, r.at)
		if err != nil {
			t.Fatalf("Open: %v", err)
		}
		id := r.Header.Get("X-Watsi-Delivery-Id")
		if other, known := deliveries[id]; known && other != m.ID {
			t.Fatalf("delivery id %s stands for %s and %s", id, other, m.ID)
		}
		deliveries[id] = m.ID
	}
}
