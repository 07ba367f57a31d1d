package mockprovider_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/hookrig/hookrig/mockprovider"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

// ask makes one call to the control API.
func ask(t testing.TB, mock *mockprovider.Server, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, mock.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost || method == http.MethodPatch {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			r.Host = value
		} else if value == "" {
			r.Header.Del(name)
		} else {
			r.Header.Set(name, value)
		}
	}
	reply, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply, string(text)
}

const v1 = "/_hookrig/v1"

// Every route is in the document, and every operation of the document is a route.
func TestDocumentHasTheRoutes(t *testing.T) {
	var document struct {
		OpenAPI string
		Paths   map[string]map[string]any
	}
	if err := yaml.Unmarshal(mockprovider.API(), &document); err != nil {
		t.Fatal(err)
	}
	var documented []string
	ids := map[string]bool{}
	for path, item := range document.Paths {
		for method, operation := range item {
			if method == "parameters" {
				continue
			}
			documented = append(documented, strings.ToUpper(method)+" "+strings.TrimPrefix(path, v1))
			id := operation.(map[string]any)["operationId"].(string)
			if ids[id] {
				t.Errorf("operationId %q stands twice", id)
			}
			ids[id] = true
		}
	}
	routes := mockprovider.Routes()
	if len(routes) < 30 || document.OpenAPI != "3.1.0" {
		t.Fatalf("found %d routes, OpenAPI %q", len(routes), document.OpenAPI)
	}
	slices.Sort(documented)
	slices.Sort(routes)
	if diff := cmp.Diff(documented, routes); diff != "" {
		t.Errorf("document and routes differ (-document +routes):\n%s", diff)
	}
}

// A whole day of the control API: what it answers has the members that its document requires.
func TestControlAPI(t *testing.T) {
	app := newConsumer(t, always(http.StatusInternalServerError))
	mock := start(t, func(c *mockprovider.Config) { c.Retries = &schemas.Retries{} })
	secret := ""
	for _, step := range []struct {
		method, path, body string
		status             int
		want               string // part of the answer
	}{
		{"GET", "/provider", "", 200, `"name":"watsi"`},
		{"GET", "/events", "", 200, `"message.received"`},
		{"GET", "/events/message.received", "", 200, `"pointer":"/data/body"`},
		{"GET", "/events/nonsense", "", 404, `"status":404`},
		{"GET", "/journeys", "", 200, `"newcomer"`},
		{"POST", "/subscriptions", `{"url":"` + app.URL + `","events":["message.*"]}`, 201, `"secret":"`},
		{"POST", "/subscriptions", `{"url":"http://10.0.0.1/"}`, 400, `--allow-host`},
		{"POST", "/subscriptions", `{"url":"` + app.URL + `","events":["nonsense"]}`, 400, `nonsense`},
		{"POST", "/subscriptions", `{"url":"` + app.URL + `","colour":"red"}`, 400, `unknown field`},
		{"GET", "/subscriptions", "", 200, `"secrets":1`},
		{"GET", "/subscriptions/none", "", 404, `"detail"`},
		{"POST", "/trigger?wait=acked", `{"event":"message.received"}`, 202, `"status":"dead"`},
		{"POST", "/trigger", `{"event":"message.recieved"}`, 400, `message.received`},
		{"POST", "/trigger?wait=forever", `{"event":"message.received"}`, 400, `acked`},
		{"POST", "/trigger", `{"event":"message.received","set":{"/data/nothing":1}}`, 400, `no such place`},
		{"GET", "/deliveries?status=dead", "", 200, `"id":1`},
		{"GET", "/deliveries?limit=5000", "", 400, `1000`},
		{"GET", "/deliveries/1", "", 200, `"X-Watsi-Signature","[secret]"`},
		{"GET", "/deliveries/1/signature", "", 200, `"matches":true`},
		{"GET", "/deliveries/99", "", 404, `"detail"`},
		{"POST", "/deliveries/replay", ``, 202, `"replayed":[1]`},
		{"POST", "/deliveries/1/replay", ``, 202, `"id":1`},
		{"POST", "/faults", `{"kind":"drop","rate":0.5}`, 201, `"id":1`},
		{"POST", "/faults", `{"kind":"earthquake"}`, 400, `delay`},
		{"GET", "/faults", "", 200, `"touched":0`},
		{"DELETE", "/faults/7", "", 404, `"detail"`},
		{"DELETE", "/faults/1", "", 204, ``},
		{"DELETE", "/faults", "", 204, ``},
		{"GET", "/clock", "", 200, `"speed":1`},
		{"PATCH", "/clock", `{"frozen":true,"speed":60}`, 200, `"frozen":true`},
		{"PATCH", "/clock", `{"speed":-1}`, 400, `speed`},
		{"POST", "/clock/advance", `{"by":"72h"}`, 200, `"now":`},
		{"POST", "/clock/advance", `{"by":"tomorrow"}`, 400, `1h30m`},
		{"GET", "/effects?key=x", "", 200, `"effects":0`},
		{"POST", "/streams", `{"rate":5,"count":3}`, 201, `"status":"running"`},
		{"POST", "/streams", `{"journeys":["nonsense"]}`, 400, `nonsense`},
		{"GET", "/streams", "", 200, `"count":3`},
		{"POST", "/journeys/newcomer/play", `{"speed":1000}`, 202, `"once":true`},
		{"POST", "/sessions", `{"name":"w1"}`, 201, `"key":"key_`},
		{"POST", "/sessions", `{"name":"w1"}`, 409, `"status":409`},
		{"POST", "/sessions", `{"name":"../x"}`, 400, `letters`},
		{"GET", "/sessions", "", 200, `"name":"w1"`},
		{"GET", "/subscriptions?session=w1", "", 200, `"subscriptions":[]`},
		{"GET", "/subscriptions?session=w2", "", 404, `w2`},
		{"DELETE", "/sessions/w1", "", 204, ``},
		{"DELETE", "/sessions/default", "", 400, `reset`},
		{"GET", "/messages?follow=false", "", 200, `"event":"message.received"`},
		{"GET", "/openapi.yaml", "", 200, `openapi: 3.1.0`},
		{"POST", "/reset", "", 204, ``},
		{"GET", "/deliveries", "", 200, `"deliveries":[]`},
		{"GET", "/nonsense", "", 404, `openapi.yaml`},
		{"POST", "/clock", `{}`, 405, `"status":405`},
	} {
		reply, text := ask(t, mock, step.method, v1+step.path, step.body)
		if reply.StatusCode != step.status || !strings.Contains(text, step.want) {
			t.Errorf("%s %s = %d %s\nwant %d with %s", step.method, step.path, reply.StatusCode, text, step.status, step.want)
		}
		if kind := reply.Header.Get("Content-Type"); reply.StatusCode >= 400 && kind != "application/problem+json" {
			t.Errorf("%s %s: the problem is %q", step.method, step.path, kind)
		}
		var made struct{ Secret string }
		if step.status == 201 && json.Unmarshal([]byte(text), &made) == nil && made.Secret != "" {
			secret = made.Secret
		} else if secret != "" && strings.Contains(text, secret) {
			t.Errorf("%s %s shows the secret", step.method, step.path)
		}
	}
	if secret == "" {
		t.Error("no secret was ever shown")
	}
}

// Who may call the control API: the right name, the right site, the right token, the right media type.
func TestControlAPIAccess(t *testing.T) {
	mock := start(t, func(c *mockprovider.Config) { c.Token, c.PublicHosts = "t0ken-of-control", []string{"hookrig.test"} })
	port := mock.URL[strings.LastIndex(mock.URL, ":"):]
	count := 0
	for token, allowed := range map[string]bool{"": false, "Bearer wrong": false, "Bearer t0ken-of-control": true, "t0ken-of-control": true, "Basic dDBrZW4=": false} {
		for host, known := range map[string]bool{"127.0.0.1" + port: true, "localhost" + port: true, "hookrig.test" + port: true, "[::1]" + port: true, "evil.test": false, "127.0.0.1.evil.test": false} {
			for _, origin := range []string{"", "same", "http://evil.test", "null"} {
				count++
				headers := []string{"Host: " + host}
				if token != "" {
					headers = append(headers, "Authorization: "+token)
				}
				if origin == "same" {
					headers = append(headers, "Origin: http://"+host)
				} else if origin != "" {
					headers = append(headers, "Origin: "+origin)
				}
				reply, text := ask(t, mock, "POST", v1+"/reset", "", headers...)
				want := http.StatusNoContent
				switch {
				case !known || origin != "" && origin != "same":
					want = http.StatusForbidden
				case !allowed:
					want = http.StatusUnauthorized
				}
				if reply.StatusCode != want {
					t.Errorf("host %q, origin %q, %q: %d %s, want %d", host, origin, token, reply.StatusCode, text, want)
				}
				if reply.Header.Get("Access-Control-Allow-Origin") != "" {
					t.Error("a CORS header was sent")
				}
			}
		}
	}
	if count < 60 {
		t.Errorf("only %d cases", count)
	}
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
		if reply, _ := ask(t, mock, "POST", v1+"/reset", "{}", "Authorization: Bearer t0ken-of-control", "Content-Type: "+kind); reply.StatusCode != http.StatusUnsupportedMediaType {
			t.Errorf("Content-Type %s = %d, want 415", kind, reply.StatusCode)
		}
	}
	if reply, _ := ask(t, mock, "POST", v1+"/reset", "{}", "Authorization: Bearer t0ken-of-control", "Sec-Fetch-Site: cross-site"); reply.StatusCode != http.StatusForbidden {
		t.Errorf("a cross-site request = %d, want 403", reply.StatusCode)
	}
	if reply, _ := ask(t, mock, "POST", v1+"/trigger", `{"body":"`+strings.Repeat("x", 2<<20)+`"}`, "Authorization: Bearer t0ken-of-control"); reply.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("2 MiB = %d, want 413", reply.StatusCode)
	}
}

func TestBeyondLoopbackNeedsATokenAndAKey(t *testing.T) {
	for _, test := range []struct {
		name, address string
		cfg           mockprovider.Config
		allowed       bool
	}{
		{"loopback", "127.0.0.1:4400", mockprovider.Config{}, true},
		{"loopback by name", "localhost:4400", mockprovider.Config{}, true},
		{"loopback of IPv6", "[::1]:4400", mockprovider.Config{}, true},
		{"everywhere", "0.0.0.0:4400", mockprovider.Config{}, false},
		{"everywhere, no host", ":4400", mockprovider.Config{}, false},
		{"everywhere, token only", "0.0.0.0:4400", mockprovider.Config{Token: "t"}, false},
		{"everywhere, both", "0.0.0.0:4400", mockprovider.Config{Token: "t", Keys: []string{"k"}}, true},
		{"another address", "192.168.1.5:4400", mockprovider.Config{}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := test.cfg.CheckAddress(test.address); (err == nil) != test.allowed {
				t.Errorf("CheckAddress(%s) = %v, want allowed %v", test.address, err, test.allowed)
			}
		})
	}
}

// A puller reads lines of JSON or server-sent events, and goes on where it stopped.
func TestPullers(t *testing.T) {
	mock := start(t)
	for range 5 {
		trigger(t, mock.Session, "contact.created")
	}
	pull := func(accept, last, query string) *bufio.Scanner {
		r, err := http.NewRequestWithContext(t.Context(), "GET", mock.URL+v1+"/messages"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", accept)
		if last != "" {
			r.Header.Set("Last-Event-ID", last)
		}
		reply, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { reply.Body.Close() })
		return bufio.NewScanner(reply.Body)
	}
	events := pull("text/event-stream", "3", "")
	want := []string{"id: 4", "event: message", "data: ", "", "id: 5", "event: message", "data: ", ""}
	for _, prefix := range want {
		if !events.Scan() || !strings.HasPrefix(events.Text(), prefix) {
			t.Fatalf("read %q, want %q", events.Text(), prefix)
		}
	}
	trigger(t, mock.Session, "contact.updated") // while the puller waits
	if !events.Scan() || events.Text() != "id: 6" {
		t.Errorf("read %q, want the new message", events.Text())
	}
	var numbers []int
	for lines := pull("application/x-ndjson", "", "?after=1&follow=false"); lines.Scan(); {
		var m struct{ Number int }
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, m.Number)
	}
	if fmt.Sprint(numbers) != "[2 3 4 5 6]" {
		t.Errorf("pulled %v, want 2 to 6", numbers)
	}
}

func TestLiveUpdates(t *testing.T) {
	app := newConsumer(t, always(http.StatusOK))
	mock := start(t)
	reply, err := http.Get(mock.URL + v1 + "/live")
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	lines := bufio.NewScanner(reply.Body)
	if !lines.Scan() || !strings.Contains(lines.Text(), `"session":"default"`) {
		t.Fatalf("first line %q", lines.Text())
	}
	subscribe(t, mock.Session, app.URL)
	trigger(t, mock.Session, "contact.created")
	seen := map[string]bool{}
	for !seen["delivered"] && lines.Scan() {
		var u struct {
			Kind     string
			Delivery struct{ Status string }
		}
		if err := json.Unmarshal(lines.Bytes(), &u); err != nil {
			t.Fatal(err)
		}
		seen[u.Kind], seen[u.Delivery.Status] = true, true
	}
	if !seen["subscription"] || !seen["pending"] || !seen["delivered"] {
		t.Errorf("saw %v", seen)
	}
}

func TestHealthAndMetrics(t *testing.T) {
	app := newConsumer(t, always(http.StatusOK))
	mock := start(t)
	subscribe(t, mock.Session, app.URL)
	trigger(t, mock.Session, "contact.created")
	if reply, text := ask(t, mock, "GET", "/healthz", ""); reply.StatusCode != 200 || !strings.Contains(text, `"status":"ok"`) {
		t.Errorf("/healthz = %d %s", reply.StatusCode, text)
	}
	_, text := ask(t, mock, "GET", "/metrics", "")
	for _, want := range []string{`hookrig_messages_accepted_total{event="contact.created"} 1`, `hookrig_attempts_total{outcome="acknowledged"} 1`, "hookrig_deliveries_pending 0", "hookrig_attempt_duration_seconds_count 1"} {
		if !strings.Contains(text, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
}

func TestPageIsServedWithItsPolicy(t *testing.T) {
	mock := start(t)
	reply, text := ask(t, mock, "GET", "/_hookrig/", "")
	policy := reply.Header.Get("Content-Security-Policy")
	if reply.StatusCode != 200 || !strings.Contains(text, "Watsi") || !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("page = %d, policy %q", reply.StatusCode, policy)
	}
	if reply, _ := ask(t, mock, "GET", "/_hookrig/", "", "Host: evil.test"); reply.StatusCode != http.StatusForbidden {
		t.Errorf("page under a foreign name = %d, want 403", reply.StatusCode)
	}
}

// Secrets stay out of everything that the server shows, however the consumer sends them back.
func TestSecretsStayInside(t *testing.T) {
	const secret = "canary-secret-3f9a1c7e5b"
	app := newConsumer(t, always(http.StatusOK))
	mock := start(t, func(c *mockprovider.Config) { c.Keys, c.Token = []string{"api-key-canary-77"}, "control-canary-88" })
	if _, err := mock.Subscribe(t.Context(), mockprovider.Subscription{URL: app.URL + "/?echo=" + secret, Secrets: []schemas.Secret{secret},
		Headers: schemas.Headers{{"Authorization", "Bearer app-canary-99"}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := mock.Trigger(t.Context(), mockprovider.Trigger{Event: "contact.created", Wait: mockprovider.WaitAcknowledged}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/provider", "/subscriptions", "/deliveries", "/deliveries/1", "/deliveries/1?raw=true", "/deliveries/1/signature", "/messages?follow=false", "/sessions"} {
		_, text := ask(t, mock, "GET", v1+path, "", "Authorization: Bearer control-canary-88")
		for _, canary := range []string{secret, "api-key-canary-77", "control-canary-88", "app-canary-99", "canary-secr"} {
			if strings.Contains(text, canary) {
				t.Errorf("%s shows %s", path, canary)
			}
		}
	}
	found, err := mock.Deliveries(t.Context(), journal.Filter{})
	if err != nil || len(found) != 1 || found[0].Status != journal.Delivered {
		t.Errorf("%v, %v", found, err)
	}
}

func TestRotation(t *testing.T) {
	app := newConsumer(t, always(http.StatusOK))
	mock := start(t)
	sub := subscribe(t, mock.Session, app.URL)
	rotated, err := mock.Rotate(t.Context(), sub.ID, "", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if len(rotated.Secrets) != 2 || rotated.Secrets[1] != sub.Secrets[0] || rotated.Secrets[0] == sub.Secrets[0] {
		t.Errorf("%d secrets after the rotation, want the new and the old", len(rotated.Secrets))
	}
	if err := mock.Advance(t.Context(), 61*time.Minute); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		now, err := mock.Subscription(sub.ID)
		if err != nil || len(now.Secrets) != 1 || now.Secrets[0] != rotated.Secrets[0] {
			return fmt.Errorf("%d secrets after the overlap, %w", len(now.Secrets), err)
		}
		return nil
	})
	trigger(t, mock.Session, "contact.created")
	got := app.all()[0]
	if _, err := catalog(t, "watsi").Provider.Open(got.Received, rotated.Secrets[:1], got.at); err != nil {
		t.Errorf("Open with the new secret: %v", err)
	}
}
