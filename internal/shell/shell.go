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
		return `"$(` + printf([]byte(text)) + `)"`
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

// Shortest run and longest period of what a command repeats instead of writing it out.
const (
	runBytes    = 512
	periodBytes = 16
)

// Print is a command that prints exactly these bytes. What repeats itself for long is not written out.
func Print(text []byte) string {
	var commands []string
	from := 0
	for at := 0; at+runBytes <= len(text); {
		period, length := run(text[at:])
		if length < runBytes {
			at++
			continue
		}
		if from < at {
			commands = append(commands, printf(text[from:at]))
		}
		commands = append(commands, fmt.Sprintf("yes %s | tr -d '\\n' | head -c %d", Word(string(text[at:at+period])), length))
		at += length
		from = at
	}
	if from < len(text) || len(commands) == 0 {
		commands = append(commands, printf(text[from:]))
	}
	if len(commands) == 1 {
		return commands[0]
	}
	return "{ " + strings.Join(commands, "; ") + "; }"
}

// run is how the text begins to repeat itself, and for how many bytes; 0 when it does not, or with what no
// word can hold.
func run(text []byte) (period, length int) {
	for period = 1; period <= periodBytes; period++ {
		if text[runBytes-1] != text[runBytes-1-period] {
			continue
		}
		length = period
		for length < len(text) && text[length] == text[length-period] {
			length++
		}
		if length >= runBytes && Plain(text[:period]) && text[0] != '-' {
			return period, length
		}
	}
	return 0, 0
}

func printf(text []byte) string {
	if Plain(text) {
		return "printf %s " + Word(string(text))
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case i == 0 && r == '-': // or printf takes it for an option
			b.WriteString(`\055`)
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
