package schemas

import (
	"context"
	"net/http"
	"time"
)

// Headers are header lines, name and value, in the order they are sent. Names keep their spelling and
// may repeat. As JSON: [["Content-Type","application/json"], …].
type Headers [][2]string

// Secret is a signing secret as the provider writes it. Its fmt and JSON forms are masked; convert to
// string to use it.
type Secret string

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
func (p *Provider) Envelope(m Message, e Endpoint, a Attempt) (Envelope, error) {
	panic("unwritten")
}

// Open is the way back: it verifies what arrived against any of the secrets at the given time and
// reads the message. Errors are ErrNoSignature, ErrMalformedSignature, ErrSignature, ErrStale,
// ErrFuture (wrapped), or a body that is not JSON.
func (p *Provider) Open(r Received, secrets []Secret, now time.Time) (Message, error) {
	panic("unwritten")
}

// NewRequest wraps an envelope for net/http. net/http canonicalises header names and may reorder
// them; internal/wire sends an envelope exactly.
func NewRequest(ctx context.Context, url string, env Envelope) (*http.Request, error) {
	panic("unwritten")
}
