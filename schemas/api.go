package schemas

import (
	"encoding/json"
	"fmt"
	"strings"
)

// API is the part of the provider's own API that a consumer calls: how it subscribes, and how it
// answers a message. Whoever serves it (an observer, a mock) needs nothing else.
type API struct {
	BaseURL       string        `json:"base_url"`                // where the provider serves it; the paths of calls start at its root
	Authorization string        `json:"authorization,omitempty"` // template of the Authorization header over {key}; "" when calls need none
	Subscription  *Subscription `json:"subscription,omitempty"`  // nil when only a dashboard subscribes
	Effects       []Call        `json:"effects,omitempty"`
	Refusal       Refusal       `json:"refusal"`
}

// Call is one call of the provider's API.
//
// The response and what it emits are templates: JSON whose strings hold placeholders. A string that
// is one placeholder becomes the value with its type, and its member is left out when there is none;
// inside a longer string the value becomes text. The placeholders are those of [CallValues].
type Call struct {
	Name    string          `json:"name"`
	Summary string          `json:"summary,omitempty"`
	Method  string          `json:"method"`
	Path    string          `json:"path"`
	Request json.RawMessage `json:"request"` // JSON Schema of the body

	Answers map[string]Pointer `json:"answers,omitempty"` // event → where its message holds the key
	Key     Pointer            `json:"key,omitempty"`     // where the request holds the key of what it answers
	Filter  string             `json:"filter,omitempty"`  // "digits": keys are compared by their digits; "": as they are
	Value   Pointer            `json:"value,omitempty"`   // where the request says what the consumer answered

	Response Response   `json:"response"`
	Emits    []Emission `json:"emits,omitempty"` // messages that the provider sends once it has accepted the call

	request *validator
}

// Subscription is the call by which a consumer registers its URL.
type Subscription struct {
	Call
	URL    Pointer `json:"url"`              // where the request holds the consumer's URL
	Events Pointer `json:"events,omitempty"` // where it lists event names; "" subscribes to all
	Secret Pointer `json:"secret,omitempty"` // where the request may bring a secret; else one is made: {secret}
}

// Response is the answer to an accepted call.
type Response struct {
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"` // template
}

// Emission is a message that follows an accepted call: one of the event, with places set.
type Emission struct {
	Event        string                      `json:"event"`
	AfterSeconds float64                     `json:"after_seconds"` // since the call was accepted
	Set          map[Pointer]json.RawMessage `json:"set"`           // place in the message → template
}

// Refusal is how the API says no.
type Refusal struct {
	Body  json.RawMessage `json:"body"`            // template over {status} {code} {message} {request_id}
	Codes map[int]string  `json:"codes,omitempty"` // status → {code}; a status without one: ""
}

// Match finds the call of that method and path: its effect, or the subscription. When only the path
// fits, ok is false and allowed lists the methods.
func (a *API) Match(method, path string) (call *Call, allowed []string, ok bool) {
	for _, c := range a.Calls() {
		if c.Path != path {
			continue
		}
		if c.Method == method {
			return c, nil, true
		}
		allowed = append(allowed, c.Method)
	}
	return nil, allowed, false
}

// Calls lists the subscription, where there is one, and the effects.
func (a *API) Calls() []*Call {
	var calls []*Call
	if a.Subscription != nil {
		calls = append(calls, &a.Subscription.Call)
	}
	for i := range a.Effects {
		calls = append(calls, &a.Effects[i])
	}
	return calls
}

// Bearer takes the key out of an Authorization header; false when the header is not as the
// provider writes it. An API without authorization needs none: "", true.
func (a *API) Bearer(authorization string) (key string, ok bool) {
	if a.Authorization == "" {
		return "", true
	}
	t, err := ParseTemplate(a.Authorization)
	if err != nil {
		return "", false
	}
	values, ok := t.Extract(authorization)
	return values["key"], ok && values["key"] != ""
}

// Refuse makes the body of an error answer.
func (a *API) Refuse(status int, message, requestID string) []byte {
	values := map[string]any{"status": status, "code": a.Refusal.Codes[status], "message": message, "request_id": requestID}
	body, err := expandJSON(a.Refusal.Body, func(name string) (any, bool) {
		v, ok := values[name]
		return v, ok
	})
	if err != nil {
		return []byte("{}") // Load has expanded it once
	}
	return body
}

// Decode checks a request body against the call's schema and decodes it. Errors: *InvalidError.
func (c *Call) Decode(body []byte) (any, error) {
	doc, err := decodeInstance(body)
	if err != nil {
		return nil, err
	}
	if c.request == nil {
		return doc, nil
	}
	return doc, c.request.check(doc)
}

// RequestKey is the key of what a decoded request answers, filtered; "" when it has none.
func (c *Call) RequestKey(request any) string {
	return c.filter(firstText(c.Key, request))
}

// MessageKeys are the keys under which a message is answered by this call, filtered, in body order;
// none when the call does not answer the event.
func (c *Call) MessageKeys(m Message) []string {
	at, ok := c.Answers[m.Event]
	if !ok {
		return nil
	}
	if checkText(m.Body) != nil {
		return nil
	}
	keys := textsAt(at, m.Body)
	for i := range keys {
		keys[i] = c.filter(keys[i])
	}
	return keys
}

func (c *Call) filter(key string) string {
	if c.Filter == "digits" {
		return digitsOf(key)
	}
	return key
}

// digitsOf drops everything but 0 to 9.
func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// prepare makes the calls ready to check requests.
func (a *API) prepare() {
	for i, c := range a.Calls() {
		name := fmt.Sprintf("call-%d.schema.json", i)
		c.request = &validator{compiler: newCompiler(func(string) ([]byte, error) { return c.Request, nil }), file: name}
	}
}
