package checks

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// editBody applies the edit when it is one of the body's. splits are the offsets of an encoding that
// has some.
func (e Edit) editBody(body []byte) (edited []byte, splits []int, err error) {
	place := schemas.Pointer(e.Place)
	switch e.Op {
	case Set:
		edited, err = set(body, place, e.JSON)
	case Remove:
		edited, err = remove(body, place)
	case Replace:
		edited = e.Bytes
	case Prepend:
		edited = append(bytes.Clone(e.Bytes), body...)
	case Duplicate:
		edited, err = add(body, place, e.JSON)
	case Append:
		edited, err = push(body, place, e.JSON)
	case Nest:
		edited, err = set(body, place, nested(e.Count))
	case Pad:
		edited, err = pad(body, place, e.Count)
	case Respell:
		return respell(body, e.Value)
	default:
		edited = body
	}
	return edited, nil, err
}

// nested is so many arrays in one another.
func nested(depth int) []byte {
	return append(bytes.Repeat([]byte{'['}, depth), bytes.Repeat([]byte{']'}, depth)...)
}

// pad writes a text at the place, so long that the body has size bytes.
func pad(body []byte, place schemas.Pointer, size int) ([]byte, error) {
	empty, err := set(body, place, []byte(`""`))
	if err != nil {
		return nil, err
	}
	missing := size - len(empty)
	if missing < 0 {
		return nil, fmt.Errorf("pad %q: the body has %d bytes already", place, len(empty))
	}
	text := bytes.Repeat([]byte("hookrig "), missing/8+1)[:missing]
	return set(body, place, append(append([]byte{'"'}, text...), '"'))
}

func respell(body []byte, name string) ([]byte, []int, error) {
	for _, encoding := range generators.Encodings() {
		if encoding.Name != name {
			continue
		}
		spelled := body
		if encoding.Apply != nil {
			var err error
			if spelled, err = encoding.Apply(body); err != nil {
				return nil, nil, fmt.Errorf("respell as %q: %w", name, err)
			}
		}
		if encoding.Splits != nil {
			return spelled, encoding.Splits(spelled), nil
		}
		return spelled, nil, nil
	}
	return nil, nil, fmt.Errorf("respell: unknown encoding %q", name)
}

// flip changes one byte inside the string at the place: the last ASCII letter or digit, to another.
func flip(body []byte, place schemas.Pointer) ([]byte, error) {
	at, ok := find(body, place)
	if !ok || body[at.from] != '"' {
		return nil, fmt.Errorf("flip a byte at %q: %w", place, errNoPlace)
	}
	for i := at.to - 2; i > at.from; i-- {
		c := body[i]
		if !alphanumeric(c) || !alphanumeric(c^1) || body[i-1] == '\\' {
			continue
		}
		flipped := bytes.Clone(body)
		flipped[i] = c ^ 1 // a neighbour: 4 and 5, b and c
		return flipped, nil
	}
	return nil, fmt.Errorf("flip a byte at %q: no letter or digit there", place)
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// quote is the text as JSON, non-ASCII characters as they are.
func quote(text string) json.RawMessage {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string cannot fail
	return bytes.TrimSpace(out.Bytes())
}
