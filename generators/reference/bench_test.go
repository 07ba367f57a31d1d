package reference_test

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/hookrig/hookrig/generators/reference"
	"github.com/hookrig/hookrig/schemas"
)

// Both built-in catalogs that extend no other: goal 1 s.
func BenchmarkSiteOfBuiltins(b *testing.B) {
	for b.Loop() {
		var all []*reference.Book
		for _, name := range schemas.Builtins() {
			catalog, err := schemas.Builtin(name)
			if err != nil {
				b.Fatal(err)
			}
			if catalog.Provider.Extends != "" {
				continue
			}
			book, err := reference.New(catalog)
			if err != nil {
				b.Fatal(err)
			}
			all = append(all, book)
		}
		site(b, all)
	}
}

// A catalog of 300 events: goal 10 s and 512 MiB.
func BenchmarkSiteOf300Events(b *testing.B) {
	folder := manyEvents(300)
	for b.Loop() {
		catalog, err := schemas.Load(folder)
		if err != nil {
			b.Fatal(err)
		}
		book, err := reference.New(catalog)
		if err != nil {
			b.Fatal(err)
		}
		if files := site(b, []*reference.Book{book}); len(files) < 300 {
			b.Fatalf("%d pages", len(files))
		}
	}
}

// manyEvents is a provider folder of so many events, all of which use one shared part.
func manyEvents(n int) fstest.MapFS {
	files := fstest.MapFS{"events/common/node.schema.json": {Data: []byte(`{"$schema":"https://json-schema.org/draft/2020-12/schema","title":"Node","description":"A node.","type":"object",
		"properties":{"name":{"type":"string","description":"Its name."},"children":{"description":"Below.","type":"array","items":{"$ref":"#"}}}}`)}}
	list := ""
	for i := range n {
		name := fmt.Sprintf("event.%d", i)
		if i > 0 {
			list += ","
		}
		list += fmt.Sprintf(`{"name":%q,"summary":"Event","stability":"stable"}`, name)
		files["events/"+name+".schema.json"] = &fstest.MapFile{Data: []byte(fmt.Sprintf(`{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","description":"x","required":["type"],
			"properties":{"type":{"const":%q,"description":"Name."},"data":{"$ref":"common/node.schema.json","description":"Data."}}}`, name))}
		files["examples/"+name+".json"] = &fstest.MapFile{Data: []byte(fmt.Sprintf(`{"type":%q}`, name))}
	}
	files["provider.json"] = &fstest.MapFile{Data: []byte(`{"$schema":"../provider.schema.json","name":"tree","title":"Tree","homepage":"https://example.com/",
		"envelope":{"event":"/type"},"headers":{"Content-Type":"application/json"},"signing":"none","body":{"escapes_non_ascii":false,"escapes_slash":false},
		"policy":{"acknowledge":["2xx"],"timeout_seconds":10,"retries":{"delays_seconds":[],"jitter_ratio":0},"largest_body_bytes":0,"delivery_id":"none","repeats":true,"ordered":false},
		"events":[` + list + `],"sources":{"":"example"}}`)}
	return files
}
