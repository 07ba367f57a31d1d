package mockprovider_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
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

// A full queue says so, with 429 and Retry-After, and drops nothing of what it has.
func TestBackPressure(t *testing.T) {
	const room = 500
	mock := start(t, func(c *mockprovider.Config) { c.MaxPending = room })
	subscribe(t, mock.Session, stalled(t))
	accepted, refused := 0, 0
	for range room + 200 {
		reply, text := ask(t, mock, "POST", v1+"/trigger", `{"event":"contact.created"}`)
		switch reply.StatusCode {
		case http.StatusAccepted:
			accepted++
		case http.StatusTooManyRequests:
			refused++
			if reply.Header.Get("Retry-After") == "" {
				t.Error("429 without Retry-After")
			}
		default:
			t.Fatalf("trigger = %d %s", reply.StatusCode, text)
		}
	}
	if accepted != room || refused != 200 {
		t.Errorf("accepted %d and refused %d, want %d and 200", accepted, refused, room)
	}
	pending, err := mock.Deliveries(t.Context(), journal.Filter{Status: journal.Pending, Limit: 1000})
	if err != nil || len(pending) != room || mock.Info().Pending != room {
		t.Errorf("%d pending in the journal, %d in the queue, %v, want %d", len(pending), mock.Info().Pending, err, room)
	}
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

// Subscriptions are edited, paused and deleted while their deliveries are retried: nothing arrives after
// a delete was answered, and nothing is lost track of.
func TestEditsDuringRetries(t *testing.T) {
	var gone sync.Map // path → true once its delete was answered
	var late atomic.Int64
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, deleted := gone.Load(r.URL.Path); deleted {
			late.Add(1)
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusInternalServerError)
	}))
	defer app.Close()
	mock := start(t, func(c *mockprovider.Config) {
		c.Retries = &schemas.Retries{DelaysSeconds: []float64{0.01, 0.01, 0.01, 0.01}}
	})
	var work sync.WaitGroup
	for i := range 6 {
		work.Go(func() {
			for round := range 10 {
				path := fmt.Sprintf("/%d/%d", i, round)
				sub, err := mock.Subscribe(t.Context(), mockprovider.Subscription{URL: app.URL + path})
				if err != nil {
					t.Error(err)
					return
				}
				for range 3 {
					if _, err := mock.Trigger(t.Context(), mockprovider.Trigger{Event: "contact.created"}); err != nil {
						t.Error(err)
					}
				}
				for _, status := range []string{mockprovider.Paused, mockprovider.Active} {
					if _, err := mock.Edit(t.Context(), sub.ID, func(s *mockprovider.Subscription) { s.Status = status }); err != nil {
						t.Error(err)
					}
				}
				if err := mock.Unsubscribe(t.Context(), sub.ID); err != nil {
					t.Error(err)
				}
				time.Sleep(50 * time.Millisecond) // what the server holds already, it may still read
				gone.Store(path, true)
			}
		})
	}
	work.Wait()
	eventually(t, func() error {
		if n := mock.Info().Pending; n != 0 {
			return fmt.Errorf("%d have a place in the queue although nobody is subscribed", n)
		}
		return nil
	})
	pending, err := mock.Deliveries(t.Context(), journal.Filter{Status: journal.Pending})
	if err != nil || len(pending) != 0 {
		t.Errorf("%d pending in the journal, %v", len(pending), err)
	}
	if n := late.Load(); n > 0 {
		t.Errorf("%d requests arrived after their subscription was gone", n)
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

// Slow clients do not keep others from the server, and ambiguous requests are refused.
func TestServerLimits(t *testing.T) {
	mock := start(t)
	address := strings.TrimPrefix(mock.URL, "http://")
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	for range 200 {
		fmt.Fprintf(dial(), "POST %s/reset HTTP/1.1\r\nHost: %s\r\nX-Slow: ", v1, address)
	}
	if reply, _ := ask(t, mock, "GET", "/healthz", ""); reply.StatusCode != http.StatusOK {
		t.Errorf("beside 200 slow clients: %d", reply.StatusCode)
	}
	post := "POST " + v1 + "/reset HTTP/1.1\r\nHost: " + address + "\r\nContent-Type: application/json\r\n"
	for name, request := range map[string]string{
		"two lengths":      post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
		"a length twice":   post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
		"length, coding":   post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"coding, length":   post + "Transfer-Encoding: chunked\r\ncontent-length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"bare newlines":    strings.ReplaceAll(post, "\r", "") + "Transfer-Encoding: chunked\nContent-Length: 2\n\n2\r\n{}\r\n0\r\n\r\n",
		"a second head":    post + "Transfer-Encoding: chunked\r\nContent-Length: 400\r\n\r\n80\r\n" + post + "Content-Length: 0\r\n\r\n",
		"after a good one": post + "Content-Length: 2\r\n\r\n{}" + post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"a huge header":    "GET /healthz HTTP/1.1\r\nHost: " + address + "\r\nX-Huge: " + strings.Repeat("x", 80<<10) + "\r\n\r\n",
		"a space in name":  "POST " + v1 + "/reset HTTP/1.1\r\nHost: " + address + "\r\nContent-Length : 2\r\n\r\n{}",
		"unknown coding":   "POST " + v1 + "/reset HTTP/1.1\r\nHost: " + address + "\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
		"no host":          "GET /healthz HTTP/1.1\r\n\r\n",
	} {
		conn := dial()
		_, _ = io.WriteString(conn, request) // it may be refused before it is written
		status := 400                        // or refused without a word
		for in := bufio.NewReader(conn); ; {
			reply, err := http.ReadResponse(in, nil)
			if err != nil {
				break
			}
			_, _ = io.Copy(io.Discard, reply.Body)
			reply.Body.Close()
			if status = reply.StatusCode; status >= 400 {
				break
			}
		}
		if status < 400 {
			t.Errorf("%s: %d, want a refusal", name, status)
		}
	}
}

// Requests of one framing go through, one after another on a connection, and what is captured has its header
// lines as they came.
func TestUnambiguousRequests(t *testing.T) {
	var got []mockprovider.Captured
	mock := start(t, func(c *mockprovider.Config) {
		c.Capture = &mockprovider.Capture{Report: func(c mockprovider.Captured) { got = append(got, c) }}
	})
	conn, err := net.Dial("tcp", strings.TrimPrefix(mock.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	large := strings.Repeat("POST /hook HTTP/1.1\r\nContent-Length: 1\r\n\r\n", 5000)
	bodies := []string{"{}", "[1]", large, "4", large}
	in := bufio.NewReader(conn)
	for i, body := range bodies {
		framing := fmt.Sprintf("content-LENGTH: %d\r\n\r\n%s", len(body), body)
		if i%3 == 1 {
			framing = fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body)
		}
		if _, err := io.WriteString(conn, "POST /hook HTTP/1.1\r\nX-b: 2\r\nHost: localhost\r\nx-A:  1\r\n"+framing); err != nil {
			t.Fatal(err)
		}
		reply, err := http.ReadResponse(in, nil)
		if err != nil || reply.StatusCode != http.StatusOK {
			t.Fatalf("request %d = %v, %v, want 200", i, reply, err)
		}
		reply.Body.Close()
	}
	if len(got) != len(bodies) {
		t.Fatalf("captured %d, want %d", len(got), len(bodies))
	}
	for i, c := range got {
		if string(c.Body) != bodies[i] {
			t.Errorf("request %d: a body of %d bytes, want %d", i, len(c.Body), len(bodies[i]))
		}
		if want := "[[X-b 2] [Host localhost] [x-A 1]"; len(c.Body) < 10 && !strings.HasPrefix(fmt.Sprint(c.Headers), want) {
			t.Errorf("request %d: headers %v, want %s …", i, c.Headers, want)
		}
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
