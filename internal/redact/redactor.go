package redact

import (
	"slices"
	"strings"
)

// Mask stands where a secret was.
const Mask = "[secret]"

// window is the size of the pieces that are recognised: one machine word.
const window = 8

// Redactor masks the secrets it was made with. A nil one masks headers only. Safe for concurrent use.
type Redactor struct {
	windows map[uint64]struct{} // every piece of eight bytes of every spelling of every secret
	shorts  []string            // spellings shorter than a window, found whole
	headers []string            // lower-case names of further headers to mask
}

// New makes a Redactor for these secrets. Secrets shorter than four bytes are not looked for: masking
// them would wreck the text and hide nothing.
func New(secrets ...string) *Redactor {
	r := &Redactor{windows: map[uint64]struct{}{}}
	for _, secret := range secrets {
		if len(secret) < 4 {
			continue
		}
		for _, spelling := range spellings(secret) {
			r.add(spelling)
		}
	}
	slices.Sort(r.shorts)
	r.shorts = slices.Compact(r.shorts)
	return r
}

// Hide returns a Redactor that masks the values of these headers too.
func (r *Redactor) Hide(headers ...string) *Redactor {
	if r == nil {
		r = New()
	}
	more := *r
	more.headers = slices.Clone(r.headers)
	for _, name := range headers {
		more.headers = append(more.headers, strings.ToLower(name))
	}
	return &more
}

// String masks every secret in s.
func (r *Redactor) String(s string) string {
	spans := r.find(s)
	if len(spans) == 0 {
		return s
	}
	var b strings.Builder
	from := 0
	for _, at := range spans {
		b.WriteString(s[from:at.start])
		b.WriteString(Mask)
		from = at.end
	}
	b.WriteString(s[from:])
	return b.String()
}

// Bytes masks every secret in b and returns a copy.
func (r *Redactor) Bytes(b []byte) []byte { return []byte(r.String(string(b))) }

// Headers masks secrets in all lines, and the whole value of headers that carry signatures, credentials
// or cookies. It returns a copy.
func (r *Redactor) Headers(lines [][2]string) [][2]string {
	masked := slices.Clone(lines)
	for i, line := range masked {
		if r.hides(line[0]) {
			masked[i][1] = Mask
			continue
		}
		masked[i] = [2]string{r.String(line[0]), r.String(line[1])}
	}
	return masked
}

// hides reports whether a header's whole value is to be masked.
func (r *Redactor) hides(header string) bool {
	name := strings.ToLower(header)
	if r != nil && slices.Contains(r.headers, name) {
		return true
	}
	for _, part := range []string{"signature", "authorization", "cookie", "secret", "token", "password", "credential", "api-key", "apikey", "hmac"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// span is a stretch of text to be masked.
type span struct{ start, end int }

// find lists the stretches that belong to a secret, in order and without overlap.
func (r *Redactor) find(s string) []span {
	if r == nil {
		return nil
	}
	var spans []span
	cover := func(at span) {
		if n := len(spans); n > 0 && at.start <= spans[n-1].end {
			spans[n-1].end = max(spans[n-1].end, at.end)
			return
		}
		spans = append(spans, at)
	}
	var word uint64
	for i := range len(s) {
		word = word<<8 | uint64(s[i])
		for _, short := range r.shorts {
			if strings.HasSuffix(s[:i+1], short) {
				cover(span{i + 1 - len(short), i + 1})
			}
		}
		if i+1 < window {
			continue
		}
		if _, ok := r.windows[word]; ok {
			cover(span{i + 1 - window, i + 1})
		}
	}
	return spans
}

func (r *Redactor) add(spelling string) {
	if len(spelling) < window {
		r.shorts = append(r.shorts, spelling)
		return
	}
	var word uint64
	for i := range len(spelling) {
		word = word<<8 | uint64(spelling[i])
		if i+1 >= window {
			r.windows[word] = struct{}{}
		}
	}
}
