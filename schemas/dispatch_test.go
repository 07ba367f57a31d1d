package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"reflect"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// TestDispatchSaysTheSame holds every example, and what becomes of it when one value is missing or
// another, against the schemas as the library compiles them and as they are dispatched.
func TestDispatchSaysTheSame(t *testing.T) {
	t.Parallel()
	dispatched, refused := 0, 0
	for _, name := range Builtins() {
		catalog, err := Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		if catalog.Provider.Extends != "" {
			continue // most files are its parent's
		}
		plain := newCompiler(func(name string) ([]byte, error) { return fs.ReadFile(catalog.Files(), name) })
		ready := newCompiler(func(name string) ([]byte, error) { return fs.ReadFile(catalog.Files(), name) })
		for _, e := range catalog.Events() {
			want, err := plain.inner.Compile(folderURL(e.file))
			if err != nil {
				t.Fatal(err)
			}
			got, err := ready.compile(e.file, "")
			if err != nil {
				t.Fatal(err)
			}
			for _, example := range e.Examples {
				for _, body := range changed(t, example.Body) {
					a, b := verdict(want, body), verdict(got, body)
					if !reflect.DeepEqual(a, b) {
						t.Fatalf("%s %s: %s\nplain says %v\ndispatched says %v", name, e.Name, body, a, b)
					}
					if a != nil {
						refused++
					}
				}
			}
		}
		for s := range ready.dispatcher.done {
			dispatched += len(s.Extensions)
		}
	}
	if dispatched == 0 || refused == 0 {
		t.Errorf("%d keywords are dispatched and %d bodies refused: nothing was compared", dispatched, refused)
	}
}

// TestDispatchTellsOneOfApart: a value that two branches take is refused as the library refuses it.
func TestDispatchTellsOneOfApart(t *testing.T) {
	schema := `{"oneOf":[{"properties":{"k":{"const":"a"}}},{"properties":{"k":{"enum":["a","b"]}}},{"properties":{"k":{"const":"c"}},"required":["v"]},
		{"properties":{"k":{"enum":["a",1]},"l":{"items":{"properties":{"m":{"const":"x"}}}}},"required":["l"]}]}`
	compile := func() *jsonschema.Schema {
		c := jsonschema.NewCompiler()
		c.LoadURL = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader([]byte(schema))), nil }
		s, err := c.Compile("folder:///x")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	want, got := compile(), compile()
	newDispatcher().visit(got)
	if len(got.Extensions) != 1 || got.OneOf != nil {
		t.Fatalf("%d keywords are dispatched, want 1", len(got.Extensions))
	}
	for _, body := range []string{`{"k":"a"}`, `{"k":"b"}`, `{"k":"c"}`, `{"k":"c","v":1}`, `{"k":"d"}`, `{"k":1}`, `{}`, `[]`, `null`, `{"v":1}`, `{"l":[{"m":"y"}]}`, `{"l":[{"m":"x"}]}`, `{"k":"d","l":[]}`, `{"k":1,"l":[{"m":"x"},{}]}`} {
		if a, b := verdict(want, []byte(body)), verdict(got, []byte(body)); !reflect.DeepEqual(a, b) {
			t.Errorf("%s: plain says %v, dispatched %v", body, a, b)
		}
	}
}

// verdict is what a schema says of a body; nil when it takes it.
func verdict(s *jsonschema.Schema, body []byte) []Violation {
	doc, err := Decode(body)
	if err != nil {
		return nil
	}
	var failed *jsonschema.ValidationError
	var found *InvalidError
	if !errors.As(s.Validate(doc), &failed) {
		return nil
	}
	_ = errors.As(invalid(violations(failed)...), &found)
	return found.Violations
}

// changed lists a body, and the body without each of its members and elements, and with others in their
// places.
func changed(t *testing.T, body []byte) [][]byte {
	t.Helper()
	doc, err := Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	list := [][]byte{body}
	note := func() {
		text, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, old := range v {
				walk(old)
				delete(v, name)
				note()
				for _, other := range []any{nil, "nosuch"} {
					v[name] = other
					note()
				}
				v[name] = old
			}
		case []any:
			for i, old := range v {
				walk(old)
				v[i] = "nosuch"
				note()
				v[i] = old
			}
		}
	}
	walk(doc)
	return list
}
