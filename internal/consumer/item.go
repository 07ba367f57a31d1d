package consumer

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// item is one thing that a message says about one entity. A batch holds several.
type item struct {
	Identity string          `json:"identity"` // the same whenever the same thing is said again
	Key      string          `json:"key"`      // of the entity
	At       time.Time       `json:"at"`       // of the message; zero where the provider has none
	Value    json.RawMessage `json:"value"`    // what was said
	place    schemas.Pointer // in the body; "" is the whole
}

// items takes a message apart. known is false when the description has no entity for its event, or the
// body none at that place: an event of tomorrow, to be acknowledged and left alone.
func (d *door) items(m schemas.Message, doc any) (items []item, known bool) {
	for _, pointer := range d.cfg.Provider.Entity[m.Event] {
		before, within := splitBatch(pointer)
		for _, part := range parts("", before.Segments(), doc) {
			if key := keyOf(within, part.value); key != "" {
				it := newItem(m, key, part)
				if it.At.IsZero() {
					it.At = d.times.at(m.Event, before, part.value)
				}
				items = append(items, it)
			}
		}
		if len(items) > 0 {
			return items, true
		}
	}
	if len(d.cfg.Provider.Entity) > 0 {
		return nil, false
	}
	// A description without entities, of a sample body say: the message is all there is.
	return []item{newItem(m, m.ID, part{value: doc})}, true
}

// part is a piece of a body and where it stands.
type part struct {
	place schemas.Pointer
	value any
}

// parts are the pieces that the segments reach; `*` is each element.
func parts(at schemas.Pointer, segments []string, doc any) []part {
	if len(segments) == 0 {
		return []part{{place: at, value: doc}}
	}
	if list, ok := doc.([]any); ok && segments[0] == "*" {
		var all []part
		for i, element := range list {
			all = append(all, parts(at.Index(i), segments[1:], element)...)
		}
		return all
	}
	object, _ := doc.(map[string]any)
	if value, ok := object[segments[0]]; ok {
		return parts(at.Child(segments[0]), segments[1:], value)
	}
	return nil
}

func newItem(m schemas.Message, key string, p part) item {
	value, err := json.Marshal(p.value)
	if err != nil {
		panic(err) // what was decoded can be encoded
	}
	it := item{Key: key, At: m.Time, Value: value, place: p.place}
	it.Identity = identity(m, it)
	if it.Key == "" {
		it.Key = it.Identity
	}
	return it
}

// identity is the provider's message id where it has one. Elsewhere only what was said tells a repetition.
func identity(m schemas.Message, it item) string {
	parts := []string{"id", m.ID, it.Key, string(it.place)}
	if m.ID == "" {
		parts = []string{"content", m.Event, it.Key, string(it.Value)}
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// splitBatch cuts an entity pointer behind its last `*`: what is before reaches the items, the rest the
// key in each. Without a `*` the message is one item.
func splitBatch(p schemas.Pointer) (before, within schemas.Pointer) {
	at := strings.LastIndex(string(p), "/*")
	if at < 0 || len(p) > at+2 && p[at+2] != '/' {
		return "", p
	}
	return p[:at+2], p[at+2:]
}

func keyOf(p schemas.Pointer, doc any) string {
	for _, found := range p.Find(doc) {
		switch found := found.(type) {
		case string:
			return found
		case json.Number:
			return found.String()
		}
	}
	return ""
}
