package load

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"

	"github.com/hookrig/hookrig/internal/wire"
	"github.com/hookrig/hookrig/schemas"
)

// pool is net/http's connections to a consumer that speaks TLS: over HTTP/2 where it offers that, else
// over HTTP/1.1. Safe for concurrent use.
type pool struct {
	*route
	transport *http.Transport
}

func newPool(r *route, connections int) *pool {
	p := &pool{route: r}
	p.transport = &http.Transport{
		DialTLSContext:         p.shake,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxConnsPerHost:        connections,
		MaxIdleConnsPerHost:    connections,
		MaxResponseHeaderBytes: replyHeader,
	}
	return p
}

// failedError is a failure whose stage is known.
type failedError struct {
	failure wire.Failure
	cause   error
}

func (e *failedError) Error() string { return string(e.failure) + ": " + e.cause.Error() }
func (e *failedError) Unwrap() error { return e.cause }

// shake connects and shakes hands.
func (p *pool) shake(ctx context.Context, _, _ string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	conn, err := p.connect(ctx)
	if err != nil {
		return nil, &failedError{dialFailure(ctx, err), err}
	}
	secured := tls.Client(conn, p.tls)
	if err := secured.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, &failedError{handshakeFailure(ctx, err), err}
	}
	return secured, nil
}

// secure sends over the pool.
type secure struct{ *pool }

func (s *secure) send(ctx context.Context, m schemas.Message, a schemas.Attempt) (o outcome) {
	envelope, err := s.signer.Envelope(m, a)
	if err != nil {
		return outcome{failure: wire.FailureRequest}
	}
	within, cancel := context.WithDeadline(ctx, a.At.Add(s.timeout))
	defer cancel()
	taken := 0
	trace := &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		taken++
		o.reused, o.resent = got.Reused, taken > 1
	}}
	reply, err := s.transport.RoundTrip(s.request(httptrace.WithClientTrace(within, trace), envelope))
	if err != nil {
		o.failure = poolFailure(ctx, within, err)
		return o
	}
	defer reply.Body.Close()
	if _, err := io.CopyN(io.Discard, reply.Body, replyBody); err != nil && !errors.Is(err, io.EOF) {
		o.failure = poolFailure(ctx, within, err)
		return o
	}
	if o.status = reply.StatusCode; o.status < 200 || o.status > 599 {
		o.status, o.failure = 0, wire.FailureMalformed
	}
	return o
}

// request is an envelope as net/http takes it, which may send it again where an idle connection turns
// out to be closed: the key without a value says so and is not sent.
func (s *secure) request(ctx context.Context, e schemas.Envelope) *http.Request {
	header := http.Header{"Idempotency-Key": {}, "User-Agent": {""}}
	host := s.url.Host
	for _, line := range e.Headers {
		switch strings.ToLower(line[0]) {
		case "host":
			host = line[1]
		case "user-agent":
			header["User-Agent"] = []string{line[1]}
		case "idempotency-key":
			header["Idempotency-Key"] = []string{line[1]}
		default:
			header[line[0]] = append(header[line[0]], line[1])
		}
	}
	body := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(e.Body)), nil }
	first, _ := body()
	r := &http.Request{Method: e.Method, URL: s.url, Host: host, Header: header, Body: first, GetBody: body, ContentLength: int64(len(e.Body))}
	return r.WithContext(ctx)
}

func (s *secure) close() { s.transport.CloseIdleConnections() }

// poolFailure says why a request or its reply did not go through.
func poolFailure(ctx, within context.Context, err error) wire.Failure {
	var known *failedError
	var reset streamError
	switch {
	case ctx.Err() != nil:
		return wire.FailureCanceled
	case errors.As(err, &known):
		return known.failure
	case within.Err() != nil, timedOut(err):
		return wire.FailureTimeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &reset):
		return wire.FailureReset
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return wire.FailureReset
	}
	if strings.Contains(err.Error(), "server response headers exceeded") { // net/http has no type for it
		return wire.FailureTooLarge
	}
	return wire.FailureMalformed
}

// streamError has the form of net/http's own error of a reset HTTP/2 stream, which fills it in.
type streamError struct {
	StreamID uint32
	Code     uint32
	Cause    error
}

func (e streamError) Error() string { return "stream reset" }
