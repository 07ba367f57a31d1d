package schemas

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Message is one instance of an event: a body of bytes, and what the provider's envelope pointers
// find in it. The body is what is signed, sent and judged; it is never marshalled again.
type Message struct {
	Event    string    // event name; "" when the body names none
	ID       string    // value at envelope.id; "" where the provider has none
	Time     time.Time // value at envelope.time; zero where the provider has none
	Tenant   string    // value at envelope.tenant; "" where the provider has none
	Entities []string  // keys of the things it is about, in body order; several in a batch
	Body     []byte
}

// Read finds the message in a body by the provider's envelope and entity pointers. The body is kept,
// not copied. It fails only when the body is not JSON; an unknown event is not an error here.
func (p *Provider) Read(body []byte) (Message, error) {
	doc, err := Decode(body)
	if err != nil {
		return Message{}, fmt.Errorf("read message: %w", err)
	}
	m := Message{
		Event:  firstText(p.Fields.Event, doc),
		ID:     firstText(p.Fields.ID, doc),
		Tenant: firstText(p.Fields.Tenant, doc),
		Body:   body,
	}
	if text := firstText(p.Fields.Time, doc); text != "" {
		m.Time, _ = parseTime(text)
	}
	for _, pointer := range p.Entity[m.Event] {
		if m.Entities = texts(pointer, doc); len(m.Entities) > 0 {
			break
		}
	}
	return m, nil
}

// firstText is the first non-empty string or number that the pointer reaches; an empty pointer
// reaches nothing.
func firstText(p Pointer, doc any) string {
	if found := texts(p, doc); len(found) > 0 {
		return found[0]
	}
	return ""
}

// texts are the non-empty strings and numbers that the pointer reaches.
func texts(p Pointer, doc any) []string {
	if p == "" {
		return nil
	}
	var found []string
	for _, value := range p.Find(doc) {
		switch value := value.(type) {
		case string:
			if value != "" {
				found = append(found, value)
			}
		case json.Number:
			found = append(found, value.String())
		}
	}
	return found
}

// parseTime reads the spellings of an instant that webhooks use: RFC 3339, a date and time without
// a zone (taken as UTC), Unix seconds.
func parseTime(text string) (time.Time, error) {
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(seconds, 0).UTC(), nil
	}
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return at, nil
	}
	return time.Parse(time.DateTime, text)
}
