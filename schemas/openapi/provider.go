package openapi

import (
	"fmt"
	"strings"
)

const assumed = "assumed: the OpenAPI document does not say; the provider's delivery documentation would settle it"

// provider is provider.json: as Write left it, or as far as the document tells.
func (s *source) provider() object {
	if s.note != nil {
		return append(object{{"$schema", "../provider.schema.json"}}, s.note...)
	}
	info := s.root.object("info")
	events := make([]any, len(s.events))
	for i, event := range s.events {
		events[i] = event
	}
	envelope := object{}.with("event", s.eventPointer())
	return object{
		{"$schema", "../provider.schema.json"},
		{"name", s.name},
		{"title", info.text("title")},
		{"homepage", s.homepage()},
		{"envelope", envelope},
		{"headers", object{{"Content-Type", "application/json"}}},
		{"signing", "none"},
		{"body", object{{"escapes_non_ascii", false}, {"escapes_slash", false}}},
		{"policy", object{
			{"acknowledge", []any{"2xx"}},
			{"timeout_seconds", 10},
			{"retries", object{{"delays_seconds", []any{}}, {"jitter_ratio", 0}}},
			{"largest_body_bytes", 0},
			{"delivery_id", "none"},
			{"repeats", true},
			{"ordered", false},
		}},
		{"events", events},
		{"sources", object{
			{"", "OpenAPI document " + fmt.Sprintf("%q, version %q", info.text("title"), info.text("version"))},
			{"/envelope", "assumed: the property that holds the event's name in every schema"},
			{"/headers", assumed},
			{"/signing", assumed},
			{"/body", assumed},
			{"/policy", assumed},
		}},
	}
}

func (s *source) homepage() string {
	for _, place := range []object{s.root.object("externalDocs"), s.root.object("info").object("contact")} {
		if url := place.text("url"); url != "" {
			return url
		}
	}
	return "https://example.com/"
}

// eventPointer is the top-level property that holds its own event's name in every schema; "" when
// there is none, as where a header names the event.
func (s *source) eventPointer() string {
	if len(s.bodies) == 0 {
		return ""
	}
	for _, property := range s.bodies[0].object("properties") {
		everywhere := true
		for i, body := range s.bodies {
			everywhere = everywhere && names(body.object("properties").object(property.name), s.events[i].text("name"))
		}
		if everywhere {
			return "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(property.name)
		}
	}
	return ""
}

// names says whether a schema allows that text only.
func names(schema object, text string) bool {
	if schema.get("const") == text {
		return true
	}
	enum, _ := schema.get("enum").([]any)
	return len(enum) == 1 && enum[0] == text
}
