package schemas

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Handshake is a request by which a provider checks an endpoint before it delivers, and the answers
// that it takes for a yes. Its templates are over {challenge} (what must come back), {token} (the
// verify token that both sides know) and {origin} (who asks).
type Handshake struct {
	Method  string            `json:"method"` // GET, POST, OPTIONS
	Query   Templates         `json:"query,omitempty"`
	Headers Templates         `json:"headers,omitempty"`
	Body    json.RawMessage   `json:"body,omitempty"` // JSON with templates in its strings; nil: no body
	Signed  bool              `json:"signed"`         // carries the provider's signature like a delivery
	Guarded bool              `json:"guarded"`        // a wrong {token} must be refused
	Answers []HandshakeAnswer `json:"answers"`        // any one of them will do
}

// HandshakeAnswer is one answer that the provider accepts. All parts given must hold.
type HandshakeAnswer struct {
	Statuses []string           `json:"statuses"` // "2xx" or single statuses
	Headers  Templates          `json:"headers,omitempty"`
	Body     string             `json:"body,omitempty"` // template of the whole body, as text
	JSON     map[Pointer]string `json:"json,omitempty"` // place in a JSON body → template of its text
}

// Challenge is what one handshake asks with.
type Challenge struct {
	Challenge string // what must come back. Required
	Token     string // the verify token, where the handshake has one
	Origin    string // who asks, where the handshake says so
}

func (c Challenge) value(name string) (any, bool) {
	value, ok := map[string]string{"challenge": c.Challenge, "token": c.Token, "origin": c.Origin}[name]
	return value, ok
}

func (c Challenge) expand(template string) (string, error) {
	t, err := ParseTemplate(template)
	if err != nil {
		return "", err
	}
	return string(t.Expand(nil, func(dst []byte, name string) []byte {
		value, _ := c.value(name)
		return append(dst, textOf(value)...)
	})), nil
}

// Handshaking makes the handshake's request to an endpoint. A signed one is signed like a delivery
// of the attempt. A provider without a handshake is an error.
func (p *Provider) Handshaking(c Challenge, e Endpoint, a Attempt) (Envelope, error) {
	h := p.Handshake
	if h == nil {
		return Envelope{}, fmt.Errorf("provider %q has no handshake", p.Name)
	}
	target, err := requestTarget(e.URL)
	if err != nil {
		return Envelope{}, err
	}
	env := Envelope{Method: h.Method, Path: target}
	if h.Body != nil {
		if env.Body, err = expandJSON(h.Body, c.value); err != nil {
			return Envelope{}, fmt.Errorf("make handshake body: %w", err)
		}
	}
	if h.Signed {
		signed, err := p.Envelope(Message{Body: env.Body}, Endpoint{URL: e.URL, Secrets: e.Secrets}, a)
		if err != nil {
			return Envelope{}, err
		}
		env.Headers = signed.Headers
	}
	for _, line := range h.Headers {
		value, err := c.expand(line[1])
		if err != nil {
			return Envelope{}, err
		}
		if !headerSafe(value) {
			return Envelope{}, fmt.Errorf("make header %q: %w", line[0], errHeaderValue)
		}
		env.Headers = append(env.Headers, [2]string{line[0], value})
	}
	env.Headers = append(env.Headers, e.Headers...)
	for _, line := range h.Query {
		value, err := c.expand(line[1])
		if err != nil {
			return Envelope{}, err
		}
		mark := "?"
		if strings.Contains(env.Path, "?") {
			mark = "&"
		}
		env.Path += mark + url.QueryEscape(line[0]) + "=" + url.QueryEscape(value)
	}
	return env, nil
}

// Accepts says whether an answer completes the handshake: nil, or why it fits none of the answers
// that the provider accepts.
func (h *Handshake) Accepts(c Challenge, status int, header http.Header, body []byte) error {
	var why []string
	for _, answer := range h.Answers {
		err := answer.fits(c, status, header, body)
		if err == nil {
			return nil
		}
		why = append(why, err.Error())
	}
	return fmt.Errorf("handshake answer: %s", strings.Join(why, "; or "))
}

func (a HandshakeAnswer) fits(c Challenge, status int, header http.Header, body []byte) error {
	if !statusIn(a.Statuses, status) {
		return fmt.Errorf("status %d, want %s", status, strings.Join(a.Statuses, " or "))
	}
	for _, line := range a.Headers {
		want, err := c.expand(line[1])
		if err != nil {
			return err
		}
		if header.Get(line[0]) != want {
			return fmt.Errorf("header %q is %q, want %q", line[0], shorten(header.Get(line[0]), 80), want)
		}
	}
	if a.Body != "" {
		want, err := c.expand(a.Body)
		if err != nil {
			return err
		}
		if string(body) != want {
			return fmt.Errorf("body is %q, want %q", shorten(string(body), 80), want)
		}
	}
	for place, template := range a.JSON {
		want, err := c.expand(template)
		if err != nil {
			return err
		}
		doc, err := Decode(body)
		if err != nil {
			return fmt.Errorf("body is not JSON, want %q at %q", want, place)
		}
		if got := firstText(place, doc); got != want {
			return fmt.Errorf("%q is %q, want %q", place, shorten(got, 80), want)
		}
	}
	return nil
}
