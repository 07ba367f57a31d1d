package openapi

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// guesses is what somebody else's document lets one suppose about its provider. All of it is marked as
// assumed.
type guesses struct {
	envelope, entity, headers object
	signing                   any
	signingSource             string
	deliveryID                string
}

// infer looks for what every event has.
func (s *source) infer() (guesses, error) {
	g := guesses{signing: "none", signingSource: assumed, deliveryID: "none"}
	g.envelope = s.envelope()
	g.entity = s.entities(schemas.Pointer(g.envelope.text("id")))
	return g, s.inferHeaders(&g)
}

// The names by which envelopes go, the likeliest first.
var (
	eventNames  = []string{"event", "event_type", "eventType", "event_name", "eventName", "topic", "type"}
	idNames     = []string{"id", "event_id", "eventId", "message_id", "messageId", "uuid"}
	timeNames   = []string{"created_at", "createdAt", "created", "timestamp", "occurred_at", "occurredAt", "time", "date", "sent_at", "sentAt"}
	tenantNames = []string{"workspace_id", "workspaceId", "tenant_id", "tenantId", "account_id", "accountId", "organization_id", "organizationId", "account"}
)

// envelope finds the places that every event has: its name, and beside the name its id, time and tenant.
func (s *source) envelope() object {
	found := object{}
	event := s.eventPlace()
	found = found.with("event", pointerText(event))
	var beside []string
	if len(event) > 1 {
		beside = event[:len(event)-1]
	}
	found = found.with("id", s.firstEverywhere(beside, idNames, []string{"string", "integer"}))
	found = found.with("time", s.firstEverywhere(beside, timeNames, []string{"date-time", "integer"}))
	return found.with("tenant", s.firstEverywhere(beside, tenantNames, []string{"string"}))
}

// eventPlace is the property that holds its own event's name in every schema or example and nothing
// else in any; nil when there is none, as where a header names the event.
func (s *source) eventPlace() []string {
	if len(s.events) == 0 {
		return nil
	}
	var candidates [][]string
	for _, name := range eventNames {
		candidates = append(candidates, []string{name})
	}
	for _, outer := range s.propertyNames(s.events[0].schema, nil) {
		candidates = append(candidates, []string{outer})
	}
	for _, outer := range s.propertyNames(s.events[0].schema, nil) {
		for _, inner := range s.propertyNames(s.events[0].schema, []string{outer}) {
			candidates = append(candidates, []string{outer, inner})
		}
	}
	for _, path := range candidates {
		if s.namesEach(path) {
			return path
		}
	}
	return nil
}

// namesEach says whether the place holds the event's name in each event: pinned by the schema, listed in
// an enum or shown in an example.
func (s *source) namesEach(path []string) bool {
	for _, w := range s.events {
		holds, contradicts := s.evidence(w, path)
		if !holds || contradicts {
			return false
		}
	}
	return true
}

// evidence says whether schema or examples of an event show its name at the place, or another text.
func (s *source) evidence(w webhook, path []string) (holds, contradicts bool) {
	for _, schema := range s.reach(w.schema, path) {
		allowed, _ := schema.get("enum").([]any)
		if only := schema.get("const"); only != nil {
			allowed = []any{only}
		}
		if len(allowed) > 0 {
			mine := slices.Contains(allowed, any(w.name))
			holds, contradicts = holds || mine, contradicts || !mine
		}
	}
	for _, example := range w.examples {
		if text, isText := valueAt(example, path).(string); isText {
			holds, contradicts = holds || text == w.name, contradicts || text != w.name
		}
	}
	return holds, contradicts
}

// pinned says whether the schema itself allows no other name at the place.
func (s *source) pinned(w webhook, at schemas.Pointer) bool {
	for _, schema := range s.reach(w.schema, at.Segments()) {
		enum, _ := schema.get("enum").([]any)
		if schema.get("const") == w.name || len(enum) == 1 && enum[0] == w.name {
			return true
		}
	}
	return false
}

// firstEverywhere is the pointer of the first name that stands in every event as one of the kinds.
func (s *source) firstEverywhere(beside, names, kinds []string) string {
	for _, name := range names {
		path := append(slices.Clone(beside), name)
		everywhere := len(s.events) > 0
		for _, w := range s.events {
			everywhere = everywhere && s.isOf(w.schema, path, kinds)
		}
		if everywhere {
			return pointerText(path)
		}
	}
	return ""
}

// isOf says whether a schema stands at the path that has one of the types or formats.
func (s *source) isOf(schema any, path, kinds []string) bool {
	for _, found := range s.reach(schema, path) {
		if slices.Contains(kinds, found.text("type")) || slices.Contains(kinds, found.text("format")) {
			return true
		}
	}
	return false
}

// entities finds, for each event, the id of the thing that it is named after, or of the object that it
// carries; else its own id.
func (s *source) entities(id schemas.Pointer) object {
	all := object{}
	for _, w := range s.events {
		var pointers []any
		for _, path := range s.entityPaths(w) {
			if s.isOf(w.schema, path, []string{"string", "integer"}) && pointers == nil {
				pointers = append(pointers, pointerText(path))
			}
		}
		if pointers == nil && id != "" {
			pointers = append(pointers, string(id))
		}
		if pointers != nil {
			all = append(all, member{w.name, pointers})
		}
	}
	return all
}

func (s *source) entityPaths(w webhook) [][]string {
	paths := [][]string{{"data", "object", "id"}, {"data", "id"}, {"data", "uuid"}, {"payload", "id"}, {"resource", "id"}, {"object", "id"}}
	plain := strings.NewReplacer("_", "", "-", "", ".", "", "/", "")
	for _, outer := range [][]string{nil, {"data"}, {"payload"}} {
		for _, name := range s.propertyNames(w.schema, outer) {
			if strings.Contains(plain.Replace(strings.ToLower(w.name)), plain.Replace(strings.ToLower(name))) {
				paths = append(paths, append(slices.Clone(outer), name, "id"))
			}
		}
	}
	return paths
}

// inferHeaders takes the header parameters of the document: a known signature header brings its scheme.
func (s *source) inferHeaders(g *guesses) error {
	g.headers = object{{"Content-Type", "application/json"}}
	for _, parameter := range s.headerParameters() {
		name := parameter.text("name")
		if scheme := signedBy(name); scheme != nil {
			if err := g.adopt(scheme); err != nil {
				return err
			}
			continue
		}
		if value := headerValue(parameter); value != "" && !has(g.headers, name) {
			g.headers = append(g.headers, member{name, value})
		}
	}
	return nil
}

// headerParameters are the header parameters that every event has, in the order of the first.
func (s *source) headerParameters() []object {
	var common []object
	counts := map[string]int{}
	for _, w := range s.events {
		parameters, _ := w.operation.get("parameters").([]any)
		for _, value := range parameters {
			parameter, err := s.resolve(value)
			name := strings.ToLower(parameter.text("name"))
			if err != nil || parameter.text("in") != "header" || slices.Contains([]string{"", "host", "content-type", "content-length"}, name) {
				continue
			}
			if counts[name]++; counts[name] == 1 {
				common = append(common, parameter)
			}
		}
	}
	return slices.DeleteFunc(common, func(p object) bool { return counts[strings.ToLower(p.text("name"))] < len(s.events) })
}

// headerValue is a template for the header: what its name says, or the document's example.
func headerValue(parameter object) string {
	name := strings.ToLower(parameter.text("name"))
	for _, word := range []struct{ part, template string }{
		{"event-type", "{event}"}, {"topic", "{event}"}, {"delivery", "{delivery_id}"}, {"webhook-id", "{delivery_id}"}, {"timestamp", "{timestamp}"},
	} {
		if strings.Contains(name, word.part) {
			return word.template
		}
	}
	if strings.HasSuffix(name, "-event") {
		return "{event}"
	}
	schema := parameter.object("schema")
	values := []any{schema.get("const"), parameter.get("example"), schema.get("example"), schema.get("default")}
	for _, list := range []string{"enum", "examples"} {
		if items, _ := schema.get(list).([]any); len(items) > 0 {
			values = append(values, items[0])
		}
	}
	for _, value := range values {
		switch value := value.(type) {
		case string:
			if !strings.ContainsAny(value, "{}\r\n") {
				return value
			}
		case json.Number:
			return value.String()
		}
	}
	return ""
}

// signedBy is the ready scheme whose signature stands in that header; nil for any other header.
func signedBy(header string) *schemas.Provider {
	for _, name := range schemas.Schemes() {
		scheme, err := schemas.LoadScheme(name)
		if err != nil {
			continue
		}
		for _, line := range scheme.Provider().Headers {
			if strings.Contains(line[1], "{signatures}") && strings.EqualFold(line[0], header) {
				return scheme.Provider()
			}
		}
	}
	return nil
}

// adopt takes a scheme's signature, and its headers that are not the same for every message.
func (g *guesses) adopt(scheme *schemas.Provider) error {
	text, err := json.Marshal(scheme.Signing)
	if err != nil {
		return fmt.Errorf("adopt signing scheme %q: %w", scheme.Name, err)
	}
	if g.signing, err = decode(text); err != nil {
		return fmt.Errorf("adopt signing scheme %q: %w", scheme.Name, err)
	}
	g.signingSource = fmt.Sprintf("assumed: a header of this name is %s's; see %s", scheme.Title, scheme.Homepage)
	g.deliveryID = scheme.Policy.DeliveryID
	for _, line := range scheme.Headers {
		if strings.Contains(line[1], "{") {
			g.headers = slices.DeleteFunc(g.headers, func(m member) bool { return strings.EqualFold(m.name, line[0]) })
			g.headers = append(g.headers, member{line[0], line[1]})
		}
	}
	return nil
}

func has(headers object, name string) bool {
	return slices.ContainsFunc(headers, func(m member) bool { return strings.EqualFold(m.name, name) })
}
