package generators

import (
	"unicode/utf8"

	"github.com/hookrig/hookrig/schemas"
)

const hexDigits = "0123456789abcdef"

// plainASCII says whether a byte stands for itself in every style; of the slash the style decides.
func plainASCII(c byte) bool { return c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' }

// appendEscaped appends the text as the inside of a JSON string, spelled as the provider does.
func appendEscaped[T string | []byte](dst []byte, text T, style schemas.BodyStyle) []byte {
	done := 0
	for i := 0; i < len(text); {
		c := text[i]
		if plainASCII(c) && (c != '/' || !style.EscapesSlash) {
			i++
			continue
		}
		dst = append(dst, text[done:i]...)
		if c < utf8.RuneSelf {
			dst = appendASCII(dst, c, style)
			i++
			done = i
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
		done = i
	}
	return append(dst, text[done:]...)
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

// escapeTimes escapes what stands in dst from start on so often.
func escapeTimes(dst []byte, start int, times uint8, style schemas.BodyStyle) []byte {
	for range times {
		dst = escapeFrom(dst, start, style)
	}
	return dst
}

// escapeFrom escapes what stands in dst from start on, in place: the way a JSON text becomes a JSON
// string. It allocates only when dst must grow.
func escapeFrom(dst []byte, start int, style schemas.BodyStyle) []byte {
	clean := true
	for _, c := range dst[start:] {
		if !plainASCII(c) && (c < utf8.RuneSelf || style.EscapesNonASCII) || c == '/' && style.EscapesSlash {
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
