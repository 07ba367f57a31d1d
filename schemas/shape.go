package schemas

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
)

// shape is everything that schemas say together about one place: they all apply.
type shape []*Schema

// shapeOf follows $ref and allOf.
func shapeOf(roots ...*Schema) shape {
	var s shape
	var add func(part *Schema)
	add = func(part *Schema) {
		if part == nil || slices.Contains(s, part) {
			return
		}
		s = append(s, part)
		add(part.Ref)
		for _, all := range part.AllOf {
			add(all)
		}
	}
	for _, root := range roots {
		add(root)
	}
	return s
}

// key tells shapes of one catalog apart.
func (s shape) key() string {
	var b strings.Builder
	for _, part := range s {
		b.WriteString(part.Location)
		b.WriteByte('\n')
	}
	return b.String()
}

// fields lists the names that are described, in source order.
func (s shape) fields() []string {
	var names []string
	for _, part := range s {
		for _, p := range part.Properties {
			if !slices.Contains(names, p.Name) {
				names = append(names, p.Name)
			}
		}
	}
	return names
}

// field is the shape of a field; empty when it is not described.
func (s shape) field(name string) shape {
	var roots []*Schema
	for _, part := range s {
		for _, p := range part.Properties {
			if p.Name == name {
				roots = append(roots, p.Schema)
			}
		}
	}
	return shapeOf(roots...)
}

func (s shape) requires(name string) bool {
	return slices.ContainsFunc(s, func(part *Schema) bool { return slices.Contains(part.Required, name) })
}

// items is the shape of each element.
func (s shape) items() shape {
	var roots []*Schema
	for _, part := range s {
		if part.Items != nil {
			roots = append(roots, part.Items)
		}
	}
	return shapeOf(roots...)
}

// types are the JSON types that may stand here, sorted; all seven when nothing is said. A number
// that must be whole is "integer".
func (s shape) types() []string {
	all := []string{"array", "boolean", "integer", "null", "number", "object", "string"}
	for _, part := range s {
		var allowed []string
		switch {
		case len(part.Types) > 0:
			allowed = part.Types
		case part.Const != nil:
			allowed = []string{typeOf(part.Const)}
		case len(part.Enum) > 0:
			for _, value := range part.Enum {
				allowed = append(allowed, typeOf(value))
			}
		default:
			continue
		}
		if slices.Contains(allowed, "number") {
			allowed = append(slices.Clone(allowed), "integer")
		}
		all = slices.DeleteFunc(all, func(name string) bool { return !slices.Contains(allowed, name) })
	}
	return all
}

func typeOf(value json.RawMessage) string {
	switch value[0] {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	if r, ok := new(big.Rat).SetString(string(value)); ok && r.IsInt() {
		return "integer"
	}
	return "number"
}

// values are those that const and enum allow, nil when any is; open says that some may be added.
func (s shape) values() (values []string, open bool) {
	closed := false
	for _, part := range s {
		list := part.Enum
		if part.Const != nil {
			list = []json.RawMessage{part.Const}
		}
		if list == nil {
			continue
		}
		var texts []string
		for _, value := range list {
			texts = append(texts, string(value))
		}
		if values == nil {
			values = texts
		} else {
			values = slices.DeleteFunc(values, func(v string) bool { return !slices.Contains(texts, v) })
		}
		closed = closed || !part.Open
	}
	return values, values != nil && !closed
}

// bound is the tightest of a keyword: the largest when it is a lower bound, else the smallest; nil
// when nothing is said.
func (s shape) bound(of func(*Schema) *big.Rat, lower bool) *big.Rat {
	var tightest *big.Rat
	for _, part := range s {
		b := of(part)
		if b == nil {
			continue
		}
		if tightest == nil || (b.Cmp(tightest) > 0) == lower {
			tightest = b
		}
	}
	return tightest
}

// texts are what the parts say by a keyword of text, sorted, repeats dropped, joined.
func (s shape) texts(of func(*Schema) string) string {
	var found []string
	for _, part := range s {
		if text := of(part); text != "" {
			found = append(found, text)
		}
	}
	slices.Sort(found)
	return strings.Join(slices.Compact(found), " and ")
}

// alternatives are the branches of anyOf and oneOf.
func (s shape) alternatives() []*Schema {
	var all []*Schema
	for _, part := range s {
		all = append(append(all, part.AnyOf...), part.OneOf...)
	}
	return all
}
