package schemas_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/hookrig/hookrig/schemas"
)

// handshaking is a provider with a handshake as others have it.
func handshaking(t *testing.T, text string) *schemas.Provider {
	t.Helper()
	scheme, err := schemas.LoadScheme("slack")
	if err != nil {
		t.Fatal(err)
	}
	p := *scheme.Provider()
	p.Handshake = new(schemas.Handshake)
	if err := json.Unmarshal([]byte(text), p.Handshake); err != nil {
		t.Fatal(err)
	}
	return &p
}

const (
	metaHandshake = `{"method":"GET","query":{"hub.mode":"subscribe","hub.verify_token":"{token}","hub.challenge":"{challenge}"},
		"signed":false,"guarded":true,"answers":[{"statuses":["2xx"],"body":"{challenge}"}]}`
	cloudEventsHandshake = `{"method":"OPTIONS","headers":{"WebHook-Request-Origin":"{origin}","WebHook-Request-Rate":"120"},
		"signed":false,"guarded":false,"answers":[{"statuses":["200","204"],"headers":{"WebHook-Allowed-Origin":"{origin}"}},{"statuses":["2xx"],"headers":{"WebHook-Allowed-Origin":"*"}}]}`
)

func TestHandshakeRequests(t *testing.T) {
	c := schemas.Challenge{Challenge: "a b&c", Token: "t/1", Origin: "events.example"}
	meta, err := handshaking(t, metaHandshake).Handshaking(c, schemas.Endpoint{URL: "http://a/hook?x=1"}, schemas.Attempt{})
	if err != nil || meta.Method != "GET" || meta.Body != nil ||
		meta.Path != "/hook?x=1&hub.mode=subscribe&hub.verify_token=t%2F1&hub.challenge=a+b%26c" {
		t.Errorf("Meta's handshake = %+v, %v", meta, err)
	}
	cloud, err := handshaking(t, cloudEventsHandshake).Handshaking(c, schemas.Endpoint{URL: "http://a/"}, schemas.Attempt{})
	if err != nil || cloud.Method != "OPTIONS" || headerOf(cloud).Get("Webhook-Request-Origin") != "events.example" {
		t.Errorf("CloudEvents' handshake = %+v, %v", cloud, err)
	}
	scheme, err := schemas.LoadScheme("slack")
	if err != nil {
		t.Fatal(err)
	}
	slack := scheme.Provider()
	env, err := slack.Handshaking(c, schemas.Endpoint{URL: "http://a/", Secrets: []schemas.Secret{"s"}}, schemas.Attempt{At: noon})
	if err != nil || string(env.Body) != `{"token":"t/1","challenge":"a b&c","type":"url_verification"}` {
		t.Fatalf("Slack's handshake = %+v, %v", env, err)
	}
	if err := slack.Verify(schemas.Received{Header: headerOf(env), Body: env.Body}, []schemas.Secret{"s"}, noon); err != nil {
		t.Errorf("Slack's handshake is not signed: %v", err)
	}
	if _, err := builtin(t, "watsi").Provider.Handshaking(c, schemas.Endpoint{URL: "http://a/"}, schemas.Attempt{}); err == nil {
		t.Error("a handshake of a provider that has none")
	}
	c.Origin = "a\r\nb"
	if _, err := handshaking(t, cloudEventsHandshake).Handshaking(c, schemas.Endpoint{URL: "http://a/"}, schemas.Attempt{}); err == nil {
		t.Error("a header is injected")
	}
}

func TestHandshakeAnswers(t *testing.T) {
	c := schemas.Challenge{Challenge: "42", Token: "t", Origin: "o"}
	scheme, err := schemas.LoadScheme("slack")
	if err != nil {
		t.Fatal(err)
	}
	meta, cloud, slack := handshaking(t, metaHandshake).Handshake, handshaking(t, cloudEventsHandshake).Handshake, scheme.Provider().Handshake
	tests := []struct {
		name      string
		handshake *schemas.Handshake
		status    int
		allowed   string
		body      string
		want      string // "" accepts
	}{
		{"echo", meta, 200, "", "42", ""},
		{"echo with a newline", meta, 200, "", "42\n", "body is"},
		{"refused", meta, 403, "", "42", "status 403, want 2xx"},
		{"plain", slack, 200, "", "42", ""},
		{"as JSON", slack, 200, "", `{"challenge":"42","x":1}`, ""},
		{"as a number", slack, 200, "", `{"challenge":42}`, ""},
		{"as a form", slack, 200, "", "challenge=42", ""},
		{"as HTML", slack, 200, "", "<p>42</p>", "body is not JSON"},
		{"origin", cloud, 204, "o", "", ""},
		{"any origin", cloud, 200, "*", "", ""},
		{"other origin", cloud, 200, "x", "", `header "WebHook-Allowed-Origin" is "x"`},
		{"no origin", cloud, 200, "", "", `header "WebHook-Allowed-Origin" is ""`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			header := http.Header{}
			if test.allowed != "" {
				header.Set("WebHook-Allowed-Origin", test.allowed)
			}
			err := test.handshake.Accepts(c, test.status, header, []byte(test.body))
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("Accepts = %v, want %q", err, test.want)
			}
		})
	}
}
