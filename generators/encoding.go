package generators

import (
	"bytes"
	"encoding/json"
	"slices"
	"unicode/utf8"

	"github.com/hookrig/hookrig/schemas"
)

// Encoding is another legal spelling of the same body: a consumer that verifies the bytes it received
// accepts it like the plain one.
type Encoding struct {
	Name   string // "pretty", "reversed-keys", "escaped-slash", "trailing-newline", …
	Apply  func(body []byte) ([]byte, error)
	Splits func(body []byte) []int // byte offsets at which the sender flushes and pauses; nil: none
	Raw    bool                    // holds characters beyond ASCII as raw UTF-8, which some consumers mishandle
	Twin   string                  // encoding with the same value and no raw characters: the control; "" when there is none
}

// Encodings lists the legal spellings. Those that put text into the body change its first free text.
func Encodings() []Encoding {
	return []Encoding{
		{Name: "pretty", Apply: pretty},
		{Name: "odd-spaces", Apply: editing(oddSpaces)},
		{Name: "reversed-keys", Apply: editing(reversed)},
		{Name: "decimal-integers", Apply: editing(decimal)},
		{Name: "escaped-slash", Apply: texts(escapeSlash)},
		{Name: "unescaped-slash", Apply: texts(func(s string) []byte { return quoted(s) })},
		{Name: "escaped-unicode", Apply: texts(func(s string) []byte { return escaped(s, false) })},
		{Name: "escaped-unicode-upper", Apply: texts(func(s string) []byte { return escaped(s, true) })},
		{Name: "raw-unicode", Apply: texts(func(s string) []byte { return quoted(s) }), Raw: true, Twin: "escaped-unicode"},
		{Name: "raw-emoji", Apply: saying("👋🏽 ¡hola! 👨‍👩‍👧", false), Raw: true, Twin: "escaped-emoji"},
		{Name: "escaped-emoji", Apply: saying("👋🏽 ¡hola! 👨‍👩‍👧", true)},
		{Name: "raw-cjk", Apply: saying("你好，世界", false), Raw: true, Twin: "escaped-cjk"},
		{Name: "escaped-cjk", Apply: saying("你好，世界", true)},
		{Name: "raw-line-separator", Apply: saying("one\u2028two\u2029three", false), Raw: true, Twin: "escaped-line-separator"},
		{Name: "escaped-line-separator", Apply: saying("one\u2028two\u2029three", true)},
		{Name: "trailing-newline", Apply: func(body []byte) ([]byte, error) { return append(bytes.Clone(body), '\n'), nil }},
		{Name: "trailing-crlf", Apply: func(body []byte) ([]byte, error) { return append(bytes.Clone(body), "\r\n"...), nil }},
		{Name: "leading-space", Apply: func(body []byte) ([]byte, error) { return append([]byte(" \t\r\n"), body...), nil }},
		{Name: "split-character", Apply: saying("split 😀 here", false), Splits: splitCharacter, Raw: true, Twin: "escaped-emoji"},
	}
}

func pretty(body []byte) ([]byte, error) {
	var out bytes.Buffer
	err := json.Indent(&out, body, "", "  ")
	return out.Bytes(), err
}

// editing makes an encoding that rewrites the body's tree.
func editing(rewrite func(t *tree, dst []byte) []byte) func([]byte) ([]byte, error) {
	return func(body []byte) ([]byte, error) {
		t, err := parseTree(body)
		if err != nil {
			return nil, err
		}
		return rewrite(t, nil), nil
	}
}

// texts makes an encoding that spells every string and name anew.
func texts(spell func(string) []byte) func([]byte) ([]byte, error) {
	return editing(func(t *tree, dst []byte) []byte {
		t.walk(func(t *tree) {
			if t.kind == '"' {
				t.raw = spell(t.text())
			}
			for i := range t.members {
				if t.kind == '{' {
					t.members[i].spelled = spell(t.members[i].name)
				}
			}
		})
		return t.append(dst)
	})
}

func oddSpaces(t *tree, dst []byte) []byte {
	if t.kind != '{' && t.kind != '[' {
		return append(dst, t.raw...)
	}
	dst = append(dst, t.kind, ' ')
	for i, l := range t.members {
		if i > 0 {
			dst = append(dst, " ,\t"...)
		}
		if t.kind == '{' {
			dst = append(append(dst, l.spelled...), " :  "...)
		}
		dst = oddSpaces(l.value, dst)
	}
	return append(dst, '\n', t.kind+2)
}

func reversed(t *tree, dst []byte) []byte {
	t.walk(func(t *tree) {
		if t.kind == '{' {
			slices.Reverse(t.members)
		}
	})
	return t.append(dst)
}

// decimal writes each integer with a decimal part, which means the same number.
func decimal(t *tree, dst []byte) []byte {
	t.walk(func(t *tree) {
		if t.kind == 0 && t.raw[0] != 't' && t.raw[0] != 'f' && t.raw[0] != 'n' && !bytes.ContainsAny(t.raw, ".eE") {
			t.raw = append(bytes.Clone(t.raw), ".0"...)
		}
	})
	return t.append(dst)
}

func escapeSlash(text string) []byte {
	return append(appendEscaped([]byte{'"'}, text, schemas.BodyStyle{EscapesSlash: true}), '"')
}

// escaped spells everything beyond ASCII as \u escapes, with hex digits in either case.
func escaped(text string, upper bool) []byte {
	out := append(appendEscaped([]byte{'"'}, text, schemas.BodyStyle{EscapesNonASCII: true}), '"')
	for i := 0; upper && i+5 < len(out); i++ {
		switch {
		case out[i] == '\\' && out[i+1] == 'u':
			copy(out[i+2:], bytes.ToUpper(out[i+2:i+6]))
			i += 5
		case out[i] == '\\':
			i++
		}
	}
	return out
}

// saying puts a text into the body's free text, raw or escaped.
func saying(text string, escape bool) func([]byte) ([]byte, error) {
	return editing(func(t *tree, dst []byte) []byte {
		if free := freeText(t); free != nil {
			if free.raw = quoted(text); escape {
				free.raw = escaped(text, false)
			}
		}
		return t.append(dst)
	})
}

// freeText finds the string that most looks like something a person wrote: one with a space or a
// letter beyond ASCII, the deepest and last of them; nil when there is none.
func freeText(t *tree) *tree {
	var found *tree
	t.walk(func(t *tree) {
		if t.kind != '"' {
			return
		}
		text := t.text()
		wordy := false
		for _, r := range text {
			wordy = wordy || r == ' ' || r >= utf8.RuneSelf
		}
		if wordy && !json.Valid([]byte(text)) && !looksLikeDate(text) {
			found = t
		}
	})
	return found
}

func looksLikeDate(text string) bool {
	return len(text) >= 10 && text[4] == '-' && text[7] == '-' && text[0] >= '0' && text[0] <= '9'
}

// splitCharacter splits the body inside its first character of four bytes.
func splitCharacter(body []byte) []int {
	for i, c := range body {
		if c >= 0xf0 {
			return []int{i + 2}
		}
	}
	return nil
}
