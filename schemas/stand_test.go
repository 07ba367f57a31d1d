package schemas_test

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"github.com/hookrig/hookrig/schemas"
)

// TestStands: where the published material contradicts itself, the catalog takes a stand, and says so
// in the schema that a reader of the field opens. Edits of the filled example show that it is held.
func TestStands(t *testing.T) {
	const watsi, sentsays, live = "watsi", "sentsays", "sentsays-live"
	tests := []struct {
		name     string
		provider string
		file     string // schema that says it
		says     string // in a description or comment
		event    string // "" where no edit shows the stand
		accepts  []edit
		refuses  []edit
	}{
		{"flat message", watsi, "message.received", "nested shape is never sent", "message.received",
			nil, []edit{{"/data", map[string]any{"message": map[string]any{"id": "wamid.AA==", "body": "Hola"}}}}},
		{"two spellings of keys", watsi, "common/envelope", "snake_case", "message.received",
			nil, []edit{{"/workspace_id", nil}, {"/data/messageId", nil}}},
		{"two spellings of numbers", watsi, "common/ids", "without a plus sign where it names a WhatsApp user", "message.received",
			[]edit{{"/data/from", "12025550143"}}, []edit{{"/data/from", "+12025550143"}}},
		{"plus sign in the record", watsi, "common/ids", "with one in the contact record", "contact.created",
			[]edit{{"/data/phone", "+12025550143"}}, []edit{{"/data/phone", "12025550143"}}},
		{"timestamp of another year", watsi, "message.status", "a slip", "message.status",
			[]edit{{"/data/timestamp", "1710499920"}, {"/data/timestamp", "1773657120"}}, []edit{{"/data/timestamp", 1773657120}}},
		{"whole message ids", watsi, "message.received", "shortened id", "message.received",
			nil, []edit{{"/data/messageId", "wamid.HBgL..."}}},
		{"whole message ids", sentsays, "common/wamid", "shortens them", "message.received",
			nil, []edit{{"/data/value/messages/0/id", "wamid...=="}}},
		{"opaque ids", watsi, "common/ids", "any text that is not empty", "conversation.created",
			[]edit{{"/data/contactId", "550e8400-e29b-41d4-a716-446655440000"}, {"/data/contactId", "contact_123"}}, []edit{{"/data/contactId", ""}}},
		{"states of conversations", watsi, "common/ids", "The REST API says open", "conversation.created",
			[]edit{{"/data/status", "closed"}}, []edit{{"/data/status", "open"}}},
		{"partial conversation", watsi, "conversation.updated", "Only conversationId is certain", "conversation.updated",
			[]edit{{"/data/status", nil}, {"/data/assignedUserId", nil}, {"/data/watsiEnabled", nil}}, []edit{{"/data/conversationId", nil}}},
		{"partial contact", watsi, "contact.updated", "There is no phone here", "contact.updated",
			[]edit{{"/data/name", nil}, {"/data/email", nil}}, []edit{{"/data/contactId", nil}}},
		{"plus sign of senders", sentsays, "common/phone", "accepted either way", "message.received",
			[]edit{{"/data/value/messages/0/from", "12025550143"}, {"/data/value/messages/0/from", "+12025550143"}}, []edit{{"/data/value/messages/0/from", "Maya"}}},
		{"no plus sign at run time", live, "common/phone", "have no plus sign", "", nil, nil},
		{"two different numbers", sentsays, "common/phone", "Two different numbers are made", "", nil, nil},
		{"bare statuses", sentsays, "common/statuses", "messages are made with both", "message.status.update",
			[]edit{{"/data/value/messaging_product", nil}, {"/data/value/metadata", nil}}, []edit{{"/data/value/statuses", nil}}},
		{"a small part of the record", sentsays, "message.sent", "what the page shows is certain", "message.sent",
			[]edit{{"/data/data/data/chat/wam_id", nil}}, []edit{{"/data/data/data/chat/contact/phone", nil}, {"/data/data/data/chat/created_at", nil}}},
		{"JSON within a text", sentsays, "common/autoreply", "Decode it a second time", "autoreply.created",
			nil, []edit{{"/data/metadata", map[string]any{"type": "text"}}, {"/data/metadata", "We sell shoes"}}},
		{"one date format a field", sentsays, "common/date", "There is no common one", "message.sent",
			nil, []edit{{"/data/data/data/chat/created_at", "2024-10-02T06:29:47Z"}}},
		{"unknown zone", sentsays, "common/date", "Which zone it is in is published nowhere", "", nil, nil},
		{"deletion in an object", sentsays, "autoreply.deleted", "an object here and not an array", "autoreply.deleted",
			nil, []edit{{"/data/list", []any{map[string]any{"uuid": "de6fe115-72c8-4d03-9b6a-f4185ce2a097"}}}}},
		{"flat deletion", sentsays, "contact.deleted", "data.list, which may hold many", "contact.deleted",
			nil, []edit{{"/data/uuid", nil}}},
		{"list of deletions at run time", live, "contact.deleted", "seems to name a list", "contact.deleted",
			nil, []edit{{"/data/list", []any{}}, {"/data/list", nil}}},
		{"creation without an id", sentsays, "contact.created", "It may be missing; messages are made with it", "contact.created",
			[]edit{{"/data/uuid", nil}}, nil},
		{"rule without an id", sentsays, "autoreply.updated", "It may be missing; messages are made with it", "autoreply.updated",
			[]edit{{"/data/uuid", nil}}, nil},
		{"one wrapper", sentsays, "message.received", "The page wraps WhatsApp's webhook once", "message.received",
			nil, []edit{{"/data", map[string]any{"data": map[string]any{}}}}},
		{"two wrappers at run time", live, "message.received", "seems to be wrapped twice", "message.received",
			nil, []edit{{"/data/data", nil}}},
		{"whole UUIDs", sentsays, "common/contact", "The page shortens it", "contact.updated",
			nil, []edit{{"/data/uuid", "81a2d..."}}},
		{"segments", sentsays, "group.created", "newly formed segments; nothing follows", "", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.provider+" "+tt.name, func(t *testing.T) {
			c, err := schemas.Builtin(tt.provider)
			if err != nil {
				t.Fatal(err)
			}
			text, err := fs.ReadFile(c.Files(), "events/"+tt.file+".schema.json")
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(text), tt.says) {
				t.Errorf("%s does not say %q", tt.file, tt.says)
			}
			for _, e := range tt.accepts {
				if err := c.Validate(e.apply(t, c, tt.event)); err != nil {
					t.Errorf("%s = %v: Validate() = %v, want nil", e.at, e.value, err)
				}
			}
			for _, e := range tt.refuses {
				if err := c.Validate(e.apply(t, c, tt.event)); err == nil {
					t.Errorf("%s = %v: Validate() = nil, want an error", e.at, e.value)
				}
			}
		})
	}
}

// edit changes one place of an example; a nil value takes it away.
type edit struct {
	at    schemas.Pointer
	value any
}

// apply edits the plain example of the event.
func (e edit) apply(t *testing.T, c *schemas.Catalog, event string) []byte {
	t.Helper()
	for _, example := range c.Event(event).Examples {
		if example.Variant != "" {
			continue
		}
		doc := decode(t, example.Body)
		cut := strings.LastIndexByte(string(e.at), '/')
		key := string(e.at[cut+1:])
		parents := []any{doc}
		if cut > 0 {
			parents = e.at[:cut].Find(doc)
		}
		for _, parent := range parents {
			object, ok := parent.(map[string]any)
			if !ok {
				t.Fatalf("%s is not in an object", e.at)
			}
			if e.value == nil {
				delete(object, key)
			} else {
				object[key] = e.value
			}
		}
		body, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	t.Fatalf("event %q has no plain example", event)
	return nil
}
