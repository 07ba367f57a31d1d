package schemas

import "encoding/json"

// Schema is one JSON Schema 2020-12 object, resolved and in source order: what generators, coverage
// and reference pages walk. A nil *Schema is never stored; `true` and `false` are Schemas with Bool
// set. Schemas may be recursive through Ref: walk with a visited set.
type Schema struct {
	Location string  // "events/message.received.schema.json#/properties/data"
	Bool     *bool   // boolean schema
	Ref      *Schema // target of $ref; the keywords beside $ref apply too

	Title, Description, Comment string
	Default                     json.RawMessage // nil when absent
	Examples                    []json.RawMessage
	Deprecated                  bool
	Source                      string // x-source: where the fact stands; "assumed: …" marks a guess

	Types                              []string        // empty: any
	Const                              json.RawMessage // nil when absent
	Enum                               []json.RawMessage
	Open                               bool // x-open on an enum: the provider may add values
	Format                             string
	Pattern                            string
	MinLength, MaxLength               *int
	ContentMediaType                   string
	ContentSchema                      *Schema
	Minimum, Maximum                   *json.Number
	ExclusiveMinimum, ExclusiveMaximum *json.Number
	MultipleOf                         *json.Number

	Properties                   []Property // in source order
	Required                     []string
	PatternProperties            []Property // Name is the pattern
	AdditionalProperties         *Schema
	PropertyNames                *Schema
	MinProperties, MaxProperties *int
	DependentRequired            map[string][]string
	DependentSchemas             []Property
	UnevaluatedProperties        *Schema

	PrefixItems                                  []*Schema
	Items                                        *Schema
	Contains                                     *Schema
	MinContains, MaxContains, MinItems, MaxItems *int
	UniqueItems                                  bool
	UnevaluatedItems                             *Schema

	AllOf, AnyOf, OneOf []*Schema
	Not, If, Then, Else *Schema

	Gen      *Gen            // x-gen, nil when absent
	Presence *float64        // x-presence: how often an optional property is there in lifelike messages, 0 to 1; nil: not said
	Weight   *float64        // x-weight: how often a branch of oneOf or anyOf is taken, against the others; nil: 1
	Raw      json.RawMessage // the schema as written
}

// Property is a named subschema.
type Property struct {
	Name   string
	Schema *Schema
}

// Gen is the x-gen annotation: which lifelike value stands here, and which role it plays in a story.
// In JSON a bare string is the short form of {"gen": …}.
type Gen struct {
	Gen    string `json:"gen"`              // "person.first_name", "phone.e164", …
	Role   string `json:"role,omitempty"`   // "contact.phone|digits": journey variable, then filters digits, unix, iso, json
	Prefix string `json:"prefix,omitempty"` // id.*: text before the made part
	Length int    `json:"length,omitempty"` // id.*: length of the made part; 0 is the gen's own
}
