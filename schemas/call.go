package schemas

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CallValues fills the templates of one call. A placeholder is a place — {request/phone},
// {inbound/data/from} (in the message that the call answers), {response/id} (in the answer, for what
// it emits) — or one of {uuid} {ulid} {hex} {digits} {now} {now_unix} {now_naive} {secret}
// {wamid}, and {wamid:PLACE} for a WhatsApp message id that embeds the phone number at a place. A
// filter may follow: {request/phone|digits}, {request/phone|e164}. The same placeholder has the
// same value throughout a call. Not safe for concurrent use.
type CallValues struct {
	Request, Inbound, Response any        // decoded JSON; nil when there is none
	Now                        time.Time  // when the call was accepted. Required
	Random                     *rand.Rand // where {uuid} and the like come from. Required
	Secret                     Secret     // {secret}: of the subscription

	made map[string]any
}

// Respond makes the body of the answer.
func (c *Call) Respond(v *CallValues) ([]byte, error) {
	body, err := expandJSON(c.Response.Body, v.value)
	if err != nil {
		return nil, fmt.Errorf("answer %s %s: %w", c.Method, c.Path, err)
	}
	return body, nil
}

// Setting is a value to be set at a place of a message.
type Setting struct {
	At    Pointer
	Value json.RawMessage
}

// Settings are what the emission sets, sorted by place; a place whose template has no value is left
// out.
func (e *Emission) Settings(v *CallValues) ([]Setting, error) {
	var settings []Setting
	for at, template := range e.Set {
		value, err := expandJSON(template, v.value)
		if err != nil {
			return nil, fmt.Errorf("emit %q: set %q: %w", e.Event, at, err)
		}
		if value != nil {
			settings = append(settings, Setting{at, value})
		}
	}
	slices.SortFunc(settings, func(a, b Setting) int { return strings.Compare(string(a.At), string(b.At)) })
	return settings, nil
}

// After is when the emission is due, from the moment the call was accepted.
func (e *Emission) After() time.Duration {
	return time.Duration(e.AfterSeconds * float64(time.Second))
}

// callPlaceholders are those without a place.
func callPlaceholders() []string {
	return []string{"uuid", "ulid", "hex", "digits", "now", "now_unix", "now_naive", "secret", "wamid"}
}

// checkCallPlaceholder says what is wrong with a placeholder, nil when nothing is.
func checkCallPlaceholder(name string) error {
	name, filter, _ := strings.Cut(name, "|")
	if filter != "" && filter != "digits" && filter != "e164" {
		return fmt.Errorf("unknown filter %q; known: digits, e164", filter)
	}
	place := strings.TrimPrefix(name, "wamid:")
	root, pointer, isPlace := strings.Cut(place, "/")
	if isPlace && slices.Contains([]string{"request", "inbound", "response"}, root) {
		return Pointer("/" + pointer).Check()
	}
	if slices.Contains(callPlaceholders(), name) {
		return nil
	}
	return fmt.Errorf("unknown placeholder {%s}; known: {request/…} {inbound/…} {response/…} {wamid:PLACE} {%s}",
		name, strings.Join(callPlaceholders(), "} {"))
}

// value is the value of a placeholder; false when there is none.
func (v *CallValues) value(name string) (any, bool) {
	name, filter, _ := strings.Cut(name, "|")
	value, ok := v.unfiltered(name)
	if !ok {
		return nil, false
	}
	switch filter {
	case "digits":
		return digitsOf(textOf(value)), true
	case "e164":
		return "+" + digitsOf(textOf(value)), true
	}
	return value, true
}

func (v *CallValues) unfiltered(name string) (any, bool) {
	if root, pointer, isPlace := strings.Cut(name, "/"); isPlace && !strings.HasPrefix(name, "wamid:") {
		return v.place(root, Pointer("/"+pointer))
	}
	switch name {
	case "now":
		return v.Now.UTC().Format("2006-01-02T15:04:05.000Z"), true
	case "now_unix":
		return strconv.FormatInt(v.Now.Unix(), 10), true
	case "now_naive":
		return v.Now.UTC().Format(time.DateTime), true
	case "secret":
		return string(v.Secret), v.Secret != ""
	}
	if made, ok := v.made[name]; ok {
		return made, true
	}
	made := v.make(name)
	if v.made == nil {
		v.made = map[string]any{}
	}
	v.made[name] = made
	return made, made != nil
}

func (v *CallValues) place(root string, at Pointer) (any, bool) {
	doc := map[string]any{"request": v.Request, "inbound": v.Inbound, "response": v.Response}[root]
	found := at.Find(doc)
	if len(found) == 0 {
		return nil, false
	}
	return found[0], true
}

// make makes a new value of a kind.
func (v *CallValues) make(name string) any {
	switch name {
	case "uuid":
		b := v.bytes(16)
		b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // version 4, RFC 9562
		h := hex.EncodeToString(b)
		return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	case "ulid":
		return v.ulid()
	case "hex":
		return hex.EncodeToString(v.bytes(16))
	case "digits":
		return strconv.FormatUint(1e14+v.Random.Uint64N(9e14), 10)
	}
	place, _ := strings.CutPrefix(name, "wamid:")
	phone := ""
	if root, pointer, isPlace := strings.Cut(place, "/"); isPlace {
		value, _ := v.place(root, Pointer("/"+pointer))
		phone = digitsOf(textOf(value))
	}
	if phone == "" || len(phone) > 15 {
		phone = "12025550100" // reserved for fiction: NANP 555-0100 to 555-0199
	}
	return v.wamid(phone)
}

func (v *CallValues) bytes(n int) []byte {
	b := make([]byte, 0, n+8)
	for len(b) < n {
		b = binary.BigEndian.AppendUint64(b, v.Random.Uint64())
	}
	return b[:n]
}

// ulid makes 48 bits of time and 80 of chance in Crockford's base 32.
func (v *CallValues) ulid() string {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	b := binary.BigEndian.AppendUint64(nil, uint64(v.Now.UnixMilli())<<16)[:6]
	b = append(b, v.bytes(10)...)
	var text [26]byte
	high, low := binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])
	for i := len(text) - 1; i >= 0; i-- {
		text[i] = alphabet[low&31]
		low = low>>5 | high<<59
		high >>= 5
	}
	return string(text[:])
}

// wamid makes the id of an outbound WhatsApp message: opaque by contract, in the form that published
// ones have (prefix and length of the phone, the phone, marks, length and upper-case hex id).
func (v *CallValues) wamid(phone string) string {
	id := strings.ToUpper(hex.EncodeToString(v.bytes(9)))
	b := append([]byte{0x1c, 0x18, byte(len(phone))}, phone...)
	b = append(b, 0x15, 0x02, 0x00, 0x11, 0x18, byte(len(id)))
	b = append(append(b, id...), 0)
	return "wamid." + base64.StdEncoding.EncodeToString(b)
}

// textOf is a decoded value as text: strings as they are, anything else as JSON.
func textOf(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}
