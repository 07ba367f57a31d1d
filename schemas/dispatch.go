package schemas

import (
	"slices"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// dispatch stands for the oneOf or anyOf of a compiled schema. A branch that a const or an enum in it
// excludes is not tried: of a union of many kinds of message one is, instead of all. What it accepts,
// and what it says of what it refuses, is what the keyword itself would.
type dispatch struct {
	keyword  string
	branches []dispatched
}

// dispatched is a branch and what its members are known to be.
type dispatched struct {
	schema *jsonschema.Schema
	path   string
	marks  []mark
}

// mark is a member, or each element of an array, that can only be one of some texts or has marks itself.
type mark struct {
	name  string // "": each element
	texts []string
	inner []mark
}

// Validate does what the keyword does. Branches that are excluded are no cause: what they would say is
// that another one is meant.
func (d dispatch) Validate(ctx jsonschema.ValidationContext, v any) error {
	matched := -1
	var causes []error
	for i, b := range d.branches {
		if excluded(b.marks, v) {
			continue
		}
		if err := ctx.Validate(b.schema, b.path, v, ""); err != nil {
			causes = append(causes, err)
			continue
		}
		if d.keyword == "oneOf" && matched >= 0 {
			return ctx.Error(d.keyword, "valid against schemas at indexes %d and %d", matched, i)
		}
		matched = i
	}
	if matched >= 0 {
		return nil
	}
	return jsonschema.ValidationError{}.Group(ctx.Error(d.keyword, d.keyword+" failed"), causes...)
}

// excluded says whether one of the marks is not borne by the value.
func excluded(marks []mark, v any) bool {
	for _, m := range marks {
		switch v := v.(type) {
		case map[string]any:
			if member, ok := v[m.name]; ok && m.name != "" && m.excludes(member) {
				return true
			}
		case []any:
			if m.name == "" && slices.ContainsFunc(v, m.excludes) {
				return true
			}
		}
	}
	return false
}

func (m mark) excludes(v any) bool {
	if m.texts == nil {
		return excluded(m.inner, v)
	}
	text, ok := v.(string)
	return ok && !slices.Contains(m.texts, text)
}

// dispatcher makes the dispatches of one compiler's schemas.
type dispatcher struct {
	done  map[*jsonschema.Schema]bool // they may be in use already
	marks map[*jsonschema.Schema][]mark
}

func newDispatcher() *dispatcher {
	return &dispatcher{map[*jsonschema.Schema]bool{}, map[*jsonschema.Schema][]mark{}}
}

// visit puts a dispatch in the place of each oneOf and anyOf that a schema reaches and that has branches
// with marks.
func (d *dispatcher) visit(s *jsonschema.Schema) {
	if s == nil || d.done[s] {
		return
	}
	d.done[s] = true
	for _, sub := range compiledParts(s) {
		d.visit(sub)
	}
	for keyword, list := range map[string]*[]*jsonschema.Schema{"oneOf": &s.OneOf, "anyOf": &s.AnyOf} {
		made, marked := dispatch{keyword: keyword}, 0
		for i, sub := range *list {
			b := dispatched{sub, keyword + "/" + strconv.Itoa(i), d.marksOf(sub)}
			if len(b.marks) > 0 {
				marked++
			}
			made.branches = append(made.branches, b)
		}
		if marked > 1 {
			if s.Extensions == nil {
				s.Extensions = map[string]jsonschema.ExtSchema{}
			}
			s.Extensions[keyword], *list = made, nil
		}
	}
}

// marksOf lists the marks of a schema: those of its members and elements, its $ref's and its allOf's.
// Within itself a schema has none.
func (d *dispatcher) marksOf(s *jsonschema.Schema) []mark {
	if s == nil {
		return nil
	}
	if known, ok := d.marks[s]; ok {
		return known
	}
	d.marks[s] = nil
	marks := slices.Clip(d.marksOf(s.Ref))
	for _, sub := range s.AllOf {
		marks = append(marks, d.marksOf(sub)...)
	}
	add := func(name string, s *jsonschema.Schema) {
		m := mark{name: name, texts: onlyTexts(s)}
		if m.texts == nil {
			m.inner = d.marksOf(s)
		}
		if m.texts != nil || m.inner != nil {
			marks = append(marks, m)
		}
	}
	for name, member := range s.Properties {
		if name != "" {
			add(name, member)
		}
	}
	if s.Items2020 != nil && len(s.PrefixItems) == 0 {
		add("", s.Items2020)
	}
	d.marks[s] = marks
	return marks
}

// onlyTexts lists the texts of a const or enum; nil when something else may stand there.
func onlyTexts(s *jsonschema.Schema) []string {
	values := s.Enum
	if len(s.Constant) > 0 {
		values = s.Constant
	}
	var texts []string
	for _, v := range values {
		text, ok := v.(string)
		if !ok {
			return nil
		}
		texts = append(texts, text)
	}
	return texts
}

// compiledParts lists the schemas that stand directly in a compiled schema, its $ref's target included.
func compiledParts(s *jsonschema.Schema) []*jsonschema.Schema {
	list := slices.Concat(s.AllOf, s.AnyOf, s.OneOf, s.PrefixItems, []*jsonschema.Schema{
		s.Ref, s.DynamicRef, s.Not, s.If, s.Then, s.Else, s.PropertyNames, s.UnevaluatedProperties,
		s.Items2020, s.Contains, s.UnevaluatedItems, s.ContentSchema,
	})
	for _, sub := range s.Properties {
		list = append(list, sub)
	}
	for _, sub := range s.PatternProperties {
		list = append(list, sub)
	}
	for _, sub := range s.DependentSchemas {
		list = append(list, sub)
	}
	if sub, ok := s.AdditionalProperties.(*jsonschema.Schema); ok {
		list = append(list, sub)
	}
	return list
}
