package schemas

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
)

// Signer is a provider and an endpoint made ready: templates parsed, keys decoded, hashes kept. It
// makes the envelopes of any number of messages. Safe for concurrent use.
type Signer struct {
	provider *Provider
	target   string
	url      string
	lines    []headerTemplate
	extra    Headers
	signed   Template
	item     Template
	keys     []*key
}

// headerTemplate is a header line to be filled in.
type headerTemplate struct {
	name    string
	value   Template
	trusted bool // every value that it can have may stand in a header
}

// Signer makes the signer for an endpoint. Errors are those of [Provider.Envelope].
func (p *Provider) Signer(e Endpoint) (*Signer, error) {
	target, err := requestTarget(e.URL)
	if err != nil {
		return nil, err
	}
	s := &Signer{provider: p, target: target, url: e.URL, extra: e.Headers}
	for i, line := range p.Headers {
		value, err := p.template(i)
		if err != nil {
			return nil, fmt.Errorf("header %q: %w", line[0], err)
		}
		foreign := value.Uses("event") || value.Uses("id") || value.Uses("delivery_id")
		s.lines = append(s.lines, headerTemplate{line[0], value, !foreign && headerSafe(line[1])})
	}
	if p.Signing == nil {
		return s, nil
	}
	if s.signed, err = p.Signing.signedText(); err != nil {
		return nil, err
	}
	if s.item, err = p.Signing.itemText(); err != nil {
		return nil, err
	}
	secrets := e.Secrets
	if len(secrets) == 0 {
		return nil, fmt.Errorf("sign as %q: %w: the endpoint has none", p.Name, ErrSecret)
	}
	if p.Signing.Separator == "" {
		secrets = secrets[:1]
	}
	for _, secret := range secrets {
		k, err := p.Signing.key(secret)
		if err != nil {
			return nil, fmt.Errorf("sign as %q: %w", p.Name, err)
		}
		s.keys = append(s.keys, k)
	}
	return s, nil
}

// Envelope makes the signed request for one attempt.
func (s *Signer) Envelope(m Message, a Attempt) (Envelope, error) {
	env := Envelope{Method: "POST", Path: s.target, Body: m.Body}
	env.Headers = make(Headers, 0, len(s.lines)+len(s.extra))
	f := s.fill(m, a)
	for _, line := range s.lines {
		value := string(line.value.Expand(nil, f.append))
		if !headerSafe(value) {
			return Envelope{}, fmt.Errorf("make header %q: %w", line.name, errHeaderValue)
		}
		env.Headers = append(env.Headers, [2]string{line.name, value})
	}
	env.Headers = append(env.Headers, s.extra...)
	return env, nil
}

// AppendHeader appends the header lines of one attempt as HTTP/1.1 writes them, each ended by CRLF:
// those of Envelope, without Host and Content-Length. It allocates nothing but what {delivery_id}
// needs where the attempt brings none.
func (s *Signer) AppendHeader(dst []byte, m Message, a Attempt) ([]byte, error) {
	f := s.fill(m, a)
	for _, line := range s.lines {
		dst = append(dst, line.name...)
		dst = append(dst, ": "...)
		start := len(dst)
		for _, p := range line.value.parts {
			if p.name == "" {
				dst = append(dst, p.literal...)
			} else {
				dst = f.append(dst, p.name)
			}
		}
		if !line.trusted && !headerSafe(dst[start:]) {
			return dst, fmt.Errorf("make header %q: %w", line.name, errHeaderValue)
		}
		dst = append(dst, "\r\n"...)
	}
	for _, line := range s.extra {
		dst = append(dst, line[0]...)
		dst = append(dst, ": "...)
		dst = append(dst, line[1]...)
		dst = append(dst, "\r\n"...)
	}
	return dst, nil
}

// Target is the path and query of the endpoint's URL.
func (s *Signer) Target() string { return s.target }

// filling fills the placeholders of one attempt.
type filling struct {
	signer   *Signer
	event    string
	id       string
	delivery string
	number   int
	seconds  int64
	body     []byte
}

func (s *Signer) fill(m Message, a Attempt) filling {
	f := filling{s, m.Event, m.ID, a.DeliveryID, a.Number, a.At.Unix(), m.Body}
	if f.delivery == "" && (f.id == "" || s.uses("delivery_id")) {
		f.delivery = s.deliveryID(m, a)
	}
	if f.id == "" {
		f.id = f.delivery
	}
	return f
}

func (s *Signer) uses(name string) bool {
	for _, line := range s.lines {
		if line.value.Uses(name) {
			return true
		}
	}
	return false
}

// append appends the value of a placeholder.
func (f filling) append(dst []byte, name string) []byte {
	switch name {
	case "event":
		return append(dst, f.event...)
	case "id":
		return append(dst, f.id...)
	case "delivery_id":
		return append(dst, f.delivery...)
	case "timestamp":
		return strconv.AppendInt(dst, f.seconds, 10)
	case "attempt":
		return strconv.AppendInt(dst, int64(f.number), 10)
	case "signatures":
		return f.appendSignatures(dst)
	}
	return dst
}

func (f filling) appendSignatures(dst []byte) []byte {
	s := f.signer
	timestamp := ""
	if len(s.keys) > 0 && s.signed.Uses("timestamp") {
		timestamp = strconv.FormatInt(f.seconds, 10)
	}
	for i, k := range s.keys {
		if i > 0 {
			dst = append(dst, s.provider.Signing.Separator...)
		}
		for _, p := range s.item.parts {
			if p.name == "" {
				dst = append(dst, p.literal...)
			} else {
				dst = k.append(dst, s.signed, f.id, timestamp, f.body)
			}
		}
	}
	return dst
}

// deliveryID derives the id of a delivery, in the form of a UUID: the same for the same message and
// endpoint, and for each attempt its own where the policy says so.
func (s *Signer) deliveryID(m Message, a Attempt) string {
	h := sha256.New()
	part := func(text []byte) {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(text)))
		_, _ = h.Write(size[:])
		_, _ = h.Write(text)
	}
	part([]byte(s.url))
	part([]byte(m.Event))
	part([]byte(m.ID))
	if m.ID == "" {
		part(m.Body)
	}
	if s.provider.Policy.DeliveryID == "per-attempt" {
		part(strconv.AppendInt(nil, int64(a.Number), 10))
	}
	sum := h.Sum(nil)[:16]
	sum[6] = sum[6]&0x0f | 0x80 // version 8: made by a rule of our own (RFC 9562, 5.8)
	sum[8] = sum[8]&0x3f | 0x80
	digits := hex.EncodeToString(sum)
	return digits[:8] + "-" + digits[8:12] + "-" + digits[12:16] + "-" + digits[16:20] + "-" + digits[20:]
}

var errHeaderValue = errors.New("a value holds a control character")

// headerSafe says whether a value can stand in a header line (RFC 9110, 5.5).
func headerSafe[T string | []byte](value T) bool {
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
