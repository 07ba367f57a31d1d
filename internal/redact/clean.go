package redact

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes text of unknown origin safe for a terminal or a CI log. Control characters (but newline and
// tab), format characters such as bidirectional overrides, line separators and bytes that are not UTF-8
// are shown as escapes; lines that CI runners would take for commands are broken up.
func Clean(s string) string { return clean(s, true) }

// CleanLine is Clean for one line: newlines and tabs are escaped too.
func CleanLine(s string) string { return clean(s, false) }

func clean(s string, multiline bool) string {
	var b strings.Builder
	lineStart := true // only blanks since the line began
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		rest := s[i:]
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case multiline && (r == '\n' || r == '\t'):
			b.WriteRune(r)
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteString(map[rune]string{'\n': `\n`, '\t': `\t`, '\r': `\r`}[r])
		case lineStart && strings.HasPrefix(rest, "::"):
			b.WriteString(`\x3a`)
		case strings.HasPrefix(rest, "##[") || strings.HasPrefix(rest, "##vso[") || strings.HasPrefix(rest, "##teamcity["):
			b.WriteString(`\x23`)
		case !hostile(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		lineStart = r == '\n' || (lineStart && unicode.IsSpace(r))
		i += size
	}
	return b.String()
}

// hostile reports whether a terminal or reader may do more than show the character.
func hostile(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co)
}
