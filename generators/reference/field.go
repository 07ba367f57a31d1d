package reference

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// Field is one row of a field table.
type Field struct {
	Path        string   `json:"path"`  // JSON Pointer in the message; `*` for each element, {name} for any key
	Types       []string `json:"types"` // empty: any
	Format      string   `json:"format,omitempty"`
	Required    bool     `json:"required"`
	When        string   `json:"when,omitempty"` // the branch it belongs to; "" when it always applies
	Bounds      []string `json:"bounds"`         // "at most 60 characters", "matches ^wamid", …
	Values      []string `json:"values"`         // what an enum or const allows, as JSON
	Open        bool     `json:"open,omitempty"` // the provider may add values
	Description string   `json:"description"`
	Example     string   `json:"example,omitempty"` // as JSON
	Source      string   `json:"source,omitempty"`
	Assumed     bool     `json:"assumed,omitempty"`
	Deprecated  bool     `json:"deprecated,omitempty"`
	Part        string   `json:"part,omitempty"` // shared part that describes what is inside
}

// deepest is how many levels of one file a table follows; a part or a recursion ends it sooner.
const deepest = 12

// table collects the rows of one schema.
type table struct {
	shared *parts
	rows   []Field
	inside []*schemas.Schema // on the way here, to see a recursion
}

// fields lists every place of a schema, in source order, parents before children.
func fields(schema *schemas.Schema, shared *parts) []Field {
	t := table{shared: shared, rows: []Field{}}
	t.children(schema, "", "")
	return t.rows
}

// place adds the row of one place and those inside it.
func (t *table) place(schema *schemas.Schema, path, when string, required bool) {
	row := Field{Path: path, When: when, Required: required, Types: []string{}, Bounds: []string{}, Values: []string{}}
	target := schema
	for range deepest {
		describe(&row, target)
		if target.Ref == nil {
			break
		}
		if t.shared.isShared(target.Ref) && len(structure(target.Ref)) > 0 {
			row.Part = t.shared.ask(target.Ref)
			describe(&row, target.Ref)
			break
		}
		target = target.Ref
	}
	t.rows = append(t.rows, row)
	if row.Part == "" {
		t.children(target, path, when)
	}
}

// children adds the rows of what is inside a schema.
func (t *table) children(schema *schemas.Schema, path, when string) {
	if schema == nil || len(t.inside) > deepest || slices.Contains(t.inside, schema) {
		return
	}
	t.inside = append(t.inside, schema)
	defer func() { t.inside = t.inside[:len(t.inside)-1] }()
	for _, property := range schema.Properties {
		t.place(property.Schema, path+"/"+escapePointer(property.Name), when, slices.Contains(schema.Required, property.Name))
	}
	for _, property := range schema.PatternProperties {
		t.place(property.Schema, path+"/{"+property.Name+"}", when, false)
	}
	if extra := schema.AdditionalProperties; extra != nil && extra.Bool == nil {
		t.place(extra, path+"/{name}", when, false)
	}
	for i, item := range schema.PrefixItems {
		t.place(item, fmt.Sprintf("%s/%d", path, i), when, false)
	}
	if schema.Items != nil && schema.Items.Bool == nil {
		t.place(schema.Items, path+"/*", when, false)
	}
	if schema.ContentSchema != nil {
		t.children(schema.ContentSchema, path+" (as JSON)", when)
	}
	for _, all := range schema.AllOf {
		t.children(through(all), path, when)
	}
	t.branches(schema, path, when)
}

// branches adds the rows that only one branch has.
func (t *table) branches(schema *schemas.Schema, path, when string) {
	for _, alternatives := range [][]*schemas.Schema{schema.OneOf, schema.AnyOf} {
		for i, branch := range alternatives {
			name := branchName(branch)
			if name == "" {
				name = fmt.Sprintf("form %d of %d", i+1, len(alternatives))
			}
			if t.shared.isShared(branch.Ref) && len(structure(branch.Ref)) > 0 {
				row := Field{Path: path, When: name, Types: []string{}, Bounds: []string{}, Values: []string{}, Part: t.shared.ask(branch.Ref)}
				describe(&row, branch.Ref)
				t.rows = append(t.rows, row)
				continue
			}
			t.children(through(branch), path, join(when, name))
		}
	}
	if schema.If != nil {
		name := branchName(schema.If)
		t.children(schema.Then, path, join(when, "if "+name))
		t.children(schema.Else, path, join(when, "unless "+name))
	}
}

// through follows references to where a schema has structure of its own.
func through(schema *schemas.Schema) *schemas.Schema {
	for range deepest {
		if schema.Ref == nil || len(structure(schema)) > 0 {
			break
		}
		schema = schema.Ref
	}
	return schema
}

// structure is what makes a schema worth a part of its own: the names of the places in it.
func structure(schema *schemas.Schema) []string {
	var names []string
	if schema == nil {
		return nil
	}
	for _, property := range schema.Properties {
		names = append(names, property.Name)
	}
	if schema.Items != nil && schema.Items.Bool == nil {
		names = append(names, "*")
	}
	for _, branches := range [][]*schemas.Schema{schema.AllOf, schema.OneOf, schema.AnyOf} {
		for _, branch := range branches {
			names = append(names, structure(through(branch))...)
		}
	}
	return names
}

// branchName says which branch it is: its title, or the property that it fixes.
func branchName(branch *schemas.Schema) string {
	branch = through(branch)
	if branch.Title != "" {
		return branch.Title
	}
	for _, property := range branch.Properties {
		if fixed := through(property.Schema); fixed.Const != nil {
			return property.Name + " is " + plain(fixed.Const)
		}
	}
	if len(branch.Required) > 0 {
		return "with " + strings.Join(branch.Required, ", ")
	}
	return ""
}

// describe fills what a schema says into a row, without overwriting what a nearer one said.
func describe(row *Field, schema *schemas.Schema) {
	if schema == nil {
		return
	}
	if len(row.Types) == 0 {
		row.Types = append(row.Types, schema.Types...)
	}
	for _, text := range []struct {
		to   *string
		from string
	}{{&row.Description, schema.Description}, {&row.Format, schema.Format}, {&row.Source, schema.Source}} {
		if *text.to == "" {
			*text.to = text.from
		}
	}
	row.Assumed = schemas.IsAssumed(row.Source)
	row.Deprecated = row.Deprecated || schema.Deprecated
	row.Open = row.Open || schema.Open
	if len(row.Values) == 0 {
		for _, value := range schema.Enum {
			row.Values = append(row.Values, string(value))
		}
		if schema.Const != nil {
			row.Values = append(row.Values, string(schema.Const))
		}
		if len(row.Types) == 0 && len(row.Values) > 0 {
			row.Types = append(row.Types, jsonType(row.Values[0]))
		}
	}
	if row.Example == "" && len(schema.Examples) > 0 {
		row.Example = string(schema.Examples[0])
	}
	row.Bounds = append(row.Bounds, bounds(schema)...)
}

func jsonType(value string) string {
	switch value[0] {
	case '"':
		return "string"
	case '{':
		return "object"
	case '[':
		return "array"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

// plain is a JSON string without its quotes, and any other JSON as it is.
func plain(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}

func join(outer, inner string) string {
	if outer == "" {
		return inner
	}
	return outer + ", " + inner
}

func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
