package load

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"

	"github.com/hookrig/hookrig/internal/wire"
)

// dialFailure says which stage of making a connection failed.
func dialFailure(ctx context.Context, err error) wire.Failure {
	var dns *net.DNSError
	var refused interface{ Refused() bool }
	switch {
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return wire.FailureCanceled
	case errors.As(err, &refused) && refused.Refused():
		return wire.FailureRefusedTarget
	case timedOut(err):
		return wire.FailureTimeout
	case errors.As(err, &dns):
		return wire.FailureResolve
	}
	return wire.FailureConnect
}

// handshakeFailure tells a peer that speaks no TLS we accept from one that went away.
func handshakeFailure(ctx context.Context, err error) wire.Failure {
	var record tls.RecordHeaderError
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	switch {
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return wire.FailureCanceled
	case errors.As(err, &record), errors.As(err, &certificate), errors.As(err, &authority):
		return wire.FailureTLS
	case timedOut(err):
		return wire.FailureTimeout
	}
	return wire.FailureTLS
}

// exchangeFailure says why a reply did not come whole. wireErr is what the connection said last, nil
// when it is the reply itself that is wrong.
func exchangeFailure(ctx context.Context, wireErr error) wire.Failure {
	switch {
	case ctx.Err() != nil:
		return wire.FailureCanceled
	case wireErr == nil:
		return wire.FailureMalformed
	case timedOut(wireErr):
		return wire.FailureTimeout
	}
	return wire.FailureReset
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}
