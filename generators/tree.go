package generators

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/hookrig/hookrig/schemas"
)

// tree is a JSON value that keeps the order of its members and the spelling of its scalars. Mutations
// and encodings edit it.
type tree struct {
	kind    byte // '{' '[' '"' or 0 for any other scalar
	raw     []byte
	members []limb // of an object, or of an array without names
}

// limb is a name and value; name is decoded, spelled is it as it stood, quotes included.
type limb struct {
	name    string
	spelled []byte
	value   *tree
}

// parseTree reads a JSON text. It keeps slices of the text.
func parseTree(text []byte) (*tree, error) {
	if !json.Valid(text) {
		return nil, errors.New("read body: not JSON")
	}
	p := treeParser{text: text}
	return p.value(), nil
}

// treeParser walks a text that is known to be JSON.
type treeParser struct {
	text []byte
	at   int
}

func (p *treeParser) space() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\n' || p.text[p.at] == '\t' || p.text[p.at] == '\r') {
		p.at++
	}
}

func (p *treeParser) value() *tree {
	p.space()
	switch c := p.text[p.at]; c {
	case '{', '[':
		t := &tree{kind: c}
		p.at++
		for p.space(); p.text[p.at] != '}' && p.text[p.at] != ']'; p.space() {
			if p.text[p.at] == ',' {
				p.at++
				continue
			}
			var l limb
			if c == '{' {
				l.spelled = p.token()
				_ = json.Unmarshal(l.spelled, &l.name)
				p.space()
				p.at++ // the colon
			}
			l.value = p.value()
			t.members = append(t.members, l)
		}
		p.at++
		return t
	case '"':
		return &tree{kind: '"', raw: p.token()}
	}
	return &tree{raw: p.token()}
}

// token reads a string with its quotes, a number or a word.
func (p *treeParser) token() []byte {
	start := p.at
	if p.text[p.at] == '"' {
		for p.at++; p.text[p.at] != '"'; p.at++ {
			if p.text[p.at] == '\\' {
				p.at++
			}
		}
		p.at++
		return p.text[start:p.at]
	}
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ',', ']', '}', ' ', '\n', '\r', '\t':
			return p.text[start:p.at]
		}
		p.at++
	}
	return p.text[start:p.at]
}

// append writes the tree minified.
func (t *tree) append(dst []byte) []byte {
	if t.kind != '{' && t.kind != '[' {
		return append(dst, t.raw...)
	}
	dst = append(dst, t.kind)
	for i, l := range t.members {
		if i > 0 {
			dst = append(dst, ',')
		}
		if t.kind == '{' {
			dst = append(append(dst, l.spelled...), ':')
		}
		dst = l.value.append(dst)
	}
	return append(dst, t.kind+2) // '}' and ']' stand two after their openers
}

// text is the decoded value of a string.
func (t *tree) text() string {
	var s string
	_ = json.Unmarshal(t.raw, &s)
	return s
}

// walk visits every value, parents first.
func (t *tree) walk(visit func(*tree)) {
	visit(t)
	for _, l := range t.members {
		l.value.walk(visit)
	}
}

// find gives the value at a place and its parent with the index there; nil when there is none.
func (t *tree) find(place schemas.Pointer) (at, parent *tree, index int) {
	at = t
	for _, segment := range place.Segments() {
		parent, index = at, -1
		switch at.kind {
		case '{':
			for i, l := range at.members {
				if l.name == segment {
					index = i
				}
			}
		case '[':
			if n, err := strconv.Atoi(segment); err == nil && n < len(at.members) && n >= 0 {
				index = n
			}
		}
		if index < 0 {
			return nil, nil, -1
		}
		at = parent.members[index].value
	}
	return at, parent, index
}

// at gives the value at a place, or an error for people.
func (t *tree) at(place schemas.Pointer) (*tree, error) {
	found, _, _ := t.find(place)
	if found == nil {
		return nil, fmt.Errorf("change %q: the body has no such place", place)
	}
	return found, nil
}

// quoted spells a text as a JSON string with quotes, nothing escaped beyond need.
func quoted(text string) []byte {
	return append(appendEscaped([]byte{'"'}, text, schemas.BodyStyle{}), '"')
}
