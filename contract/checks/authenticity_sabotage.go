package checks

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hookrig/hookrig/schemas"
)

// anySignature takes every signature of the right form for the right one.
func anySignature(s Stand, inner http.Handler) http.Handler {
	return s.accepting(inner, func(r *http.Request, body []byte) bool {
		return errors.Is(s.verify(r, body), schemas.ErrSignature)
	})
}

// missingAccepted verifies only what is there.
func missingAccepted(s Stand, inner http.Handler) http.Handler {
	return s.accepting(inner, func(r *http.Request, _ []byte) bool {
		bare := strings.ReplaceAll(s.Provider.Signing.Item, "{signature}", "")
		for _, name := range s.Provider.HeaderNames("signatures") {
			value := r.Header.Get(name)
			if value == "" || bare != "" && strings.HasSuffix(value, bare) {
				return true
			}
		}
		return false
	})
}

// tamperedAccepted takes a signature over nearly the same body for the right one.
func tamperedAccepted(s Stand, inner http.Handler) http.Handler {
	return s.accepting(inner, func(r *http.Request, body []byte) bool {
		if len(body) > 16<<10 || !errors.Is(s.verify(r, body), schemas.ErrSignature) {
			return false
		}
		near := bytes.Clone(body)
		for i, c := range body {
			near[i] = c ^ 1
			if s.verify(r, near) == nil {
				return true
			}
			near[i] = c
		}
		return false
	})
}

// defaultKeyAccepted also verifies with keys that everybody knows.
func defaultKeyAccepted(s Stand, inner http.Handler) http.Handler {
	var defaults []schemas.Secret
	for _, key := range []string{"\x00", "secret", "changeme"} {
		defaults = append(defaults, schemas.Secret(formatSecret(s.Provider.Signing.Secret, []byte(key), key)))
	}
	return s.accepting(inner, func(r *http.Request, body []byte) bool {
		return s.verifyAs(s.Provider, r, body, defaults...) == nil
	})
}

// prefixAccepted compares up to the end of the shorter signature.
func prefixAccepted(s Stand, inner http.Handler) http.Handler {
	return s.accepting(inner, func(r *http.Request, body []byte) bool {
		values := placeholders(s.Provider, r.Header.Values)
		for _, got := range s.Provider.Signing.Signatures(values["signatures"]) {
			for _, secret := range s.endpointOf(r, body).Secrets {
				want, err := s.Provider.Signing.Sign(secret, values["id"], values["timestamp"], body)
				if err == nil && got != "" && got != want && (strings.HasPrefix(want, got) || strings.HasPrefix(got, want)) {
					return true
				}
			}
		}
		return false
	})
}

// malformedCrashes throws on a signature or timestamp that it cannot decode.
func malformedCrashes(s Stand, inner http.Handler) http.Handler {
	return answering(inner, func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		for _, name := range s.Provider.HeaderNames("signatures") {
			value := r.Header.Get(name)
			if len(value) > 4<<10 || strings.ContainsFunc(value, func(c rune) bool { return c > 0x7e || c == '?' }) {
				return answer(w, http.StatusInternalServerError, "RangeError: input buffers must have the same byte length")
			}
		}
		return false
	})
}

// legacyAccepted also takes SHA-1.
func legacyAccepted(s Stand, inner http.Handler) http.Handler {
	older := s.variant(func(g *schemas.Signing) { g.Algorithm = "hmac-sha1" })
	return s.accepting(inner, func(r *http.Request, body []byte) bool {
		return s.verifyAs(older, r, body, s.secrets()...) == nil
	})
}

// reserialises signs the body as a serialiser writes it.
func reserialises(s Stand, inner http.Handler) http.Handler {
	return answering(inner, func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		if !json.Valid(body) || bytes.Equal(reserialised(s.Provider, body), body) {
			return false
		}
		return answer(w, http.StatusUnauthorized, "invalid signature")
	})
}

// reserialised is the body parsed and written again in the provider's style: keys in their order, no
// spaces, numbers and strings in their shortest form.
func reserialised(p *schemas.Provider, body []byte) []byte {
	var out bytes.Buffer
	if json.Compact(&out, body) != nil {
		return body
	}
	compact := bytes.Clone(out.Bytes())
	for _, leaf := range slices.Backward(leaves(compact)) {
		var value any
		if json.Unmarshal(leaf.raw, &value) != nil {
			continue
		}
		short := leaf.raw
		switch value := value.(type) {
		case string:
			short = styled(p, value)
		case float64:
			short, _ = json.Marshal(value)
		}
		if rewritten, err := set(compact, leaf.place, short); err == nil {
			compact = rewritten
		}
	}
	return compact
}

// styled is a text as the provider writes it.
func styled(p *schemas.Provider, text string) []byte {
	raw := []byte(quote(text))
	raw = bytes.ReplaceAll(raw, []byte(`\u2028`), []byte("\u2028"))
	raw = bytes.ReplaceAll(raw, []byte(`\u2029`), []byte("\u2029"))
	if p.Body.EscapesNonASCII {
		raw = asciiOf(text)
	}
	if p.Body.EscapesSlash {
		raw = bytes.ReplaceAll(raw, []byte("/"), []byte(`\/`))
	}
	return raw
}

// asciiOnly decodes the body in a code page that has no Chinese.
func asciiOnly(_ Stand, inner http.Handler) http.Handler {
	return answering(inner, func(w http.ResponseWriter, _ *http.Request, body []byte) bool {
		if !bytes.ContainsFunc(body, func(c rune) bool { return c >= 0x4e00 && c <= 0x9fff }) {
			return false
		}
		return answer(w, http.StatusUnauthorized, "invalid signature")
	})
}

// joinsStrings decodes each piece of the body as it arrives.
func joinsStrings(_ Stand, inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pieces := &pieceReader{from: r.Body}
		body, err := io.ReadAll(io.LimitReader(pieces, sabotageBody))
		if err == nil && pieces.torn && utf8.Valid(body) {
			answer(w, http.StatusUnauthorized, "invalid signature")
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if err != nil {
			r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
		}
		inner.ServeHTTP(w, r)
	})
}

// pieceReader notices pieces that end inside a character.
type pieceReader struct {
	from io.Reader
	torn bool
}

func (p *pieceReader) Read(into []byte) (int, error) {
	if len(into) > 64<<10 {
		into = into[:64<<10]
	}
	n, err := p.from.Read(into)
	if n > 0 && n < len(into) {
		last, size := utf8.DecodeLastRune(into[:n])
		p.torn = p.torn || last == utf8.RuneError && size == 1
	}
	return n, err
}

// firstOnly looks at the first signature of a list.
func firstOnly(s Stand, inner http.Handler) http.Handler {
	return answering(inner, func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		separator := s.Provider.Signing.Separator
		if separator == "" {
			return false
		}
		values := placeholders(s.Provider, r.Header.Values)
		first, _, several := strings.Cut(values["signatures"], separator)
		if !several {
			return false
		}
		alone := r.Clone(r.Context())
		for _, line := range s.Provider.Headers {
			if value := alone.Header.Get(line[0]); strings.Contains(line[1], "{signatures}") && value != "" {
				alone.Header.Set(line[0], strings.Replace(value, values["signatures"], first, 1))
			}
		}
		return s.verify(alone, body) != nil && answer(w, http.StatusUnauthorized, "invalid signature")
	})
}

// doubleHeaderCrashes expects a text and is given a list.
func doubleHeaderCrashes(s Stand, inner http.Handler) http.Handler {
	return answering(inner, func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		for _, name := range s.Provider.HeaderNames("signatures") {
			if len(r.Header.Values(name)) > 1 {
				return answer(w, http.StatusInternalServerError, "TypeError: header is not a string")
			}
		}
		return false
	})
}

// exactCase knows header names in the provider's spelling only.
func exactCase(s Stand, inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := RawHead(r.Context())
		for _, line := range s.Provider.Headers {
			if r.Header.Get(line[0]) != "" && !bytes.Contains(head, []byte("\n"+line[0]+":")) {
				answer(w, http.StatusUnauthorized, "a header is missing")
				return
			}
		}
		inner.ServeHTTP(w, r)
	})
}

// leaksSignature tells what it expected.
func leaksSignature(s Stand, inner http.Handler) http.Handler {
	return answering(inner, func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		if s.verify(r, body) == nil || s.challenged(r, body) {
			return false
		}
		values := placeholders(s.Provider, r.Header.Values)
		want, err := s.Provider.Signing.Sign(s.Endpoints[0].Secrets[0], values["id"], values["timestamp"], body)
		return err == nil && answer(w, http.StatusUnauthorized, "expected "+want)
	})
}

// actsFirst queues the event, then verifies it.
func actsFirst(s Stand, inner http.Handler) http.Handler {
	return answering(inner, func(_ http.ResponseWriter, r *http.Request, body []byte) bool {
		if s.verify(r, body) != nil {
			for _, key := range s.message(body).Entities {
				s.Effects.Act(key, 1)
			}
		}
		return false
	})
}

// parsesFirst throws on malformed JSON before it looks at the signature.
func parsesFirst(s Stand, inner http.Handler) http.Handler {
	return answering(inner, func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		if len(body) == 0 || json.Valid(body) || s.verify(r, body) == nil {
			return false
		}
		return answer(w, http.StatusInternalServerError, "SyntaxError: unexpected end of JSON input")
	})
}
