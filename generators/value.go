package generators

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/oklog/ulid/v2"

	"github.com/hookrig/hookrig/schemas"
)

// making is how a value is made.
type making uint8

const (
	makeULID making = iota
	makeUUID
	makeToken
	makeHex
	makeDigits
	makeFullName
	makeFirstName
	makeLastName
	makeUsername
	makeEmail
	makeLine
	makePick
	makePhone
	makeWamid
	makeISO
	makeNaive
	makeUnix
	makeDate
	makeClockTime
	makeBase64
	makeURL
	makeSpot
	makeParts
	makeOnlyDigits
	makeJSON
)

// value is one lifelike value at one place. Values can be compared: equal ones make the same.
type value struct {
	make   making
	unique bool // identifies something; the run id salts it
	person bool // made from a person's name
	own    bool // the field named phone: the life's or tenant's own number
	number bool // can stand without quotes
	source source
	field  uint64 // hash of the field's name: fields of a variable differ
	prefix string
	length int
	phone  source  // of the number that a wamid holds
	pool   *pool   // texts to choose from
	parts  *pieces // of a text that quotes other values
	inner  *value  // that a filter works on
	lines  string  // kind of text that the pool holds
	spec   string  // how a journey lets it, for telling it from others
}

// pieces make up a text: each is a constant or a value.
type pieces []piece

type piece struct {
	text  string
	value *value
}

// append appends a value as the inside of a JSON string, without quotes. It does not allocate beyond
// dst.
func (v *value) append(dst []byte, m *maker) []byte {
	if v.make >= makeParts {
		return v.appendOthers(dst, m)
	}
	if v.source.owner == ofPlace && v.make >= makeISO && v.make <= makeClockTime {
		return v.time(dst, m, m.now)
	}
	if v.own && v.make == makePhone {
		number, use := m.phone(&v.source)
		return m.dial(append(dst, v.prefix...), number, use)
	}
	k := m.keys(&v.source, !v.unique || v.person, v.unique)
	switch v.make {
	case makeULID:
		return v.ulid(dst, k)
	case makeUUID:
		return v.uuid(dst, k)
	case makeToken, makeURL:
		return appendLetters(append(dst, v.prefix...), v.salted(k), v.length, tokenLetters)
	case makeHex:
		return appendLetters(append(dst, v.prefix...), v.salted(k), v.length, hexDigits)
	case makeDigits:
		dst = appendLetters(append(dst, v.prefix...), v.salted(k)+1, 1, "123456789")
		return appendLetters(dst, v.salted(k), v.length-1, "0123456789")
	case makeFullName:
		return append(dst, m.person(k).full...)
	case makeFirstName:
		return append(dst, m.person(k).first...)
	case makeLastName:
		return append(dst, m.person(k).last...)
	case makeUsername:
		return appendLetters(append(dst, m.person(k).user...), k.salt^0x75736572, 5, "0123456789")
	case makeEmail:
		dst = appendLetters(append(dst, m.person(k).user...), k.salt^0x75736572, 5, "0123456789")
		return append(dst, "@example.com"...)
	case makeLine:
		return v.line(dst, m, k)
	case makePick:
		texts := v.pool[0]
		return append(dst, texts[share(mix(k.shape^v.field), uint64(len(texts)))]...)
	case makePhone:
		return m.dial(append(dst, v.prefix...), v.salted(k), phoneOfAny)
	case makeWamid:
		return v.wamid(dst, m, k)
	case makeISO, makeNaive, makeUnix, makeDate, makeClockTime:
		return v.time(dst, m, k.born)
	case makeBase64:
		return v.base64(dst, m, k)
	case makeSpot:
		return v.spot(dst, m, k)
	}
	return dst
}

// time appends an instant (Unix milliseconds).
func (v *value) time(dst []byte, m *maker, at int64) []byte {
	switch v.make {
	case makeISO:
		return appendISO(append(m.dates.append(dst, at), 'T'), at, v.length)
	case makeNaive:
		return appendTime(append(m.dates.append(dst, at), ' '), at)
	case makeUnix:
		return appendInteger(dst, floorDiv(at, 1000))
	case makeDate:
		return m.dates.append(dst, at)
	}
	return append(appendTime(dst, at), 'Z')
}

// appendOthers appends what is made of other values.
func (v *value) appendOthers(dst []byte, m *maker) []byte {
	switch v.make {
	case makeParts:
		for _, p := range *v.parts {
			if dst = append(dst, p.text...); p.value != nil {
				dst = p.value.append(dst, m)
			}
		}
	case makeOnlyDigits:
		start := len(dst)
		dst = v.inner.append(dst, m)
		kept := dst[:start]
		for _, c := range dst[start:] {
			if c >= '0' && c <= '9' {
				kept = append(kept, c)
			}
		}
		return kept
	case makeJSON:
		start := len(dst)
		dst = append(v.inner.append(append(dst, '"'), m), '"')
		return escapeFrom(dst, start, m.world.style)
	}
	return dst
}

// gens is the vocabulary of x-gen.
func gens() map[string]value {
	return map[string]value{
		"id.ulid":           {make: makeULID, unique: true},
		"id.uuid":           {make: makeUUID, unique: true},
		"id.token":          {make: makeToken, length: 16, unique: true},
		"id.hex":            {make: makeHex, length: 32, unique: true},
		"id.digits":         {make: makeDigits, length: 12, unique: true, number: true},
		"person.name":       {make: makeFullName},
		"person.first_name": {make: makeFirstName},
		"person.last_name":  {make: makeLastName},
		"person.email":      {make: makeEmail, unique: true, person: true},
		"person.username":   {make: makeUsername, unique: true, person: true},
		"company.name":      {make: makeLine, lines: "company"},
		"phone.e164":        {make: makePhone, prefix: "+", unique: true},
		"phone.digits":      {make: makePhone, unique: true, number: true},
		"text.chat":         {make: makeLine, lines: "chat"},
		"text.reply":        {make: makeLine, lines: "reply"},
		"text.label":        {make: makeLine, lines: "label"},
		"text.title":        {make: makeLine, lines: "title"},
		"text.sentence":     {make: makeLine, lines: "sentence"},
		"wamid.inbound":     {make: makeWamid, length: 20, unique: true},
		"wamid.outbound":    {make: makeWamid, length: 18, unique: true},
		"time.iso":          {make: makeISO},
		"time.iso_ms":       {make: makeISO, length: 3},
		"time.iso_us":       {make: makeISO, length: 6},
		"time.naive":        {make: makeNaive},
		"time.unix":         {make: makeUnix, number: true},
		"media.id":          {make: makeDigits, length: 16, unique: true, number: true},
		"media.sha256":      {make: makeBase64, length: 32, unique: true},
		"media.filename":    {make: makeLine, lines: "file"},
		"media.url":         {make: makeURL, prefix: "https://example.com/media/", length: 24, unique: true},
		"url.https":         {make: makeURL, prefix: "https://example.com/", length: 10},
		"geo.latitude":      {make: makeSpot, length: 0, number: true},
		"geo.longitude":     {make: makeSpot, length: 1, number: true},
		"geo.place":         {make: makeSpot, length: 2},
		"geo.address":       {make: makeSpot, length: 3},
		"group.name":        {make: makeLine, lines: "group"},
		"autoreply.text":    {make: makeLine, lines: "rule text"},
		"autoreply.name":    {make: makeLine, lines: "rule name"},
		"autoreply.trigger": {make: makeLine, lines: "rule trigger"},
		"product.id":        {make: makeToken, prefix: "sku-", length: 8},
	}
}

// newValue makes the value of an x-gen. The source is not set.
func (w *world) newValue(g schemas.Gen) (value, error) {
	v, ok := w.vocabulary[g.Gen]
	if !ok {
		return v, fmt.Errorf("unknown x-gen %q: want one of %s", g.Gen, strings.Join(sortedKeys(w.vocabulary), ", "))
	}
	if g.Prefix != "" {
		v.prefix, v.number = g.Prefix, false
	}
	v.prefix = string(w.escape(v.prefix))
	if g.Length < 0 || g.Length > 4096 {
		return v, fmt.Errorf("length %d of x-gen %q: want 1 to 4096", g.Length, g.Gen)
	}
	if g.Length > 0 && strings.HasPrefix(g.Gen, "id.") {
		v.length = g.Length
	}
	v.pool = w.lines[v.lines]
	v.spec = g.Gen + "\x00" + g.Prefix + "\x00" + strconv.Itoa(g.Length)
	switch g.Gen {
	case "wamid.inbound":
		v.prefix = "\x12"
	case "wamid.outbound":
		v.prefix = "\x11"
	}
	return v, nil
}

// pick makes the value that is one of the texts.
func (w *world) pick(texts ...string) value {
	var escaped [][]byte
	for _, text := range texts {
		escaped = append(escaped, w.escape(text))
	}
	return value{make: makePick, pool: anyLanguage(escaped)}
}

// anyLanguage is the pool of texts that every language has.
func anyLanguage(texts [][]byte) *pool {
	p := &pool{}
	for language := range p {
		p[language] = texts
	}
	return p
}

// escaped is the value as it stands in a JSON text inside a string; false when that is known only once
// it is made.
func (v *value) escaped(w *world) (value, bool) {
	inner := *v
	switch v.make {
	case makeULID, makeUUID, makeToken, makeHex, makeDigits, makeURL:
		inner.prefix = string(w.escape(v.prefix))
		return inner, true
	case makeUsername, makeEmail, makePhone, makeISO, makeNaive, makeUnix, makeDate, makeClockTime, makeOnlyDigits:
		return inner, true
	case makeLine:
		inner.pool = w.nested[v.lines]
		return inner, v.pool == w.lines[v.lines]
	}
	return inner, false
}

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

func (m *maker) person(k keys) *person {
	people := m.world.people[m.language()]
	return &people[share(k.shape, uint64(len(people)))]
}

func (v *value) line(dst []byte, m *maker, k keys) []byte {
	texts := v.pool[m.language()]
	return append(dst, texts[share(k.shape^v.field, uint64(len(texts)))]...)
}

func (v *value) spot(dst []byte, m *maker, k keys) []byte {
	spots := m.world.spots[m.language()]
	s := &spots[share(k.shape, uint64(len(spots)))]
	switch v.length {
	case 0:
		return append(dst, s.latitude...)
	case 1:
		return append(dst, s.longitude...)
	case 2:
		return append(dst, s.place...)
	}
	return append(dst, s.address...)
}
