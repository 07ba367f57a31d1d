package schemas

import (
	"bytes"
	"fmt"
	"strings"
)

// Template is text with placeholders: "t={timestamp},{signatures}". The zero Template is the empty text.
type Template struct {
	text  string
	parts []part
}

// part is literal text or, with a name, a placeholder.
type part struct {
	literal, name string
}

// ParseTemplate reads a template. A brace that is not closed, an empty name and two placeholders
// that touch (nothing could tell them apart again) are errors.
func ParseTemplate(text string) (Template, error) {
	t := Template{text: text}
	for rest := text; rest != ""; {
		literal, after, found := strings.Cut(rest, "{")
		if strings.Contains(literal, "}") {
			return Template{}, fmt.Errorf("read template %q: } without {", text)
		}
		if literal != "" {
			t.parts = append(t.parts, part{literal: literal})
		}
		if !found {
			break
		}
		name, after, found := strings.Cut(after, "}")
		switch {
		case !found:
			return Template{}, fmt.Errorf("read template %q: { without }", text)
		case name == "" || strings.Contains(name, "{"):
			return Template{}, fmt.Errorf("read template %q: want a name between { and }", text)
		case literal == "" && len(t.parts) > 0:
			return Template{}, fmt.Errorf("read template %q: {%s} touches the placeholder before it", text, name)
		}
		t.parts = append(t.parts, part{name: name})
		rest = after
	}
	return t, nil
}

// orParse is the template when it is of that text, and else the text's.
func (t Template) orParse(text string) (Template, error) {
	if t.text == text {
		return t, nil
	}
	return ParseTemplate(text)
}

// String is the text that was parsed.
func (t Template) String() string { return t.text }

// Names lists the placeholders in order, repeats included.
func (t Template) Names() []string {
	var names []string
	for _, p := range t.parts {
		if p.name != "" {
			names = append(names, p.name)
		}
	}
	return names
}

// Uses says whether the template holds the placeholder.
func (t Template) Uses(name string) bool {
	for _, p := range t.parts {
		if p.name == name && name != "" {
			return true
		}
	}
	return false
}

// Expand appends the text to dst; value appends the value of a placeholder.
func (t Template) Expand(dst []byte, value func(dst []byte, name string) []byte) []byte {
	for _, p := range t.parts {
		if p.name == "" {
			dst = append(dst, p.literal...)
		} else {
			dst = value(dst, p.name)
		}
	}
	return dst
}

// Extract is the inverse of Expand: the values of the placeholders in text, or false when the text
// is not of the template. A value ends where the literal after it first stands; a placeholder that
// repeats must repeat its value.
func (t Template) Extract(text string) (map[string]string, bool) {
	values := make(map[string]string, len(t.parts))
	for i, p := range t.parts {
		if p.name == "" {
			rest, ok := strings.CutPrefix(text, p.literal)
			if !ok {
				return nil, false
			}
			text = rest
			continue
		}
		end := len(text)
		if i+1 < len(t.parts) {
			if end = strings.Index(text, t.parts[i+1].literal); end < 0 {
				return nil, false
			}
		}
		if before, seen := values[p.name]; seen && before != text[:end] {
			return nil, false
		}
		values[p.name] = text[:end]
		text = text[end:]
	}
	return values, text == ""
}

// Templates are names and templates, in order; an object in JSON.
type Templates [][2]string

// MarshalJSON writes an object.
func (l Templates) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, line := range l {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := marshal(line[0])
		if err != nil {
			return nil, err
		}
		value, err := marshal(line[1])
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads an object of strings, in its order.
func (l *Templates) UnmarshalJSON(data []byte) error {
	object, err := parseNode(data)
	if err != nil {
		return err
	}
	if object.kind != '{' {
		return fmt.Errorf("read templates: want an object of strings")
	}
	*l = nil
	for _, m := range object.members {
		if m.value.kind != '"' {
			return fmt.Errorf("read template %q: want a string", m.name)
		}
		*l = append(*l, [2]string{m.name, m.value.text()})
	}
	return nil
}
