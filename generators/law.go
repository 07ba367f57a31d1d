package generators

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/hookrig/hookrig/schemas"
)

// Law is what must hold between the messages of a stream, as laws.json says.
type Law struct {
	Law   string          `json:"law"` // unique, reference, monotonic, increasing, same, differ, last, during
	Why   string          `json:"why,omitempty"`
	Event string          `json:"event,omitempty"`
	Where map[string]any  `json:"where,omitempty"`
	Value schemas.Pointer `json:"value,omitempty"`
	Key   schemas.Pointer `json:"key,omitempty"`
	To    string          `json:"to,omitempty"`
	From  json.RawMessage `json:"from,omitempty"` // a place (differ) or marks (during)
	Until []LawMark       `json:"until,omitempty"`
	Of    []LawMark       `json:"of,omitempty"`
	Order []string        `json:"order,omitempty"`
	Final []string        `json:"final,omitempty"`
	As    string          `json:"as,omitempty"` // text, digits, unix
}

// LawMark is an event with a key, and a value where the law compares one.
type LawMark struct {
	Event string          `json:"event"`
	Key   schemas.Pointer `json:"key"`
	Value schemas.Pointer `json:"value,omitempty"`
	Where map[string]any  `json:"where,omitempty"`
}

const lawsFile = "laws.json"

// lawKeys are the keys that each law takes; those before the bar it must have.
func lawKeys() map[string][2][]string {
	return map[string][2][]string{
		"unique":     {{"value"}, {"event", "where"}},
		"reference":  {{"event", "value", "to", "key"}, {"where", "as"}},
		"monotonic":  {{"event", "key", "value", "order"}, {"where", "final"}},
		"increasing": {{"value"}, {"event", "where", "key", "as"}},
		"same":       {{"of"}, {"as"}},
		"differ":     {{"event", "value", "from"}, {"where", "as"}},
		"last":       {{"event", "key"}, {"where", "of"}},
		"during":     {{"event", "key", "from", "until"}, {}},
	}
}

// readLaws reads laws.json, where there is one. All mistakes are joined.
func readLaws(c *schemas.Catalog, journeys []*Journey) ([]Law, error) {
	text, err := fs.ReadFile(c.Files(), lawsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t, err := parseTree(text)
	if err != nil {
		return nil, &FileError{lawsFile, "", errors.New("not JSON")}
	}
	r := &lawReader{fileDecoder: fileDecoder{file: lawsFile}, catalog: c, emitted: map[string]bool{}}
	for _, j := range journeys {
		for _, event := range emitted(j.steps, nil) {
			r.emitted[event] = true
		}
	}
	var laws []Law
	r.object(t, "", map[string]func(*tree, schemas.Pointer){
		"$schema": func(*tree, schemas.Pointer) {},
		"laws": func(t *tree, at schemas.Pointer) {
			r.each(t, at, func(t *tree, at schemas.Pointer) { laws = append(laws, r.law(t, at)) })
		},
	}, "laws")
	return laws, errors.Join(r.errs...)
}

// lawReader reads laws and checks them against the catalog.
type lawReader struct {
	fileDecoder
	catalog *schemas.Catalog
	emitted map[string]bool // by some journey; empty: there are none
}

func (r *lawReader) law(t *tree, at schemas.Pointer) Law {
	var l Law
	if t.kind != '{' {
		r.fail(at, "want an object")
		return l
	}
	name, _, _ := t.find("/law")
	if name == nil || name.kind != '"' {
		r.fail(at, "key %q is missing", "law")
		return l
	}
	keys, known := lawKeys()[name.text()]
	if !known {
		r.fail(at.Child("law"), "unknown law %q", name.text())
		return l
	}
	for _, m := range t.members {
		if m.name != "law" && m.name != "why" && !slices.Contains(keys[0], m.name) && !slices.Contains(keys[1], m.name) {
			r.fail(at.Child(m.name), "the law %q has no key %q", name.text(), m.name)
		}
	}
	for _, key := range keys[0] {
		if !has(t, key) {
			r.fail(at, "key %q is missing", key)
		}
	}
	if err := json.Unmarshal(t.append(nil), &l); err != nil {
		r.fail(at, "%v", err)
		return l
	}
	r.check(l, at)
	return l
}

// check refuses a law that nothing can meet.
func (r *lawReader) check(l Law, at schemas.Pointer) {
	r.event(l.Event, at.Child("event"))
	r.event(l.To, at.Child("to"))
	r.at(l.Event, l.Value, at.Child("value"))
	if l.To == "" {
		r.at(l.Event, l.Key, at.Child("key"))
	} else {
		r.at(l.To, l.Key, at.Child("key"))
		if len(r.emitted) > 0 && r.emitted[l.Event] && !r.emitted[l.To] {
			r.fail(at.Child("to"), "no journey emits %q, so nothing can refer to it", l.To)
		}
	}
	r.where(l.Event, l.Where, at.Child("where"))
	r.marks(l.Of, at.Child("of"))
	r.marks(l.Until, at.Child("until"))
	r.from(l, at.Child("from"))
	for i, value := range slices.Concat(l.Order, l.Final) {
		place := at.Child("order").Index(i)
		if i >= len(l.Order) {
			place = at.Child("final").Index(i - len(l.Order))
			if slices.Contains(l.Order, value) {
				r.fail(place, "%q stands in order too", value)
			}
		}
		r.can(l.Event, l.Value, value, place)
	}
	if l.As != "" && !slices.Contains([]string{"text", "digits", "unix"}, l.As) {
		r.fail(at.Child("as"), "is %q: want text, digits or unix", l.As)
	}
	r.finite(l, at)
}

// finite refuses to call a place unique whose schema has but a few values.
func (r *lawReader) finite(l Law, at schemas.Pointer) {
	if l.Law != "unique" {
		return
	}
	for _, e := range r.events(l.Event) {
		for _, c := range reach([]*schemas.Schema{e.Schema}, l.Value.Segments()) {
			if values := plainValues(c); values != nil && !c.Open {
				r.fail(at.Child("value"), "nothing can meet it: %q of %q has only %d values", l.Value, e.Name, len(values))
				return
			}
		}
	}
}

func (r *lawReader) events(name string) []*schemas.Event {
	if e := r.catalog.Event(name); e != nil {
		return []*schemas.Event{e}
	}
	return r.catalog.Events()
}

func (r *lawReader) event(name string, at schemas.Pointer) {
	if name != "" && r.catalog.Event(name) == nil {
		r.fail(at, "unknown event %q", name)
	}
}

// at refuses a place that the event, or without one every event, does not have.
func (r *lawReader) at(event string, place, at schemas.Pointer) {
	if place == "" {
		return
	}
	if err := place.Check(); err != nil {
		r.fail(at, "%v", err)
		return
	}
	known := slices.ContainsFunc(r.events(event), func(e *schemas.Event) bool {
		return len(reach([]*schemas.Schema{e.Schema}, place.Segments())) > 0
	})
	if !known {
		r.fail(at, "the schema of %q has no place %q", event, place)
	}
}

func (r *lawReader) marks(list []LawMark, at schemas.Pointer) {
	for i, m := range list {
		place := at.Index(i)
		if r.event(m.Event, place.Child("event")); m.Event == "" {
			r.fail(place, "key %q is missing", "event")
			continue
		}
		r.at(m.Event, m.Key, place.Child("key"))
		r.at(m.Event, m.Value, place.Child("value"))
		r.where(m.Event, m.Where, place.Child("where"))
	}
}

func (r *lawReader) where(event string, where map[string]any, at schemas.Pointer) {
	for _, place := range sortedKeys(where) {
		r.at(event, schemas.Pointer(place), at.Child(place))
		if text, ok := where[place].(string); ok {
			r.can(event, schemas.Pointer(place), text, at.Child(place))
		}
	}
}

// can refuses a value that a closed enum does not have.
func (r *lawReader) can(event string, place schemas.Pointer, value string, at schemas.Pointer) {
	found, said := false, false
	for _, e := range r.events(event) {
		for _, c := range reach([]*schemas.Schema{e.Schema}, place.Segments()) {
			if values := plainValues(c); values != nil {
				said = true
				found = found || c.Open || holds(values, quoted(value))
			}
		}
	}
	if said && !found {
		r.fail(at, "nothing can meet it: %q of %q is never %q", place, event, value)
	}
}

// from reads the key that is a place in one law and marks in another.
func (r *lawReader) from(l Law, at schemas.Pointer) {
	if l.From == nil {
		return
	}
	if l.Law == "differ" {
		var place schemas.Pointer
		if json.Unmarshal(l.From, &place) != nil {
			r.fail(at, "want a place")
			return
		}
		r.at(l.Event, place, at)
		if place == l.Value {
			r.fail(at, "nothing can meet it: a place does not differ from itself")
		}
		return
	}
	var marks []LawMark
	if json.Unmarshal(l.From, &marks) != nil || len(marks) == 0 {
		r.fail(at, "want a list of marks")
		return
	}
	r.marks(marks, at)
	if len(r.emitted) > 0 && !slices.ContainsFunc(marks, func(m LawMark) bool { return r.emitted[m.Event] }) {
		r.fail(at, "nothing can meet it: no journey emits %s", fmt.Sprint(marks[0].Event))
	}
}
