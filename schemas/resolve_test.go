package schemas_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/hookrig/hookrig/schemas"
)

func TestSchemaTreeKeepsWhatTheFileSays(t *testing.T) {
	c := oneEvent(t, `"z":{"title":"Z","description":"last","x-gen":{"gen":"id.ulid","prefix":"z_","length":3,"role":"z.id|digits"},"x-source":"assumed: x","deprecated":true,"examples":[1,"b"],"default":null},
		"a":{"type":["string","null"],"enum":["p",null],"x-open":true,"x-gen":"text.chat"},
		"m":{"minimum":0.10,"multipleOf":1e2,"minLength":2.0},
		"t":true,"f":false`)
	data := property(t, c.Events()[0].Schema, "data")
	var names []string
	for _, p := range data.Properties {
		names = append(names, p.Name)
	}
	if !slices.Equal(names, []string{"number", "z", "a", "m", "t", "f"}) {
		t.Errorf("properties %v: not in the order of the file", names)
	}
	z := property(t, data, "z")
	if z.Title != "Z" || z.Description != "last" || !z.Deprecated || z.Source != "assumed: x" || string(z.Default) != "null" || len(z.Examples) != 2 {
		t.Errorf("annotations %+v", z)
	}
	if *z.Gen != (schemas.Gen{Gen: "id.ulid", Role: "z.id|digits", Prefix: "z_", Length: 3}) {
		t.Errorf("x-gen %+v", z.Gen)
	}
	if z.Location != "events/order.created.schema.json#/properties/data/properties/z" || !json.Valid(z.Raw) {
		t.Errorf("location %q, raw %s", z.Location, z.Raw)
	}
	a := property(t, data, "a")
	if !slices.Equal(a.Types, []string{"string", "null"}) || len(a.Enum) != 2 || !a.Open || a.Gen.Gen != "text.chat" {
		t.Errorf("values %+v", a)
	}
	m := property(t, data, "m")
	if m.Minimum.String() != "0.10" || m.MultipleOf.String() != "1e2" || *m.MinLength != 2 {
		t.Errorf("numbers %v %v %v", m.Minimum, m.MultipleOf, m.MinLength)
	}
	if yes, no := property(t, data, "t"), property(t, data, "f"); !*yes.Bool || *no.Bool {
		t.Error("boolean schemas are mixed up")
	}
}

func property(t *testing.T, s *schemas.Schema, name string) *schemas.Schema {
	t.Helper()
	for _, p := range s.Properties {
		if p.Name == name {
			return p.Schema
		}
	}
	t.Fatalf("no property %q", name)
	return nil
}

func TestSchemaTreeMayRecurse(t *testing.T) {
	catalog, err := schemas.Load(folder(t))
	if err != nil {
		t.Fatal(err)
	}
	data := property(t, catalog.Events()[0].Schema, "data")
	lines := property(t, data, "lines")
	if lines.Items.Ref != data {
		t.Error("the element's $ref is not the schema that it names")
	}
	number := property(t, data, "number")
	if number.Ref == nil || number.Ref.Pattern != "^[0-9]{1,12}$" || number.Ref.Location != "events/common/number.schema.json#/$defs/number" {
		t.Errorf("$ref into another file: %+v", number.Ref)
	}
	visited := 0
	catalog.Events()[0].Schema.Walk(func(*schemas.Schema) bool { visited++; return true })
	if visited < 5 || visited > 20 {
		t.Errorf("walked %d schemas", visited)
	}
	for at, want := range map[schemas.Pointer]bool{"/data/number": true, "/data/lines/*/lines/0/number": true, "/data/lines/number": false, "/nothing": false, "": true} {
		if got := catalog.Events()[0].Schema.Reaches(at); got != want {
			t.Errorf("Reaches(%q) = %v, want %v", at, got, want)
		}
	}
}

func TestEverySchemaPartIsDescribed(t *testing.T) {
	described := 0
	for name, catalog := range builtins(t) {
		for _, e := range catalog.Events() {
			e.Schema.Walk(func(s *schemas.Schema) bool {
				for _, p := range s.Properties {
					text := p.Schema.Description
					for ref := p.Schema.Ref; text == "" && ref != nil; ref = ref.Ref {
						text = ref.Description
					}
					if text == "" && p.Schema.Bool == nil {
						t.Errorf("%s: %s says nothing of %q", name, s.Location, p.Name)
					}
					described++
				}
				return true
			})
		}
	}
	if described < 100 {
		t.Errorf("walked %d fields: that cannot be all", described)
	}
}
