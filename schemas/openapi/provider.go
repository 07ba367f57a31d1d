package openapi

import "fmt"

const assumed = "assumed: the OpenAPI document does not say; the provider's delivery documentation would settle it"

// provider is provider.json: as Write left it, or as far as the document tells.
func (s *source) provider() (object, error) {
	if s.note != nil {
		return append(object{{"$schema", "../provider.schema.json"}}, s.note...), nil
	}
	info := s.root.object("info")
	events := make([]any, len(s.events))
	for i, w := range s.events {
		events[i] = w.listing
	}
	seen, err := s.infer()
	return object{
		{"$schema", "../provider.schema.json"},
		{"name", s.name},
		{"title", info.text("title")},
		{"homepage", s.homepage()},
		{"envelope", seen.envelope},
		{"entity", seen.entity},
		{"headers", seen.headers},
		{"signing", seen.signing},
		{"body", object{{"escapes_non_ascii", false}, {"escapes_slash", false}}},
		{"policy", object{
			{"acknowledge", []any{"2xx"}},
			{"timeout_seconds", 10},
			{"retries", object{{"delays_seconds", []any{}}, {"jitter_ratio", 0}}},
			{"largest_body_bytes", 0},
			{"delivery_id", seen.deliveryID},
			{"repeats", true},
			{"ordered", false},
		}},
		{"events", events},
		{"sources", object{
			{"", "OpenAPI document " + fmt.Sprintf("%q, version %q", info.text("title"), info.text("version"))},
			{"/envelope", "assumed: by the names of the properties that every event has, and by the examples"},
			{"/entity", "assumed: the id of the thing that the event is named after"},
			{"/headers", "assumed: the document's header parameters, with the values of its examples"},
			{"/signing", seen.signingSource},
			{"/body", assumed},
			{"/policy", assumed},
		}},
	}, err
}

func (s *source) homepage() string {
	for _, place := range []object{s.root.object("externalDocs"), s.root.object("info").object("contact")} {
		if url := place.text("url"); url != "" {
			return url
		}
	}
	return "https://example.com/"
}
