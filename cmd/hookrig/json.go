package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// strictJSON refuses what encoding/json lets pass, or does not say where: a text that is no UTF-8, a
// syntax error, a key that stands twice.
func strictJSON(data []byte, file string) error {
	if problem := textProblem(data); problem != "" {
		return misused("%s: %s", file, problem)
	}
	if key, offset, twice := repeatedKey(data); twice {
		return misused("%s:%d: the key %q stands there twice", file, lineAt(data, offset), key)
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(data, new(json.RawMessage)); errors.As(err, &syntax) {
		return misused("%s:%d: %s", file, lineAt(data, syntax.Offset), jsonReason(err))
	}
	return nil
}

// readJSON reads a document strictly: unknown and repeated keys, a wrong type and anything after the
// document are errors that say where.
func readJSON(data []byte, file string, v any) error {
	if err := strictJSON(data, file); err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return misused("%s:%d: %s", file, lineAt(data, errorOffset(err, decoder)), jsonReason(err))
	}
	if _, err := decoder.Token(); err != io.EOF {
		return misused("%s:%d: more follows the document", file, lineAt(data, decoder.InputOffset()))
	}
	return nil
}

func errorOffset(err error, d *json.Decoder) int64 {
	var syntax *json.SyntaxError
	var typed *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return syntax.Offset
	case errors.As(err, &typed):
		return typed.Offset
	}
	return d.InputOffset()
}

// jsonReason is the cause in a user's words.
func jsonReason(err error) string {
	var typed *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "it ends too early"
	case errors.As(err, &typed):
		return fmt.Sprintf("%s cannot be a %s", typed.Field, typed.Value)
	}
	text := err.Error()
	if cut, ok := bytes.CutPrefix([]byte(text), []byte("json: ")); ok {
		text = string(cut)
	}
	return text
}

// lineAt is the line of a byte, from 1.
func lineAt(data []byte, offset int64) int {
	end := max(0, min(offset, int64(len(data))))
	return 1 + bytes.Count(data[:end], []byte("\n"))
}

// repeatedKey finds an object key that stands twice in one object, which encoding/json lets pass. It
// stops at whatever is not JSON.
func repeatedKey(data []byte) (key string, offset int64, twice bool) {
	type object struct {
		keys    map[string]bool // nil for an array
		wantKey bool
	}
	var open []object
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if err != nil {
			return "", 0, false
		}
		top := len(open) - 1
		switch delim, _ := token.(json.Delim); {
		case delim == '{':
			open = append(open, object{map[string]bool{}, true})
			continue
		case delim == '[':
			open = append(open, object{})
			continue
		case delim != 0:
			open = open[:top]
			top--
		case top >= 0 && open[top].keys != nil && open[top].wantKey:
			name, _ := token.(string)
			if open[top].keys[name] {
				return name, decoder.InputOffset(), true
			}
			open[top].keys[name] = true
			open[top].wantKey = false
			continue
		}
		if top >= 0 && open[top].keys != nil {
			open[top].wantKey = true
		}
	}
}
