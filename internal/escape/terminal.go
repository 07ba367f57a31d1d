package escape

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line makes s one line for a terminal or a CI log: newlines and tabs are escaped as well.
func Line(s string) string { return terminal(s, false) }

// Text makes s safe for a terminal or a CI log and keeps its newlines and tabs.
func Text(s string) string { return terminal(s, true) }

func terminal(s string, lines bool) string {
	var b strings.Builder
	b.Grow(len(s))
	start := true // nothing but blanks since the line began
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case lines && (r == '\n' || r == '\t'):
			b.WriteRune(r)
			start = start || r == '\n' // a tab keeps the line blank
		case r == utf8.RuneError && size == 1 || hidden(r):
			b.WriteString(visible(s[i:i+size], r))
			start = false
		case start && strings.HasPrefix(s[i:], "::"): // GitHub reads `::command::` at the start of a line
			b.WriteString(`\::`)
			size, start = 2, false
		case r == '#' && i > 0 && s[i-1] == '#': // GitHub, Azure and TeamCity read `##[`, `##vso[`, `##teamcity[`
			b.WriteString(`\#`)
		default:
			b.WriteRune(r)
			start = start && (r == ' ' || r == '\u00a0' || r == '\u3000')
		}
		i += size
	}
	return b.String()
}

// hidden reports whether a terminal or a reader could not see the character as one of the text:
// controls, format characters (bidi among them), separators other than space, unassigned and private.
func hidden(r rune) bool {
	if r < 0x7f {
		return r < ' '
	}
	return !unicode.IsGraphic(r) || unicode.Is(unicode.Z, r) && r != '\u3000' && r != '\u00a0'
}

func visible(raw string, r rune) string {
	switch {
	case r == utf8.RuneError && len(raw) == 1:
		return fmt.Sprintf(`\x%02x`, raw[0])
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}
