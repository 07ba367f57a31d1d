package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds the nesting of every JSON text that the package reads.
const maxDepth = 512

// errTooDeep is what readers of JSON say past maxDepth.
var errTooDeep = fmt.Errorf("nested deeper than %d levels", maxDepth)

// node is a JSON value that keeps what encoding/json loses: the order of members, their repeats, and
// the bytes and place of every value.
type node struct {
	kind    byte // '{' '[' '"' '0' (number) 't' 'f' 'n'
	raw     []byte
	offset  int // of raw in the text
	members []member
	items   []*node
	source  []byte // of a root: the whole text
}

// member is a name and value of an object.
type member struct {
	name   string
	offset int
	value  *node
}

// parseNode reads one JSON text. It refuses a byte order mark, bytes that are not UTF-8, anything
// after the value, and nesting past maxDepth; the error tells the line.
func parseNode(text []byte) (*node, error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	scanner := nodeScanner{text: text}
	scanner.space()
	root := scanner.value()
	root.source = text
	return root, nil
}

// checkText says whether the text is one JSON value in UTF-8, nested no deeper than maxDepth.
func checkText(text []byte) error {
	if bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) {
		return errors.New("starts with a byte order mark: save it as UTF-8 without one")
	}
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return errors.New("is UTF-16: save it as UTF-8")
	}
	if tooDeep(text) {
		return errTooDeep
	}
	if json.Valid(text) {
		if !utf8.Valid(text) {
			return errors.New("holds bytes that are not UTF-8")
		}
		return nil
	}
	var ignored any
	err := json.Unmarshal(text, &ignored)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("not JSON: line %d: %s", lineAt(text, int(syntax.Offset)), syntax.Error())
	}
	return fmt.Errorf("not JSON: %w", err)
}

// tooDeep counts brackets outside strings, whether the text is JSON or not.
func tooDeep(text []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// lineAt is the line, from 1, of a byte offset.
func lineAt(text []byte, offset int) int {
	return 1 + bytes.Count(text[:min(offset, len(text))], []byte("\n"))
}

// member returns the value of that name, the last one where it repeats; nil when there is none.
func (n *node) member(name string) *node {
	for i := len(n.members) - 1; i >= 0; i-- {
		if n.members[i].name == name {
			return n.members[i].value
		}
	}
	return nil
}

// find returns the value at a place, nil when there is none. `*` stands for nothing here.
func (n *node) find(p Pointer) *node {
	for _, segment := range p.Segments() {
		switch {
		case n == nil:
			return nil
		case n.kind == '[':
			i, ok := arrayIndex(segment)
			if !ok || i >= len(n.items) {
				return nil
			}
			n = n.items[i]
		default:
			n = n.member(segment)
		}
	}
	return n
}

// line is the line, from 1, where a value under this root stands.
func (n *node) line(of *node) int { return lineAt(n.source, of.offset) }

// text is the value of a string node; "" for any other.
func (n *node) text() string {
	if n.kind != '"' {
		return ""
	}
	return unquote(n.raw)
}

// unquote decodes a JSON string.
func unquote(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	var s string
	_ = json.Unmarshal(raw, &s)
	return s
}

// walk visits the node and everything under it, parents first.
func (n *node) walk(at Pointer, visit func(at Pointer, n *node)) {
	visit(at, n)
	for _, m := range n.members {
		m.value.walk(at.Child(m.name), visit)
	}
	for i, item := range n.items {
		item.walk(at.Index(i), visit)
	}
}

// nodeScanner reads a text that is known to be valid JSON.
type nodeScanner struct {
	text []byte
	at   int
}

func (s *nodeScanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

func (s *nodeScanner) value() *node {
	n := &node{offset: s.at, kind: s.text[s.at]}
	switch n.kind {
	case '{':
		s.object(n)
	case '[':
		s.array(n)
	case '"':
		s.skipString()
	case 't', 'n':
		s.at += 4
	case 'f':
		s.at += 5
	default:
		n.kind = '0'
		for s.at < len(s.text) && strings.IndexByte("+-.0123456789eE", s.text[s.at]) >= 0 {
			s.at++
		}
	}
	n.raw = s.text[n.offset:s.at]
	return n
}

func (s *nodeScanner) object(n *node) {
	for s.enter('}') {
		m := member{offset: s.at}
		s.skipString()
		m.name = unquote(s.text[m.offset:s.at])
		s.space()
		s.at++ // :
		s.space()
		m.value = s.value()
		n.members = append(n.members, m)
	}
}

func (s *nodeScanner) array(n *node) {
	for s.enter(']') {
		n.items = append(n.items, s.value())
	}
}

// enter goes on to the next member or element of the object or array: past the bracket that opens
// it, or past a comma. At the end it passes the closing bracket and says false.
func (s *nodeScanner) enter(closing byte) bool {
	first := s.text[s.at] == '{' || s.text[s.at] == '[' // after a value stands a comma, space or closing bracket
	if !first {
		s.space()
	}
	done := s.text[s.at] == closing
	s.at++
	s.space()
	if first && s.text[s.at] == closing {
		done = true
		s.at++
	}
	return !done
}

func (s *nodeScanner) skipString() {
	for s.at++; s.text[s.at] != '"'; s.at++ {
		if s.text[s.at] == '\\' {
			s.at++
		}
	}
	s.at++
}
