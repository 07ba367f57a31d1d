package shell

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Word is text as one word of a POSIX shell. Pairs are texts in it and what stands for them in
// the shell: `"$t"` for a time, say.
func Word(text string, pairs ...string) string {
	if !Plain([]byte(text)) {
		return `"$(` + Print([]byte(text)) + `)"`
	}
	quoted := make([]string, len(pairs))
	for i, pair := range pairs {
		quoted[i] = inner(pair)
		if i%2 == 1 {
			quoted[i] = "'" + pair + "'" // leaves the quotes and enters them again
		}
	}
	return "'" + strings.NewReplacer(quoted...).Replace(inner(text)) + "'"
}

func inner(text string) string { return strings.ReplaceAll(text, "'", `'\''`) }

// Print is a command that prints exactly these bytes.
func Print(text []byte) string {
	if Plain(text) {
		return "printf %s '" + inner(string(text)) + "'"
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == '%':
			b.WriteString("%%")
		case r == '\\':
			b.WriteString(`\\`)
		case r == utf8.RuneError && size == 1, !unicode.IsGraphic(r):
			for _, c := range text[i : i+size] {
				fmt.Fprintf(&b, `\%03o`, c)
			}
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return "printf '" + inner(b.String()) + "'"
}

// Plain reports whether every character is one that a terminal shows.
func Plain(text []byte) bool {
	for _, r := range string(text) {
		if r == utf8.RuneError || !unicode.IsGraphic(r) || r != ' ' && unicode.IsSpace(r) {
			return false
		}
	}
	return true
}
