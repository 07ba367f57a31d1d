package main

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/hookrig/hookrig/schemas"
)

// isDelivery says whether a line of JSON looks like a recorded delivery rather than like a body.
func isDelivery(line []byte) bool {
	var shape struct {
		Method  *string         `json:"method"`
		Headers json.RawMessage `json:"headers"`
	}
	return json.Unmarshal(line, &shape) == nil && shape.Method != nil && bytes.HasPrefix(bytes.TrimSpace(shape.Headers), []byte("["))
}

// readDelivery reads one line of a file.
func readDelivery(line []byte, file string, number int) (schemas.Record, error) {
	r, err := schemas.ReadRecord(bytes.TrimSpace(line))
	if err != nil {
		return r, misused("%s:%d: %w", file, number, err)
	}
	return r, nil
}

// receivedOf is a recorded delivery as a consumer has it.
func receivedOf(r schemas.Record) schemas.Received {
	received := schemas.Received{Header: http.Header{}, Body: r.Body}
	for _, line := range r.Headers {
		received.Header.Add(line[0], line[1])
	}
	return received
}
