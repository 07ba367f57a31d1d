package observe_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hookrig/hookrig/internal/observe"
	"github.com/hookrig/hookrig/schemas"
)

// acme has two ways to answer, by a room and by a phone, and a call that subscribes.
func acme() *schemas.Provider {
	return &schemas.Provider{
		Name:   "acme",
		Fields: schemas.Fields{Event: "/type", ID: "/id"},
		Entity: map[string][]schemas.Pointer{"said": {"/id"}, "texts": {"/list/*/id"}},
		Signing: &schemas.Signing{
			Algorithm: "hmac-sha256", Secret: schemas.SecretFormat{Prefix: "whsec_", Encoding: "base64"}, Signs: "{body}", Encoding: "hex", Item: "{signature}",
		},
		API: &schemas.API{
			Authorization: "Bearer {key}",
			Subscription: &schemas.Subscription{
				Call: schemas.Call{
					Name: "subscribe", Method: "POST", Path: "/v1/hooks",
					Response: schemas.Response{Status: 201, Body: json.RawMessage(`{"secret":"{secret}","url":"{request/url}"}`)},
				},
				URL: "/url", Events: "/events", Secret: "/secret",
			},
			Effects: []schemas.Call{
				{
					Name: "reply", Method: "POST", Path: "/v1/replies", Key: "/room", Value: "/text",
					Answers:  map[string]schemas.Pointer{"said": "/room"},
					Response: schemas.Response{Status: 200, Body: json.RawMessage(`{"to":"{request/room}","about":"{inbound/words}"}`)},
				},
				{
					Name: "text", Method: "POST", Path: "/v1/texts", Key: "/phone", Filter: "digits",
					Answers:  map[string]schemas.Pointer{"texts": "/list/*/from"},
					Response: schemas.Response{Status: 202, Body: json.RawMessage(`{"ok":true}`)},
				},
			},
			Refusal: schemas.Refusal{Body: json.RawMessage(`{"error":{"code":"{code}","message":"{message}"}}`), Codes: map[int]string{401: "UNAUTHORIZED", 404: "NOT_FOUND"}},
		},
	}
}

func serveAPI(t *testing.T, cfg observe.APIConfig) (*observe.API, func(method, path, key, body string) (int, string)) {
	t.Helper()
	if cfg.Provider == nil {
		cfg.Provider = acme()
	}
	api, err := observe.NewAPI(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	return api, func(method, path, key, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequest(method, server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if key != "" {
			r.Header.Set("Authorization", key)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, string(text)
	}
}

func TestAPIAnswers(t *testing.T) {
	_, call := serveAPI(t, observe.APIConfig{Key: "k1"})
	for _, tt := range []struct {
		name, method, path, key, body string
		status                        int
		answer                        string
	}{
		{"accepted", "POST", "/v1/replies", "Bearer k1", `{"room":"r1","text":"hi"}`, 200, `{"to":"r1"}`},
		{"no key", "POST", "/v1/replies", "", `{}`, 401, `"code":"UNAUTHORIZED"`},
		{"wrong key", "POST", "/v1/replies", "Bearer k2", `{}`, 401, `"code":"UNAUTHORIZED"`},
		{"wrong scheme", "POST", "/v1/replies", "Basic k1", `{}`, 401, `"code":"UNAUTHORIZED"`},
		{"wrong method", "GET", "/v1/replies", "Bearer k1", ``, 405, `GET is not allowed here; POST is`},
		{"unknown path", "POST", "/v2/replies", "Bearer k1", `{}`, 404, `"code":"NOT_FOUND"`},
		{"not JSON", "POST", "/v1/replies", "Bearer k1", `{`, 400, `"message"`},
		{"too large", "POST", "/v1/replies", "Bearer k1", strings.Repeat(" ", 2<<20), 413, `1 MiB`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, answer := call(tt.method, tt.path, tt.key, tt.body)
			if status != tt.status || !strings.Contains(answer, tt.answer) {
				t.Errorf("%s %s = %d %s, want %d with %s", tt.method, tt.path, status, answer, tt.status, tt.answer)
			}
		})
	}
}

// TestAPIEffects: what a consumer answers counts for the entity of the message that it answers.
func TestAPIEffects(t *testing.T) {
	api, call := serveAPI(t, observe.APIConfig{})
	send := func(body string) {
		m, err := acme().Read([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		api.Sent(m)
	}
	send(`{"type":"said","id":"e1","room":"r1","words":"hello"}`)
	send(`{"type":"said","id":"e2","room":"r2"}`)
	send(`{"type":"texts","id":"e3","list":[{"id":"m1","from":"15550100"},{"id":"m2","from":"+1 555 0101"}]}`)

	if _, answer := call("POST", "/v1/replies", "Bearer any", `{"room":"r1","text":"hi"}`); answer != `{"to":"r1","about":"hello"}` {
		t.Errorf("the answer is %s, want the inbound message in it", answer)
	}
	call("POST", "/v1/replies", "Bearer any", `{"room":"r1","text":"hi again"}`)
	call("POST", "/v1/replies", "Bearer any", `{"room":"stranger","text":"hi"}`)
	call("POST", "/v1/texts", "Bearer any", `{"phone":"+15550101"}`)
	call("POST", "/v1/replies", "", `{"room":"r2"}`) // refused

	type seen struct {
		count int
		value string
	}
	for key, want := range map[string]seen{"e1": {2, `"hi again"`}, "e2": {}, "m1": {}, "m2": {1, ""}, "r1": {}, "": {4, ""}} {
		count, value, err := api.Effects(t.Context(), key)
		if got := (seen{count, string(value)}); err != nil || got != want {
			t.Errorf("Effects(%q) = %v, %v; want %v", key, got, err, want)
		}
	}
}

// TestTopics: answers count by what they answer, whatever was sent.
func TestTopics(t *testing.T) {
	api, call := serveAPI(t, observe.APIConfig{})
	topics := observe.Topics{API: api}
	m, err := acme().Read([]byte(`{"type":"said","id":"e1","room":"r 1","words":"hello"}`))
	if err != nil {
		t.Fatal(err)
	}
	keys := topics.Keys(m)
	if diff := cmp.Diff([]string{"reply r 1"}, keys); diff != "" {
		t.Fatal(diff)
	}
	call("POST", "/v1/replies", "Bearer any", `{"room":"r 1","text":"hi"}`)
	call("POST", "/v1/replies", "Bearer any", `{"room":"r 1","text":"again"}`)
	for key, want := range map[string]int{keys[0]: 2, "reply r 2": 0, "": 0} {
		if n, _, err := topics.Effects(t.Context(), key); n != want || err != nil {
			t.Errorf("Effects(%q) = %d, %v, want %d", key, n, err, want)
		}
	}
}

func TestAPISubscribes(t *testing.T) {
	var registered []observe.Registration
	_, call := serveAPI(t, observe.APIConfig{
		Now: func() time.Time { return time.Unix(0, 0) },
		Accept: func(_ context.Context, a *observe.Accepted) error {
			if a.Registration == nil {
				return fmt.Errorf("not a subscription")
			}
			if strings.HasPrefix(a.Registration.URL, "ftp") {
				return &observe.CallError{Status: 422, Message: "only https"}
			}
			registered = append(registered, *a.Registration)
			return nil
		},
	})
	status, answer := call("POST", "/v1/hooks", "Bearer any", `{"url":"https://c.example/h","events":["said","texts"],"secret":"whsec_AAAA"}`)
	if status != 201 || answer != `{"secret":"whsec_AAAA","url":"https://c.example/h"}` {
		t.Errorf("subscribing with a secret = %d %s", status, answer)
	}
	status, answer = call("POST", "/v1/hooks", "Bearer any", `{"url":"https://d.example/h"}`)
	if status != 201 || !strings.Contains(answer, `"secret":"whsec_`) {
		t.Errorf("subscribing without a secret = %d %s, want one made", status, answer)
	}
	if status, answer = call("POST", "/v1/hooks", "Bearer any", `{"url":"ftp://x"}`); status != 422 || !strings.Contains(answer, "only https") {
		t.Errorf("a refused subscription = %d %s, want 422", status, answer)
	}
	if status, _ = call("POST", "/v1/replies", "Bearer any", `{"room":"r"}`); status != 500 {
		t.Errorf("a call that Accept failed = %d, want 500", status)
	}
	want := []observe.Registration{
		{URL: "https://c.example/h", Events: []string{"said", "texts"}, Secret: "whsec_AAAA"},
		{URL: "https://d.example/h"},
	}
	if len(registered) == 2 {
		if len(registered[1].Secret) < 40 {
			t.Errorf("the made secret has %d bytes, want at least 40", len(registered[1].Secret))
		}
		registered[1].Secret = ""
	}
	if diff := cmp.Diff(want, registered); diff != "" {
		t.Errorf("registered (-want +got):\n%s", diff)
	}
}

func TestNewAPINeedsAnAPI(t *testing.T) {
	for _, p := range []*schemas.Provider{nil, {Name: "bare"}, {Name: "empty", API: &schemas.API{}}} {
		if _, err := observe.NewAPI(observe.APIConfig{Provider: p}); err == nil {
			t.Errorf("NewAPI(%v) = nil, want an error", p)
		}
	}
}

func TestTogether(t *testing.T) {
	a, call := serveAPI(t, observe.APIConfig{})
	m, _ := acme().Read([]byte(`{"type":"said","id":"e1","room":"r1"}`))
	a.Sent(m)
	call("POST", "/v1/replies", "Bearer any", `{"room":"r1","text":"hi"}`)
	both := observe.Together{a, worker{start: time.Now(), at: []time.Duration{0}}}
	if count, value, err := both.Effects(t.Context(), "e1"); count != 2 || string(value) != `"hi"` || err != nil {
		t.Errorf("Effects = %d, %s, %v; want 2 and the value", count, value, err)
	}
	broken, err := observe.NewURL(observe.URLConfig{Template: answers(t, 500, "")})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := append(both, broken).Effects(t.Context(), "e1"); err == nil {
		t.Error("Effects with a broken observer = nil, want its error")
	}
}
