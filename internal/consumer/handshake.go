package consumer

import (
	"crypto/subtle"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/hookrig/hookrig/schemas"
)

// shakeHands answers the provider's handshake and reports whether the request was one.
func (d *door) shakeHands(w http.ResponseWriter, r *http.Request, body []byte) bool {
	h := d.cfg.Provider.Handshake
	if h == nil || r.Method != h.Method || len(h.Answers) == 0 {
		return false
	}
	values, ok := asked(h, r, body)
	if !ok {
		return false
	}
	if h.Signed && d.verify(schemas.Received{Header: r.Header, Body: body}, d.secrets(r.URL.Path)) != nil {
		refuse(w, http.StatusUnauthorized, "signature not accepted")
		return true
	}
	if h.Guarded && subtle.ConstantTimeCompare([]byte(values["token"]), []byte(d.cfg.Token)) != 1 {
		refuse(w, http.StatusForbidden, "token not accepted")
		return true
	}
	answer(w, h.Answers[0], values)
	return true
}

// asked reads the values of the handshake's placeholders out of a request; ok is false when it is not
// one.
func asked(h *schemas.Handshake, r *http.Request, body []byte) (values map[string]string, ok bool) {
	values = map[string]string{}
	query := r.URL.Query()
	for _, line := range h.Query {
		if !extract(line[1], query.Get(line[0]), values) {
			return nil, false
		}
	}
	for _, line := range h.Headers {
		if !extract(line[1], r.Header.Get(line[0]), values) {
			return nil, false
		}
	}
	if h.Body == nil {
		return values, true
	}
	want, err := schemas.Decode(h.Body)
	if err != nil {
		return nil, false
	}
	got, err := schemas.Decode(body)
	return values, err == nil && matches(want, got, values)
}

// matches holds a document against a template of it and collects the values of its placeholders. Members
// that the template does not know may be there.
func matches(want, got any, values map[string]string) bool {
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			return false
		}
		for name, value := range want {
			if !matches(value, object[name], values) {
				return false
			}
		}
		return true
	case []any:
		list, ok := got.([]any)
		return ok && slices.EqualFunc(want, list, func(w, g any) bool { return matches(w, g, values) })
	case string:
		switch got := got.(type) {
		case string:
			return extract(want, got, values)
		case json.Number:
			return extract(want, got.String(), values)
		}
		return false
	}
	return want == got
}

func extract(template, text string, values map[string]string) bool {
	t, err := schemas.ParseTemplate(template)
	if err != nil {
		return false
	}
	found, ok := t.Extract(text)
	for name, value := range found {
		values[name] = value
	}
	return ok
}

// answer says yes as the provider wants it. The challenge goes out as plain text or JSON, so that no
// browser takes it for a page.
func answer(w http.ResponseWriter, a schemas.HandshakeAnswer, values map[string]string) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	text := expand(a.Body, values)
	if len(a.JSON) > 0 {
		w.Header().Set("Content-Type", "application/json")
		var document any = map[string]any{}
		for place, template := range a.JSON {
			document = put(document, place.Segments(), expand(template, values))
		}
		encoded, err := json.Marshal(document)
		if err != nil {
			refuse(w, http.StatusInternalServerError, "not answered")
			return
		}
		text = string(encoded)
	}
	for _, line := range a.Headers {
		w.Header().Set(line[0], expand(line[1], values))
	}
	w.WriteHeader(statusOf(a.Statuses))
	_, _ = io.WriteString(w, text) // the peer may be gone
}

// put sets the value at a place in nested objects.
func put(document any, segments []string, value string) any {
	if len(segments) == 0 {
		return value
	}
	object, ok := document.(map[string]any)
	if !ok {
		object = map[string]any{}
	}
	object[segments[0]] = put(object[segments[0]], segments[1:], value)
	return object
}

func expand(template string, values map[string]string) string {
	t, err := schemas.ParseTemplate(template)
	if err != nil {
		return ""
	}
	return string(t.Expand(nil, func(dst []byte, name string) []byte { return append(dst, values[name]...) }))
}

// statusOf is a status that the provider takes: the first that is spelled out, else 200.
func statusOf(statuses []string) int {
	for _, text := range statuses {
		if status, err := strconv.Atoi(text); err == nil {
			return status
		}
	}
	return http.StatusOK
}
