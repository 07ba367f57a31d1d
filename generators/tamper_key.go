package generators

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what a downgrade would use
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

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
