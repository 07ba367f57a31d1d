package generators

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"slices"

	"github.com/oklog/ulid/v2"
)

// salted gives the salted key of the field.
func (v *value) salted(k keys) uint64 { return k.salt ^ v.field }

func (v *value) ulid(dst []byte, k keys) []byte {
	var id ulid.ULID
	_ = id.SetTime(uint64(k.born)) // fails only past the year 10889
	a, b := mix(v.salted(k)), mix(v.salted(k)+1)
	binary.BigEndian.PutUint64(id[6:14], a)
	binary.BigEndian.PutUint16(id[14:], uint16(b))
	dst = append(append(dst, v.prefix...), "00000000000000000000000000"...)
	_ = id.MarshalTextTo(dst[len(dst)-ulid.EncodedSize:]) // fails only for another length
	return dst
}

func (v *value) uuid(dst []byte, k keys) []byte {
	a, b := mix(v.salted(k)), mix(v.salted(k)+1)
	a = a&^0xf000 | 0x4000 // version 4
	b = b&^(3<<62) | 1<<63 // variant of RFC 9562
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:], a)
	binary.BigEndian.PutUint64(raw[8:], b)
	var digits [32]byte
	hex.Encode(digits[:], raw[:])
	dst = append(append(append(dst, v.prefix...), digits[:8]...), '-')
	dst = append(append(dst, digits[8:12]...), '-')
	dst = append(append(dst, digits[12:16]...), '-')
	dst = append(append(dst, digits[16:20]...), '-')
	return append(dst, digits[20:]...)
}

const tokenLetters = "abcdefghijklmnopqrstuvwxyz0123456789"

// appendLetters appends n letters of the alphabet, 8 from each mixed key.
func appendLetters(dst []byte, key uint64, n int, alphabet string) []byte {
	size := uint64(len(alphabet))
	dst = slices.Grow(dst, n)[:len(dst)+n]
	for left := dst[len(dst)-n:]; len(left) > 0; {
		key = mix(key)
		bits, now := key, left[:min(len(left), 8)]
		for i := range now {
			now[i] = alphabet[(bits&0xff)*size>>8]
			bits >>= 8
		}
		left = left[len(now):]
	}
	return dst
}

func (v *value) base64(dst []byte, m *maker, k keys) []byte {
	var raw [64]byte
	key := v.salted(k)
	for i := 0; i < v.length; i += 8 {
		key = mix(key)
		binary.BigEndian.PutUint64(raw[i:], key)
	}
	return appendBase64(dst, raw[:v.length], m)
}

// appendBase64 appends bytes in padded base64, with slashes as the provider spells them.
func appendBase64(dst, raw []byte, m *maker) []byte {
	start := len(dst)
	dst = base64.StdEncoding.AppendEncode(dst, raw)
	if m.world.style.EscapesSlash && bytes.IndexByte(dst[start:], '/') >= 0 {
		return escapeFrom(dst, start, m.world.style)
	}
	return dst
}

// wamid appends a WhatsApp message id: what published samples decode to. Ids are opaque by contract,
// but some consumers look inside. The prefix holds the direction.
func (v *value) wamid(dst []byte, m *maker, k keys) []byte {
	var raw [80]byte
	b := append(raw[:0], 0x1c, 0x18, 0)
	number, use := m.phone(&v.phone)
	b = m.dial(b, number, use)
	b[2] = byte(len(b) - 3)
	b = append(b, 0x15, 0x02, 0x00, v.prefix[0], 0x18, byte(v.length))
	n := v.length
	if v.prefix[0] == 0x12 {
		b = append(b, '3', 'A')
		n -= 2
	}
	b = appendLetters(b, v.salted(k), n, "0123456789ABCDEF")
	return appendBase64(append(dst, "wamid."...), append(b, 0), m)
}
