package shell

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Word is text as one word of a POSIX shell. Pairs are texts in it and what stands for them in the
// shell: `"$t"` for a time, say; they count in text that a terminal shows as it is.
func Word(text string, pairs ...string) string {
	if !Plain([]byte(text)) {
		return `"$(` + Print([]byte(text)) + `)"`
	}
	var word strings.Builder
	for rest := text; rest != ""; {
		at, with := len(rest), 0
		for i := 0; i < len(pairs); i += 2 {
			if n := strings.Index(rest, pairs[i]); n >= 0 && n < at && pairs[i] != "" {
				at, with = n, i
			}
		}
		word.WriteString(quote(rest[:at]))
		if at == len(rest) {
			break
		}
		word.WriteString(pairs[with+1])
		rest = rest[at+len(pairs[with]):]
	}
	if word.Len() == 0 {
		return "''"
	}
	return word.String()
}

// quote quotes what a shell would read otherwise.
func quote(text string) string {
	if strings.Trim(text, bare) == "" {
		return text
	}
	return "'" + inner(text) + "'"
}

// bare are the characters that mean themselves anywhere in a word.
const bare = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,+@%"

func inner(text string) string { return strings.ReplaceAll(text, "'", `'\''`) }

// Print is a command that prints exactly these bytes.
func Print(text []byte) string {
	if Plain(text) {
		return "printf %s " + Word(string(text))
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
