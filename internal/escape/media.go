package escape

import (
	"strings"
	"unicode/utf8"
)

// Markdown makes s a run of plain text inside a line of GitHub Markdown: no markup, link, mention,
// math or HTML comes of it. It does not open a line, so markup that needs one is left alone.
func Markdown(s string) string {
	s = Line(s)
	var b strings.Builder
	b.Grow(len(s) + len(s)/8)
	for i, r := range s {
		next := s[i+utf8.RuneLen(r):]
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case strings.ContainsRune("\\`*_[]|~!@#$", r), r == ':' && next != "" && next[0] != ' ', r == '.' && strings.HasSuffix(strings.ToLower(s[:i]), "www"):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Fence makes s a fenced code block of GitHub Markdown, with a fence longer than any in s. Info is the
// language, of our own choosing.
func Fence(info, s string) string {
	fence := "```"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	return fence + info + "\n" + strings.TrimSuffix(Text(s), "\n") + "\n" + fence + "\n"
}

// CommandData makes s the message of a GitHub workflow command (`::error::message`).
func CommandData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(Text(s))
}

// CommandProperty makes s the value of a property of a GitHub workflow command.
func CommandProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(CommandData(s))
}

// Cell makes s the value of a CSV cell that no spreadsheet reads as a formula. Quoting is left to
// encoding/csv.
func Cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		s = "'" + s
	}
	return Text(s)
}

// JSON makes encoded JSON safe for a terminal: hidden characters beyond ASCII, which stand in strings
// only, become \u escapes. The value stays the same.
func JSON(encoded []byte) []byte {
	out := make([]byte, 0, len(encoded))
	for i := 0; i < len(encoded); {
		r, size := utf8.DecodeRune(encoded[i:])
		if r >= 0x7f && hidden(r) {
			out = appendUTF16(out, r)
		} else {
			out = append(out, encoded[i:i+size]...)
		}
		i += size
	}
	return out
}

func appendUTF16(out []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	unit := func(u rune) {
		out = append(out, '\\', 'u', hex[u>>12&15], hex[u>>8&15], hex[u>>4&15], hex[u&15])
	}
	if r >= 0x10000 {
		r -= 0x10000
		unit(0xd800 + r>>10)
		unit(0xdc00 + r&0x3ff)
		return out
	}
	unit(r)
	return out
}
