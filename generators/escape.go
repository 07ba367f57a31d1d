package generators

import (
	"unicode/utf8"

	"github.com/hookrig/hookrig/schemas"
)

const hexDigits = "0123456789abcdef"

// appendEscaped appends the text as the inside of a JSON string, spelled as the provider does.
func appendEscaped[T string | []byte](dst []byte, text T, style schemas.BodyStyle) []byte {
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			dst = appendASCII(dst, c, style)
			i++
			continue
		}
		var encoded [utf8.UTFMax]byte
		n := copy(encoded[:], text[i:])
		r, size := utf8.DecodeRune(encoded[:n])
		switch {
		case !style.EscapesNonASCII:
			dst = utf8.AppendRune(dst, r)
		case r > 0xffff:
			dst = appendUnit(dst, 0xd800+(r-0x10000)>>10)
			dst = appendUnit(dst, 0xdc00+(r-0x10000)&0x3ff)
		default:
			dst = appendUnit(dst, r)
		}
		i += size
	}
	return dst
}

func appendASCII(dst []byte, c byte, style schemas.BodyStyle) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '/':
		if style.EscapesSlash {
			dst = append(dst, '\\')
		}
		return append(dst, '/')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	}
	if c < ' ' {
		return appendUnit(dst, rune(c))
	}
	return append(dst, c)
}

// appendUnit appends a UTF-16 code unit as \u and four lower-case digits.
func appendUnit(dst []byte, unit rune) []byte {
	return append(dst, '\\', 'u', hexDigits[unit>>12&15], hexDigits[unit>>8&15], hexDigits[unit>>4&15], hexDigits[unit&15])
}

// escapeFrom escapes what stands in dst from start on, in place: the way a JSON text becomes a JSON
// string. It allocates only when dst must grow.
func escapeFrom(dst []byte, start int, style schemas.BodyStyle) []byte {
	clean := true
	for _, c := range dst[start:] {
		if c == '"' || c == '\\' || c == '/' && style.EscapesSlash || c < ' ' || c >= utf8.RuneSelf && style.EscapesNonASCII {
			clean = false
			break
		}
	}
	if clean {
		return dst
	}
	// The raw text moves behind the space that its escaped form needs at most.
	size := len(dst) - start
	for range 6 {
		dst = append(dst, dst[start:start+size]...)
	}
	raw := dst[len(dst)-size:]
	return appendEscaped(dst[:start], raw, style)
}
