package schemas

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
	"sync"
)

// Signing describes how a provider signs, completely: one engine is driven by it.
type Signing struct {
	Algorithm        string       `json:"algorithm"` // hmac-sha256, hmac-sha1, hmac-sha512, ed25519
	Secret           SecretFormat `json:"secret"`
	Signs            string       `json:"signs"`                       // template over {id} {timestamp} {body}
	Encoding         string       `json:"encoding"`                    // hex, base64
	Item             string       `json:"item"`                        // template over {signature}
	Separator        string       `json:"separator,omitempty"`         // between items, one item per secret; "" = the first secret alone signs
	ToleranceSeconds int          `json:"tolerance_seconds,omitempty"` // 0 when nothing limits the age

	signs, item Template // of Signs and Item, read once
}

// signedText reads the template of the signed text.
func (s *Signing) signedText() (Template, error) { return s.signs.orParse(s.Signs) }

// itemText reads the template of an item.
func (s *Signing) itemText() (Template, error) { return s.item.orParse(s.Item) }

// Sign makes one signature, encoded but not yet in an item: what {signature} stands for. The id and
// timestamp count only where the signed text holds them. Errors wrap ErrSecret.
func (s *Signing) Sign(secret Secret, id, timestamp string, body []byte) (string, error) {
	signed, err := s.signedText()
	if err != nil {
		return "", err
	}
	k, err := s.key(secret)
	if err != nil {
		return "", err
	}
	return string(k.append(nil, signed, id, timestamp, body)), nil
}

// Header makes the value of {signatures}: the item of each signature, joined. Without a separator
// the first stands alone.
func (s *Signing) Header(signatures ...string) (string, error) {
	item, err := s.itemText()
	if err != nil {
		return "", err
	}
	var items []string
	for _, signature := range signatures {
		text := item.Expand(nil, func(dst []byte, _ string) []byte { return append(dst, signature...) })
		items = append(items, string(text))
		if s.Separator == "" {
			break
		}
	}
	return strings.Join(items, s.Separator), nil
}

// Signatures is the inverse of Header: the signatures in a header value, in order. Items of another
// version are skipped.
func (s *Signing) Signatures(header string) []string {
	item, err := s.itemText()
	if err != nil {
		return nil
	}
	texts := []string{header}
	if s.Separator != "" {
		texts = strings.Split(header, s.Separator)
	}
	var signatures []string
	for _, text := range texts {
		if values, ok := item.Extract(strings.TrimSpace(text)); ok {
			signatures = append(signatures, values["signature"])
		}
	}
	return signatures
}

// SignsTimestamp says whether the signed text holds the time of the attempt.
func (s *Signing) SignsTimestamp() bool { return strings.Contains(s.Signs, "{timestamp}") }

// key is a secret made ready to sign. Safe for concurrent use.
type key struct {
	encoding string
	private  ed25519.PrivateKey // nil for HMAC
	hashes   *sync.Pool         // of *keyedHash, nil for ed25519
}

// keyedHash is an HMAC of one key with room for its sum.
type keyedHash struct {
	hash.Hash
	sum []byte
}

// key decodes a secret to sign with.
func (s *Signing) key(secret Secret) (*key, error) {
	if s.Algorithm == "ed25519" {
		private, err := s.Secret.privateKey(secret)
		return &key{encoding: s.Encoding, private: private}, err
	}
	newHash, err := s.hash()
	if err != nil {
		return nil, err
	}
	bytes, err := s.Secret.decode(secret, s.Secret.Prefix)
	if err != nil {
		return nil, err
	}
	pool := &sync.Pool{New: func() any {
		return &keyedHash{Hash: hmac.New(newHash, bytes), sum: make([]byte, 0, 2*sha512.Size)}
	}}
	return &key{encoding: s.Encoding, hashes: pool}, nil
}

func (s *Signing) hash() (func() hash.Hash, error) {
	switch s.Algorithm {
	case "hmac-sha256":
		return sha256.New, nil
	case "hmac-sha1":
		return sha1.New, nil
	case "hmac-sha512":
		return sha512.New, nil
	}
	return nil, fmt.Errorf("unknown signing algorithm %q", s.Algorithm)
}

// append signs the text of the template and appends the signature, encoded.
func (k *key) append(dst []byte, signed Template, id, timestamp string, body []byte) []byte {
	if k.private != nil {
		text := signed.Expand(nil, func(dst []byte, name string) []byte {
			return append(dst, signedValue(name, id, timestamp, body)...)
		})
		return appendEncoded(dst, k.encoding, ed25519.Sign(k.private, text))
	}
	h := k.hashes.Get().(*keyedHash)
	h.Reset()
	for _, p := range signed.parts {
		switch p.name {
		case "body":
			_, _ = h.Write(body)
		case "":
			h.sum = append(h.sum[:0], p.literal...)
			_, _ = h.Write(h.sum)
		default:
			h.sum = append(h.sum[:0], signedValue(p.name, id, timestamp, nil)...)
			_, _ = h.Write(h.sum)
		}
	}
	h.sum = h.Sum(h.sum[:0])
	dst = appendEncoded(dst, k.encoding, h.sum)
	k.hashes.Put(h)
	return dst
}

// signedValue is the value of a placeholder of the signed text.
func signedValue(name, id, timestamp string, body []byte) string {
	switch name {
	case "id":
		return id
	case "timestamp":
		return timestamp
	}
	return string(body)
}

func appendEncoded(dst []byte, encoding string, signature []byte) []byte {
	if encoding == "base64" {
		return base64.StdEncoding.AppendEncode(dst, signature)
	}
	return hex.AppendEncode(dst, signature)
}
