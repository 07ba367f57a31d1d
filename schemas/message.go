package schemas

import (
	"cmp"
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
func (p *Provider) Read(body []byte) (Message, error) { return p.ReadAs("", body) }

// ReadAs is Read for a body whose event is known, as where a header names it. What the body itself
// names counts first.
func (p *Provider) ReadAs(event string, body []byte) (Message, error) {
	if err := checkText(body); err != nil {
		return Message{}, fmt.Errorf("read message: %w", err)
	}
	m := Message{
		Event:  cmp.Or(textAt(p.Fields.Event, body), event),
		ID:     textAt(p.Fields.ID, body),
		Tenant: textAt(p.Fields.Tenant, body),
		Body:   body,
	}
	if text := textAt(p.Fields.Time, body); text != "" {
		m.Time, _ = parseTime(text)
	}
	for _, pointer := range p.Entity[m.Event] {
		if m.Entities = textsAt(pointer, body); len(m.Entities) > 0 {
			break
		}
	}
	return m, nil
}

// MessageID is the id of the message in a body that is known to be JSON; "" where the provider has none.
func (p *Provider) MessageID(body []byte) string { return textAt(p.Fields.ID, body) }

// textAt is the first non-empty string or number that the pointer reaches in a JSON text; an empty
// pointer reaches nothing.
func textAt(p Pointer, text []byte) string {
	first := ""
	if p != "" {
		lookup(text, p, func(raw []byte) {
			if first == "" {
				first = scalarText(raw)
			}
		})
	}
	return first
}

// textsAt are the non-empty strings and numbers that the pointer reaches.
func textsAt(p Pointer, text []byte) []string {
	var found []string
	if p != "" {
		lookup(text, p, func(raw []byte) {
			if value := scalarText(raw); value != "" {
				found = append(found, value)
			}
		})
	}
	return found
}

// scalarText is a string's text or a number as written; "" for any other value.
func scalarText(raw []byte) string {
	switch c := raw[0]; {
	case c == '"':
		return unquote(raw)
	case c == '-' || c >= '0' && c <= '9':
		return string(raw)
	}
	return ""
}

// firstText is textAt in a decoded document.
func firstText(p Pointer, doc any) string {
	if p == "" {
		return ""
	}
	for _, value := range p.Find(doc) {
		switch value := value.(type) {
		case string:
			if value != "" {
				return value
			}
		case json.Number:
			return value.String()
		}
	}
	return ""
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
