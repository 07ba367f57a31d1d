package mockprovider

import (
	"encoding/json"
	"slices"

	"github.com/hookrig/hookrig/schemas"
)

// maxFields and maxDepth bound the form of an event whose schema is large or endless.
const (
	maxFields = 200
	maxDepth  = 12
)

// field is one place of a message that a form can set.
type field struct {
	Pointer     schemas.Pointer   `json:"pointer"`
	Type        string            `json:"type"` // string, number, integer, boolean
	Description string            `json:"description,omitempty"`
	Required    bool              `json:"required"`
	Format      string            `json:"format,omitempty"`
	Enum        []json.RawMessage `json:"enum,omitempty"`
	Open        bool              `json:"open,omitempty"` // values beside the enum are allowed
}

// formFields lists the single values of a message, in the order of its schema. Arrays are left out: a
// form for them is the body itself.
func formFields(s *schemas.Schema) []field {
	fields := []field{}
	collect(&fields, "", s, true, 0)
	return fields
}

func collect(fields *[]field, at schemas.Pointer, s *schemas.Schema, required bool, depth int) {
	if s == nil || depth > maxDepth || len(*fields) >= maxFields {
		return
	}
	if s.Ref != nil {
		collect(fields, at, s.Ref, required, depth+1)
	}
	for _, sub := range s.AllOf {
		collect(fields, at, sub, required, depth+1)
	}
	for _, property := range s.Properties {
		collect(fields, at.Child(property.Name), property.Schema, required && slices.Contains(s.Required, property.Name), depth+1)
	}
	if kind := single(s.Types); kind != "" && at != "" && s.Const == nil && !slices.ContainsFunc(*fields, func(f field) bool { return f.Pointer == at }) {
		*fields = append(*fields, field{at, kind, s.Description, required, s.Format, s.Enum, s.Open})
	}
}

// single is the type of a value that an input can hold, null aside.
func single(types []string) string {
	for _, kind := range types {
		if slices.Contains([]string{"string", "number", "integer", "boolean"}, kind) {
			return kind
		}
	}
	return ""
}
