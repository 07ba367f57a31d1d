package checks

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// shortestID is the shortest text that is taken for an id when ids of one play are put in place of another's.
const shortestID = 4

// orphaned judges the answers to an order, and where they can be seen the effects: a message that comes
// before what it refers to may be refused and taken later, but not break, be lost or be acted on twice.
func (o *order) orphaned(right [2]*performance, other *performance) *orderFlaw {
	o.seen++
	for k, x := range other.exchanges {
		if x.Reply.in("5xx reset", o.subject.Provider.Policy) {
			return &orderFlaw{message: other.indices[k], Flaw: Flaw{
				Rule: "messages of a journey must be handled or refused in whatever order they come",
				Got:  fmt.Sprintf("%s to %s", x.Reply, o.called(other.indices[k], other.indices)), Want: "an acknowledgement, 404 or 409",
			}}
		}
	}
	if !o.subject.Observed || o.subject.Counter {
		return nil
	}
	for _, i := range other.indices {
		if !o.concerns(i) {
			continue
		}
		if !other.taken[i] {
			return &orderFlaw{message: i, Flaw: Flaw{
				Rule: "a message must be accepted once what it refers to is there",
				Got:  o.called(i, other.indices) + " is refused again and again", Want: "an acknowledgement of the retry",
			}}
		}
		if flaw := o.miscounted(right, other, i); flaw != nil {
			return flaw
		}
	}
	return nil
}

// concerns reports whether a message is of the event at hand, or creates what one of that event refers to.
func (o *order) concerns(i int) bool {
	event := o.subject.Event.Name
	return o.life[i].message.Event == event || slices.ContainsFunc(o.life, func(s scene) bool {
		return s.message.Event == event && s.refersTo(o.life[i])
	})
}

// miscounted finds an entity of the message on which the consumer has not acted at all, or too often. One
// that skips what is older than what it knows acts less often, and is right.
func (o *order) miscounted(right [2]*performance, other *performance, i int) *orderFlaw {
	for k := range other.messages[i].Entities {
		a, b, got := right[0].reading(i, k), right[1].reading(i, k), other.reading(i, k)
		if a.Err != nil || b.Err != nil || got.Err != nil {
			continue
		}
		least, most := min(a.Count, b.Count), max(a.Count, b.Count)
		flaw := orderFlaw{message: i, Flaw: Flaw{
			Rule: "what a consumer does must not depend on the order in which messages come",
			Got:  times(got.Count) + " for what " + o.called(i, other.indices) + " is about", Want: times(least) + ", as in their own order",
		}}
		if least > 0 && got.Count == 0 || got.Count > most {
			return &flaw
		}
	}
	return nil
}

// reading is what the observer said of the k-th entity of the i-th message.
func (p *performance) reading(i, k int) Reading {
	if k >= len(p.messages[i].Entities) {
		return Reading{}
	}
	return p.readings[p.messages[i].Entities[k]]
}

// stale judges what each entity is in the end, as far as its messages say which of them is newer.
func (o *order) stale(right [2]*performance, other *performance) *orderFlaw {
	for _, i := range other.indices {
		if o.life[i].message.Event != o.subject.Event.Name || !o.ordered(i, other) {
			continue
		}
		before, after, now := o.state(right[0], i), o.state(right[1], i), o.state(other, i)
		if !o.shows(before, i, other.indices) {
			continue
		}
		o.seen++
		if flaw := o.changed(before, after, now); flaw != nil {
			return &orderFlaw{message: i, Flaw: *flaw}
		}
	}
	return nil
}

// ordered reports whether the entity of the message is also that of others, all of them taken, and each says
// when: then it is the newest that counts.
func (o *order) ordered(i int, p *performance) bool {
	var same []scene
	for _, k := range slices.Sorted(slices.Values(p.indices)) {
		if s := o.life[k]; s.about(o.life[i]) {
			if !p.taken[k] || len(same) > 0 && !same[len(same)-1].overtakes(s) {
				return false
			}
			same = append(same, s)
		}
	}
	return len(same) > 1
}

// shows reports whether a state holds anything of what the messages about it say.
func (o *order) shows(state map[string]string, i int, indices []int) bool {
	for _, k := range indices {
		m := o.life[k].message
		if !o.life[k].about(o.life[i]) {
			continue
		}
		for place, text := range texts(m.Body) {
			if len(text) < shortestID || o.subject.identifies(place) {
				continue
			}
			for _, held := range state {
				if strings.Contains(held, text) {
					return true
				}
			}
		}
	}
	return false
}

// changed finds a place that is the same each time in the messages' own order, and something else now. What
// is missing now may have been left out as too old: worth saying, no more.
func (o *order) changed(before, after, now map[string]string) *Flaw {
	var missing *Flaw
	places := slices.Sorted(maps.Keys(before))
	slices.SortStableFunc(places, func(a, b string) int { return o.formal(a) - o.formal(b) })
	for _, place := range places {
		want := before[place]
		if again, ok := after[place]; !ok || again != want {
			continue // it changes by itself
		}
		got, ok := now[place]
		where := "what the hook shows of it"
		if place != "" {
			where = place
		}
		switch {
		case ok && got == want:
		case ok:
			return &Flaw{
				Rule: "what a consumer knows must not depend on the order in which messages come", Where: place,
				Got: where + " is " + brief(got), Want: brief(want) + ", what the newest message says",
			}
		case missing == nil:
			missing = &Flaw{
				Level: LevelAdvisory,
				Rule:  "what an older message alone says must not be lost when it comes late", Where: place,
				Got: where + " is missing", Want: brief(want) + ", as in their own order",
			}
		}
	}
	return missing
}

// formal is 1 for the places of ids and times, which say less than others about what went wrong.
func (o *order) formal(place string) int {
	at := schemas.Pointer(place)
	if o.subject.identifies(at) || slices.ContainsFunc(o.subject.laws().times[o.subject.Event.Name], func(p schemas.Pointer) bool { return matchesPlace(p, at) }) {
		return 1
	}
	return 0
}

// brief is the beginning of a text.
func brief(text string) string {
	if len(text) > 60 {
		return strings.ToValidUTF8(text[:60], "") + "…"
	}
	return text
}

// state is what the entity of the i-th message is, place by place, with the ids of the lifecycle itself in
// place of the play's own.
func (o *order) state(p *performance, i int) map[string]string {
	reading := p.reading(i, 0)
	if reading.Err != nil || len(reading.Value) == 0 {
		return nil
	}
	doc, err := schemas.Decode(reading.Value)
	if err != nil || doc == nil {
		return nil
	}
	if p.ids == nil {
		p.ids = o.ids(p)
	}
	flat := map[string]string{}
	flatten(doc, "", p.ids, flat)
	return flat
}

// ids puts what the lifecycle itself says in place of what a play says there.
func (o *order) ids(p *performance) *strings.Replacer {
	own := map[string]string{}
	for i, m := range p.messages {
		bases := texts(o.life[i].message.Body)
		for place, text := range texts(m.Body) {
			if base, both := bases[place]; both && text != base && len(text) >= shortestID {
				own[text] = base
			}
		}
	}
	var pairs []string
	for _, text := range slices.SortedFunc(maps.Keys(own), func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) }) {
		pairs = append(pairs, text, own[text])
	}
	return strings.NewReplacer(pairs...)
}

// texts lists the strings of a body by their places.
func texts(body []byte) map[schemas.Pointer]string {
	all := map[schemas.Pointer]string{}
	for _, leaf := range leaves(body) {
		var text string
		if leaf.kind == '"' && json.Unmarshal(leaf.raw, &text) == nil {
			all[leaf.place] = text
		}
	}
	return all
}

// flatten writes the leaves of a document by their places. A list is one leaf, in which the order of the
// elements does not count: they may be there as they came.
func flatten(doc any, at schemas.Pointer, ids *strings.Replacer, into map[string]string) {
	switch doc := doc.(type) {
	case map[string]any:
		for name, value := range doc {
			flatten(value, at.Child(name), ids, into)
		}
	case []any:
		var elements []string
		for _, element := range doc {
			inner := map[string]string{}
			flatten(element, "", ids, inner)
			text, _ := json.Marshal(inner) // texts by texts: cannot fail; sorted
			elements = append(elements, string(text))
		}
		slices.Sort(elements)
		into[string(at)] = "[" + strings.Join(elements, ",") + "]"
	default:
		text, _ := json.Marshal(doc) // a scalar: cannot fail
		into[string(at)] = ids.Replace(string(text))
	}
}
