package schemas

import (
	"net/mail"
	"net/url"
	"strings"
)

// Formats are the formats that a schema may name, all of them asserted.
func Formats() []string {
	return []string{"date-time", "date", "time", "duration", "hostname", "email", "ipv4", "ipv6",
		"uri", "uri-reference", "uri-template", "iri", "iri-reference", "regex",
		"json-pointer", "relative-json-pointer", "uuid"}
}

// formats replace those of the validation library that are too lax or too strict. A value that is
// not a string has no format.
func formats() map[string]func(any) bool {
	onStrings := func(check func(string) bool) func(any) bool {
		return func(v any) bool {
			s, ok := v.(string)
			return !ok || check(s)
		}
	}
	return map[string]func(any) bool{
		"uri":           onStrings(isURI),
		"uri-reference": onStrings(isURIReference),
		"uri-template":  onStrings(isURITemplate),
		"email":         onStrings(isEmail),
	}
}

// isURI is an absolute URI of RFC 3986: ASCII, no spaces, no <>"{}|\^`.
func isURI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && uriCharacters(s)
}

func isURIReference(s string) bool {
	_, err := url.Parse(s)
	return err == nil && uriCharacters(s)
}

func uriCharacters(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || strings.IndexByte("<>\"{}|\\^`", s[i]) >= 0 {
			return false
		}
	}
	return true
}

// isURITemplate checks that the expressions of an RFC 6570 template close and do not nest.
func isURITemplate(s string) bool {
	for s != "" {
		literal, rest, found := strings.Cut(s, "{")
		if strings.ContainsAny(literal, "}<>\"|\\^` ") {
			return false
		}
		if !found {
			return true
		}
		expression, after, closed := strings.Cut(rest, "}")
		if !closed || expression == "" || strings.ContainsAny(expression, "{ ") {
			return false
		}
		s = after
	}
	return true
}

// isEmail is a bare address without a display name.
func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= 254
}
