package schemas_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/hookrig/hookrig/schemas"
)

// Read looks into bytes; it must see what decoding them would show.
func FuzzRead(f *testing.F) {
	for _, name := range schemas.Builtins() {
		for _, e := range builtin(f, name).Events() {
			f.Add("/data/data/value/messages/*/id", e.Examples[0].Body)
		}
	}
	f.Add("/a", []byte(` { "a" : [ ] , "a" : "\u0062" } `))
	f.Add("/*/*", []byte(`[[1,-2.5e3],{"*":"x"},[],{},[null,true,"",[3]]]`))
	f.Add("/a~1b/0", []byte(`{"a\/b":["\ud83d\ude00"]}`))
	f.Fuzz(func(t *testing.T, pointer string, body []byte) {
		at := schemas.Pointer(pointer)
		p := &schemas.Provider{Fields: schemas.Fields{Event: at}, Entity: map[string][]schemas.Pointer{}}
		m, err := p.Read(body)
		doc, decodeErr := schemas.Decode(body)
		if (err == nil) != (decodeErr == nil) {
			t.Fatalf("Read = %v, Decode = %v", err, decodeErr)
		}
		if err != nil || at == "" || at.Check() != nil {
			return
		}
		var want []string
		for _, value := range at.Find(doc) {
			switch value := value.(type) {
			case string:
				want = append(want, value)
			case json.Number:
				want = append(want, value.String())
			}
		}
		want = slices.DeleteFunc(want, func(text string) bool { return text == "" })
		first := ""
		if len(want) > 0 {
			first = want[0]
		}
		if m.Event != first {
			t.Fatalf("Read(%q) in %s = %q, want %q", at, body, m.Event, first)
		}
		p.Entity[first] = []schemas.Pointer{at}
		if m, err = p.Read(body); err != nil || !slices.Equal(m.Entities, want) {
			t.Fatalf("Read(%q) in %s = %q, %v, want %q", at, body, m.Entities, err, want)
		}
	})
}
