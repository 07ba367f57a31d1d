package schemas

import (
	"crypto/ed25519"
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Why Open refuses what arrived. They come wrapped; test with errors.Is.
var (
	ErrNoSignature        = errors.New("no signature")
	ErrMalformedSignature = errors.New("malformed signature")
	ErrSignature          = errors.New("signature does not match")
	ErrStale              = errors.New("timestamp too old")
	ErrFuture             = errors.New("timestamp too far ahead")
)

// Open is the way back: it verifies what arrived against any of the secrets at the given time and
// reads the message. Errors are ErrNoSignature, ErrMalformedSignature, ErrSignature, ErrStale,
// ErrFuture (wrapped), or a body that is not JSON.
func (p *Provider) Open(r Received, secrets []Secret, now time.Time) (Message, error) {
	if err := p.Verify(r, secrets, now); err != nil {
		return Message{}, err
	}
	return p.Receive(r)
}

// Receive reads the message of what arrived, without verifying anything. An event or id that the body
// does not name is taken from the headers.
func (p *Provider) Receive(r Received) (Message, error) {
	m, err := p.ReadAs(p.header(r, "event"), r.Body)
	if m.ID == "" {
		m.ID = p.header(r, "id")
	}
	return m, err
}

// header is what stands for the placeholder in the headers; "" when nothing does.
func (p *Provider) header(r Received, name string) string {
	for i, line := range p.Headers {
		if template, err := p.template(i); err == nil && template.Uses(name) {
			if found, ok := template.Extract(r.Header.Get(line[0])); ok {
				return found[name]
			}
		}
	}
	return ""
}

// Verify is Open for the envelope alone: it does not look into the body. An unsigned provider has
// nothing to verify.
func (p *Provider) Verify(r Received, secrets []Secret, now time.Time) error {
	if p.Signing == nil {
		return nil
	}
	values, err := p.extract(r)
	if err != nil {
		return fmt.Errorf("verify as %q: %w", p.Name, err)
	}
	if err := p.Signing.verify(values, secrets, r.Body); err != nil {
		return fmt.Errorf("verify as %q: %w", p.Name, err)
	}
	return p.Signing.fresh(values["timestamp"], now)
}

// extract reads the placeholders out of the headers that carry the signature or what it signs.
func (p *Provider) extract(r Received) (map[string]string, error) {
	values := map[string]string{}
	for i, line := range p.Headers {
		template, err := p.template(i)
		if err != nil {
			return nil, err
		}
		signatures := template.Uses("signatures")
		if !signatures && !template.Uses("timestamp") && !template.Uses("id") {
			continue
		}
		text, err := single(r.Header.Values(line[0]))
		if err != nil {
			return nil, fmt.Errorf("header %q: %w", line[0], err)
		}
		if strings.TrimSpace(text) == "" {
			if signatures {
				return nil, fmt.Errorf("header %q: %w", line[0], ErrNoSignature)
			}
			continue // verify misses it where it is signed
		}
		found, ok := template.Extract(text)
		if !ok {
			return nil, fmt.Errorf("header %q: want %q: %w", line[0], line[1], ErrMalformedSignature)
		}
		for name, value := range found {
			values[name] = value
		}
	}
	return values, nil
}

// single is the value of a header that must not differ from line to line.
func single(values []string) (string, error) {
	if len(values) == 0 {
		return "", nil
	}
	for _, value := range values[1:] {
		if value != values[0] {
			return "", fmt.Errorf("%d lines that differ: %w", len(values), ErrMalformedSignature)
		}
	}
	return values[0], nil
}

// verify looks for one signature that one secret makes of the body.
func (s *Signing) verify(values map[string]string, secrets []Secret, body []byte) error {
	id, timestamp := values["id"], values["timestamp"]
	if id == "" && strings.Contains(s.Signs, "{id}") {
		return fmt.Errorf("the signed id is missing: %w", ErrMalformedSignature)
	}
	if s.SignsTimestamp() || timestamp != "" {
		if _, err := readTimestamp(timestamp); err != nil {
			return err
		}
	}
	var candidates []string
	for _, signature := range s.Signatures(values["signatures"]) {
		if s.wellFormed(signature) {
			candidates = append(candidates, signature)
		}
	}
	if len(candidates) == 0 {
		return fmt.Errorf("no item of the form %q: %w", s.Item, ErrMalformedSignature)
	}
	if len(secrets) == 0 {
		return fmt.Errorf("%w: none given", ErrSecret)
	}
	for _, secret := range secrets {
		matches, err := s.matcher(secret, id, timestamp, body)
		if err != nil {
			return err
		}
		for _, signature := range candidates {
			if matches(signature) {
				return nil
			}
		}
	}
	return ErrSignature
}

// matcher says which signatures the secret makes of the text. HMACs are compared in constant time,
// as text: another spelling of the same bytes is another signature.
func (s *Signing) matcher(secret Secret, id, timestamp string, body []byte) (func(signature string) bool, error) {
	if s.Algorithm != "ed25519" {
		want, err := s.Sign(secret, id, timestamp, body)
		return func(signature string) bool { return hmac.Equal([]byte(want), []byte(signature)) }, err
	}
	public, err := s.Secret.publicKey(secret)
	if err != nil {
		return nil, err
	}
	signed, err := s.signedText()
	if err != nil {
		return nil, err
	}
	text := signed.Expand(nil, func(dst []byte, name string) []byte {
		return append(dst, signedValue(name, id, timestamp, body)...)
	})
	return func(signature string) bool {
		bytes, err := s.decodeSignature(signature)
		return err == nil && ed25519.Verify(public, text, bytes)
	}, nil
}

// wellFormed says whether the text can be a signature of the algorithm at all.
func (s *Signing) wellFormed(signature string) bool {
	bytes, err := s.decodeSignature(signature)
	if err != nil {
		return false
	}
	if s.Algorithm == "ed25519" {
		return len(bytes) == ed25519.SignatureSize
	}
	newHash, err := s.hash()
	return err == nil && len(bytes) == newHash().Size()
}

func (s *Signing) decodeSignature(signature string) ([]byte, error) {
	if s.Encoding == "base64" {
		return base64.StdEncoding.Strict().DecodeString(signature)
	}
	return hex.DecodeString(signature)
}

// fresh says whether the timestamp lies within the tolerance, edges included.
func (s *Signing) fresh(timestamp string, now time.Time) error {
	if s.ToleranceSeconds == 0 || timestamp == "" {
		return nil
	}
	at, err := readTimestamp(timestamp)
	if err != nil {
		return err
	}
	switch age := now.Unix() - at; {
	case age > int64(s.ToleranceSeconds):
		return fmt.Errorf("%w: %d s, tolerance %d s", ErrStale, age, s.ToleranceSeconds)
	case -age > int64(s.ToleranceSeconds):
		return fmt.Errorf("%w: %d s, tolerance %d s", ErrFuture, -age, s.ToleranceSeconds)
	}
	return nil
}

// readTimestamp reads Unix seconds: digits alone, at most 12 of them.
func readTimestamp(text string) (int64, error) {
	digits := text != "" && len(text) <= 12
	for i := range len(text) {
		digits = digits && text[i] >= '0' && text[i] <= '9'
	}
	if !digits {
		return 0, fmt.Errorf("the timestamp is not Unix seconds: %w", ErrMalformedSignature)
	}
	return strconv.ParseInt(text, 10, 64)
}
