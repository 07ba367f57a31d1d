package consumer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookrig/hookrig/internal/consumer"
	"github.com/hookrig/hookrig/schemas"
)

var now = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

// acme signs like many providers do, and batches.
func acme() *schemas.Provider {
	return &schemas.Provider{
		Name:   "acme",
		Fields: schemas.Fields{Event: "/type", ID: "/id", Time: "/at", Tenant: "/shop"},
		Entity: map[string][]schemas.Pointer{"order.changed": {"/order/id"}, "items.sold": {"/lines/*/sku"}},
		Headers: schemas.Headers{
			{"Content-Type", "application/json"}, {"X-Acme-Id", "{id}"}, {"X-Acme-Time", "{timestamp}"}, {"X-Acme-Signature", "{signatures}"},
		},
		Signing: &schemas.Signing{
			Algorithm: "hmac-sha256", Secret: schemas.SecretFormat{Encoding: "utf8"}, Signs: "{timestamp}.{body}",
			Encoding: "hex", Item: "v1={signature}", Separator: ",", ToleranceSeconds: 300,
		},
		Policy: schemas.Policy{Acknowledge: []string{"2xx"}},
	}
}

// plain signs nothing and has no ids.
func plain() *schemas.Provider {
	return &schemas.Provider{
		Name: "plain", Fields: schemas.Fields{Event: "/event"},
		Entity:  map[string][]schemas.Pointer{"status": {"/data/statuses/*/id"}, "contact": {"/data/uuid", "/data/phone"}},
		Headers: schemas.Headers{{"Content-Type", "application/json"}},
	}
}

func start(t *testing.T, cfg consumer.Config) *consumer.Consumer {
	t.Helper()
	if cfg.Provider == nil {
		cfg.Provider = acme()
	}
	if cfg.Secrets == nil && cfg.Endpoints == nil {
		cfg.Secrets = []schemas.Secret{"right"}
	}
	cfg.Now = func() time.Time { return now }
	c, err := consumer.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// send signs the body as the provider does and returns the status. edit may change the request.
func send(t *testing.T, h http.Handler, p *schemas.Provider, secret schemas.Secret, body string, edit func(*http.Request)) int {
	t.Helper()
	m, err := p.Read([]byte(body))
	if err != nil {
		m = schemas.Message{Body: []byte(body), ID: "x"}
	}
	env, err := p.Envelope(m, schemas.Endpoint{URL: "http://127.0.0.1/hooks", Secrets: []schemas.Secret{secret}}, schemas.Attempt{Number: 1, At: now})
	if err != nil {
		t.Fatal(err)
	}
	r, err := schemas.NewRequest(t.Context(), "http://127.0.0.1/hooks", env)
	if err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

func effects(t *testing.T, c *consumer.Consumer, key string) (int, string) {
	t.Helper()
	count, value, err := c.Effects(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return count, string(value)
}

const order = `{"type":"order.changed","id":"e1","at":"2026-01-05T08:00:00Z","shop":"s1","order":{"id":"o1","state":"paid"}}`

func TestAnswers(t *testing.T) {
	setBody := func(body string) func(*http.Request) {
		return func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		}
	}
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for _, tt := range []struct {
		name   string
		secret schemas.Secret
		body   string
		edit   func(*http.Request)
		want   int
		acts   int
	}{
		{"valid", "right", order, nil, 200, 1},
		{"unknown field", "right", strings.Replace(order, `{`, `{"new":{"7":1},`, 1), nil, 200, 1},
		{"unknown event", "right", `{"type":"order.teleported","id":"e9"}`, nil, 202, 0},
		{"event without its entity", "right", `{"type":"order.changed","id":"e9"}`, nil, 202, 0},
		{"byte order mark", "right", "\ufeff" + order, nil, 200, 1},
		{"wrong secret", "wrong", order, nil, 401, 0},
		{"no signature", "right", order, func(r *http.Request) { r.Header.Del("X-Acme-Signature") }, 401, 0},
		{"empty signature", "right", order, header("X-Acme-Signature", ""), 401, 0},
		{"bare mark", "right", order, header("X-Acme-Signature", "v1="), 401, 0},
		{"two signatures", "right", order, func(r *http.Request) {
			r.Header.Set("X-Acme-Signature", "v9=x,v1="+strings.Repeat("0", 64)+","+r.Header.Get("X-Acme-Signature"))
		}, 200, 1},
		{"changed body", "right", order, setBody(strings.Replace(order, "paid", "open", 1)), 401, 0},
		{"odd timestamp", "right", order, header("X-Acme-Time", "1e30"), 401, 0},
		{"stale", "right", order, header("X-Acme-Time", "1"), 401, 0},
		{"null", "right", "null", nil, 400, 0},
		{"list", "right", "[]", nil, 400, 0},
		{"broken JSON", "right", "{bad", nil, 400, 0},
		{"empty", "right", "", nil, 400, 0},
		{"deep", "right", strings.Repeat("[", 100_000), nil, 400, 0},
		{"bad UTF-8", "right", "{\"type\":\"\xff\"}", nil, 400, 0},
		{"huge number", "right", `{"type":"order.changed","id":"e1","order":{"id":1e5000000}}`, nil, 200, -1},
		{"compressed", "right", order, header("Content-Encoding", "gzip"), 415, 0},
		{"too large", "right", strings.Repeat(" ", 9<<20), nil, 413, 0},
		{"put", "right", order, func(r *http.Request) { r.Method = "PUT" }, 405, 0},
		{"get", "right", order, func(r *http.Request) { r.Method = "GET" }, 405, 0},
		{"cut short", "right", order, func(r *http.Request) {
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader(order[:20]), broken{}))
		}, 400, 0},
		{"charset", "right", order, header("Content-Type", "Application/JSON; Charset=UTF-8"), 200, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := start(t, consumer.Config{})
			if got := send(t, c, acme(), tt.secret, tt.body, tt.edit); got != tt.want {
				t.Errorf("status %d, want %d", got, tt.want)
			}
			if acted, _ := effects(t, c, ""); tt.acts >= 0 && acted != tt.acts {
				t.Errorf("%d effects, want %d", acted, tt.acts)
			}
		})
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestOnce: copies count once, however they come; another message about the same thing counts again.
func TestOnce(t *testing.T) {
	c := start(t, consumer.Config{})
	var copies sync.WaitGroup
	for range 20 {
		copies.Go(func() {
			if got := send(t, c, acme(), "right", order, nil); got != 200 {
				t.Errorf("a copy was answered %d, want 200", got)
			}
		})
	}
	copies.Wait()
	if n, _ := effects(t, c, "o1"); n != 1 {
		t.Errorf("20 copies had %d effects, want 1", n)
	}
	send(t, c, acme(), "right", strings.Replace(order, `"e1"`, `"e2"`, 1), nil)
	if n, _ := effects(t, c, "o1"); n != 2 {
		t.Errorf("two messages had %d effects, want 2", n)
	}
}

func TestNewestStays(t *testing.T) {
	c := start(t, consumer.Config{})
	newer := strings.NewReplacer(`"e1"`, `"e2"`, "08:00:00", "08:00:05", "paid", "shipped").Replace(order)
	send(t, c, acme(), "right", newer, nil)
	send(t, c, acme(), "right", order, nil)
	n, value := effects(t, c, "o1")
	if n != 2 || !strings.Contains(value, "shipped") {
		t.Errorf("effects = %d, %s; want 2 and the newer state", n, value)
	}
}

func TestBatch(t *testing.T) {
	c := start(t, consumer.Config{})
	body := `{"type":"items.sold","id":"e1","lines":[{"sku":"a","n":12345678901234567890},{"nothing":1},{"sku":"b"}]}`
	for range 2 {
		if got := send(t, c, acme(), "right", body, nil); got != 200 {
			t.Errorf("status %d, want 200", got)
		}
	}
	for key, want := range map[string]string{"a": `{"n":12345678901234567890,"sku":"a"}`, "b": `{"sku":"b"}`} {
		if n, value := effects(t, c, key); n != 1 || value != want {
			t.Errorf("effects of %q = %d, %s; want 1, %s", key, n, value, want)
		}
	}
}

// TestOnceWithoutIDs: where a provider has no ids, what was said tells a repetition, item by item.
func TestOnceWithoutIDs(t *testing.T) {
	c := start(t, consumer.Config{Provider: plain()})
	for _, body := range []string{
		`{"event":"status","data":{"statuses":[{"id":"w1","status":"sent"},{"id":"w2","status":"sent"}]}}`,
		`{"event":"status","data":{"statuses":[{"status":"sent","id":"w1"}]}}`, // said before
		`{"event":"status","data":{"statuses":[{"id":"w1","status":"read"}]}}`,
		`{"event":"contact","data":{"phone":"+15550100"}}`,
		`{"event":"contact","data":{"phone":"+15550100"}}`,
	} {
		send(t, c, plain(), "", body, nil)
	}
	for key, want := range map[string]int{"w1": 2, "w2": 1, "+15550100": 1, "": 4} {
		if n, _ := effects(t, c, key); n != want {
			t.Errorf("effects of %q = %d, want %d", key, n, want)
		}
	}
}

// TestTenants: one path, a secret for each tenant; none opens the other's door.
func TestTenants(t *testing.T) {
	c := start(t, consumer.Config{Endpoints: []consumer.Endpoint{
		{Tenant: "s1", Secrets: []schemas.Secret{"one"}},
		{Tenant: "s2", Secrets: []schemas.Secret{"two"}},
		{Path: "/elsewhere", Secrets: []schemas.Secret{"three"}},
	}})
	for _, tt := range []struct {
		secret schemas.Secret
		tenant string
		want   int
	}{{"one", "s1", 200}, {"two", "s2", 200}, {"one", "s2", 401}, {"two", "s1", 401}, {"three", "s1", 401}, {"one", "stranger", 200}} {
		if got := send(t, c, acme(), tt.secret, strings.Replace(order, `"s1"`, `"`+tt.tenant+`"`, 1), nil); got != tt.want {
			t.Errorf("%s's message signed with %q: %d, want %d", tt.tenant, string(tt.secret), got, tt.want)
		}
	}
}

func TestFailNext(t *testing.T) {
	c := start(t, consumer.Config{})
	hook := httptest.NewServer(c.Observation())
	t.Cleanup(hook.Close)
	answer, err := http.Post(hook.URL+"/fail-next", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	for _, want := range []int{500, 200} {
		if got := send(t, c, acme(), "right", order, nil); got != want {
			t.Errorf("status %d, want %d", got, want)
		}
	}
	if n, _ := effects(t, c, "o1"); n != 1 {
		t.Errorf("%d effects after the retry, want 1", n)
	}
}

func TestObservation(t *testing.T) {
	c := start(t, consumer.Config{Provider: plain()})
	send(t, c, plain(), "", `{"event":"contact","data":{"uuid":"a/b c"}}`, nil)
	hook := httptest.NewServer(c.Observation())
	t.Cleanup(hook.Close)
	for path, want := range map[string]string{
		"/effects/a%2Fb%20c": `{"effects":1,"value":{"data":{"uuid":"a/b c"},"event":"contact"}}`,
		"/effects/other":     `{"effects":0}`,
		"/effects":           `{"effects":1}`,
	} {
		answer, err := http.Get(hook.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if strings.TrimSpace(string(got)) != want {
			t.Errorf("GET %s = %s, want %s", path, got, want)
		}
	}
}

func TestHandshake(t *testing.T) {
	query := plain()
	query.Handshake = &schemas.Handshake{
		Method: "GET", Guarded: true,
		Query:   schemas.Templates{{"mode", "subscribe"}, {"token", "{token}"}, {"challenge", "{challenge}"}},
		Answers: []schemas.HandshakeAnswer{{Statuses: []string{"200"}, Body: "{challenge}"}},
	}
	body := acme()
	body.Handshake = &schemas.Handshake{
		Method: "POST", Signed: true, Body: json.RawMessage(`{"type":"url_verification","challenge":"{challenge}"}`),
		Answers: []schemas.HandshakeAnswer{{Statuses: []string{"2xx"}, JSON: map[schemas.Pointer]string{"/challenge": "{challenge}"}}},
	}
	origin := plain()
	origin.Handshake = &schemas.Handshake{
		Method: "OPTIONS", Headers: schemas.Templates{{"WebHook-Request-Origin", "{origin}"}},
		Answers: []schemas.HandshakeAnswer{{Statuses: []string{"2xx"}, Headers: schemas.Templates{{"WebHook-Allowed-Origin", "{origin}"}}}},
	}
	for _, tt := range []struct {
		name     string
		provider *schemas.Provider
		request  *http.Request
		status   int
		answer   string
	}{
		{"right token", query, httptest.NewRequest("GET", "/?mode=subscribe&token=t&challenge=%3Cb%3Ex", nil), 200, "<b>x"},
		{"wrong token", query, httptest.NewRequest("GET", "/?mode=subscribe&token=u&challenge=1", nil), 403, `{"error":"token not accepted"}`},
		{"another mode", query, httptest.NewRequest("GET", "/?mode=other&token=t&challenge=1", nil), 405, `{"error":"only POST"}`},
		{"unsigned challenge", body, httptest.NewRequest("POST", "/", strings.NewReader(`{"type":"url_verification","challenge":"c"}`)), 401, `{"error":"signature not accepted"}`},
		{"origin", origin, func() *http.Request {
			r := httptest.NewRequest("OPTIONS", "/", nil)
			r.Header.Set("Webhook-Request-Origin", "events.example.com")
			return r
		}(), 200, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := start(t, consumer.Config{Provider: tt.provider, Token: "t"})
			w := httptest.NewRecorder()
			c.ServeHTTP(w, tt.request)
			if got := strings.TrimSpace(w.Body.String()); w.Code != tt.status || got != tt.answer {
				t.Errorf("answer = %d %s, want %d %s", w.Code, got, tt.status, tt.answer)
			}
			if kind := w.Header().Get("Content-Type"); strings.Contains(kind, "html") || w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("the challenge comes back as %q", kind)
			}
			if tt.name == "origin" && w.Header().Get("WebHook-Allowed-Origin") != "events.example.com" {
				t.Errorf("headers = %v, want the origin allowed", w.Header())
			}
		})
	}
	c := start(t, consumer.Config{Provider: body})
	if got := send(t, c, body, "right", `{"type":"url_verification","challenge":18446744073709551615}`, nil); got != 200 {
		t.Errorf("signed challenge: %d, want 200", got)
	}
}

// TestJournal: what was acknowledged survives a crash; what was not may be cut, and nothing is done twice.
func TestJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	c := start(t, consumer.Config{Journal: path})
	send(t, c, acme(), "right", order, nil)
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(written, `{"identity":"half`...), 0o600); err != nil {
		t.Fatal(err)
	}
	again := start(t, consumer.Config{Journal: path})
	send(t, again, acme(), "right", order, nil)
	send(t, again, acme(), "right", strings.Replace(order, `"e1"`, `"e2"`, 1), nil)
	if n, value := effects(t, again, "o1"); n != 2 || !strings.Contains(value, "paid") {
		t.Errorf("after the crash effects = %d, %s; want 2 and the state", n, value)
	}
	if err := os.WriteFile(path, append([]byte("broken\n"), written...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := consumer.New(consumer.Config{Provider: acme(), Journal: path}); err == nil || !strings.Contains(err.Error(), "journal:1") {
		t.Errorf("New with a broken journal = %v, want an error at line 1", err)
	}
}

// TestMemory: the oldest is forgotten first, and nothing else.
func TestMemory(t *testing.T) {
	c := start(t, consumer.Config{Memory: 3})
	for i := range 5 {
		send(t, c, acme(), "right", strings.NewReplacer("e1", fmt.Sprint("e", i), "o1", fmt.Sprint("o", i)).Replace(order), nil)
	}
	for i, want := range []int{0, 0, 1, 1, 1} {
		if n, _ := effects(t, c, fmt.Sprint("o", i)); n != want {
			t.Errorf("effects of o%d = %d, want %d", i, n, want)
		}
	}
}

// TestSample: a description without entities still tells messages apart.
func TestSample(t *testing.T) {
	p := acme()
	p.Entity = nil
	c := start(t, consumer.Config{Provider: p})
	for _, body := range []string{order, order, strings.Replace(order, "e1", "e2", 1)} {
		send(t, c, p, "right", body, nil)
	}
	if n, _ := effects(t, c, ""); n != 2 {
		t.Errorf("%d effects, want 2", n)
	}
	if n, _ := effects(t, c, "e1"); n != 1 {
		t.Errorf("%d effects of e1, want 1", n)
	}
}

func FuzzServeHTTP(f *testing.F) {
	f.Add([]byte(order), "v1=00", "1767600000")
	f.Add([]byte("{}"), "", "")
	f.Add(bytes.Repeat([]byte("["), 1000), "v1=,v1=", "-1")
	f.Fuzz(func(t *testing.T, body []byte, signature, timestamp string) {
		c := start(t, consumer.Config{})
		r := httptest.NewRequest("POST", "/hooks", bytes.NewReader(body))
		r.Header["X-Acme-Signature"], r.Header["X-Acme-Time"] = []string{signature}, []string{timestamp}
		w := httptest.NewRecorder()
		c.ServeHTTP(w, r)
		if n, _ := effects(t, c, ""); w.Code < 400 || w.Code >= 500 || n != 0 {
			t.Fatalf("a stranger was answered %d, with %d effects", w.Code, n)
		}
	})
}

func ExampleConsumer() {
	c, err := consumer.New(consumer.Config{Provider: plain()})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(c)
	defer server.Close()
	for range 2 {
		answer, err := http.Post(server.URL, "application/json", strings.NewReader(`{"event":"contact","data":{"uuid":"c1"}}`))
		if err != nil {
			fmt.Println(err)
			return
		}
		answer.Body.Close()
		fmt.Println(answer.StatusCode)
	}
	count, _, _ := c.Effects(context.Background(), "c1")
	fmt.Println(count)
	// Output:
	// 200
	// 200
	// 1
}
