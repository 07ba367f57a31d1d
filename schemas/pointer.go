package schemas

import (
	"fmt"
	"strconv"
	"strings"
)

// Pointer is a JSON Pointer (RFC 6901) in which a segment `*` stands for each element of an array.
type Pointer string

// Find returns the values that the pointer reaches in a decoded document, in order. Missing places
// give nothing.
func (p Pointer) Find(doc any) []any {
	if p == "" {
		return []any{doc}
	}
	if p[0] != '/' {
		return nil
	}
	segment, rest := p.cut()
	switch doc := doc.(type) {
	case map[string]any:
		if value, ok := doc[segment]; ok {
			return rest.Find(value)
		}
	case []any:
		if segment == "*" {
			var found []any
			for _, item := range doc {
				found = append(found, rest.Find(item)...)
			}
			return found
		}
		if i, ok := arrayIndex(segment); ok && i < len(doc) {
			return rest.Find(doc[i])
		}
	}
	return nil
}

// Check says whether the pointer is well-formed: "" or segments that begin with "/", with "~" only
// as "~0" and "~1".
func (p Pointer) Check() error {
	if p != "" && p[0] != '/' {
		return fmt.Errorf("read pointer %q: it must be empty or begin with %q", p, "/")
	}
	for i := range len(p) {
		if p[i] == '~' && (i+1 == len(p) || p[i+1] != '0' && p[i+1] != '1') {
			return fmt.Errorf("read pointer %q: %q must be followed by 0 or 1", p, "~")
		}
	}
	return nil
}

// Child is the place of that member.
func (p Pointer) Child(name string) Pointer {
	return p + "/" + Pointer(escaper.Replace(name))
}

// Index is the place of that element, from 0.
func (p Pointer) Index(i int) Pointer {
	return p + "/" + Pointer(strconv.Itoa(i))
}

// Segments are the parts of the pointer, unescaped.
func (p Pointer) Segments() []string {
	var segments []string
	for p != "" && p[0] == '/' {
		var segment string
		segment, p = p.cut()
		segments = append(segments, segment)
	}
	return segments
}

// Covers says whether the place of other is the place of p or lies under it.
func (p Pointer) Covers(other Pointer) bool {
	return strings.HasPrefix(string(other), string(p)) && (len(other) == len(p) || other[len(p)] == '/')
}

// Batch says whether the pointer can reach several values.
func (p Pointer) Batch() bool {
	return strings.HasSuffix(string(p), "/*") || strings.Contains(string(p), "/*/")
}

var (
	escaper   = strings.NewReplacer("~", "~0", "/", "~1")
	unescaper = strings.NewReplacer("~1", "/", "~0", "~")
)

// cut splits off the first segment of a pointer that begins with "/".
func (p Pointer) cut() (segment string, rest Pointer) {
	text := string(p[1:])
	if i := strings.IndexByte(text, '/'); i >= 0 {
		text, rest = text[:i], p[1+i:]
	}
	if strings.IndexByte(text, '~') >= 0 {
		text = unescaper.Replace(text)
	}
	return text, rest
}

// arrayIndex reads an array index as RFC 6901 writes it: no sign, no leading zero.
func arrayIndex(segment string) (int, bool) {
	if segment == "" || len(segment) > 9 || len(segment) > 1 && segment[0] == '0' {
		return 0, false
	}
	for i := range len(segment) {
		if segment[i] < '0' || segment[i] > '9' {
			return 0, false
		}
	}
	i, err := strconv.Atoi(segment)
	return i, err == nil
}
