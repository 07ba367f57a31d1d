package generators_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// found is a value and the indices that `*` stood for on the way.
type found struct {
	indices []int
	value   any
}

// place is a JSON Pointer in which `*` is each element, cut into segments.
type place []string

func placeOf(pointer string) place {
	var p place
	for _, segment := range strings.Split(pointer, "/")[1:] {
		p = append(p, strings.NewReplacer("~1", "/", "~0", "~").Replace(segment))
	}
	return p
}

// UnmarshalJSON reads a place from a JSON Pointer.
func (p *place) UnmarshalJSON(text []byte) error {
	var pointer string
	err := json.Unmarshal(text, &pointer)
	*p = placeOf(pointer)
	return err
}

func (p place) String() string { return "/" + strings.Join(p, "/") }

// reach follows a place to its values.
func reach(doc any, p place) []found {
	list := []found{{value: doc}}
	for _, segment := range p {
		var next []found
		for _, f := range list {
			switch v := f.value.(type) {
			case map[string]any:
				if inner, ok := v[segment]; ok {
					next = append(next, found{f.indices, inner})
				}
			case []any:
				for i, inner := range v {
					if segment == "*" {
						next = append(next, found{append(slices.Clip(f.indices), i), inner})
					} else if segment == strconv.Itoa(i) {
						next = append(next, found{f.indices, inner})
					}
				}
			}
		}
		list = next
	}
	return list
}

// texts lists the values at a place, written so that equal ones are equal.
func texts(doc any, at place, as string) []string {
	var list []string
	for _, f := range reach(doc, at) {
		if text, ok := written(f.value, as); ok {
			list = append(list, text)
		}
	}
	return list
}

type pair struct{ key, value string }

// pairs lists keys and values that belong to the same elements. Without a key all share one.
func pairs(doc any, key, value place, as string) []pair {
	keys := []found{{value: ""}}
	if key != nil {
		keys = reach(doc, key)
	}
	var list []pair
	for _, v := range reach(doc, value) {
		text, ok := written(v.value, as)
		for _, k := range keys {
			shared := min(len(k.indices), len(v.indices))
			name, named := written(k.value, "")
			if ok && named && slices.Equal(k.indices[:shared], v.indices[:shared]) {
				list = append(list, pair{name, text})
			}
		}
	}
	return list
}

// written spells a value for comparison: text as it stands, digits alone, or unix seconds.
func written(v any, as string) (string, bool) {
	var text string
	switch v := v.(type) {
	case string:
		text = v
	case json.Number:
		text = v.String()
	case bool:
		text = strconv.FormatBool(v)
	default:
		return "", false
	}
	switch as {
	case "digits":
		return strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, text), true
	case "unix":
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			return text, true
		}
		at, err := time.Parse(time.RFC3339Nano, text)
		return strconv.FormatFloat(float64(at.UnixMicro())/1e6, 'f', 6, 64), err == nil
	}
	return text, true
}

func less(a, b, as string) bool {
	if as != "unix" {
		return a < b
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX != nil || errY != nil || x < y
}

func holdsWhere(where map[string]any, doc any) bool {
	for _, at := range slices.Sorted(maps.Keys(where)) {
		want, _ := json.Marshal(where[at])
		if !slices.ContainsFunc(reach(doc, placeOf(at)), func(f found) bool {
			got, err := json.Marshal(f.value)
			return err == nil && bytes.Equal(got, want)
		}) {
			return false
		}
	}
	return true
}

// decodeBody decodes a body for texts and reach.
func decodeBody(t *testing.T, body []byte) any {
	t.Helper()
	var doc any
	if err := json.Unmarshal(body, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}
