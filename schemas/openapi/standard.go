package openapi

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// dropped are keywords of OpenAPI that JSON Schema does not have, and names of a schema's own, which
// files do not need; they check nothing.
var dropped = []string{"discriminator", "xml", "externalDocs", "nullable", "example", "$id", "$anchor", "$schema", "contentEncoding"}

// kept are annotations of hookrig's own that an author may have put into a document.
var kept = []string{"x-gen", "x-open", "x-presence", "x-weight", "x-source"}

// foreignFormats are formats that OpenAPI adds and that are kept as bounds. That of 64 bits is not: it is
// what every integer has, and a way to break it would be no message of any provider.
var foreignFormats = map[string][2]json.Number{
	"int32": {"-2147483648", "2147483647"},
}

// standard turns one OpenAPI schema object into plain JSON Schema: `example` into `examples`,
// `nullable` and a boolean `exclusiveMinimum` into what they mean, foreign formats into bounds. What
// only annotates is left out, and so is a pattern that RE2 cannot read, with a word about it.
func standard(schema object) object {
	plain := object{}
	for _, m := range schema {
		if !annotates(m) {
			plain = append(plain, m)
		}
	}
	if example := schema.get("example"); example != nil && plain.get("examples") == nil {
		plain = plain.with("examples", []any{example})
	}
	if pattern := schema.text("pattern"); pattern != "" {
		if _, err := regexp.Compile(pattern); err != nil {
			plain = plain.without("pattern").with("$comment", "The pattern "+pattern+" is left out: it is not portable (RE2).")
		}
	}
	plain = exclusive(plain, "exclusiveMinimum", "minimum")
	plain = exclusive(plain, "exclusiveMaximum", "maximum")
	plain = bounded(plain)
	if schema.get("nullable") == true {
		plain = nullable(plain)
	}
	return plain
}

// annotates says whether a keyword checks nothing that hookrig knows.
func annotates(m member) bool {
	switch m.name {
	case "examples":
		_, isList := m.value.([]any)
		return !isList
	case "contentMediaType":
		return m.value != "application/json"
	case "format":
		_, isNumber := foreignFormats[textOf(m.value)]
		return !isNumber && !slices.Contains(schemas.Formats(), textOf(m.value))
	}
	return slices.Contains(dropped, m.name) || strings.HasPrefix(m.name, "x-") && !slices.Contains(kept, m.name)
}

func textOf(value any) string {
	text, _ := value.(string)
	return text
}

// exclusive turns OpenAPI 3.0's {minimum: 0, exclusiveMinimum: true} into {exclusiveMinimum: 0}.
func exclusive(schema object, keyword, bound string) object {
	flag, isFlag := schema.get(keyword).(bool)
	if !isFlag {
		return schema
	}
	limit := schema.get(bound)
	schema = schema.without(keyword)
	if flag && limit != nil {
		return schema.without(bound).with(keyword, limit)
	}
	return schema
}

// bounded writes the bounds of a foreign integer format.
func bounded(schema object) object {
	bounds, foreign := foreignFormats[schema.text("format")]
	if !foreign {
		return schema
	}
	schema = schema.without("format")
	if schema.get("minimum") == nil && schema.get("exclusiveMinimum") == nil {
		schema = schema.with("minimum", bounds[0])
	}
	if schema.get("maximum") == nil && schema.get("exclusiveMaximum") == nil {
		schema = schema.with("maximum", bounds[1])
	}
	return schema
}

// nullable allows null beside what the schema says.
func nullable(schema object) object {
	kind, isText := schema.get("type").(string)
	if isText && schema.get("enum") == nil && schema.get("const") == nil {
		return schema.with("type", []any{kind, "null"})
	}
	if _, isList := schema.get("type").([]any); isList {
		return schema
	}
	return object{{"anyOf", []any{schema, object{{"type", "null"}}}}}
}
