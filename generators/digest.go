package generators

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // some providers sign with it
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

func sha256New() hash.Hash { return sha256.New() }

// digest is the HMAC under the scheme's hash, for signatures that the provider would never make.
func (s *scheme) digest(key, signed []byte) []byte {
	make := sha256New
	switch s.provider.Signing.Algorithm {
	case "hmac-sha1":
		make = sha1.New
	case "hmac-sha512":
		make = sha512.New
	}
	mac := hmac.New(make, key)
	_, _ = mac.Write(signed)
	return mac.Sum(nil)
}

// key decodes a secret as the scheme says; one that does not decode is taken as it stands.
func (s *scheme) key(secret schemas.Secret) []byte {
	f := s.provider.Signing.Secret
	text := strings.TrimPrefix(string(secret), f.Prefix)
	var key []byte
	var err error
	switch f.Encoding {
	case "base64":
		key, err = base64.StdEncoding.DecodeString(text)
	case "hex":
		key, err = hex.DecodeString(text)
	default:
		key = []byte(text)
	}
	if err != nil {
		return []byte(secret)
	}
	return key
}
