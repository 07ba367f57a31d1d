package page

import (
	"html/template"
	"strings"
	"unicode/utf8"
)

// JSON colours JSON as a reader sees it: keys, strings, numbers and words in spans. The text stays
// what it is; what is no JSON comes out escaped and without colour from there on.
func JSON(text string) template.HTML {
	var b strings.Builder
	for rest := text; rest != ""; {
		token, class := jsonToken(rest)
		escaped := template.HTMLEscapeString(token)
		if class == "" {
			b.WriteString(escaped)
		} else {
			b.WriteString(`<span class="` + class + `">` + escaped + `</span>`)
		}
		rest = rest[len(token):]
	}
	return template.HTML(b.String())
}

// jsonToken takes one token off the front of text and names its class: never an empty token.
func jsonToken(text string) (token, class string) {
	switch c := text[0]; {
	case c == '"':
		token = quoted(text)
		if strings.HasPrefix(strings.TrimLeft(text[len(token):], " \t\r\n"), ":") {
			return token, "j-key"
		}
		return token, "j-string"
	case c == '-' || c >= '0' && c <= '9':
		return text[:span(text, "+-.0123456789eE")], "j-number"
	}
	for _, word := range []string{"true", "false", "null"} {
		if strings.HasPrefix(text, word) {
			return word, "j-word"
		}
	}
	if n := span(text, " \t\r\n{}[],:"); n > 0 {
		return text[:n], ""
	}
	_, size := utf8.DecodeRuneInString(text)
	return text[:size], ""
}

// quoted is the string literal at the front of text, up to its closing quote or the end of the text.
func quoted(text string) string {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return text[:i+1]
		}
	}
	return text
}

// span counts the leading bytes of text that are in set.
func span(text, set string) int {
	for i := range len(text) {
		if strings.IndexByte(set, text[i]) < 0 {
			return i
		}
	}
	return len(text)
}
