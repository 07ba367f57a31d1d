package generators

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// lists plays with several signatures in one header, where the scheme separates them.
func (s *scheme) lists() []Tamper {
	sep := s.provider.Signing.Separator
	if sep == "" || s.item == "" {
		return nil
	}
	with := func(name string, want Want, build func(bad, good string) string) Tamper {
		return s.value(name, want, func(value string, _ *rand.Rand) string {
			start, end := s.span(value)
			good := s.item + value[start:end]
			bad := s.item + strings.Map(swapLetter, value[start:end])
			return value[:start-len(s.item)] + build(bad, good) + value[end:]
		})
	}
	unknown := unknownVersion(s.item) + "x"
	return []Tamper{
		with("list-bad-first", Accepted, func(bad, good string) string { return bad + sep + good }),
		with("list-good-first", Accepted, func(bad, good string) string { return good + sep + bad }),
		with("list-unknown-version-first", Accepted, func(_, good string) string { return unknown + sep + good }),
		with("list-all-bad", Refused, func(bad, _ string) string { return bad + sep + bad }),
		with("list-unknown-version-only", Refused, func(string, string) string { return unknown }),
		with("list-long", Either, func(bad, good string) string { return strings.Repeat(bad+sep, 50) + good }),
	}
}

// swapLetter turns the digits and letters of a signature into others of the same alphabet.
func swapLetter(r rune) rune {
	switch {
	case r >= '0' && r <= '9':
		return '9' - (r - '0')
	case r >= 'a' && r <= 'f':
		return 'f' - (r - 'a')
	case r >= 'A' && r <= 'Z':
		return 'Z' - (r - 'A')
	}
	return r
}

// unknownVersion names a version that the scheme does not have: "v1," → "v9,".
func unknownVersion(item string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '9'
		}
		return r
	}, item)
}

// lines sends the signature header twice, or spelled otherwise.
func (s *scheme) lines() []Tamper {
	twice := func(name string, goodFirst bool) Tamper {
		return edit(name, Either, func(h schemas.Headers, _ *rand.Rand) schemas.Headers {
			i := slices.IndexFunc(h, func(line [2]string) bool { return line[0] == s.signature })
			if i < 0 {
				return h
			}
			start, end := s.span(h[i][1])
			bad := [2]string{h[i][0], h[i][1][:start] + strings.Map(swapLetter, h[i][1][start:end]) + h[i][1][end:]}
			if goodFirst {
				return slices.Insert(h, i+1, bad)
			}
			return slices.Insert(h, i, bad)
		}, s.provider)
	}
	spelled := func(name string, spell func(string) string) Tamper {
		return edit(name, Accepted, func(h schemas.Headers, _ *rand.Rand) schemas.Headers {
			for i := range h {
				h[i][0] = spell(h[i][0])
			}
			return h
		}, s.provider)
	}
	return []Tamper{
		twice("duplicate-bad-good", false),
		twice("duplicate-good-bad", true),
		spelled("header-name-lower", strings.ToLower),
		spelled("header-name-upper", strings.ToUpper),
		spelled("header-name-mixed", mixedCase),
	}
}

func mixedCase(name string) string {
	out := []byte(strings.ToLower(name))
	for i := 1; i < len(out); i += 2 {
		out[i] = strings.ToUpper(string(out[i]))[0]
	}
	return string(out)
}
