package generators

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// Tamper is one way to change an envelope that the provider's signing scheme makes possible. Apply
// makes the changed envelope for the message.
type Tamper struct {
	Name  string // "wrong-secret", "missing-signature", "stale", …
	Want  Want   // what a right consumer does
	Apply func(m schemas.Message, e schemas.Endpoint, a schemas.Attempt, random *rand.Rand) (schemas.Envelope, error)
}

// Want is what a right consumer does with a tampered envelope.
type Want int

const (
	Refused  Want = iota // answers 4xx, and does nothing
	Accepted             // takes it: the change is within the scheme, so this is a control
	Either               // takes or refuses it, but must not fail
)

func (w Want) String() string { return [...]string{"refused", "accepted", "either"}[w] }

// errNoFree says that a tamper needs a place that the message does not have.
var errNoFree = errors.New("the body has no text to change")

// Tampers lists the ways to change the provider's envelopes; none for an unsigned provider.
func Tampers(p *schemas.Provider) []Tamper {
	if p.Signing == nil {
		return nil
	}
	s := newScheme(p)
	list := slices.Concat(s.missing(), s.keys(), s.bodies(), s.partial(), s.malformed(), s.lists(), s.lines())
	if s.stamp != "" {
		list = slices.Concat(list, s.times())
	}
	return append(list, s.foreign()...)
}

// scheme is a provider's signing, with the headers that carry it.
type scheme struct {
	provider  *schemas.Provider
	signature string // header with {signatures}; "" when a template mixes it into none
	stamp     string // header with {timestamp}; it may be the same one
	lead      string // what stands before {signatures} in its template
	item      string // what stands before {signature} in an item: "sha256=", "v1,"
}

func newScheme(p *schemas.Provider) *scheme {
	s := &scheme{provider: p}
	for _, line := range p.Headers {
		if before, _, ok := strings.Cut(line[1], "{signatures}"); ok {
			s.signature, s.lead = line[0], before
		}
		if strings.Contains(line[1], "{timestamp}") && strings.Contains(p.Signing.Signs, "{timestamp}") {
			s.stamp = line[0]
		}
	}
	s.item, _, _ = strings.Cut(p.Signing.Item, "{signature}")
	return s
}

// edit makes a tamper that changes the header lines of a rightly signed envelope.
func edit(name string, want Want, change func(h schemas.Headers, random *rand.Rand) schemas.Headers, p *schemas.Provider) Tamper {
	return Tamper{name, want, func(m schemas.Message, e schemas.Endpoint, a schemas.Attempt, random *rand.Rand) (schemas.Envelope, error) {
		env, err := p.Envelope(m, e, a)
		env.Headers = change(slices.Clone(env.Headers), random)
		return env, err
	}}
}

// value makes a tamper that changes the value of the signature header.
func (s *scheme) value(name string, want Want, change func(value string, random *rand.Rand) string) Tamper {
	return s.header(name, want, s.signature, change)
}

func (s *scheme) header(name string, want Want, header string, change func(value string, random *rand.Rand) string) Tamper {
	return edit(name, want, func(h schemas.Headers, random *rand.Rand) schemas.Headers {
		for i := range h {
			if h[i][0] == header {
				h[i][1] = change(h[i][1], random)
			}
		}
		return h
	}, s.provider)
}

func constantly(value string) func(string, *rand.Rand) string {
	return func(string, *rand.Rand) string { return value }
}

func dropping(header string) func(schemas.Headers, *rand.Rand) schemas.Headers {
	return func(h schemas.Headers, _ *rand.Rand) schemas.Headers {
		return slices.DeleteFunc(h, func(line [2]string) bool { return line[0] == header })
	}
}

func (s *scheme) missing() []Tamper {
	list := []Tamper{
		edit("missing-signature", Refused, dropping(s.signature), s.provider),
		s.value("empty-signature", Refused, constantly("")),
		s.value("space-signature", Refused, constantly(" ")),
	}
	if prefix := s.lead + s.item; prefix != "" && s.stamp != s.signature {
		list = append(list, s.value("bare-prefix", Refused, constantly(prefix)))
	}
	if s.stamp == s.signature && s.stamp != "" {
		list = append(list, s.value("bare-prefix", Refused, func(value string, _ *rand.Rand) string {
			at, end := s.span(value)
			return value[:at] + value[end:]
		}))
	}
	return list
}

// span finds the first signature in the header's value: what stands after the item's prefix.
func (s *scheme) span(value string) (start, end int) {
	start = 0
	if s.item != "" {
		if i := strings.Index(value, s.item); i >= 0 {
			start = i + len(s.item)
		}
	}
	end = start
	for end < len(value) && strings.IndexByte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=-_", value[end]) >= 0 {
		end++
	}
	return start, end
}

// bodies changes the body after signing.
func (s *scheme) bodies() []Tamper {
	after := func(name string, change func(body []byte, random *rand.Rand) ([]byte, error)) Tamper {
		return Tamper{name, Refused, func(m schemas.Message, e schemas.Endpoint, a schemas.Attempt, random *rand.Rand) (schemas.Envelope, error) {
			env, err := s.provider.Envelope(m, e, a)
			if err != nil {
				return env, err
			}
			env.Body, err = change(m.Body, random)
			return env, err
		}}
	}
	return []Tamper{
		after("flipped-byte", flipByte),
		after("appended-space", func(body []byte, _ *rand.Rand) ([]byte, error) { return append(bytes.Clone(body), ' '), nil }),
		after("other-body", func(body []byte, _ *rand.Rand) ([]byte, error) {
			t, err := parseTree(body)
			if err != nil {
				return nil, err
			}
			return reversed(t, nil), nil
		}),
	}
}

// flipByte changes one letter or digit inside a string value, so that the body stays JSON. It prefers
// the free text, where no schema objects.
func flipByte(body []byte, random *rand.Rand) ([]byte, error) {
	out := bytes.Clone(body)
	t, err := parseTree(out)
	if err != nil {
		return nil, err
	}
	var plain []*byte
	collect := func(t *tree) {
		for i := 1; t.kind == '"' && i < len(t.raw)-1; i++ {
			switch c := t.raw[i]; {
			case c == '\\':
				i++
				if t.raw[i] == 'u' {
					i += 4
				}
			case c >= 'a' && c < 'z' || c >= 'A' && c < 'Z' || c >= '0' && c < '9':
				plain = append(plain, &t.raw[i])
			}
		}
	}
	if free := freeText(t); free != nil {
		collect(free)
	}
	if len(plain) == 0 {
		t.walk(collect)
	}
	if len(plain) == 0 {
		return nil, errNoFree
	}
	*plain[random.IntN(len(plain))]++
	return out, nil
}

// partial keeps a part of the right signature, or adds to it.
func (s *scheme) partial() []Tamper {
	cut := func(name string, keep func(length int) int) Tamper {
		return s.value(name, Refused, func(value string, _ *rand.Rand) string {
			start, end := s.span(value)
			return value[:start+keep(end-start)] + value[end:]
		})
	}
	list := []Tamper{
		cut("truncated-1", func(int) int { return 1 }),
		cut("truncated-8", func(int) int { return 8 }),
		cut("truncated-half", func(n int) int { return n / 2 }),
		s.value("wrong-last", Refused, func(value string, _ *rand.Rand) string {
			start, end := s.span(value)
			sum := []byte(value[start:end])
			i := len(bytes.TrimRight(sum, "=")) - 1
			// The last letter of base64 carries fewer bits, so the one before it changes.
			if s.provider.Signing.Encoding == "base64" {
				i--
			}
			if sum[i]++; sum[i] == '9'+1 || sum[i] == 'f'+1 && s.provider.Signing.Encoding == "hex" || sum[i] == 'z'+1 || sum[i] == 'Z'+1 || sum[i] == '+'+1 || sum[i] == '/'+1 {
				sum[i] = '0'
			}
			return value[:start] + string(sum) + value[end:]
		}),
	}
	if s.provider.Signing.Encoding == "hex" {
		// Lenient base64 decoders take these, so they prove nothing there.
		list = append(list,
			cut("truncated-last", func(n int) int { return n - 1 }),
			s.value("appended-junk", Refused, func(value string, _ *rand.Rand) string {
				_, end := s.span(value)
				return value[:end] + "00" + value[end:]
			}))
	}
	return list
}

// malformed breaks the form of the signature header.
func (s *scheme) malformed() []Tamper {
	inside := func(name, text string) Tamper {
		return s.value(name, Refused, func(value string, _ *rand.Rand) string {
			start, end := s.span(value)
			return value[:start] + text + value[end:]
		})
	}
	return []Tamper{
		inside("wrong-length", "abcd"),
		inside("odd-length", "abc"),
		inside("non-hex", strings.Repeat("zz", 32)),
		inside("non-ascii", "señal-"+strings.Repeat("é", 16)),
		inside("punctuation", "!@#$%^&*()"),
		inside("huge", strings.Repeat("a", 8<<10)),
		s.value("no-prefix", s.wantNoPrefix(), func(value string, _ *rand.Rand) string {
			start, end := s.span(value)
			return value[start:end]
		}),
	}
}

// wantNoPrefix: where the scheme has a prefix, a value without one is malformed; where it has none,
// nothing changes, and it is a control.
func (s *scheme) wantNoPrefix() Want {
	if s.lead+s.item == "" {
		return Accepted
	}
	return Refused
}
