package schemas_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/hookrig/hookrig/schemas"
)

// Whatever a folder holds, Load says what is wrong with it, or gives a catalog that can be used.
func fuzzLoad(t *testing.T, f fstest.MapFS) {
	catalog, err := schemas.Load(f)
	if err != nil {
		var folder *schemas.FolderError
		if !errors.As(err, &folder) {
			t.Fatalf("Load = %T %v, want *FolderError", err, err)
		}
		return
	}
	for _, e := range catalog.Events() {
		e.Schema.Walk(func(*schemas.Schema) bool { return true })
		_ = e.Validate([]byte(`{"id":"1","type":"order.created","data":{"number":"7"}}`))
	}
	if changes := schemas.Diff(catalog, catalog); len(changes) != 0 {
		t.Errorf("a catalog differs from itself: %v", changes)
	}
	catalog.Assumptions()
}

// seeds are the texts of a file in all test folders.
func seeds(f *testing.F, name string) {
	f.Helper()
	files, err := filepath.Glob("testdata/folders/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatalf("no folders: %v", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, inner := range archive.Files {
			if inner.Name == name {
				f.Add(inner.Data)
			}
		}
	}
}

func FuzzLoadProvider(f *testing.F) {
	seeds(f, "provider.json")
	good := folder(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		changed := fstest.MapFS{}
		for name, file := range good {
			changed[name] = file
		}
		changed["provider.json"] = &fstest.MapFile{Data: text}
		fuzzLoad(t, changed)
	})
}

func FuzzLoadSchema(f *testing.F) {
	seeds(f, "events/order.created.schema.json")
	f.Add([]byte(`{"$ref":"#","anyOf":[{"$ref":"#/anyOf/0"}]}`))
	f.Add([]byte(`{"allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"$ref":"#"}}}`))
	good := folder(f)
	delete(good, "examples/order.created.json")
	f.Fuzz(func(t *testing.T, text []byte) {
		changed := fstest.MapFS{}
		for name, file := range good {
			changed[name] = file
		}
		changed["events/order.created.schema.json"] = &fstest.MapFile{Data: text}
		fuzzLoad(t, changed)
	})
}

func FuzzValidate(f *testing.F) {
	var catalogs []*schemas.Catalog
	for _, name := range schemas.Builtins() {
		c := builtin(f, name)
		catalogs = append(catalogs, c)
		for _, e := range c.Events() {
			f.Add(e.Examples[0].Body)
		}
	}
	f.Add([]byte(`{"type":"message.status","data":{"timestamp":1e5000000}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, c := range catalogs {
			err := c.Validate(body)
			var broken *schemas.InvalidError
			if err != nil && (!errors.As(err, &broken) || len(broken.Violations) == 0) {
				t.Errorf("Validate = %T %v", err, err)
			}
			_, _ = c.Provider.Read(body)
		}
	})
}

func FuzzReadVector(f *testing.F) {
	files, err := filepath.Glob("signing/vectors/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatalf("no vectors: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	p := builtin(f, "watsi").Provider
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := schemas.ReadVector("fuzz.txt", text)
		if err == nil && v.Expect == "" {
			t.Error("a vector that expects nothing")
		}
		_ = v.Check(p)
	})
}

func FuzzReadScheme(f *testing.F) {
	for _, name := range schemas.Schemes() {
		text, err := os.ReadFile(filepath.Join("signing", name+".json"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		scheme, err := schemas.ReadScheme(text)
		if err != nil {
			return
		}
		env, err := scheme.Provider().Envelope(schemas.Message{Body: scheme.Body},
			schemas.Endpoint{URL: "http://a/", Secrets: []schemas.Secret{secretOf(scheme.Provider())}}, schemas.Attempt{At: noon, DeliveryID: "d"})
		if err == nil && strings.ContainsAny(env.Path, "\r\n") {
			t.Errorf("path %q", env.Path)
		}
	})
}
