package generators

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// emit compiles the message of a step.
func (b *scripter) emit(j *Journey, st *step, s scope) {
	at := st.place.Child("emit")
	event := b.generator.catalog.Event(st.emit)
	if event == nil {
		b.fail(j, at, "unknown event %q", st.emit)
		return
	}
	pins := &pin{}
	before := len(b.errs)
	for _, set := range st.set {
		b.pin(j, st.place.Child("set").Child(string(set.at)), event, pins.at(set.at), set, s)
	}
	for i, place := range st.present {
		b.hasPlace(j, st.place.Child("present").Index(i), event, place)
		pins.at(place)
	}
	for i, place := range st.absent {
		b.hasPlace(j, st.place.Child("absent").Index(i), event, place)
		pins.at(place).absent = true
	}
	if len(b.errs) > before {
		return
	}
	plan, err := b.plan(event, st, s, pins)
	if err != nil {
		b.errs = append(b.errs, &FileError{j.file, b.blame(st, err), err})
		return
	}
	b.add(instruction{code: codeEmit, plan: plan})
}

// blame finds the setting that an error of the schema is about.
func (b *scripter) blame(st *step, err error) schemas.Pointer {
	var place *PlaceError
	var invalid *schemas.InvalidError
	wrong := ""
	if errors.As(err, &place) {
		wrong = place.Place
	} else if errors.As(err, &invalid) {
		wrong = string(invalid.Violations[0].Pointer)
	}
	for _, set := range st.set {
		if string(set.at) == wrong || strings.HasPrefix(wrong, string(set.at)+"/") {
			return st.place.Child("set").Child(string(set.at))
		}
	}
	for i, place := range st.absent {
		if before, _, _ := cutLast(place); before == wrong {
			return st.place.Child("absent").Index(i)
		}
	}
	for _, set := range st.set {
		if strings.HasPrefix(string(set.at), wrong) {
			return st.place.Child("set").Child(string(set.at))
		}
	}
	return st.place.Child("emit")
}

// cutLast takes the last segment off a pointer.
func cutLast(place schemas.Pointer) (before, last string, ok bool) {
	i := strings.LastIndexByte(string(place), '/')
	if i < 0 {
		return "", string(place), false
	}
	return string(place[:i]), string(place[i+1:]), true
}

// hasPlace refuses a place that the event's schema does not have.
func (b *scripter) hasPlace(j *Journey, at schemas.Pointer, event *schemas.Event, place schemas.Pointer) bool {
	if len(reach([]*schemas.Schema{event.Schema}, place.Segments())) > 0 {
		return true
	}
	b.fail(j, at, "the schema of %q has no place %q", event.Name, place)
	return false
}

// pin turns a setting into a pin.
func (b *scripter) pin(j *Journey, at schemas.Pointer, event *schemas.Event, p *pin, set setting, s scope) {
	if !b.hasPlace(j, at, event, set.at) {
		return
	}
	if set.value[0] != '"' {
		p.constant = set.value
		return
	}
	var text string
	_ = json.Unmarshal(set.value, &text)
	if !strings.Contains(text, "$") {
		p.constant = set.value
		return
	}
	v, err := b.template(text, s)
	if err != nil {
		b.fail(j, at, "%v", err)
		return
	}
	if len(*v.parts) == 1 && (*v.parts)[0].value == nil {
		p.constant = quoted(strings.ReplaceAll(text, "$$", "$"))
		return
	}
	if len(*v.parts) == 1 {
		v = *(*v.parts)[0].value
	}
	p.value = &v
}

// template reads a text that quotes variables: `$a.b|filter` as a whole, `${a.b|filter}` inside.
func (b *scripter) template(text string, s scope) (value, error) {
	v := value{make: makeParts, source: source{edit: -1}, parts: &pieces{}}
	if name, ok := strings.CutPrefix(text, "$"); ok && !strings.HasPrefix(name, "$") && !strings.HasPrefix(name, "{") {
		one, err := b.quote(name, s)
		*v.parts = pieces{{value: one}}
		return v, err
	}
	w := b.generator.world
	literal := ""
	flush := func() {
		if literal != "" {
			*v.parts = append(*v.parts, piece{text: string(w.escape(literal))})
		}
		literal = ""
	}
	for text != "" {
		before, rest, found := strings.Cut(text, "$")
		literal += before
		text = rest
		if !found {
			break
		}
		switch {
		case strings.HasPrefix(rest, "$"):
			literal += "$"
			text = rest[1:]
		case strings.HasPrefix(rest, "{"):
			name, after, closed := strings.Cut(rest[1:], "}")
			if !closed {
				return v, errors.New("${ is not closed")
			}
			one, err := b.quote(name, s)
			if err != nil {
				return v, err
			}
			flush()
			*v.parts = append(*v.parts, piece{value: one})
			text = after
		default:
			literal += "$"
		}
	}
	flush()
	return v, nil
}

// quote finds the value of `variable.field|filters`.
func (b *scripter) quote(name string, s scope) (*value, error) {
	r := parseRole(name)
	var v value
	switch {
	case r.variable == "now":
		v = value{make: makeISO, length: 3, source: source{edit: -1}}
	case s[r.variable] == nil:
		return nil, fmt.Errorf("nobody lets the variable %q; here are %s", r.variable, strings.Join(append(sortedKeys(s), "now"), ", "))
	default:
		told, ok := s[r.variable].fields[r.field]
		if !ok {
			return nil, fmt.Errorf("the variable %q has no field %q; it has %s", r.variable, r.field, strings.Join(sortedKeys(s[r.variable].fields), ", "))
		}
		v = told
	}
	v, err := v.filtered(r.filters)
	return &v, err
}

// plan compiles the event with the step's pins, or finds the plan of a step just like it.
func (b *scripter) plan(event *schemas.Event, st *step, s scope, pins *pin) (*plan, error) {
	g := b.generator
	key := ""
	for _, name := range sortedKeys(s) {
		key += fmt.Sprintf(" %s %+v", name, s[name].source)
		for _, field := range sortedKeys(s[name].fields) {
			f := s[name].fields[field]
			key += fmt.Sprintf(" %s %s %d", field, f.spec, f.source.edit)
		}
	}
	if _, known := b.scopes[key]; !known {
		b.scopes[key] = len(b.scopes)
	}
	scopeID := b.scopes[key]
	key = fmt.Sprint(scopeID, event.Name, st.set, st.present, st.absent)
	if p := b.plans[key]; p != nil {
		return p, nil
	}
	for _, place := range sortedKeys(g.config.Set) {
		if len(reach([]*schemas.Schema{event.Schema}, place.Segments())) > 0 {
			p := pins.at(place)
			p.constant, p.value, p.absent = g.config.Set[place], nil, false
		}
	}
	c := g.cast
	c.story, c.scope, c.scopeID, c.known = true, s, scopeID, b.known
	p, err := compile(g.world, &c, event, pins)
	if err != nil {
		return nil, err
	}
	if err := g.rehearse(p); err != nil {
		return nil, err
	}
	b.linker.link(p)
	b.plans[key] = p
	return p, nil
}

// rehearse validates a few messages of a story's plan.
func (g *Generator) rehearse(p *plan) error {
	m := &maker{world: g.world, start: g.cast.start, now: g.cast.start}
	for life := range uint64(2) {
		m.place(g.cast.seed, g.cast.run, Coordinate{Life: life}, usualTenants)
		if err := p.event.Validate(m.run(nil, p.ops)); err != nil {
			return err
		}
	}
	return nil
}
