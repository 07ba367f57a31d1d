//go:build e2e

package e2e_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// whatsappValue is the part of a WhatsApp delivery that the parsers and we must read alike.
type whatsappValue struct {
	Metadata *struct{} `json:"metadata"`
	Messages []struct {
		ID   string                `json:"id"`
		From string                `json:"from"`
		Type string                `json:"type"`
		Text struct{ Body string } `json:"text"`
	} `json:"messages"`
	Statuses []struct {
		ID        string `json:"id"`
		Status    string `json:"status"`
		Recipient string `json:"recipient_id"`
	} `json:"statuses"`
}

// parsed is what a parser saw.
type parsed struct {
	Messages []struct{ ID, Type, Text, From, Direction string } `json:"messages"`
	Statuses []struct{ ID, Status, To string }                  `json:"statuses"`
	Error    string                                             `json:"error"`
}

// corner is a delivery that a parser is known not to read as it stands, and why.
type corner struct {
	parser, why string
	is          func(whatsappValue) bool
}

var corners = []corner{
	{"whatsapp-api-js", "reads the phone number id of the metadata before anything else and throws without it",
		func(v whatsappValue) bool { return v.Metadata == nil }},
	{"whatsapp-api-js", "reads only the first message of a delivery",
		func(v whatsappValue) bool { return len(v.Messages) > 1 }},
	{"whatsapp-api-js", "reads only the first status of a delivery",
		func(v whatsappValue) bool { return len(v.Statuses) > 1 }},
	{"whatsapp-api-js", "throws on a delivery of errors alone",
		func(v whatsappValue) bool { return len(v.Messages)+len(v.Statuses) == 0 }},
	{"whatsapp-api-js", "calls the sender of a message without `from` by a user id",
		func(v whatsappValue) bool { return len(v.Messages) > 0 && v.Messages[0].From == "" }},
}

// Two WhatsApp webhook parsers read every message and status that the catalog can make with the right
// type, text, sender and direction; corners lists where one refuses, and why.
func TestWhatsAppParsersReadWhatWeMake(t *testing.T) {
	parser := startScript(t, "parse.mjs")
	met := map[string]int{}
	read := 0
	for _, c := range builtins(t) {
		generator, err := generators.New(c, generators.Config{RunID: "parsers"})
		if err != nil {
			t.Fatal(err)
		}
		for _, event := range c.Events() {
			for _, body := range everyShape(t, generator, event) {
				value, field, ok := valueOf(t, body)
				if !ok {
					continue
				}
				var answers map[string]parsed
				parser.ask(map[string]any{"value": value, "field": field}, &answers)
				var want whatsappValue
				if err := json.Unmarshal(value, &want); err != nil {
					t.Fatal(err)
				}
				for name, got := range answers {
					if i := slices.IndexFunc(corners, func(k corner) bool { return k.parser == name && k.is(want) }); i >= 0 {
						met[corners[i].why]++
						continue
					}
					read++
					compare(t, name, want, got, body)
				}
			}
		}
	}
	if read < 100 {
		t.Errorf("the parsers read only %d deliveries", read)
	}
	t.Logf("%d deliveries read alike; corners met: %v", read, met)
}

// everyShape is a message for each schema point, and many lives.
func everyShape(t *testing.T, generator *generators.Generator, event *schemas.Event) [][]byte {
	t.Helper()
	variants, err := generator.Cover(event.Name, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for _, variant := range variants {
		all = append(all, variant.Message.Body)
	}
	for life := range uint64(200) {
		message, err := generator.Message(event.Name, generators.Coordinate{Life: life})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, message.Body)
	}
	return all
}

// valueOf finds data.value or data.data.value, where a delivery passes on what WhatsApp sent.
func valueOf(t *testing.T, body []byte) (value json.RawMessage, field string, found bool) {
	t.Helper()
	type change struct {
		Value json.RawMessage `json:"value"`
		Field string          `json:"field"`
		Data  json.RawMessage `json:"data"`
	}
	var delivery struct {
		Data change `json:"data"`
	}
	if err := json.Unmarshal(body, &delivery); err != nil {
		return nil, "", false // data is not an object in every event
	}
	inner := delivery.Data
	if inner.Value == nil && inner.Data != nil {
		var deeper change
		if json.Unmarshal(inner.Data, &deeper) == nil {
			inner = deeper
		}
	}
	return inner.Value, inner.Field, inner.Value != nil
}

func compare(t *testing.T, parser string, want whatsappValue, got parsed, body []byte) {
	t.Helper()
	if got.Error != "" {
		t.Errorf("%s throws %q on %s", parser, got.Error, body)
		return
	}
	if len(got.Messages) != len(want.Messages) || len(got.Statuses) != len(want.Statuses) {
		t.Errorf("%s reads %d messages and %d statuses in %s", parser, len(got.Messages), len(got.Statuses), body)
		return
	}
	for i, message := range want.Messages {
		seen := got.Messages[i]
		text := message.Text.Body
		if seen.ID != message.ID || seen.Type != message.Type || seen.Text != text || digits(seen.From) != digits(message.From) {
			t.Errorf("%s reads %+v of %s", parser, seen, body)
		}
		if seen.Direction != "" && seen.Direction != "inbound" {
			t.Errorf("%s takes an inbound message for %s: %s", parser, seen.Direction, body)
		}
	}
	for i, status := range want.Statuses {
		if seen := got.Statuses[i]; seen.ID != status.ID || seen.Status != status.Status || digits(seen.To) != digits(status.Recipient) {
			t.Errorf("%s reads %+v of %s", parser, seen, body)
		}
	}
}

func digits(number string) string { return strings.TrimPrefix(number, "+") }
