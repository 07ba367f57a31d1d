package generators

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

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
