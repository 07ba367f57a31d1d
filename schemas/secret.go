package schemas

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Secret is a signing secret as the provider writes it. Its fmt and JSON forms are masked; convert to
// string to use it.
type Secret string

// maskedSecret is how a secret looks wherever it is printed.
const maskedSecret = "[secret]"

// String masks the secret.
func (s Secret) String() string { return maskedSecret }

// GoString masks the secret.
func (s Secret) GoString() string { return maskedSecret }

// Format masks the secret for every verb and flag.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, maskedSecret) }

// MarshalText masks the secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(maskedSecret), nil }

// SecretFormat says how the provider writes a secret.
type SecretFormat struct {
	Prefix       string `json:"prefix,omitempty"`        // taken off before decoding
	PublicPrefix string `json:"public_prefix,omitempty"` // ed25519: of the public key, which verifies only
	Encoding     string `json:"encoding"`                // utf8, base64, hex
}

// ErrSecret is what an unusable secret wraps: empty, or not written as the provider writes it.
// The text never shows the secret.
var ErrSecret = errors.New("unusable secret")

// decode takes the prefix off, where it is there, and decodes the rest.
func (f SecretFormat) decode(s Secret, prefix string) ([]byte, error) {
	text := strings.TrimPrefix(string(s), prefix)
	var key []byte
	var err error
	switch f.Encoding {
	case "utf8":
		key = []byte(text)
	case "base64":
		key, err = base64.StdEncoding.DecodeString(text)
	case "hex":
		key, err = hex.DecodeString(text)
	default:
		return nil, fmt.Errorf("%w: unknown encoding %q", ErrSecret, f.Encoding)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: want %s%s", ErrSecret, prefix, f.Encoding)
	}
	if len(key) == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrSecret)
	}
	return key, nil
}

// Spell writes a key as the provider writes a secret. A secret that is plain text holds it in hex. 32
// random bytes suit every algorithm: they are the seed of an ed25519 key too.
func (f SecretFormat) Spell(key []byte) Secret {
	if f.Encoding == "base64" {
		return Secret(f.Prefix + base64.StdEncoding.EncodeToString(key))
	}
	return Secret(f.Prefix + hex.EncodeToString(key))
}

// privateKey reads an ed25519 key to sign with: 64 bytes, or the 32 bytes of its seed.
func (f SecretFormat) privateKey(s Secret) (ed25519.PrivateKey, error) {
	if f.PublicPrefix != "" && strings.HasPrefix(string(s), f.PublicPrefix) {
		return nil, fmt.Errorf("%w: a public key (%s…) cannot sign", ErrSecret, f.PublicPrefix)
	}
	key, err := f.decode(s, f.Prefix)
	if err != nil {
		return nil, err
	}
	switch len(key) {
	case ed25519.SeedSize:
		return ed25519.NewKeyFromSeed(key), nil
	case ed25519.PrivateKeySize:
		return ed25519.PrivateKey(key), nil
	}
	return nil, fmt.Errorf("%w: an ed25519 key has 32 or 64 bytes, this one %d", ErrSecret, len(key))
}

// publicKey reads an ed25519 key to verify with: a public key, or the public half of a private one.
func (f SecretFormat) publicKey(s Secret) (ed25519.PublicKey, error) {
	if f.PublicPrefix == "" || !strings.HasPrefix(string(s), f.PublicPrefix) {
		private, err := f.privateKey(s)
		if err != nil {
			return nil, err
		}
		return private.Public().(ed25519.PublicKey), nil
	}
	key, err := f.decode(s, f.PublicPrefix)
	if err != nil {
		return nil, err
	}
	if len(key) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("%w: an ed25519 public key has 32 bytes, this one %d", ErrSecret, len(key))
	}
	return ed25519.PublicKey(key), nil
}
