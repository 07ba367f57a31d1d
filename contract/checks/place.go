package checks

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/hookrig/hookrig/schemas"
)

// A body is edited in its own bytes, so that everything but the place keeps the provider's spelling.

var errNoPlace = errors.New("the body has no such place")

// span is where a value stands in a body.
type span struct{ from, to int }

// member is where a member of an object stands: its name, and its value.
type member struct {
	name       string
	key, value span
}

// find returns the span of the value at the place. Segment `*` is the first element.
func find(body []byte, place schemas.Pointer) (span, bool) {
	if !json.Valid(body) {
		return span{}, false
	}
	at := valueAt(body, 0)
	for _, segment := range place.Segments() {
		switch body[at.from] {
		case '{':
			i := indexMember(members(body, at), segment)
			if i < 0 {
				return span{}, false
			}
			at = members(body, at)[i].value
		case '[':
			items := elements(body, at)
			i, err := strconv.Atoi(segment)
			if segment == "*" {
				i, err = 0, nil
			}
			if err != nil || i < 0 || i >= len(items) {
				return span{}, false
			}
			at = items[i]
		default:
			return span{}, false
		}
	}
	return at, true
}

// set writes raw at the place. A missing member is added last to its object; its parents must be there.
func set(body []byte, place schemas.Pointer, raw []byte) ([]byte, error) {
	if at, ok := find(body, place); ok {
		return splice(body, at, raw), nil
	}
	return add(body, place, raw)
}

// add writes one more member at the place, last in its object, whether or not the name is there.
func add(body []byte, place schemas.Pointer, raw []byte) ([]byte, error) {
	parent, name, ok := cutLast(place)
	at, found := find(body, parent)
	if !ok || !found || body[at.from] != '{' {
		return nil, fmt.Errorf("set %q: %w", place, errNoPlace)
	}
	key, _ := json.Marshal(name)
	written := append(append(key, ':'), raw...)
	if len(members(body, at)) > 0 {
		written = append([]byte{','}, written...)
	}
	return splice(body, span{at.to - 1, at.to - 1}, written), nil
}

// remove takes the member or element at the place away, with one comma.
func remove(body []byte, place schemas.Pointer) ([]byte, error) {
	parent, name, ok := cutLast(place)
	at, found := find(body, parent)
	if !ok || !found {
		return nil, fmt.Errorf("remove %q: %w", place, errNoPlace)
	}
	var spans []span
	gone := -1
	switch body[at.from] {
	case '{':
		all := members(body, at)
		gone = indexMember(all, name)
		for _, m := range all {
			spans = append(spans, span{m.key.from, m.value.to})
		}
	case '[':
		spans = elements(body, at)
		if i, err := strconv.Atoi(name); err == nil && i < len(spans) {
			gone = i
		}
	}
	if gone < 0 {
		return nil, fmt.Errorf("remove %q: %w", place, errNoPlace)
	}
	out := spans[gone]
	if gone+1 < len(spans) {
		out.to = spans[gone+1].from
	} else if gone > 0 {
		out.from = spans[gone-1].to
	}
	return splice(body, out, nil), nil
}

// push adds raw as the last element of the array at the place.
func push(body []byte, place schemas.Pointer, raw []byte) ([]byte, error) {
	at, ok := find(body, place)
	if !ok || body[at.from] != '[' {
		return nil, fmt.Errorf("append to %q: %w", place, errNoPlace)
	}
	if len(elements(body, at)) > 0 {
		raw = append([]byte{','}, raw...)
	}
	return splice(body, span{at.to - 1, at.to - 1}, raw), nil
}

func splice(body []byte, at span, raw []byte) []byte {
	out := make([]byte, 0, len(body)+len(raw)+at.from-at.to)
	out = append(out, body[:at.from]...)
	out = append(out, raw...)
	return append(out, body[at.to:]...)
}

func cutLast(place schemas.Pointer) (parent schemas.Pointer, name string, ok bool) {
	segments := place.Segments()
	if len(segments) == 0 {
		return "", "", false
	}
	for _, segment := range segments[:len(segments)-1] {
		parent = parent.Child(segment)
	}
	return parent, segments[len(segments)-1], true
}

func indexMember(all []member, name string) int {
	for i := len(all) - 1; i >= 0; i-- { // the last of repeated names counts
		if all[i].name == name {
			return i
		}
	}
	return -1
}

// members lists the members of the object at the span of a valid body.
func members(body []byte, at span) []member {
	var all []member
	for i := skipSpace(body, at.from+1); body[i] != '}'; {
		m := member{key: valueAt(body, i)}
		_ = json.Unmarshal(body[m.key.from:m.key.to], &m.name)
		m.value = valueAt(body, skipSpace(body, m.key.to)+1) // past the colon
		all = append(all, m)
		if i = skipSpace(body, m.value.to); body[i] == ',' {
			i = skipSpace(body, i+1)
		}
	}
	return all
}

// elements lists the elements of the array at the span of a valid body.
func elements(body []byte, at span) []span {
	var all []span
	for i := skipSpace(body, at.from+1); body[i] != ']'; {
		item := valueAt(body, i)
		all = append(all, item)
		if i = skipSpace(body, item.to); body[i] == ',' {
			i = skipSpace(body, i+1)
		}
	}
	return all
}

// valueAt is the value that begins at or after from, in a valid body.
func valueAt(body []byte, from int) span {
	from = skipSpace(body, from)
	depth := 0
	for i := from; i < len(body); i++ {
		switch body[i] {
		case '"':
			i = stringEnd(body, i)
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		default:
			for i+1 < len(body) && !delimiter(body[i+1]) {
				i++
			}
			if depth > 0 {
				continue
			}
		}
		if depth == 0 {
			return span{from, i + 1}
		}
	}
	return span{from, len(body)}
}

// stringEnd is the index of the quote that ends the string.
func stringEnd(body []byte, from int) int {
	for i := from + 1; i < len(body); i++ {
		switch body[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(body) - 1
}

func skipSpace(body []byte, i int) int {
	for i < len(body) && (body[i] == ' ' || body[i] == '\t' || body[i] == '\n' || body[i] == '\r') {
		i++
	}
	return i
}

func delimiter(c byte) bool {
	switch c {
	case ' ', '\t', '\n', '\r', ',', ':', '{', '}', '[', ']', '"':
		return true
	}
	return false
}
