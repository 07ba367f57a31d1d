package schemas

import (
	"cmp"
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// maxChanges bounds what one comparison reports, since schemas may share parts without end.
const maxChanges = 10_000

// shapes compares what may stand at a place. An empty shape says nothing.
func (d *differ) shapes(place Pointer, was, is shape) {
	if len(was) == 0 || len(is) == 0 || slices.Equal(was, is) {
		return
	}
	pair := was.key() + " " + is.key()
	if d.seen[pair] || len(d.changes) >= maxChanges {
		return // above in the same cycle, or compared before and found alike
	}
	d.seen[pair] = true
	found := len(d.changes)
	defer func() { d.seen[pair] = len(d.changes) == found }()

	d.types(place, was.types(), is.types())
	d.values(place, was, is)
	d.bounds(place, was, is)
	d.texts(place, was, is)
	d.fields(place, was, is)
	d.shapes(place+"/*", was.items(), is.items())
	d.alternatives(place, was, is)
}

func (d *differ) add(place Pointer, kind string, impact Impact, was, is, why, like string) {
	d.change(Change{d.event, place, kind, impact, was, is, why, like})
}

func (d *differ) types(place Pointer, was, is []string) {
	added, dropped := without(is, was), without(was, is)
	switch {
	case slices.Equal(added, []string{"null"}) && len(dropped) == 0:
		d.add(place, "null-added", Breaks, strings.Join(was, " or "), strings.Join(is, " or "), "null may stand where it never stood", "null")
	case len(added) > 0:
		d.add(place, "type-widened", Breaks, strings.Join(was, " or "), strings.Join(is, " or "), "another type of value may stand here", "changed")
	case len(dropped) > 0:
		d.add(place, "type-narrowed", Safe, strings.Join(was, " or "), strings.Join(is, " or "), "nothing new stands here", "")
	}
}

// without lists what is in all and not in some.
func without(all, some []string) []string {
	var rest []string
	for _, text := range all {
		if !slices.Contains(some, text) {
			rest = append(rest, text)
		}
	}
	return rest
}

func (d *differ) values(place Pointer, was, is shape) {
	before, open := was.values()
	after, _ := is.values()
	switch {
	case before == nil && after == nil:
	case before == nil:
		d.add(place, "values-listed", Safe, "", strings.Join(after, ", "), "nothing new stands here", "")
	case after == nil:
		d.add(place, "values-unlisted", impactOf(open), strings.Join(before, ", "), "", "any value may stand here", "changed")
	default:
		for _, value := range without(after, before) {
			d.add(place, "value-added", impactOf(open), "", value, "consumers that know the list have not met it", "changed")
		}
		for _, value := range without(before, after) {
			d.add(place, "value-dropped", Safe, value, "", "nothing new stands here", "")
		}
	}
}

// impactOf is what widening a list of values does.
func impactOf(open bool) Impact {
	if open {
		return Announced
	}
	return Breaks
}

// bound is a keyword that limits a value from one side.
type bound struct {
	name  string
	lower bool
	of    func(*Schema) *big.Rat
}

func bounds() []bound {
	whole := func(of func(*Schema) *int) func(*Schema) *big.Rat {
		return func(s *Schema) *big.Rat {
			if n := of(s); n != nil {
				return big.NewRat(int64(*n), 1)
			}
			return nil
		}
	}
	number := func(of func(*Schema) *json.Number) func(*Schema) *big.Rat {
		return func(s *Schema) *big.Rat {
			if n := of(s); n != nil {
				if r, ok := new(big.Rat).SetString(n.String()); ok {
					return r
				}
			}
			return nil
		}
	}
	return []bound{
		{"minLength", true, whole(func(s *Schema) *int { return s.MinLength })},
		{"maxLength", false, whole(func(s *Schema) *int { return s.MaxLength })},
		{"minItems", true, whole(func(s *Schema) *int { return s.MinItems })},
		{"maxItems", false, whole(func(s *Schema) *int { return s.MaxItems })},
		{"minProperties", true, whole(func(s *Schema) *int { return s.MinProperties })},
		{"maxProperties", false, whole(func(s *Schema) *int { return s.MaxProperties })},
		{"minimum", true, number(func(s *Schema) *json.Number { return s.Minimum })},
		{"exclusiveMinimum", true, number(func(s *Schema) *json.Number { return s.ExclusiveMinimum })},
		{"maximum", false, number(func(s *Schema) *json.Number { return s.Maximum })},
		{"exclusiveMaximum", false, number(func(s *Schema) *json.Number { return s.ExclusiveMaximum })},
	}
}

func (d *differ) bounds(place Pointer, was, is shape) {
	for _, b := range bounds() {
		before, after := was.bound(b.of, b.lower), is.bound(b.of, b.lower)
		switch {
		case before == nil && after == nil || before != nil && after != nil && before.Cmp(after) == 0:
		case after == nil || before != nil && (after.Cmp(before) < 0) == b.lower:
			d.add(place, b.name+"-widened", Breaks, ratText(before), ratText(after), "values beyond the old bound may come", "changed")
		default:
			d.add(place, b.name+"-narrowed", Safe, ratText(before), ratText(after), "nothing new stands here", "")
		}
	}
}

func ratText(r *big.Rat) string {
	if r == nil {
		return ""
	}
	if r.IsInt() {
		return r.Num().String()
	}
	f, _ := r.Float64()
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// texts compares format, pattern and the like, whose values cannot be compared with each other.
func (d *differ) texts(place Pointer, was, is shape) {
	for _, keyword := range []struct {
		name string
		of   func(*Schema) string
	}{
		{"format", func(s *Schema) string { return s.Format }},
		{"pattern", func(s *Schema) string { return s.Pattern }},
		{"contentMediaType", func(s *Schema) string { return s.ContentMediaType }},
	} {
		before, after := was.texts(keyword.of), is.texts(keyword.of)
		switch {
		case before == after:
		case before == "":
			d.add(place, keyword.name+"-added", Safe, "", after, "nothing new stands here", "")
		case after == "":
			d.add(place, keyword.name+"-dropped", Breaks, before, "", "values of any form may come", "changed")
		default:
			d.add(place, keyword.name+"-changed", Breaks, before, after, "values of another form may come", "changed")
		}
	}
}

func (d *differ) fields(place Pointer, was, is shape) {
	for _, name := range was.fields() {
		at := place.Child(name)
		before, after := was.field(name), is.field(name)
		if len(after) == 0 {
			d.add(at, "field-dropped", Breaks, presence(was, name), "", "consumers may read it", "absent")
			continue
		}
		switch {
		case was.requires(name) && !is.requires(name):
			d.add(at, "field-optional", Breaks, "always there", "may be absent", "consumers may count on it", "absent")
		case !was.requires(name) && is.requires(name):
			d.add(at, "field-required", Safe, "may be absent", "always there", "nothing new stands here", "")
		}
		d.shapes(at, before, after)
	}
	for _, name := range is.fields() {
		if len(was.field(name)) == 0 {
			d.add(place.Child(name), "field-added", Safe, "", presence(is, name), "unknown fields are to be ignored", "")
		}
	}
}

func presence(s shape, name string) string {
	if s.requires(name) {
		return "always there"
	}
	return "may be absent"
}

// alternatives pairs the branches of both sides and compares the pairs; a branch without a partner
// is a new kind of value, or one that no longer comes.
func (d *differ) alternatives(place Pointer, was, is shape) {
	before, after := was.alternatives(), is.alternatives()
	if len(before) == 0 && len(after) > 0 && len(was.fields()) > 0 {
		return // what was one shape is now told apart; fields speak for themselves
	}
	partner := map[string]*Schema{}
	for i, branch := range after {
		partner[branchKey(branch, i)] = branch
	}
	for i, branch := range before {
		key := branchKey(branch, i)
		if next, ok := partner[key]; ok {
			delete(partner, key)
			d.shapes(place, shapeOf(branch), shapeOf(next))
		} else {
			d.add(place, "alternative-dropped", Safe, key, "", "nothing new stands here", "")
		}
	}
	for i, branch := range after {
		key := branchKey(branch, i)
		if _, alone := partner[key]; alone && len(before) > 0 {
			d.add(place, "alternative-added", Breaks, "", key, "another kind of value may come", "changed")
		}
	}
}

// branchKey tells branches apart: by the constants of their fields, else by title or reference, else
// by place.
func branchKey(branch *Schema, i int) string {
	s := shapeOf(branch)
	var constants []string
	for _, name := range s.fields() {
		if values, _ := s.field(name).values(); len(values) == 1 {
			constants = append(constants, name+"="+values[0])
		}
	}
	title := s.texts(func(part *Schema) string { return part.Title })
	target := ""
	if branch.Ref != nil {
		target = branch.Ref.Location
	}
	return cmp.Or(strings.Join(constants, " "), title, target, "branch "+strconv.Itoa(i+1))
}
