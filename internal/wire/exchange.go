package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"
)

// Exchange is what happened.
type Exchange struct {
	Status                           int           // 0 when no complete status line and header arrived
	Reason                           string        // reason phrase as received
	Headers                          [][2]string   // as received; trailers are read and dropped
	Body                             []byte        // up to the client's limit
	Truncated                        bool          // the body went on past the limit
	Complete                         bool          // the reply ended by itself before the deadline; Truncated says whether Body holds all of it
	Failure                          Failure       // "" when a complete reply arrived
	Err                              error         // the cause of Failure
	Connected, Sent, FirstByte, Done time.Duration // since start; zero when not reached, or when the connection was open before
}

// Failure classes what went wrong on the wire.
type Failure string

// The failures, in the order of the stages.
const (
	FailureRequest       Failure = "request-not-sendable" // ours: the request cannot be written as HTTP/1.1
	FailureRefusedTarget Failure = "target-not-allowed"
	FailureResolve       Failure = "resolve"
	FailureConnect       Failure = "connect"
	FailureTLS           Failure = "tls"
	FailureReset         Failure = "reset" // closed or reset before the reply ended
	FailureTimeout       Failure = "timeout"
	FailureMalformed     Failure = "malformed-reply"
	FailureTooLarge      Failure = "reply-too-large" // the header went past 64 KiB
	FailureCanceled      Failure = "canceled"        // the caller's context ended, by cancel or by a deadline of its own
)

// Error is a failure before any exchange began: no connection, no TLS, no sendable request.
type Error struct {
	Failure Failure
	Err     error
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// MalformedError says what in a reply is not HTTP/1.1.
type MalformedError struct {
	What string // "status line", "header line", "content-length", …
	Got  string // the bytes, shortened; not cleaned for terminals
}

func (e *MalformedError) Error() string {
	return fmt.Sprintf("read reply: malformed %s: %q", e.What, e.Got)
}

var (
	errHeaderTooLarge = errors.New("read reply: header larger than 64 KiB")
	errClosedEarly    = errors.New("read reply: connection closed before a reply")
	errDeadline       = errors.New("deadline passed")
)

// classify turns the error of a stage into a failure. The caller's context is asked first, then our own
// deadline: both end an exchange by closing its connection, and the error seen then is only the echo.
func classify(parent, own context.Context, stage Failure, err error) (Failure, error) {
	var malformed *MalformedError
	var dns *net.DNSError
	var op *net.OpError
	var record tls.RecordHeaderError
	var refused interface{ Refused() bool }
	var timeout net.Error
	switch {
	case parent.Err() != nil:
		return FailureCanceled, context.Cause(parent)
	case errors.As(err, &refused) && refused.Refused():
		return FailureRefusedTarget, err
	case own.Err() != nil, errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return FailureTimeout, fmt.Errorf("%s: %w", stageVerb(stage), errDeadline)
	case errors.As(err, &dns):
		return FailureResolve, err
	case errors.As(err, &malformed):
		return FailureMalformed, err
	case errors.Is(err, errHeaderTooLarge):
		return FailureTooLarge, err
	case errors.As(err, &record), errors.As(err, &op) && op.Op == "remote error":
		return FailureTLS, err
	}
	return stage, err
}

func stageVerb(stage Failure) string {
	switch stage {
	case FailureConnect:
		return "connect"
	case FailureTLS:
		return "shake hands"
	}
	return "await reply"
}
