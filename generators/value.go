package generators

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/oklog/ulid/v2"

	"github.com/hookrig/hookrig/schemas"
)

// making appends a value as the inside of a JSON string, without quotes. It must not allocate.
type making func(dst []byte, m *maker, v *value, k keys) []byte

// value is one lifelike value at one place.
type value struct {
	make   making
	source source
	field  uint64 // hash of the field's name: fields of a variable differ
	prefix []byte
	length int
	phone  source   // of the number that a wamid holds
	lines  string   // pool of texts
	pool   [][]byte // texts to choose from, whatever the language; nil: by lines
	parts  []piece  // of a text that quotes other values
	number bool     // can stand without quotes
	unique bool     // identifies something; the run id salts it
	inner  *value   // that a filter works on
	person bool     // made from a person's name
	own    bool     // the field named phone: the life's or tenant's own number
}

// piece is a constant or a value.
type piece struct {
	text  []byte
	value *value
}

func (v *value) append(dst []byte, m *maker) []byte { return v.make(dst, m, v, m.keys(&v.source)) }

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
		"phone.e164":        {make: makePhone, prefix: []byte{'+'}, unique: true},
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
		"media.url":         {make: makeURL, prefix: []byte("https://example.com/media/"), length: 24, unique: true},
		"url.https":         {make: makeURL, prefix: []byte("https://example.com/"), length: 10},
		"geo.latitude":      {make: makeSpot, length: 0, number: true},
		"geo.longitude":     {make: makeSpot, length: 1, number: true},
		"geo.place":         {make: makeSpot, length: 2},
		"geo.address":       {make: makeSpot, length: 3},
		"group.name":        {make: makeLine, lines: "group"},
		"autoreply.text":    {make: makeLine, lines: "rule text"},
		"autoreply.name":    {make: makeLine, lines: "rule name"},
		"autoreply.trigger": {make: makeLine, lines: "rule trigger"},
		"product.id":        {make: makeToken, prefix: []byte("sku-"), length: 8},
	}
}

// newValue makes the value of an x-gen. The source is not set.
func (w *world) newValue(g schemas.Gen) (value, error) {
	v, ok := gens()[g.Gen]
	if !ok {
		return v, fmt.Errorf("unknown x-gen %q: want one of %s", g.Gen, strings.Join(sortedKeys(gens()), ", "))
	}
	if g.Prefix != "" {
		v.prefix = w.escape(g.Prefix)
		v.number = false
	} else if v.prefix != nil {
		v.prefix = w.escape(string(v.prefix))
	}
	if g.Length < 0 || g.Length > 4096 {
		return v, fmt.Errorf("length %d of x-gen %q: want 1 to 4096", g.Length, g.Gen)
	}
	if g.Length > 0 && strings.HasPrefix(g.Gen, "id.") {
		v.length = g.Length
	}
	if g.Gen == "wamid.inbound" {
		v.prefix = []byte{0x12}
	} else if g.Gen == "wamid.outbound" {
		v.prefix = []byte{0x11}
	}
	return v, nil
}

// salted gives the salted key of the field.
func (v *value) salted(k keys) uint64 { return k.salt ^ v.field }

func makeULID(dst []byte, _ *maker, v *value, k keys) []byte {
	var id ulid.ULID
	_ = id.SetTime(uint64(k.born)) // fails only past the year 10889
	a, b := mix(v.salted(k)), mix(v.salted(k)+1)
	for i := range 8 {
		id[6+i] = byte(a >> (8 * i))
	}
	id[14], id[15] = byte(b), byte(b>>8)
	dst = append(dst, v.prefix...)
	dst = append(dst, "00000000000000000000000000"...)
	_ = id.MarshalTextTo(dst[len(dst)-ulid.EncodedSize:]) // fails only for another length
	return dst
}

func makeUUID(dst []byte, _ *maker, v *value, k keys) []byte {
	dst = append(dst, v.prefix...)
	a, b := mix(v.salted(k)), mix(v.salted(k)+1)
	a = a&^0xf000 | 0x4000 // version 4
	b = b&^(3<<62) | 1<<63 // variant of RFC 9562
	for i := 60; i >= 0; i -= 4 {
		dst = append(dst, hexDigits[a>>i&15])
		if i == 32 || i == 16 {
			dst = append(dst, '-')
		}
	}
	dst = append(dst, '-')
	for i := 60; i >= 0; i -= 4 {
		dst = append(dst, hexDigits[b>>i&15])
		if i == 48 {
			dst = append(dst, '-')
		}
	}
	return dst
}

const tokenLetters = "abcdefghijklmnopqrstuvwxyz0123456789"

func makeToken(dst []byte, _ *maker, v *value, k keys) []byte {
	return appendLetters(append(dst, v.prefix...), v.salted(k), v.length, tokenLetters)
}

func makeHex(dst []byte, _ *maker, v *value, k keys) []byte {
	return appendLetters(append(dst, v.prefix...), v.salted(k), v.length, hexDigits)
}

func makeDigits(dst []byte, _ *maker, v *value, k keys) []byte {
	dst = append(dst, v.prefix...)
	dst = appendLetters(dst, v.salted(k)+1, 1, "123456789")
	return appendLetters(dst, v.salted(k), v.length-1, "0123456789")
}

// appendLetters appends n letters of the alphabet, 8 from each mixed key.
func appendLetters(dst []byte, key uint64, n int, alphabet string) []byte {
	size := uint64(len(alphabet))
	for n > 0 {
		key = mix(key)
		for bits := key; n > 0 && bits != 0; n-- {
			dst = append(dst, alphabet[(bits&0xff)*size>>8])
			bits >>= 8
		}
	}
	return dst
}

func makeURL(dst []byte, _ *maker, v *value, k keys) []byte {
	return appendLetters(append(dst, v.prefix...), v.salted(k), v.length, tokenLetters)
}

func makeBase64(dst []byte, m *maker, v *value, k keys) []byte {
	var raw [64]byte
	key := v.salted(k)
	for i := range v.length {
		if i%8 == 0 {
			key = mix(key)
		}
		raw[i] = byte(key >> (i % 8 * 8))
	}
	return appendBase64(dst, raw[:v.length], m)
}

// appendBase64 appends bytes in padded base64, with slashes as the provider spells them.
func appendBase64(dst, raw []byte, m *maker) []byte {
	start := len(dst)
	dst = base64.StdEncoding.AppendEncode(dst, raw)
	if m.world.style.EscapesSlash {
		return escapeFrom(dst, start, m.world.style)
	}
	return dst
}

// makeWamid makes a WhatsApp message id: what nine published samples decode to (providers' message
// ids are opaque, but some consumers look inside).
func makeWamid(dst []byte, m *maker, v *value, k keys) []byte {
	var raw [80]byte
	b := append(raw[:0], 0x1c, 0x18, 0)
	whose := m.keys(&v.phone)
	b = m.world.phones.append(b, whose.own(), m.runKey, whose.use)
	b[2] = byte(len(b) - 3)
	b = append(b, 0x15, 0x02, 0x00, v.prefix[0], 0x18, byte(v.length))
	b = appendWamidID(b, v, k)
	b = append(b, 0)
	return appendBase64(append(dst, "wamid."...), b, m)
}

func appendWamidID(b []byte, v *value, k keys) []byte {
	n := v.length
	if v.prefix[0] == 0x12 {
		b = append(b, '3', 'A')
		n -= 2
	}
	return appendLetters(b, v.salted(k), n, "0123456789ABCDEF")
}

// own is the number behind a variable's own phone.
func (k *keys) own() uint64 {
	if k.use >= phoneOfAny {
		return k.salt
	}
	return k.number
}

func makePhone(dst []byte, m *maker, v *value, k keys) []byte {
	dst = append(dst, v.prefix...)
	if !v.own {
		return m.world.phones.append(dst, v.salted(k), m.runKey, phoneOfAny)
	}
	return m.world.phones.append(dst, k.own(), m.runKey, k.use)
}

func (m *maker) person(k keys) *person {
	people := m.world.people[m.language()]
	return &people[share(k.shape, uint64(len(people)))]
}

func makeFullName(dst []byte, m *maker, _ *value, k keys) []byte {
	return append(dst, m.person(k).full...)
}
func makeFirstName(dst []byte, m *maker, _ *value, k keys) []byte {
	return append(dst, m.person(k).first...)
}
func makeLastName(dst []byte, m *maker, _ *value, k keys) []byte {
	return append(dst, m.person(k).last...)
}

func makeUsername(dst []byte, m *maker, _ *value, k keys) []byte {
	dst = append(dst, m.person(k).user...)
	return appendLetters(dst, k.salt^0x75736572, 5, "0123456789")
}

func makeEmail(dst []byte, m *maker, v *value, k keys) []byte {
	return append(makeUsername(dst, m, v, k), "@example.com"...)
}

func makeLine(dst []byte, m *maker, v *value, k keys) []byte {
	pool := v.pool
	if pool == nil {
		pool = m.world.lines[m.language()][v.lines]
	}
	return append(dst, pool[share(k.shape^v.field, uint64(len(pool)))]...)
}

func makePick(dst []byte, _ *maker, v *value, k keys) []byte {
	return append(dst, v.pool[share(mix(k.shape^v.field), uint64(len(v.pool)))]...)
}

func makeParts(dst []byte, m *maker, v *value, _ keys) []byte {
	for i := range v.parts {
		p := &v.parts[i]
		dst = append(dst, p.text...)
		if p.value == nil {
			continue
		}
		dst = p.value.append(dst, m)
	}
	return dst
}

func makeSpot(dst []byte, m *maker, v *value, k keys) []byte {
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

func makeISO(dst []byte, _ *maker, v *value, k keys) []byte { return appendISO(dst, k.born, v.length) }

func makeNaive(dst []byte, _ *maker, _ *value, k keys) []byte {
	return appendTime(append(appendDate(dst, k.born), ' '), k.born)
}

func makeUnix(dst []byte, _ *maker, _ *value, k keys) []byte {
	return appendInteger(dst, floorDiv(k.born, 1000))
}

func makeDate(dst []byte, _ *maker, _ *value, k keys) []byte { return appendDate(dst, k.born) }

func makeClockTime(dst []byte, _ *maker, _ *value, k keys) []byte {
	return append(appendTime(dst, k.born), 'Z')
}
