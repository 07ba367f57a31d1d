package generators

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what a downgrade would use
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

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

// wrong gives a key of the right form that is not the endpoint's.
func (s *scheme) wrong(kind string, random *rand.Rand) schemas.Secret {
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(random.Uint32())
	}
	switch kind {
	case "empty-key":
		key = nil
	case "zero-key":
		clear(key)
	case "default-key", "changeme-key":
		key = []byte(map[string]string{"default-key": "secret", "changeme-key": "changeme"}[kind])
	}
	f := s.provider.Signing.Secret
	switch f.Encoding {
	case "base64":
		return schemas.Secret(f.Prefix + base64.StdEncoding.EncodeToString(key))
	case "hex":
		return schemas.Secret(f.Prefix + hex.EncodeToString(key))
	}
	if kind == "wrong-secret" {
		return schemas.Secret(f.Prefix + hex.EncodeToString(key))
	}
	return schemas.Secret(f.Prefix + string(key))
}

// keys signs rightly, with another key.
func (s *scheme) keys() []Tamper {
	kinds := []string{"wrong-secret", "empty-key", "zero-key", "default-key", "changeme-key"}
	if strings.HasPrefix(s.provider.Signing.Algorithm, "ed25519") {
		kinds = kinds[:1]
	}
	var list []Tamper
	for _, kind := range kinds {
		list = append(list, Tamper{kind, Refused, func(m schemas.Message, e schemas.Endpoint, a schemas.Attempt, random *rand.Rand) (schemas.Envelope, error) {
			secret := s.wrong(kind, random)
			if slices.Contains(e.Secrets, secret) {
				return schemas.Envelope{}, fmt.Errorf("tamper %q: this is the endpoint's own secret", kind)
			}
			e.Secrets = []schemas.Secret{secret}
			env, err := s.provider.Envelope(m, e, a)
			if err != nil && kind == "empty-key" { // a key that the scheme itself refuses: sign by hand
				return s.signedByHand(m, e, a, nil)
			}
			return env, err
		}})
	}
	return list
}

// signedByHand replaces the signature by the HMAC of the body under a key of any form.
func (s *scheme) signedByHand(m schemas.Message, e schemas.Endpoint, a schemas.Attempt, key []byte) (schemas.Envelope, error) {
	e.Secrets = []schemas.Secret{s.wrong("wrong-secret", rand.New(rand.NewPCG(1, 1)))}
	env, err := s.provider.Envelope(m, e, a)
	if err != nil {
		return env, err
	}
	signed := strings.NewReplacer("{id}", m.ID, "{timestamp}", strconv.FormatInt(a.At.Unix(), 10), "{body}", string(m.Body)).Replace(s.provider.Signing.Signs)
	digest := s.digest(key, []byte(signed))
	return s.replaced(env, s.encode(digest)), nil
}

// replaced puts another signature into the header.
func (s *scheme) replaced(env schemas.Envelope, signature string) schemas.Envelope {
	env.Headers = slices.Clone(env.Headers)
	for i, line := range env.Headers {
		if line[0] == s.signature {
			start, end := s.span(line[1])
			env.Headers[i][1] = line[1][:start] + signature + line[1][end:]
		}
	}
	return env
}

func (s *scheme) encode(digest []byte) string {
	if s.provider.Signing.Encoding == "base64" {
		return base64.StdEncoding.EncodeToString(digest)
	}
	return hex.EncodeToString(digest)
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

// times plays with the timestamp, where the scheme signs one.
func (s *scheme) times() []Tamper {
	tolerance := time.Duration(max(s.provider.Signing.ToleranceSeconds, 300)) * time.Second
	at := func(name string, want Want, shift time.Duration) Tamper {
		return Tamper{name, want, func(m schemas.Message, e schemas.Endpoint, a schemas.Attempt, _ *rand.Rand) (schemas.Envelope, error) {
			a.At = a.At.Add(shift)
			return s.provider.Envelope(m, e, a)
		}}
	}
	list := []Tamper{
		at("stale", Refused, -max(time.Hour, 2*tolerance)),
		at("future", Refused, max(time.Hour, 2*tolerance)),
		at("two-minutes-old", Accepted, -2*time.Minute),
		at("half-a-minute-ahead", Accepted, 30*time.Second),
		{"rewritten-timestamp", Refused, func(m schemas.Message, e schemas.Endpoint, a schemas.Attempt, _ *rand.Rand) (schemas.Envelope, error) {
			old := a
			old.At = a.At.Add(-max(time.Hour, 2*tolerance))
			env, err := s.provider.Envelope(m, e, old)
			return s.stamped(env, old.At, strconv.FormatInt(a.At.Unix(), 10)), err
		}},
	}
	for _, bad := range [][2]string{{"timestamp-abc", "abc"}, {"timestamp-negative", "-1"}, {"timestamp-huge", "1e30"}, {"timestamp-empty", ""}, {"timestamp-digits", strings.Repeat("9", 40)}} {
		list = append(list, Tamper{bad[0], Refused, func(m schemas.Message, e schemas.Endpoint, a schemas.Attempt, _ *rand.Rand) (schemas.Envelope, error) {
			env, err := s.provider.Envelope(m, e, a)
			return s.stamped(env, a.At, bad[1]), err
		}})
	}
	if s.stamp != s.signature {
		list = append(list, edit("missing-timestamp", Refused, dropping(s.stamp), s.provider))
	}
	return append(list, Tamper{"missing-timestamp-signed-without", Refused, func(m schemas.Message, e schemas.Endpoint, a schemas.Attempt, _ *rand.Rand) (schemas.Envelope, error) {
		// Signed over the body alone, as if the scheme had no time.
		without := *s.provider
		signing := *s.provider.Signing
		signing.Signs = "{body}"
		without.Signing = &signing
		env, err := without.Envelope(m, e, a)
		if s.stamp == s.signature {
			return s.stamped(env, a.At, ""), err
		}
		env.Headers = dropping(s.stamp)(slices.Clone(env.Headers), nil)
		return env, err
	}})
}

// stamped writes another text where the timestamp stands.
func (s *scheme) stamped(env schemas.Envelope, at time.Time, text string) schemas.Envelope {
	env.Headers = slices.Clone(env.Headers)
	for i, line := range env.Headers {
		if line[0] == s.stamp {
			env.Headers[i][1] = strings.Replace(line[1], strconv.FormatInt(at.Unix(), 10), text, 1)
		}
	}
	return env
}

// foreign signs rightly by other rules: an older algorithm, another provider's scheme.
func (s *scheme) foreign() []Tamper {
	byHand := func(name string, change func(env *schemas.Envelope, key []byte, body []byte)) Tamper {
		return Tamper{name, Refused, func(m schemas.Message, e schemas.Endpoint, a schemas.Attempt, _ *rand.Rand) (schemas.Envelope, error) {
			env, err := s.provider.Envelope(m, e, a)
			if err != nil {
				return env, err
			}
			env.Headers = dropping(s.signature)(slices.Clone(env.Headers), nil)
			change(&env, s.key(e.Secrets[0]), m.Body)
			return env, nil
		}}
	}
	legacy := func(name, header, item string) Tamper {
		return byHand(name, func(env *schemas.Envelope, key, body []byte) {
			mac := hmac.New(sha1.New, key)
			_, _ = mac.Write(body)
			env.Headers = append(env.Headers, [2]string{header, item + hex.EncodeToString(mac.Sum(nil))})
		})
	}
	list := []Tamper{
		legacy("legacy-sha1", s.signature, s.item),
		legacy("legacy-sha1-prefixed", s.signature, "sha1="),
		s.value("algorithm-none", Refused, constantly("none")),
	}
	if s.provider.Signing.Algorithm == "hmac-sha1" {
		list = list[2:]
	}
	other := byHand("other-scheme", func(env *schemas.Envelope, key, body []byte) {
		header, item := "X-Hub-Signature-256", "sha256="
		if strings.EqualFold(s.signature, header) {
			header, item = "X-Signature", ""
		}
		mac := hmac.New(sha256New, key)
		_, _ = mac.Write(body)
		env.Headers = append(env.Headers, [2]string{header, item + hex.EncodeToString(mac.Sum(nil))})
	})
	return append(list, other)
}
