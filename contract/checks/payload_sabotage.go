package checks

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/hookrig/hookrig/schemas"
)

// unknownEventCrashes has a switch without a default.
func unknownEventCrashes(s Stand, inner http.Handler) http.Handler {
	return answering(inner, func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		m := s.message(body)
		if m.Event == "" || s.Catalog == nil || s.Catalog.Event(m.Event) != nil || s.verify(r, body) != nil {
			return false
		}
		return answer(w, http.StatusInternalServerError, "KeyError: unknown event")
	})
}

// strictFields refuses every field that the schema does not name.
func strictFields(s Stand, inner http.Handler) http.Handler {
	return answering(inner, func(w http.ResponseWriter, _ *http.Request, body []byte) bool {
		if !bytes.Contains(body, []byte(`"`+unknownField+`":`)) || bytes.Contains(body, []byte(`[[[[`)) {
			return false
		}
		return answer(w, http.StatusBadRequest, "unrecognized field")
	})
}

// emptyCrashes measures every field of a body, also one that is null or empty.
func emptyCrashes(_ Stand, inner http.Handler) http.Handler {
	return answering(inner, func(w http.ResponseWriter, _ *http.Request, body []byte) bool {
		for _, leaf := range leaves(body) {
			switch string(leaf.raw) {
			case "null", `""`, "[]", "{}":
				if leaf.place == schemas.Pointer("").Child(unknownField) { // the others may be empty in any message
					return answer(w, http.StatusInternalServerError, "TypeError: cannot read properties of null")
				}
			}
		}
		return false
	})
}

// numberCrashes reads numbers as 32-bit integers.
func numberCrashes(_ Stand, inner http.Handler) http.Handler {
	return answering(inner, func(w http.ResponseWriter, _ *http.Request, body []byte) bool {
		for _, leaf := range leaves(body) {
			if leaf.kind != '"' && string(leaf.raw) == "12345678901234567890" || string(leaf.raw) == "1e3" {
				return answer(w, http.StatusInternalServerError, "NumberFormatException")
			}
		}
		return false
	})
}

// offsetCrashes has one format string for all times.
func offsetCrashes(s Stand, inner http.Handler) http.Handler {
	return answering(inner, func(w http.ResponseWriter, _ *http.Request, body []byte) bool {
		for _, leaf := range leaves(body) {
			text := strings.Trim(string(leaf.raw), `"`)
			odd := strings.HasSuffix(text, "+00:00") || strings.HasSuffix(text, ".123+02:00") || strings.HasSuffix(text, ".5Z") ||
				text == "1700000000" || strings.HasSuffix(text, ".123456") || len(text) == 19 && text[4:5] == "-" && text[10] == 'T'
			if len(text) > 8 && odd {
				return answer(w, http.StatusInternalServerError, "ValueError: time data does not match format")
			}
		}
		return false
	})
}

// nulCrashes stores text in a database that has no U+0000.
func nulCrashes(_ Stand, inner http.Handler) http.Handler {
	return answering(inner, func(w http.ResponseWriter, _ *http.Request, body []byte) bool {
		return bytes.Contains(body, []byte(`\u0000`)) && answer(w, http.StatusInternalServerError, "invalid byte sequence for encoding UTF8: 0x00")
	})
}

// pollutes merges the body into its settings; the next replies show it.
func pollutes(_ Stand, inner http.Handler) http.Handler {
	var polluted atomic.Int32 // answers still to come that show it; few, so that no other check sees them
	return answering(inner, func(w http.ResponseWriter, _ *http.Request, body []byte) bool {
		if bytes.Contains(body, []byte(`"__proto__"`)) {
			polluted.Store(2)
		} else if polluted.Add(-1) >= 0 {
			w.Header().Set("X-Hookrig", "polluted")
		}
		return false
	})
}

// repeatedKeyCrashes has a parser that throws on a repeated key.
func repeatedKeyCrashes(_ Stand, inner http.Handler) http.Handler {
	return answering(inner, func(w http.ResponseWriter, _ *http.Request, body []byte) bool {
		if !json.Valid(body) {
			return false
		}
		repeated := false
		walk(body, func(_ schemas.Pointer, at span) {
			if body[at.from] != '{' {
				return
			}
			names := map[string]bool{}
			for _, m := range members(body, at) {
				repeated = repeated || names[m.name]
				names[m.name] = true
			}
		})
		return repeated && answer(w, http.StatusInternalServerError, "DuplicateKeyException")
	})
}

// nestingCrashes runs out of stack.
func nestingCrashes(_ Stand, inner http.Handler) http.Handler {
	return answering(inner, func(_ http.ResponseWriter, _ *http.Request, body []byte) bool {
		if bytes.Contains(body, bytes.Repeat([]byte("["), 5_000)) {
			abort()
		}
		return false
	})
}

// nullCrashes reads from null.
func nullCrashes(_ Stand, inner http.Handler) http.Handler {
	return answering(inner, func(_ http.ResponseWriter, _ *http.Request, body []byte) bool {
		if string(body) == "null" {
			abort()
		}
		return false
	})
}

// badUTF8Crashes decodes strictly.
func badUTF8Crashes(_ Stand, inner http.Handler) http.Handler {
	return answering(inner, func(w http.ResponseWriter, _ *http.Request, body []byte) bool {
		return !utf8.Valid(body) && answer(w, http.StatusInternalServerError, "UnicodeDecodeError: invalid start byte")
	})
}
