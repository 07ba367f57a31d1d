package schemas_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hookrig/hookrig/schemas"
)

// loadChanged loads the good folder after replacing text in one of its files.
func loadChanged(t *testing.T, file, old, text string) *schemas.Catalog {
	t.Helper()
	changed := folder(t)
	delete(changed, "examples/order.created.json")
	if file != "" {
		before := string(changed[file].Data)
		after := strings.Replace(before, old, text, 1)
		if before == after {
			t.Fatalf("%q is not in %s", old, file)
		}
		changed[file] = &fstest.MapFile{Data: []byte(after)}
	}
	catalog, err := schemas.Load(changed)
	if err != nil {
		t.Fatal(err)
	}
	return catalog
}

func TestDiff(t *testing.T) {
	const event, number = "events/order.created.schema.json", "events/common/number.schema.json"
	const base = `"type": "string",
      "minLength": 1`
	tests := []struct {
		name     string
		file     string
		was, is  string // text of the file; "" leaves it as it is
		want     string // "impact kind place like", of each change
		original string
	}{
		{"the same", "", "", "", "", ""},
		{"field dropped", event, `"lines": {`, `"rows": {`, "breaks field-dropped /data/lines absent, safe field-added /data/rows", ""},
		{"field optional", event, `"id",`, ``, "breaks field-optional /id absent", ""},
		{"enum widened", event, base, `"enum": ["a", "b"]`, "breaks value-added /id changed", `"enum": ["a"]`},
		{"open enum widened", event, base, `"enum": ["a", "b"], "x-open": true`, "announced value-added /id changed", `"enum": ["a"], "x-open": true`},
		{"enum narrowed", event, base, `"enum": ["a"]`, "safe value-dropped /id", `"enum": ["a", "b"]`},
		{"null", event, base, `"type": ["string", "null"]`, "breaks null-added /id null", `"type": "string"`},
		{"type widened", event, base, `"type": ["string", "integer"]`, "breaks type-widened /id changed", `"type": "string"`},
		{"number to integer", event, base, `"type": "integer"`, "safe type-narrowed /id", `"type": "number"`},
		{"integer to number", event, base, `"type": "number"`, "breaks type-widened /id changed", `"type": "integer"`},
		{"maxLength raised", event, base, `"type": "string", "maxLength": 9`, "breaks maxLength-widened /id changed", `"type": "string", "maxLength": 8`},
		{"maxLength lowered", event, base, `"type": "string", "maxLength": 8`, "safe maxLength-narrowed /id", `"type": "string", "maxLength": 9`},
		{"minimum lowered", event, base, `"type": "number", "minimum": -0.5`, "breaks minimum-widened /id changed", `"type": "number", "minimum": 0`},
		{"minimum dropped", event, base, `"type": "number"`, "breaks minimum-widened /id changed", `"type": "number", "minimum": 0`},
		{"pattern through $ref", number, `{1,12}`, `{1,20}`,
			"breaks pattern-changed /data/lines/*/number changed, breaks pattern-changed /data/number changed", ""},
		{"format added", event, base, `"type": "string", "format": "uuid"`, "safe format-added /id", `"type": "string"`},
		{"branch added", event, base, `"oneOf": [{"title": "a", "type": "string"}, {"title": "b", "type": "null"}]`,
			"breaks alternative-added /id changed", `"oneOf": [{"title": "a", "type": "string"}]`},
		{"branch dropped", event, base, `"oneOf": [{"title": "a", "type": "string"}]`,
			"safe alternative-dropped /id", `"oneOf": [{"title": "b", "type": "null"}, {"title": "a", "type": "string"}]`},
		{"event list", "provider.json", `"summary"`, `"description": "x", "summary"`, "", ""},
		{"signature", "provider.json", `"v1={signature}"`, `"v2={signature}"`, "breaks signing-changed /signing", ""},
		{"header added", "provider.json", `"Acme-Signature"`, `"Acme-Try": "{attempt}", "Acme-Signature"`, "safe header-added /headers/Acme-Try", ""},
		{"shorter deadline", "provider.json", `"timeout_seconds": 5`, `"timeout_seconds": 4`, "breaks deadline-changed /policy/timeout_seconds", ""},
		{"longer deadline", "provider.json", `"timeout_seconds": 5`, `"timeout_seconds": 6`, "safe deadline-changed /policy/timeout_seconds", ""},
		{"fewer yeses", "provider.json", `"2xx"`, `"200"`, "breaks acknowledgement-changed /policy/acknowledge", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := loadChanged(t, "", "", "")
			if test.original != "" {
				before = loadChanged(t, test.file, test.was, test.original)
			}
			after := loadChanged(t, test.file, test.was, test.is)
			var got []string
			for _, c := range schemas.Diff(before, after) {
				got = append(got, strings.TrimSpace(strings.Join([]string{string(c.Impact), c.Kind, string(c.Place), c.Like}, " ")))
				if c.Why == "" {
					t.Errorf("%v says no why", c)
				}
			}
			if text := strings.Join(got, ", "); text != test.want {
				t.Errorf("Diff = %s, want %s", text, test.want)
			}
		})
	}
}

func TestDiffOfBuiltins(t *testing.T) {
	for _, name := range schemas.Builtins() {
		c := builtin(t, name)
		if changes := schemas.Diff(c, c); len(changes) != 0 {
			t.Errorf("%s differs from itself: %v", name, changes)
		}
	}
	changes := schemas.Diff(builtin(t, "sentsays"), builtin(t, "sentsays-live"))
	var wrapped bool
	for _, c := range changes {
		wrapped = wrapped || c.Event == "message.received" && c.Place == "/data/value" && c.Kind == "field-dropped"
	}
	if !wrapped {
		t.Errorf("the second wrapper goes unseen in %d changes", len(changes))
	}
	events := schemas.Diff(builtin(t, "watsi"), builtin(t, "sentsays"))
	kinds := map[string]int{}
	for _, c := range events {
		kinds[c.Kind]++
	}
	if kinds["event-dropped"] == 0 || kinds["event-added"] == 0 {
		t.Errorf("kinds %v", kinds)
	}
	if _, err := json.Marshal(events); err != nil {
		t.Error(err)
	}
}

// Thirty parts that each stand in the next twice make a billion places.
func TestDiffOfSharedPartsEnds(t *testing.T) {
	shared := func(last string) *schemas.Catalog {
		var defs []string
		for i := range 30 {
			defs = append(defs, fmt.Sprintf(`"d%d":{"properties":{"x":{"$ref":"#/$defs/d%d"},"y":{"$ref":"#/$defs/d%d"}}}`, i, i+1, i+1))
		}
		f := folder(t)
		f["events/common/number.schema.json"] = &fstest.MapFile{Data: []byte(`{"$defs":{"number":{"type":"string"},` + strings.Join(defs, ",") + `,"d30":` + last + `}}`)}
		f["events/order.created.schema.json"] = &fstest.MapFile{Data: []byte(strings.Replace(string(f["events/order.created.schema.json"].Data),
			`"lines": {`, `"deep": {"$ref": "common/number.schema.json#/$defs/d0"}, "lines": {`, 1))}
		catalog, err := schemas.Load(f)
		if err != nil {
			t.Fatal(err)
		}
		return catalog
	}
	if changes := schemas.Diff(shared(`{"type":"string"}`), shared(`{"type":"string"}`)); len(changes) != 0 {
		t.Errorf("%d changes between equals", len(changes))
	}
	if changes := schemas.Diff(shared(`{"type":"string"}`), shared(`{"type":"integer"}`)); len(changes) == 0 || len(changes) > 11_000 {
		t.Errorf("%d changes, want some and an end", len(changes))
	}
}
