package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// Record is one recorded delivery: a request as it was sent or received, with what it carries. It is
// written as one line of JSON wherever deliveries are kept.
type Record struct {
	Provider string
	Event    string
	At       time.Time
	Method   string
	Path     string
	Headers  Headers
	Body     []byte
}

// recordLine is the JSON form. A body that is not UTF-8 stands in body_base64.
type recordLine struct {
	Provider   string    `json:"provider"`
	Event      string    `json:"event"`
	At         time.Time `json:"at"`
	Method     string    `json:"method"`
	Path       string    `json:"path"`
	Headers    Headers   `json:"headers"`
	Body       *string   `json:"body,omitempty"`
	BodyBase64 []byte    `json:"body_base64,omitempty"`
}

// NewRecord records the envelope of a message sent at a time.
func NewRecord(provider string, m Message, env Envelope, at time.Time) Record {
	return Record{provider, m.Event, at, env.Method, env.Path, env.Headers, env.Body}
}

// Envelope is the recorded request.
func (r Record) Envelope() Envelope { return Envelope{r.Method, r.Path, r.Headers, r.Body} }

// MarshalJSON writes the line without its end.
func (r Record) MarshalJSON() ([]byte, error) {
	line := recordLine{r.Provider, r.Event, r.At.UTC(), r.Method, r.Path, r.Headers, nil, nil}
	if line.Headers == nil {
		line.Headers = Headers{}
	}
	if utf8.Valid(r.Body) {
		text := string(r.Body)
		line.Body = &text
	} else {
		line.BodyBase64 = r.Body
	}
	return marshal(line)
}

// Append appends the line and its end to dst.
func (r Record) Append(dst []byte) ([]byte, error) {
	line, err := r.MarshalJSON()
	if err != nil {
		return dst, fmt.Errorf("write recorded delivery: %w", err)
	}
	return append(append(dst, line...), '\n'), nil
}

// UnmarshalJSON reads the line. Unknown keys, a missing method or path and both kinds of body at once
// are errors.
func (r *Record) UnmarshalJSON(text []byte) error {
	var line recordLine
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&line); err != nil {
		return fmt.Errorf("read recorded delivery: %w", err)
	}
	switch {
	case line.Method == "" || line.Path == "":
		return errors.New("read recorded delivery: \"method\" and \"path\" are required")
	case line.Body != nil && line.BodyBase64 != nil:
		return errors.New("read recorded delivery: want \"body\" or \"body_base64\", not both")
	case line.Body != nil:
		line.BodyBase64 = []byte(*line.Body)
	}
	*r = Record{line.Provider, line.Event, line.At, line.Method, line.Path, line.Headers, line.BodyBase64}
	return nil
}

// ReadRecord reads one line, as Append writes it.
func ReadRecord(line []byte) (Record, error) {
	if err := checkText(line); err != nil {
		return Record{}, fmt.Errorf("read recorded delivery: %w", err)
	}
	var r Record
	if err := r.UnmarshalJSON(line); err != nil {
		return Record{}, err
	}
	return r, nil
}
