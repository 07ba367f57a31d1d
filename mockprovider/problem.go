package mockprovider

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/hookrig/hookrig/mockprovider/journal"
)

// problem is an error as the control API tells it (RFC 9457).
type problem struct {
	Type   string `json:"type"` // always about:blank: the status says what kind it is
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"` // what is wrong and how to fix it
}

// statusOf is the status that tells an error.
func statusOf(err error) int {
	var tooLarge *http.MaxBytesError
	for _, known := range []struct {
		err    error
		status int
	}{
		{errToken, http.StatusUnauthorized},
		{errForeign, http.StatusForbidden},
		{errMediaType, http.StatusUnsupportedMediaType},
		{errAmbiguous, http.StatusBadRequest},
		{ErrInvalid, http.StatusBadRequest},
		{ErrNotFound, http.StatusNotFound},
		{journal.ErrNotFound, http.StatusNotFound},
		{ErrConflict, http.StatusConflict},
		{ErrBusy, http.StatusTooManyRequests},
		{journal.ErrFull, http.StatusInsufficientStorage},
		{journal.ErrUnwritable, http.StatusServiceUnavailable},
		{journal.ErrClosed, http.StatusServiceUnavailable},
		{ErrClosed, http.StatusServiceUnavailable},
		{context.DeadlineExceeded, http.StatusGatewayTimeout},
		{context.Canceled, http.StatusServiceUnavailable},
	} {
		if errors.Is(err, known.err) {
			return known.status
		}
	}
	if errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusInternalServerError
}

// maskedError is an error in words that show no secret.
type maskedError struct {
	err  error
	text string
}

func (e *maskedError) Error() string { return e.text }
func (e *maskedError) Unwrap() error { return e.err }

// refuse answers with a problem.
func refuse(w http.ResponseWriter, err error) {
	status := statusOf(err)
	switch status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="hookrig"`)
	}
	write(w, status, "application/problem+json", problem{"about:blank", http.StatusText(status), status, err.Error()})
}

// write answers with JSON.
func write(w http.ResponseWriter, status int, mediaType string, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"type":"about:blank","title":"Internal Server Error","status":500}`)
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // the peer may be gone
}
