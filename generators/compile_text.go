package generators

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// longestBound is the longest text that is made only to stand on a bound.
const longestBound = 1 << 16

// text makes a string.
func (k *compiler) text(place schemas.Pointer, s *shape) (block, error) {
	if s.content != nil || s.json {
		return k.embedded(place, s)
	}
	usual, unique, err := k.usualText(place, s)
	if err != nil || unique || !s.lenBounds || len(s.formats) > 0 || k.cast.story {
		return usual, err
	}
	bound := op{verb: opBound, decision: -1, blocks: []block{usual}}
	labels := []string{""}
	add := func(label string, length int) {
		if r, ok := k.exactly(s, length); ok && length <= longestBound {
			bound.blocks = append(bound.blocks, quotedRegex(r, true))
			labels = append(labels, fmt.Sprintf("%s %d", label, length))
		}
	}
	if s.minLen > 0 {
		add("minLength", s.minLen)
	}
	if s.maxLen >= 0 && s.maxLen != s.minLen {
		add("maxLength", s.maxLen)
	}
	if len(labels) == 1 {
		return usual, nil
	}
	bound.decision = int32(k.decide(place, labels, true))
	return block{bound}, nil
}

// embedded makes a JSON text inside a string.
func (k *compiler) embedded(place schemas.Pointer, s *shape) (block, error) {
	list := []*schemas.Schema{}
	if s.content != nil {
		list = append(list, s.content)
	} else {
		list = append(list, &schemas.Schema{Types: []string{"object"}})
	}
	inner, err := k.value(place, list, nil)
	if err != nil {
		return nil, err
	}
	b := append(append(block{constant(`"`)}, inner.escaped(k.world)...), constant(`"`)).packed()
	return b, k.check(b, s, "contentSchema")
}

// usualText makes the string that is there when no bound is forced. unique says that it identifies
// something, so that no bound may be put in its place.
func (k *compiler) usualText(place schemas.Pointer, s *shape) (b block, unique bool, err error) {
	if k.cast.plays(s.gen) {
		v, err := k.cast.play(k.world, s.gen, place)
		if err == nil {
			err = k.suit(&v, s, fmt.Sprintf("x-gen %q", s.gen.Gen))
		}
		return quotedValue(&v), v.unique, err
	}
	if len(s.formats) > 0 {
		v, err := k.formatted(s)
		return quotedValue(&v), v.unique, err
	}
	if len(s.patterns) > 0 {
		b, err := k.patterned(s)
		return b, true, err
	}
	v := value{make: makeLine, lines: "title", pool: k.world.lines["title"]}
	v.source.edit = -1
	if k.suit(&v, s, "") == nil {
		return quotedValue(&v), false, nil
	}
	r, err := newRegex("^[a-z]*$", s.minLen, s.maxLen)
	if err != nil {
		return nil, false, err
	}
	b = quotedRegex(r, false)
	return b, false, k.check(b, s, "string")
}

// suit sees to it that a value suits the shape: a pool loses the texts that do not.
func (k *compiler) suit(v *value, s *shape, what string) error {
	b := quotedValue(v)
	known := suit{spec: v.spec, parts: len(s.parts)}
	if known.parts > 0 {
		known.last = s.parts[known.parts-1]
	}
	if _, ok := k.cast.judge.suited.Load(known); ok && v.spec != "" {
		return nil
	}
	err := k.check(b, s, what)
	if err == nil {
		k.cast.judge.suited.Store(known, struct{}{})
	}
	if err == nil || v.lines == "" {
		return err
	}
	var texts [][]byte
	for _, text := range slices.Concat(k.world.lines[v.lines][:]...) {
		if k.takes(s, append(append([]byte{'"'}, text...), '"')) {
			texts = append(texts, text)
		}
	}
	if len(texts) == 0 {
		return err
	}
	v.pool = anyLanguage(texts)
	return nil
}

// check makes some values and says which the shape refuses.
func (k *compiler) check(b block, s *shape, what string) error {
	m := &maker{world: k.world, start: k.cast.start, now: k.cast.start}
	for i := range 6 {
		m.place(k.cast.seed, k.cast.run, Coordinate{Life: uint64(i)}, uint64(len(k.world.zones)))
		text := m.run(nil, b)
		if !k.takes(s, text) {
			return fmt.Errorf("%s makes %s, which the schema refuses", what, text)
		}
	}
	return nil
}

// takes says whether every part of the shape accepts a JSON text.
func (k *compiler) takes(s *shape, text []byte) bool {
	value := decode(text)
	return !slices.ContainsFunc(s.parts, func(part *schemas.Schema) bool { return !k.cast.judge.accepts(part, value, 0) })
}

// exactly makes the regex for texts of that many code points, where there are such texts.
func (k *compiler) exactly(s *shape, length int) (*regex, bool) {
	pattern := "^[a-z]*$"
	if len(s.patterns) > 0 {
		pattern = s.patterns[0]
	}
	r, err := newRegex(pattern, length, length)
	if err != nil || k.check(quotedRegex(r, true), s, "bound") != nil {
		return nil, false
	}
	return r, true
}

// patterned makes a string that matches patterns: by rule where the rule is found to hold, else by
// trying.
func (k *compiler) patterned(s *shape) (block, error) {
	var last error
	for _, pattern := range s.patterns {
		r, err := newRegex(pattern, s.minLen, s.maxLen)
		if err != nil {
			last = err
			continue
		}
		b := quotedRegex(r, true)
		if last = k.check(b, s, "pattern "+pattern); last == nil {
			return b, nil
		}
		if texts := k.tried(b, s); len(texts) > 0 {
			return block{oneOfTexts(-1, texts)}, nil
		}
	}
	return nil, last
}

// formatted makes a string of a format: the first of the format's makings that suits the rest of the
// shape.
func (k *compiler) formatted(s *shape) (value, error) {
	var last error
	for _, v := range k.world.formats(s.formats[0]) {
		v.source.edit = -1
		if last = k.suit(&v, s, fmt.Sprintf("format %q", s.formats[0])); last == nil {
			return v, nil
		}
	}
	if last == nil {
		last = fmt.Errorf("unknown format %q", s.formats[0])
	}
	return value{}, last
}

// formats lists the makings of a format.
func (w *world) formats(format string) []value {
	list := func(texts ...string) []value {
		// Each text may stand alone, where the schema says more than the format.
		all := []value{w.pick(texts...)}
		for _, text := range texts {
			all = append(all, w.pick(text))
		}
		return all
	}
	switch format {
	case "date-time":
		return []value{{make: makeISO, length: 3}, {make: makeISO, length: 6}, {make: makeISO}}
	case "date":
		return []value{{make: makeDate}}
	case "time":
		return []value{{make: makeClockTime}}
	case "duration":
		return list("PT15M", "P3D", "PT1H30M", "P1Y2M10DT2H30M")
	case "email", "idn-email":
		return []value{{make: makeEmail, unique: true, person: true}}
	case "hostname", "idn-hostname":
		return list("example.com", "www.example.com", "hooks.example.org", "a.example.net")
	case "ipv4":
		return list("192.0.2.1", "198.51.100.7", "203.0.113.200") // RFC 5737
	case "ipv6":
		return list("2001:db8::1", "2001:db8:0:1::8a2e", "2001:db8::ff00:42:8329") // RFC 3849
	case "uri", "iri":
		return append([]value{{make: makeURL, prefix: string(w.escape("https://example.com/")), length: 10}},
			list("https://example.com/a", "http://www.example.org/path?q=1", "mailto:a@example.com", "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66")...)
	case "uri-reference", "iri-reference":
		return list("/orders/17", "https://example.com/a", "../up?x=1#part")
	case "uri-template":
		return list("https://example.com/orders/{id}", "/search{?q,page}")
	case "uuid":
		return []value{{make: makeUUID, unique: true}}
	case "regex":
		return list("^[a-z]+$", "[0-9]{3}", "a|b")
	case "json-pointer":
		return list("/a/b", "/0", "", "/m~0n/x~1y")
	case "relative-json-pointer":
		return list("0", "1/a", "2#")
	}
	return nil
}

// number makes a number.
func (k *compiler) number(place schemas.Pointer, s *shape, integer bool) (block, error) {
	if k.cast.plays(s.gen) {
		v, err := k.cast.play(k.world, s.gen, place)
		if err != nil {
			return nil, err
		}
		if v.number {
			b := block{{verb: opValue, decision: -1, value: &v}}
			return b, k.check(b, s, fmt.Sprintf("x-gen %q", s.gen.Gen))
		}
		return nil, fmt.Errorf("x-gen %q makes a text, but the schema wants a number", s.gen.Gen)
	}
	n, texts, err := newNumber(s, integer)
	if err != nil {
		return nil, err
	}
	if texts != nil {
		return block{k.options(place, texts, []string{"least", "most"}, false)}, nil
	}
	labels := []string{"", "", ""}
	if s.low != nil {
		labels[1] = "minimum " + strings.TrimSpace(string(appendDecimal(nil, n.low*n.factor, n.decimals)))
	}
	if s.high != nil {
		labels[2] = "maximum " + strings.TrimSpace(string(appendDecimal(nil, n.high*n.factor, n.decimals)))
	}
	b := block{{verb: opNumber, decision: int32(k.decide(place, labels, s.low != nil || s.high != nil)), detail: &detail{number: &n}}}
	if len(s.not) > 0 {
		if texts := k.tried(b, s); len(texts) > 0 {
			return block{oneOfTexts(-1, texts)}, nil
		}
		return nil, errEmpty
	}
	return b, nil
}
