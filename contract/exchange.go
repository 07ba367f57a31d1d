package contract

import (
	"errors"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/internal/wire"
	"github.com/hookrig/hookrig/schemas"
)

// asRequest is the exchange as the wire wants it.
func asRequest(x checks.Exchange) wire.Request {
	return wire.Request{
		URL: x.URL, Method: x.Request.Method, Target: x.Request.Path,
		Headers: x.Request.Headers, Body: x.Request.Body,
		Chunked: x.Fault.Chunked, Splits: x.Fault.Splits, Pause: x.Fault.Pause(), CutAt: x.Fault.CutAt,
	}
}

// asReply is what the wire saw, as checks judge it.
func asReply(x wire.Exchange) checks.Reply {
	return checks.Reply{
		Status: x.Status, Reason: x.Reason, Headers: schemas.Headers(x.Headers),
		Body: x.Body, Truncated: x.Truncated,
		Failure: failureOf(x), Err: x.Err, Sent: x.Sent, FirstByte: x.FirstByte, Done: x.Done,
	}
}

// failureOf is the word that checks have for a failure of the wire. A body past the limit is no
// failure: the status has been read.
func failureOf(x wire.Exchange) string {
	switch x.Failure {
	case wire.FailureReset:
		if x.Status != 0 {
			return "" // the reply's end is missing, its status is not
		}
		return checks.FailureReset
	case wire.FailureTimeout:
		return checks.FailureTimeout
	case wire.FailureConnect, wire.FailureResolve, wire.FailureTLS, wire.FailureRefusedTarget:
		return checks.FailureConnect
	case wire.FailureMalformed, wire.FailureTooLarge:
		return checks.FailureMalformed
	case wire.FailureCanceled:
		return checks.FailureCanceled
	}
	return string(x.Failure)
}

// openFailure is an exchange that ended before it began.
func openFailure(err error) wire.Exchange {
	var stage *wire.Error
	if errors.As(err, &stage) {
		return wire.Exchange{Failure: stage.Failure, Err: stage.Err}
	}
	return wire.Exchange{Failure: wire.FailureConnect, Err: err}
}
