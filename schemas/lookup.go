package schemas

import (
	"bytes"
	"strings"
)

// lookup calls found with the bytes of each value that the pointer reaches in a text that is known to
// be JSON, in order. It decodes nothing else. Of repeated names the last counts, as for [Decode].
func lookup(text []byte, p Pointer, found func(raw []byte)) {
	if p.Check() != nil {
		return
	}
	s := nodeScanner{text: text}
	s.space()
	s.lookup(p, found)
}

// lookup reads the value at the scanner and stops after it.
func (s *nodeScanner) lookup(p Pointer, found func(raw []byte)) {
	start := s.at
	if p == "" {
		s.skip()
		found(s.text[start:s.at])
		return
	}
	segment, rest := p.cut()
	switch s.text[s.at] {
	case '{':
		if at := s.findMember(segment); at >= 0 {
			inner := nodeScanner{text: s.text, at: at}
			inner.lookup(rest, found)
		}
	case '[':
		s.lookupElements(segment, rest, found)
	default:
		s.skip()
	}
}

// findMember passes an object and returns where the value of that name begins, -1 when there is none.
func (s *nodeScanner) findMember(name string) int {
	at := -1
	for s.enter('}') {
		start := s.at
		s.skipString()
		same := isQuoted(s.text[start:s.at], name)
		s.space()
		s.at++ // :
		s.space()
		if same {
			at = s.at
		}
		s.skip()
	}
	return at
}

// lookupElements passes an array.
func (s *nodeScanner) lookupElements(segment string, rest Pointer, found func(raw []byte)) {
	wanted, one := arrayIndex(segment)
	for i := 0; s.enter(']'); i++ {
		if segment == "*" || one && i == wanted {
			s.lookup(rest, found)
		} else {
			s.skip()
		}
	}
}

// skip passes one value.
func (s *nodeScanner) skip() {
	switch s.text[s.at] {
	case '"':
		s.skipString()
	case '{', '[':
		for depth := 0; ; {
			switch s.text[s.at] {
			case '"':
				s.skipString()
				continue
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			}
			s.at++
			if depth == 0 {
				return
			}
		}
	default:
		for s.at < len(s.text) && strings.IndexByte(",]} \t\r\n", s.text[s.at]) < 0 {
			s.at++
		}
	}
}

// isQuoted says whether a JSON string is that text.
func isQuoted(raw []byte, text string) bool {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1:len(raw)-1]) == text
	}
	return unquote(raw) == text
}
