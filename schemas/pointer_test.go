package schemas_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/hookrig/hookrig/schemas"
)

func TestPointerFind(t *testing.T) {
	doc, err := schemas.Decode([]byte(`{"a":{"b/c":[{"d":1},{"d":2},{"e":3},[4]],"~":"t","":"empty"},"*":"star","01":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		pointer schemas.Pointer
		want    string
	}{
		{"member", "/a/~0", `["t"]`},
		{"escaped slash and index", "/a/b~1c/0/d", `[1]`},
		{"each element", "/a/b~1c/*/d", `[1,2]`},
		{"each element of each", "/a/b~1c/*/*", `[4]`},
		{"empty name", "/a/", `["empty"]`},
		{"star as a member", "/*", `["star"]`},
		{"missing", "/a/x/y", `null`},
		{"index out of range", "/a/b~1c/4", `null`},
		{"index with zero", "/a/b~1c/00", `null`},
		{"index with sign", "/a/b~1c/-1", `null`},
		{"huge index", "/a/b~1c/99999999999999999999", `null`},
		{"zero in a member's name", "/01", `["x"]`},
		{"no slash", "a", `null`},
		{"through a string", "/*/x", `null`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := json.Marshal(test.pointer.Find(doc))
			if err != nil || string(got) != test.want {
				t.Errorf("Find(%q) = %s, want %s", test.pointer, got, test.want)
			}
		})
	}
	if whole := schemas.Pointer("").Find(doc); len(whole) != 1 {
		t.Errorf("Find(\"\") = %d values, want the document", len(whole))
	}
}

func TestPointerParts(t *testing.T) {
	p := schemas.Pointer("").Child("a/b").Index(3).Child("~")
	if p != "/a~1b/3/~0" || !slices.Equal(p.Segments(), []string{"a/b", "3", "~"}) {
		t.Errorf("built %q, segments %q", p, p.Segments())
	}
	covers := []struct {
		above, below schemas.Pointer
		want         bool
	}{{"", "/a", true}, {"/a", "/a", true}, {"/a", "/a/b", true}, {"/a", "/ab", false}, {"/a/b", "/a", false}}
	for _, c := range covers {
		if got := c.above.Covers(c.below); got != c.want {
			t.Errorf("%q covers %q = %v, want %v", c.above, c.below, got, c.want)
		}
	}
	for pointer, want := range map[schemas.Pointer]bool{"/a/*": true, "/*/b": true, "/a/*b": false, "": false} {
		if pointer.Batch() != want {
			t.Errorf("%q is a batch = %v, want %v", pointer, !want, want)
		}
	}
	for _, bad := range []schemas.Pointer{"a", "/~", "/~2", "#/a"} {
		if bad.Check() == nil {
			t.Errorf("Check(%q) = nil, want an error", bad)
		}
	}
}

func FuzzPointer(f *testing.F) {
	f.Add("/a/*/b~1c", `{"a":[{"b/c":1}]}`)
	f.Add("/a/0", `{"a":[1]}`)
	f.Fuzz(func(t *testing.T, pointer, document string) {
		doc, err := schemas.Decode([]byte(document))
		if err != nil {
			return
		}
		p := schemas.Pointer(pointer)
		p.Find(doc)
		if p.Check() != nil {
			return
		}
		var again schemas.Pointer
		for _, segment := range p.Segments() {
			again = again.Child(segment)
		}
		if again != p {
			t.Errorf("segments of %q make %q", p, again)
		}
	})
}
