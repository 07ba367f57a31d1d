package schemas_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/hookrig/hookrig/schemas"
)

// The schemas of our own files are published: each field says what it is for.
func TestOwnSchemasDescribeEveryField(t *testing.T) {
	for _, file := range []string{"provider.schema.json", "scheme.schema.json"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var root map[string]any
		if err := json.Unmarshal(text, &root); err != nil {
			t.Fatal(err)
		}
		fields := 0
		var walk func(at schemas.Pointer, v any)
		walk = func(at schemas.Pointer, v any) {
			object, ok := v.(map[string]any)
			if !ok {
				return
			}
			for name, field := range asObject(object["properties"]) {
				fields++
				described := asObject(field)
				if described["description"] == nil && described["$ref"] == nil {
					t.Errorf("%s: %s says nothing of %q", file, at, name)
				}
			}
			for name, inner := range object {
				walk(at.Child(name), inner)
			}
		}
		walk("", root)
		if fields < 5 {
			t.Errorf("%s: walked %d fields", file, fields)
		}
	}
}

func asObject(v any) map[string]any {
	object, _ := v.(map[string]any)
	return object
}
