package schemas

import (
	"bytes"
	"encoding/json"
	"slices"
)

// expandJSON fills the templates in the strings of a JSON text, keeping the order of members. It
// gives nil when the text is one placeholder that has no value.
func expandJSON(text []byte, value func(name string) (any, bool)) ([]byte, error) {
	root, err := parseNode(text)
	if err != nil {
		return nil, err
	}
	return root.expand(value)
}

func (n *node) expand(value func(name string) (any, bool)) ([]byte, error) {
	switch n.kind {
	case '"':
		return expandText(n.text(), value)
	case '{':
		var parts [][]byte
		for _, m := range n.members {
			inner, err := m.value.expand(value)
			if err != nil {
				return nil, err
			}
			if inner == nil {
				continue
			}
			name, err := marshal(m.name)
			if err != nil {
				return nil, err
			}
			parts = append(parts, slices.Concat(name, []byte(":"), inner))
		}
		return slices.Concat([]byte("{"), bytes.Join(parts, []byte(",")), []byte("}")), nil
	case '[':
		var parts [][]byte
		for _, item := range n.items {
			inner, err := item.expand(value)
			if err != nil {
				return nil, err
			}
			if inner != nil {
				parts = append(parts, inner)
			}
		}
		return slices.Concat([]byte("["), bytes.Join(parts, []byte(",")), []byte("]")), nil
	}
	return n.raw, nil
}

func expandText(text string, value func(name string) (any, bool)) ([]byte, error) {
	t, err := ParseTemplate(text)
	if err != nil {
		return nil, err
	}
	if len(t.parts) == 1 && t.parts[0].name != "" {
		v, ok := value(t.parts[0].name)
		if !ok {
			return nil, nil
		}
		return marshal(v)
	}
	filled := t.Expand(nil, func(dst []byte, name string) []byte {
		v, _ := value(name)
		return append(dst, textOf(v)...)
	})
	return marshal(string(filled))
}

// marshal writes JSON without escaping <, > and &.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
