package observe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Reading is what an observer said about one key.
type Reading struct {
	Key   string
	Count int             // times the consumer has acted on it
	Value json.RawMessage // what the entity is now; nil when unknown
	Err   error           // the observer could not say; Count means nothing then
}

// replyLimit is the most that is read of an observer's answer, in bytes.
const replyLimit = 1 << 20

// parseReply reads `{"effects": n, "value": any}` or a bare number of effects.
func parseReply(data []byte) (count int, value json.RawMessage, err error) {
	text := bytes.TrimSpace(data)
	var reply struct {
		Effects *int            `json:"effects"`
		Value   json.RawMessage `json:"value"`
	}
	switch {
	case len(data) > replyLimit:
		err = fmt.Errorf("it is larger than %d bytes", replyLimit)
	case len(text) == 0:
		err = errors.New("it is empty")
	case text[0] == '{':
		if err = json.Unmarshal(text, &reply); err == nil && reply.Effects == nil {
			err = errors.New(`it has no "effects"`)
		}
	default:
		err = json.Unmarshal(text, &reply.Effects)
		if err == nil && reply.Effects == nil {
			err = errors.New("it is null")
		}
	}
	if err == nil && *reply.Effects < 0 {
		err = fmt.Errorf("it counts %d effects", *reply.Effects)
	}
	if err != nil {
		return 0, nil, fmt.Errorf(`read answer %q: %w (want {"effects": n, "value": any} or a number)`, shorten(text), err)
	}
	if string(reply.Value) == "null" {
		reply.Value = nil
	}
	return *reply.Effects, reply.Value, nil
}

// escape writes every byte but the unreserved ones (RFC 3986, 2.3) as %XX.
func escape(key string) string {
	var b strings.Builder
	for i := range len(key) {
		c := key[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if letter || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

func shorten(text []byte) string {
	if len(text) > 80 {
		return string(text[:80]) + "…"
	}
	return string(text)
}
