package schemas

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Headers are header lines, name and value, in the order they are sent. Names keep their spelling and
// may repeat. As JSON: [["Content-Type","application/json"], …].
type Headers [][2]string

// Endpoint is a consumer's URL and secrets.
type Endpoint struct {
	URL     string   // absolute http or https URL. Required for Envelope
	Secrets []Secret // current secret first; all of them sign (rotation). Empty for unsigned providers
	Headers Headers  // extra lines sent with each attempt, after the provider's own
}

// Attempt is one try of a delivery.
type Attempt struct {
	Number     int       // from 1
	At         time.Time // when it is sent; becomes {timestamp}
	DeliveryID string    // {delivery_id}; "" derives one from message and endpoint (and attempt, where the policy says per-attempt)
}

// Envelope is a message as one HTTP request: exact bytes, header order and spelling.
type Envelope struct {
	Method  string
	Path    string // request target: path and query
	Headers Headers
	Body    []byte
}

// Received is a header and a body as they arrived.
type Received struct {
	Header http.Header
	Body   []byte
}

// Envelope makes the signed request for one attempt. It is the only place where hookrig signs.
// Errors: a URL that is not absolute http or https, an unusable secret (ErrSecret), a value that
// cannot stand in a header.
func (p *Provider) Envelope(m Message, e Endpoint, a Attempt) (Envelope, error) {
	s, err := p.Signer(e)
	if err != nil {
		return Envelope{}, err
	}
	return s.Envelope(m, a)
}

// NewRequest wraps an envelope for net/http. net/http canonicalises header names and may reorder
// them; internal/wire sends an envelope exactly.
func NewRequest(ctx context.Context, url string, env Envelope) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, env.Method, url, bytes.NewReader(env.Body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	for _, line := range env.Headers {
		if http.CanonicalHeaderKey(line[0]) == "Host" {
			r.Host = line[1]
			continue
		}
		r.Header.Add(line[0], line[1])
	}
	return r, nil
}

// requestTarget is the path and query of an absolute http or https URL.
func requestTarget(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil {
		return "", fmt.Errorf("read endpoint URL: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", fmt.Errorf("read endpoint URL %q: want http:// or https:// and a host", u.Redacted())
	}
	return u.RequestURI(), nil
}
