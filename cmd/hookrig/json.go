package main

import (
	"bytes"
	"encoding/json"
	"errors"
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
		return misused("%s:%d: %s", file, lineAt(data, syntax.Offset), jsonReason(syntax))
	}
	return nil
}

// jsonReason is the cause in a user's words.
func jsonReason(err *json.SyntaxError) string {
	if err.Error() == "unexpected end of JSON input" {
		return "it ends too early"
	}
	return err.Error()
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
