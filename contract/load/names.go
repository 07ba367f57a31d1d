package load

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// names gives each delivery of a run its id, in the form of a UUID: the message's coordinate, enciphered
// with a key of the run's, so that no two are alike and nothing of a body need be read or hashed. Safe
// for concurrent use.
type names struct {
	block      cipher.Block
	perAttempt bool // each attempt has an id of its own
}

func newNames(cfg *Config) names {
	key := sha256.Sum256(fmt.Appendf(nil, "%q %q %d %q", cfg.Catalog.Provider.Name, cfg.Endpoint.URL, cfg.Making.Seed, cfg.Making.RunID))
	block, err := aes.NewCipher(key[:16])
	if err != nil {
		panic(err) // 16 bytes are a key
	}
	return names{block, cfg.Catalog.Provider.Policy.DeliveryID == "per-attempt"}
}

// attempt is one try of a parcel's delivery, from 1.
func (n names) attempt(p *parcel, number int, at time.Time) schemas.Attempt {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:], p.at.Life)
	binary.BigEndian.PutUint64(id[8:], p.at.Step)
	if n.perAttempt {
		binary.BigEndian.PutUint16(id[8:], uint16(number)) // no life has so many steps
	}
	n.block.Encrypt(id[:], id[:])
	id[6] = id[6]&0x0f | 0x80 // version 8: made by a rule of our own (RFC 9562, 5.8)
	id[8] = id[8]&0x3f | 0x80
	var text [36]byte
	hex.Encode(text[:], id[:4])
	hex.Encode(text[9:], id[4:6])
	hex.Encode(text[14:], id[6:8])
	hex.Encode(text[19:], id[8:10])
	hex.Encode(text[24:], id[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return schemas.Attempt{Number: number, At: at, DeliveryID: string(text[:])}
}
