package schemas_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/hookrig/hookrig/schemas"
)

// eachProvider runs a test for every built-in provider and fails when there are none.
func eachProvider(t *testing.T, test func(t *testing.T, c *schemas.Catalog)) {
	t.Helper()
	names := schemas.Builtins()
	if len(names) == 0 {
		t.Fatal("Builtins() lists nothing")
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			c, err := schemas.Builtin(name)
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Events()) == 0 {
				t.Fatal("no events")
			}
			test(t, c)
		})
	}
}

// TestExamples: every event has an example as published and one filled in, and all but the published
// ones follow the schema. What a variant of a provider does otherwise is published nowhere.
func TestExamples(t *testing.T) {
	eachProvider(t, func(t *testing.T, c *schemas.Catalog) {
		for _, e := range c.Events() {
			seen := map[string]bool{}
			for _, example := range e.Examples {
				seen[example.Variant] = true
				if example.Variant == "published" {
					continue
				}
				if err := e.Validate(example.Body); err != nil {
					t.Errorf("example %q: %v", example.Name, err)
				}
			}
			if !seen[""] {
				t.Errorf("event %q has no example %q", e.Name, e.Name+".json")
			}
			if !seen["published"] && c.Provider.Extends == "" {
				t.Errorf("event %q has no published example", e.Name)
			}
		}
	})
}

// elision is one place where a published example is shortened or wrong, and what stands there instead.
type elision struct {
	Place     schemas.Pointer `json:"place"`
	Published string          `json:"published"`
	Filled    string          `json:"filled"`
	Why       string          `json:"why"`
}

// TestElisions: a published example and its list of elisions give the filled example, nothing else
// differs, and what needed no filling follows the schema as it was published.
func TestElisions(t *testing.T) {
	eachProvider(t, func(t *testing.T, c *schemas.Catalog) {
		if c.Provider.Extends != "" {
			return
		}
		list := map[string][]elision{}
		readJSON(t, path.Join(c.Provider.Name, "elisions.json"), &list)
		if len(list) == 0 {
			t.Fatal("elisions.json lists nothing")
		}
		for _, e := range c.Events() {
			bodies := map[string]any{}
			for _, example := range e.Examples {
				bodies[example.Variant] = decode(t, example.Body)
			}
			doc := bodies["published"]
			for _, x := range list[e.Name] {
				if x.Why == "" {
					t.Errorf("%s %s: no reason", e.Name, x.Place)
				}
				if got := x.Place.Find(doc); len(got) != 1 || got[0] != x.Published {
					t.Errorf("%s %s: published is %v, the list says %q", e.Name, x.Place, got, x.Published)
					continue
				}
				replace(doc, x.Place, x.Filled)
			}
			if !reflect.DeepEqual(doc, bodies[""]) {
				t.Errorf("%s: the published example with its elisions filled in is not the filled example", e.Name)
			}
			delete(list, e.Name)
		}
		for name := range list {
			t.Errorf("elisions of %q, which is no event", name)
		}
	})
}

// TestExamplePhones: numbers in examples of our own come from ranges reserved for fiction. Examples
// that stand as published keep theirs.
func TestExamplePhones(t *testing.T) {
	var table struct {
		Ranges []struct {
			Prefix      string
			Areas       []string
			First, Last uint64
			Digits      int
			Source      string
		}
	}
	readJSON(t, "../generators/data/phones.json", &table)
	reserved := func(digits string) bool {
		for _, r := range table.Ranges {
			areas := r.Areas
			if len(areas) == 0 {
				areas = []string{""}
			}
			for _, area := range areas {
				rest, ok := strings.CutPrefix(digits, r.Prefix+area)
				if n, err := strconv.ParseUint(rest, 10, 64); ok && err == nil && len(rest) == r.Digits && r.First <= n && n <= r.Last {
					return true
				}
			}
		}
		return false
	}
	phone := regexp.MustCompile(`"(?:from|wa_id|recipient_id|recipientId|phone|input|display_phone_number|formatted_phone_number|customer)": "\+?([0-9][0-9 -]{6,18})"`)
	found := 0
	eachProvider(t, func(t *testing.T, c *schemas.Catalog) {
		for _, e := range c.Events() {
			for _, example := range e.Examples {
				if example.Variant == "" || example.Variant == "published" {
					continue
				}
				for _, m := range phone.FindAllSubmatch(example.Body, -1) {
					found++
					if digits := strings.NewReplacer(" ", "", "-", "").Replace(string(m[1])); !reserved(digits) {
						t.Errorf("example %q: %s is not reserved for fiction", example.Name, digits)
					}
				}
			}
		}
	})
	if found == 0 {
		t.Fatal("no phone number found in any example")
	}
}

// TestDescribed walks every schema file of every provider: the file says what it is about and where it
// stands, each property is described, each enum says whether the provider may add to it, no object is
// closed, no source is empty.
func TestDescribed(t *testing.T) {
	eachProvider(t, func(t *testing.T, c *schemas.Catalog) {
		files, properties := 0, 0
		err := fs.WalkDir(c.Files(), "events", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			files++
			text, err := fs.ReadFile(c.Files(), name)
			if err != nil {
				return err
			}
			walkSchema("", decode(t, text), func(at string, s map[string]any) {
				for _, closing := range []string{"additionalProperties", "unevaluatedProperties", "maxProperties"} {
					if _, closed := s[closing]; closed {
						t.Errorf("%s#%s: %s closes the object; providers add keys", name, at, closing)
					}
				}
				if _, enum := s["enum"]; enum && s["x-open"] == nil {
					t.Errorf("%s#%s: an enum must say x-open, true or false", name, at)
				}
				if source, ok := s["x-source"]; ok && strings.TrimSpace(fmt.Sprint(source)) == "" {
					t.Errorf("%s#%s: empty x-source", name, at)
				}
				named, _ := s["properties"].(map[string]any)
				for property, sub := range named {
					properties++
					if m, ok := sub.(map[string]any); ok && m["description"] == nil && m["$ref"] == nil {
						t.Errorf("%s#%s/properties/%s: not described", name, at, property)
					}
				}
				if at == "" && (s["description"] == nil || s["x-source"] == nil) {
					t.Errorf("%s: want a description and an x-source, which holds where nothing inside says otherwise", name)
				}
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if files < len(c.Events()) || properties == 0 {
			t.Fatalf("walked %d files and %d properties", files, properties)
		}
	})
}

// walkSchema visits a decoded schema and every schema inside it. A description reached through $ref is
// checked where it stands.
func walkSchema(at string, v any, visit func(at string, s map[string]any)) {
	s, ok := v.(map[string]any)
	if !ok {
		return
	}
	visit(at, s)
	for _, keyword := range []string{"properties", "$defs", "patternProperties"} {
		named, _ := s[keyword].(map[string]any)
		for name, sub := range named {
			walkSchema(at+"/"+keyword+"/"+name, sub, visit)
		}
	}
	for _, keyword := range []string{"items", "contentSchema", "not", "if", "then", "else", "contains"} {
		walkSchema(at+"/"+keyword, s[keyword], visit)
	}
	for _, keyword := range []string{"oneOf", "anyOf", "allOf", "prefixItems"} {
		list, _ := s[keyword].([]any)
		for i, sub := range list {
			walkSchema(at+"/"+keyword+"/"+strconv.Itoa(i), sub, visit)
		}
	}
}

// TestVariantJourneys: a story that both shapes of a provider tell is told in both alike; only
// the places differ.
func TestVariantJourneys(t *testing.T) {
	compared := 0
	eachProvider(t, func(t *testing.T, c *schemas.Catalog) {
		if c.Provider.Extends == "" {
			return
		}
		own, err := os.ReadDir(path.Join(c.Provider.Name, "journeys"))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range own {
			theirs, err := os.ReadFile(path.Join(c.Provider.Extends, "journeys", entry.Name()))
			if errors.Is(err, fs.ErrNotExist) {
				continue // a story of the variant alone
			}
			ours, err := os.ReadFile(path.Join(c.Provider.Name, "journeys", entry.Name()))
			if err != nil {
				t.Fatal(err)
			}
			compared++
			unwrapped := bytes.ReplaceAll(ours, []byte(`/data/data/value`), []byte(`/data/value`))
			if !reflect.DeepEqual(decode(t, unwrapped), decode(t, theirs)) {
				t.Errorf("%s: the stories differ by more than the wrapper", entry.Name())
			}
		}
	})
	if compared == 0 {
		t.Fatal("no story to compare")
	}
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func decode(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// replace puts a text at a place that exists.
func replace(doc any, at schemas.Pointer, text string) {
	cut := strings.LastIndexByte(string(at), '/')
	key := string(at[cut+1:])
	for _, parent := range at[:cut].Find(doc) {
		switch p := parent.(type) {
		case map[string]any:
			p[key] = text
		case []any:
			if i, err := strconv.Atoi(key); err == nil && i < len(p) {
				p[i] = text
			}
		}
	}
}
