package generators

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
