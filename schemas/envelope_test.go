package schemas_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hookrig/hookrig/schemas"
)

var noon = time.Unix(1767600000, 0)

func TestEnvelopeIsWhatTheProviderSends(t *testing.T) {
	p := builtin(t, "watsi").Provider
	m := schemas.Message{Event: "message.received", ID: "evt_1", Body: []byte(`{"id":"evt_1"}`)}
	e := schemas.Endpoint{URL: "http://127.0.0.1:4000/webhooks/watsi?a=b%20c", Secrets: []schemas.Secret{"watsi-test-secret"},
		Headers: schemas.Headers{{"X-Preview", "1"}}}
	env, err := p.Envelope(m, e, schemas.Attempt{Number: 1, At: noon, DeliveryID: "d-1"})
	if err != nil {
		t.Fatal(err)
	}
	signature, err := p.Signing.Sign("watsi-test-secret", "", "", m.Body)
	if err != nil {
		t.Fatal(err)
	}
	want := schemas.Envelope{Method: "POST", Path: "/webhooks/watsi?a=b%20c", Body: m.Body, Headers: schemas.Headers{
		{"Content-Type", "application/json"},
		{"X-Watsi-Event", "message.received"},
		{"X-Watsi-Delivery-Id", "d-1"},
		{"X-Watsi-Signature", signature}, // the vectors hold it against others
		{"X-Preview", "1"},
	}}
	if diff := cmp.Diff(want, env); diff != "" {
		t.Errorf("Envelope (-want +got):\n%s", diff)
	}
	signer, err := p.Signer(e)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := signer.AppendHeader(nil, m, schemas.Attempt{Number: 1, At: noon, DeliveryID: "d-1"})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, line := range env.Headers {
		fmt.Fprintf(&text, "%s: %s\r\n", line[0], line[1])
	}
	if string(lines) != text.String() || signer.Target() != env.Path {
		t.Errorf("AppendHeader = %q, want %q", lines, text.String())
	}
}

func TestDeliveryIDIsDerived(t *testing.T) {
	p := *builtin(t, "watsi").Provider
	id := func(m schemas.Message, url string, number int) string {
		t.Helper()
		env, err := p.Envelope(m, schemas.Endpoint{URL: url, Secrets: []schemas.Secret{"s"}}, schemas.Attempt{Number: number, At: noon})
		if err != nil {
			t.Fatal(err)
		}
		return headerOf(env).Get("X-Watsi-Delivery-Id")
	}
	m := schemas.Message{Event: "e", ID: "1", Body: []byte("{}")}
	other := schemas.Message{Event: "e", ID: "2", Body: []byte("{}")}
	first := id(m, "http://a/", 1)
	if len(first) != 36 || first != id(m, "http://a/", 2) {
		t.Errorf("a delivery has the ids %q and %q", first, id(m, "http://a/", 2))
	}
	if first == id(m, "http://b/", 1) || first == id(other, "http://a/", 1) {
		t.Error("two deliveries share an id")
	}
	p.Policy.DeliveryID = "per-attempt"
	if id(m, "http://a/", 1) == id(m, "http://a/", 2) {
		t.Error("two attempts share an id, per attempt")
	}
}

func TestIDFallsBackToTheDelivery(t *testing.T) {
	scheme, err := schemas.LoadScheme("standard-webhooks")
	if err != nil {
		t.Fatal(err)
	}
	p := scheme.Provider()
	secrets := []schemas.Secret{secretOf(p)}
	env, err := p.Envelope(schemas.Message{Body: []byte("{}")}, schemas.Endpoint{URL: "http://a/", Secrets: secrets},
		schemas.Attempt{At: noon, DeliveryID: "d-7"})
	if err != nil {
		t.Fatal(err)
	}
	if got := headerOf(env).Get("Webhook-Id"); got != "d-7" {
		t.Errorf("webhook-id = %q, want d-7", got)
	}
	if _, err := p.Open(schemas.Received{Header: headerOf(env), Body: env.Body}, secrets, noon); err != nil {
		t.Errorf("Open = %v", err)
	}
}

func TestEnvelopeRefuses(t *testing.T) {
	p := builtin(t, "watsi").Provider
	secrets := []schemas.Secret{"s"}
	tests := []struct {
		name string
		m    schemas.Message
		e    schemas.Endpoint
		want string
	}{
		{"no URL", schemas.Message{}, schemas.Endpoint{Secrets: secrets}, "want http:// or https:// and a host"},
		{"relative", schemas.Message{}, schemas.Endpoint{URL: "/hook", Secrets: secrets}, "want http:// or https:// and a host"},
		{"other scheme", schemas.Message{}, schemas.Endpoint{URL: "file:///etc", Secrets: secrets}, "want http:// or https:// and a host"},
		{"password", schemas.Message{}, schemas.Endpoint{URL: "ftp://u:canary@h/", Secrets: secrets}, "want http:// or https:// and a host"},
		{"no secret", schemas.Message{}, schemas.Endpoint{URL: "http://a/"}, "unusable secret: the endpoint has none"},
		{"header injection", schemas.Message{Event: "a\r\nX: y"}, schemas.Endpoint{URL: "http://a/", Secrets: secrets}, `make header "X-Watsi-Event": a value holds a control character`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := p.Envelope(test.m, test.e, schemas.Attempt{At: noon})
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "canary") {
				t.Errorf("Envelope = %v, want %q", err, test.want)
			}
		})
	}
}

func TestOpenAnswers(t *testing.T) {
	p := builtin(t, "watsi").Provider
	secrets := []schemas.Secret{"old", "new"}
	m := schemas.Message{Event: "message.received", ID: "evt_1", Body: []byte(`{"id":"evt_1","type":"message.received"}`)}
	env, err := p.Envelope(m, schemas.Endpoint{URL: "http://a/", Secrets: []schemas.Secret{"new"}}, schemas.Attempt{At: noon})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(h http.Header)
		body   string
		want   error
	}{
		{"either secret", func(http.Header) {}, string(m.Body), nil},
		{"no header", func(h http.Header) { h.Del("X-Watsi-Signature") }, string(m.Body), schemas.ErrNoSignature},
		{"blank", func(h http.Header) { h.Set("X-Watsi-Signature", "  ") }, string(m.Body), schemas.ErrNoSignature},
		{"junk", func(h http.Header) { h.Set("X-Watsi-Signature", "zz") }, string(m.Body), schemas.ErrMalformedSignature},
		{"long", func(h http.Header) { h.Set("X-Watsi-Signature", strings.Repeat("a", 8192)) }, string(m.Body), schemas.ErrMalformedSignature},
		{"two lines that differ", func(h http.Header) { h.Add("X-Watsi-Signature", strings.Repeat("0", 64)) }, string(m.Body), schemas.ErrMalformedSignature},
		{"two lines alike", func(h http.Header) { h.Add("X-Watsi-Signature", h.Get("X-Watsi-Signature")) }, string(m.Body), nil},
		{"body changed", func(http.Header) {}, string(m.Body) + " ", schemas.ErrSignature},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			header := headerOf(env)
			test.change(header)
			_, err := p.Open(schemas.Received{Header: header, Body: []byte(test.body)}, secrets, noon)
			if !errors.Is(err, test.want) || test.want == nil && err != nil {
				t.Errorf("Open = %v, want %v", err, test.want)
			}
		})
	}
	if _, err := p.Open(schemas.Received{Header: headerOf(env), Body: m.Body}, nil, noon); !errors.Is(err, schemas.ErrSecret) {
		t.Errorf("Open without secrets = %v, want ErrSecret", err)
	}
}

func TestUnsignedProviderOpensAnything(t *testing.T) {
	p := builtin(t, "sentsays").Provider
	m, err := p.Open(schemas.Received{Body: []byte(`{"event":"x"}`)}, nil, noon)
	if err != nil || m.Event != "x" {
		t.Errorf("Open = %+v, %v", m, err)
	}
	if _, err := p.Open(schemas.Received{Body: []byte(`{`)}, nil, noon); err == nil {
		t.Error("Open({) = nil, want an error")
	}
}

func TestRotationSignsWithEverySecret(t *testing.T) {
	scheme, err := schemas.LoadScheme("stripe")
	if err != nil {
		t.Fatal(err)
	}
	p := scheme.Provider()
	env, err := p.Envelope(schemas.Message{Body: []byte("{}")}, schemas.Endpoint{URL: "http://a/", Secrets: []schemas.Secret{"one", "two"}}, schemas.Attempt{At: noon})
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []schemas.Secret{"one", "two"} {
		if _, err := p.Open(schemas.Received{Header: headerOf(env), Body: env.Body}, []schemas.Secret{secret}, noon); err != nil {
			t.Errorf("Open with either secret = %v", err)
		}
	}
	header := headerOf(env).Get("Stripe-Signature")
	_, items, _ := strings.Cut(header, ",")
	signatures := p.Signing.Signatures(items)
	again, err := p.Signing.Header(signatures...)
	if err != nil || again != items || len(signatures) != 2 {
		t.Errorf("Header(Signatures(%q)) = %q, %v", items, again, err)
	}
}

func TestHeaderNames(t *testing.T) {
	p := builtin(t, "watsi").Provider
	if got := p.HeaderNames("signatures"); len(got) != 1 || got[0] != "X-Watsi-Signature" {
		t.Errorf("HeaderNames(signatures) = %v", got)
	}
	if got := p.HeaderNames("timestamp"); got != nil {
		t.Errorf("HeaderNames(timestamp) = %v, want none", got)
	}
}

func TestNewRequest(t *testing.T) {
	env := schemas.Envelope{Method: "POST", Path: "/x", Headers: schemas.Headers{{"x-a", "1"}, {"X-A", "2"}, {"Host", "h.example"}}, Body: []byte("hi")}
	r, err := schemas.NewRequest(context.Background(), "http://127.0.0.1/x", env)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || string(body) != "hi" || r.ContentLength != 2 || len(r.Header.Values("X-A")) != 2 || r.Host != "h.example" {
		t.Errorf("request %+v, body %q, %v", r, body, err)
	}
	if _, err := schemas.NewRequest(context.Background(), "http://a b/", env); err == nil {
		t.Error("NewRequest(bad URL) = nil, want an error")
	}
}

func FuzzOpen(f *testing.F) {
	f.Add("t=1767600000,v1=ab", "1767600000", "id", []byte("{}"))
	f.Add("v1,AAAA v1a,BBBB", "1e9", "", []byte("\xff"))
	f.Add("sha256=", "-1", "a", []byte("null"))
	var providers []*schemas.Provider
	for _, name := range schemas.Schemes() {
		scheme, err := schemas.LoadScheme(name)
		if err != nil {
			f.Fatal(err)
		}
		providers = append(providers, scheme.Provider())
	}
	f.Fuzz(func(t *testing.T, signature, timestamp, id string, body []byte) {
		for _, p := range providers {
			header := http.Header{}
			for _, line := range p.Headers {
				header.Set(line[0], signature)
			}
			for _, name := range p.HeaderNames("timestamp") {
				if name != p.HeaderNames("signatures")[0] {
					header.Set(name, timestamp)
				}
			}
			for _, name := range p.HeaderNames("id") {
				header.Set(name, id)
			}
			if _, err := p.Open(schemas.Received{Header: header, Body: body}, []schemas.Secret{secretOf(p)}, noon); err == nil {
				t.Errorf("%s opens %q over %q", p.Name, signature, body)
			}
		}
	})
}
