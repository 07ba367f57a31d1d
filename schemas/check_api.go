package schemas

import (
	"encoding/json"
	"io/fs"
	"slices"
	"strings"
)

// checkAPI checks each call against itself and the events that it answers and emits.
func (l *loader) checkAPI() {
	api := l.provider.API
	if api.Authorization != "" && !l.template("/api/authorization", api.Authorization, "key").Uses("key") {
		l.report("/api/authorization", "want {key}")
	}
	l.checkTemplates("/api/refusal/body", api.Refusal.Body, func(name string) error {
		if !slices.Contains([]string{"status", "code", "message", "request_id"}, name) {
			return errPlaceholder(name, "status", "code", "message", "request_id")
		}
		return nil
	})
	if s := api.Subscription; s != nil {
		request := l.checkCall("/api/subscription", s.Call)
		l.checkRequestPlace("/api/subscription/url", s.URL, request)
		l.checkRequestPlace("/api/subscription/events", s.Events, request)
		l.checkRequestPlace("/api/subscription/secret", s.Secret, request)
	}
	for i, c := range api.Effects {
		at := Pointer("/api/effects").Index(i)
		request := l.checkCall(at, c)
		l.checkRequestPlace(at+"/key", c.Key, request)
		l.checkRequestPlace(at+"/value", c.Value, request)
		if len(c.Answers) == 0 || c.Key == "" {
			l.report(at, "an effect says in \"answers\" and \"key\" which message it answers")
		}
	}
}

// checkCall checks what all calls have and returns the schema of the request.
func (l *loader) checkCall(at Pointer, c Call) *Schema {
	request := l.requestSchema(at+"/request", c.Request)
	for event, place := range c.Answers {
		where := (at + "/answers").Child(event)
		l.checkReaches(where, place, l.listed(where, event))
	}
	l.checkTemplates(at+"/response/body", c.Response.Body, checkCallPlaceholder)
	for i, e := range c.Emits {
		where := (at + "/emits").Index(i)
		event := l.listed(where+"/event", e.Event)
		for place, template := range e.Set {
			l.checkReaches((where + "/set").Child(string(place)), place, event)
			l.checkTemplates((where + "/set").Child(string(place)), template, checkCallPlaceholder)
		}
	}
	return request
}

// requestSchema resolves and compiles the schema of a request, which stands alone.
func (l *loader) requestSchema(at Pointer, text json.RawMessage) *Schema {
	var found problems
	file := string(at)
	r := newResolver(noFiles{}, untrusted, &found)
	root, err := parseNode(text)
	if err != nil {
		l.report(at, "%v", err)
		return nil
	}
	r.files[file] = root
	schema := r.schema(file, "", root)
	for _, p := range found {
		l.report(at+p.Pointer, "%s", p.Message)
	}
	if len(found) == 0 {
		alone := newCompiler(func(string) ([]byte, error) { return text, nil })
		if _, err := alone.compile("request", ""); err != nil {
			l.report(at, "%s", shorten(err.Error(), maxMessageBytes))
		}
	}
	return schema
}

// noFiles is a folder without files.
type noFiles struct{}

// Open finds nothing.
func (noFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func (l *loader) checkRequestPlace(where, at Pointer, request *Schema) {
	if err := at.Check(); err != nil {
		l.report(where, "%v", err)
	} else if at != "" && request != nil && !request.Reaches(at) {
		l.report(where, "%q leads nowhere in the call's request", at)
	}
}

// checkTemplates checks the templates in the strings of a JSON text.
func (l *loader) checkTemplates(at Pointer, text json.RawMessage, check func(name string) error) {
	root, err := parseNode(text)
	if err != nil {
		l.report(at, "%v", err)
		return
	}
	root.walk("", func(inner Pointer, n *node) {
		if n.kind != '"' || !strings.Contains(n.text(), "{") && !strings.Contains(n.text(), "}") {
			return
		}
		t, err := ParseTemplate(n.text())
		if err != nil {
			l.report(at+inner, "%v", err)
		}
		for _, name := range t.Names() {
			if err := check(name); err != nil {
				l.report(at+inner, "%v", err)
			}
		}
	})
}

// checkHandshake checks the templates of the handshake.
func (l *loader) checkHandshake() {
	h := l.provider.Handshake
	known := []string{"challenge", "token", "origin"}
	lines := func(at Pointer, templates Templates) {
		for _, line := range templates {
			l.template(at.Child(line[0]), line[1], known...)
		}
	}
	lines("/handshake/query", h.Query)
	lines("/handshake/headers", h.Headers)
	if h.Body != nil {
		l.checkTemplates("/handshake/body", h.Body, func(name string) error {
			if !slices.Contains(known, name) {
				return errPlaceholder(name, known...)
			}
			return nil
		})
	}
	if h.Signed && l.provider.Signing == nil {
		l.report("/handshake/signed", "signing is \"none\"")
	}
	if h.Guarded && !l.usesToken() {
		l.report("/handshake/guarded", "nothing of the request carries the {token}")
	}
	for i, answer := range h.Answers {
		at := Pointer("/handshake/answers").Index(i)
		lines(at+"/headers", answer.Headers)
		l.template(at+"/body", answer.Body, known...)
		for place, template := range answer.JSON {
			where := (at + "/json").Child(string(place))
			l.template(where, template, known...)
			if err := place.Check(); err != nil {
				l.report(where, "%v", err)
			}
		}
	}
}

// usesToken says whether the handshake's request carries the verify token.
func (l *loader) usesToken() bool {
	h := l.provider.Handshake
	for _, line := range append(append(Templates{}, h.Query...), h.Headers...) {
		if strings.Contains(line[1], "{token}") {
			return true
		}
	}
	return strings.Contains(string(h.Body), "{token}")
}
