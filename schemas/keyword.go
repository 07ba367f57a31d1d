package schemas

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// place is a schema being filled in.
type place struct {
	*resolver
	in     string
	at     Pointer
	schema *Schema
}

func (p place) sub(m member) *Schema {
	return p.resolver.schema(p.in, p.at.Child(m.name), m.value)
}

func (p place) list(m member) []*Schema {
	var list []*Schema
	for i, item := range m.value.items {
		list = append(list, p.resolver.schema(p.in, p.at.Child(m.name).Index(i), item))
	}
	return list
}

func (p place) named(m member) []Property {
	var named []Property
	for _, sub := range m.value.members {
		named = append(named, Property{sub.name, p.resolver.schema(p.in, p.at.Child(m.name).Child(sub.name), sub.value)})
	}
	return named
}

func (p place) wrong(m member, format string, args ...any) {
	p.report(p.in, p.at.Child(m.name), m.value, format, args...)
}

// raws are the elements of a keyword's array as written; nil when it is none.
func raws(m member) []json.RawMessage {
	var raws []json.RawMessage
	for _, item := range m.value.items {
		raws = append(raws, json.RawMessage(item.raw))
	}
	return raws
}

// names are the strings of a keyword's array.
func names(m member) []string {
	var names []string
	for _, item := range m.value.items {
		names = append(names, item.text())
	}
	return names
}

// count reads a keyword that counts: a whole number, also written 1.0; nil when it is none.
func count(m member) *int {
	n, err := strconv.ParseFloat(string(m.value.raw), 64)
	if err != nil || n != math.Trunc(n) || n < 0 || n > math.MaxInt32 {
		return nil
	}
	i := int(n)
	return &i
}

func (p place) annotation(m member) bool {
	s := p.schema
	switch m.name {
	case "title":
		s.Title = m.value.text()
	case "description":
		s.Description = m.value.text()
	case "$comment":
		s.Comment = m.value.text()
	case "default":
		s.Default = json.RawMessage(m.value.raw)
	case "examples":
		s.Examples = raws(m)
	case "deprecated":
		s.Deprecated = m.value.kind == 't'
	case "x-source":
		if s.Source = m.value.text(); s.Source == "" {
			p.wrong(m, "want a text: where the fact stands, or \"assumed: …\"")
		}
	case "x-open":
		s.Open = m.value.kind == 't'
	case "x-gen":
		s.Gen = p.gen(m)
	case "x-presence":
		if s.Presence = p.chance(m); s.Presence != nil && *s.Presence > 1 {
			p.wrong(m, "want a number from 0 (only when asked for) to 1 (always)")
		}
	case "x-weight":
		s.Weight = p.chance(m)
	case "$schema":
		if text := m.value.text(); strings.TrimSuffix(text, "#") != dialect {
			p.wrong(m, "schemas are written in JSON Schema 2020-12: %q", dialect)
		}
	case "$defs":
		p.named(m)
	case "$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary", "$recursiveRef", "$recursiveAnchor":
		p.wrong(m, "%q is not supported: schemas refer to each other by relative path and JSON Pointer", m.name)
	case "readOnly", "writeOnly":
	default:
		return strings.HasPrefix(m.name, "x-")
	}
	return true
}

// chance reads a number that is not negative.
func (p place) chance(m member) *float64 {
	n, err := strconv.ParseFloat(string(m.value.raw), 64)
	if err != nil || n < 0 {
		p.wrong(m, "want a number from 0 up")
		return nil
	}
	return &n
}

// gen reads x-gen, short or long.
func (p place) gen(m member) *Gen {
	if m.value.kind == '"' && m.value.text() != "" {
		return &Gen{Gen: m.value.text()}
	}
	g := new(Gen)
	if err := strictUnmarshal(m.value.raw, g); err != nil || g.Gen == "" && g.Role == "" || g.Length < 0 {
		p.wrong(m, "want a name, or {\"gen\", \"role\", \"prefix\", \"length\"} with a gen or a role")
		return nil
	}
	return g
}

func (p place) value(m member) bool {
	s := p.schema
	switch m.name {
	case "type":
		if s.Types = names(m); m.value.kind == '"' {
			s.Types = []string{m.value.text()}
		}
	case "const":
		s.Const = json.RawMessage(m.value.raw)
		p.bounded(m, m.value)
	case "enum":
		s.Enum = raws(m)
		if m.value.kind == '[' && len(s.Enum) == 0 {
			p.wrong(m, "an empty enum allows nothing: list the values or drop it")
		}
		p.bounded(m, m.value)
	case "format":
		s.Format = m.value.text()
		if !slices.Contains(Formats(), s.Format) {
			p.wrong(m, "unknown format %q; known: %s", s.Format, strings.Join(Formats(), ", "))
		}
	case "pattern":
		s.Pattern = m.value.text()
		p.regexp(m, s.Pattern)
	case "minLength":
		s.MinLength = count(m)
	case "maxLength":
		s.MaxLength = count(m)
	case "contentMediaType":
		if s.ContentMediaType = m.value.text(); s.ContentMediaType != "application/json" {
			p.wrong(m, "unknown contentMediaType %q; known: application/json", s.ContentMediaType)
		}
	case "contentSchema":
		s.ContentSchema = p.sub(m)
	case "minimum":
		s.Minimum = p.number(m)
	case "maximum":
		s.Maximum = p.number(m)
	case "exclusiveMinimum":
		s.ExclusiveMinimum = p.number(m)
	case "exclusiveMaximum":
		s.ExclusiveMaximum = p.number(m)
	case "multipleOf":
		s.MultipleOf = p.number(m)
	default:
		return false
	}
	return true
}

func (p place) number(m member) *json.Number {
	if m.value.kind != '0' {
		return nil // left to the compiler
	}
	p.bounded(m, m.value)
	n := json.Number(m.value.raw)
	return &n
}

// bounded reports numbers that must not be computed with.
func (p place) bounded(m member, n *node) {
	n.walk("", func(_ Pointer, n *node) {
		if n.kind == '0' && hugeNumber(json.Number(n.raw)) {
			p.wrong(m, "a number longer than %d characters or with an exponent beyond ±%d", maxNumberBytes, maxExponent)
		}
	})
}

func (p place) regexp(m member, pattern string) {
	if p.trust == trusted {
		return
	}
	if _, err := regexp.Compile(pattern); err != nil {
		p.wrong(m, "pattern is not portable (RE2): %v", err)
	}
}

func (p place) object(m member) bool {
	s := p.schema
	switch m.name {
	case "properties":
		s.Properties = p.named(m)
	case "required":
		s.Required = names(m)
	case "patternProperties":
		s.PatternProperties = p.named(m)
		for _, sub := range s.PatternProperties {
			p.regexp(m, sub.Name)
		}
	case "additionalProperties":
		s.AdditionalProperties = p.sub(m)
	case "propertyNames":
		s.PropertyNames = p.sub(m)
	case "minProperties":
		s.MinProperties = count(m)
	case "maxProperties":
		s.MaxProperties = count(m)
	case "dependentRequired":
		s.DependentRequired = map[string][]string{}
		for _, sub := range m.value.members {
			s.DependentRequired[sub.name] = names(sub)
		}
	case "dependentSchemas":
		s.DependentSchemas = p.named(m)
	case "unevaluatedProperties":
		s.UnevaluatedProperties = p.sub(m)
	default:
		return false
	}
	return true
}

func (p place) array(m member) bool {
	s := p.schema
	switch m.name {
	case "prefixItems":
		s.PrefixItems = p.list(m)
	case "items":
		s.Items = p.sub(m)
	case "contains":
		s.Contains = p.sub(m)
	case "minContains":
		s.MinContains = count(m)
	case "maxContains":
		s.MaxContains = count(m)
	case "minItems":
		s.MinItems = count(m)
	case "maxItems":
		s.MaxItems = count(m)
	case "uniqueItems":
		s.UniqueItems = m.value.kind == 't'
	case "unevaluatedItems":
		s.UnevaluatedItems = p.sub(m)
	default:
		return false
	}
	return true
}

func (p place) logic(m member) bool {
	s := p.schema
	switch m.name {
	case "$ref":
		s.Ref = p.reference(p.in, p.at.Child(m.name), m.value)
	case "allOf":
		s.AllOf = p.list(m)
	case "anyOf":
		s.AnyOf = p.list(m)
	case "oneOf":
		s.OneOf = p.list(m)
	case "not":
		s.Not = p.sub(m)
	case "if":
		s.If = p.sub(m)
	case "then":
		s.Then = p.sub(m)
	case "else":
		s.Else = p.sub(m)
	default:
		return false
	}
	return true
}
