package generators_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

var update = flag.Bool("update", false, "rewrite golden files")

// messagesPerEvent is how many messages of each event must be valid. Of a provider that extends another
// a fifth is enough: it shares most of its schemas.
const messagesPerEvent = 10_000 / (raceFactor * raceFactor)

// everyEvent runs a test for every event of every built-in provider. Under the race detector those that
// extend another are left out: they find no race that their parents do not.
func everyEvent(t *testing.T, test func(t *testing.T, g *generators.Generator, c *schemas.Catalog, e *schemas.Event)) {
	t.Helper()
	names := schemas.Builtins()
	if len(names) == 0 {
		t.Fatal("Builtins() lists nothing")
	}
	for _, name := range names {
		c, g := builtin(t, name)
		if len(c.Events()) == 0 {
			t.Fatalf("provider %q has no events", name)
		}
		if raceFactor > 1 && c.Provider.Extends != "" {
			continue
		}
		for _, e := range c.Events() {
			t.Run(name+" "+e.Name, func(t *testing.T) {
				t.Parallel()
				test(t, g, c, e)
			})
		}
	}
}

// builtins makes each built-in provider's default generator once: tests share what takes longest.
var builtins = sync.OnceValues(func() (map[string]made, error) {
	all := map[string]made{}
	for _, name := range schemas.Builtins() {
		c, err := schemas.Builtin(name)
		if err != nil {
			return nil, err
		}
		g, err := generators.New(c, generators.Config{})
		if err != nil {
			return nil, err
		}
		all[name] = made{c, g}
	}
	return all, nil
})

type made struct {
	catalog   *schemas.Catalog
	generator *generators.Generator
}

func builtin(t testing.TB, name string) (*schemas.Catalog, *generators.Generator) {
	t.Helper()
	all, err := builtins()
	if err != nil {
		t.Fatal(err)
	}
	one, ok := all[name]
	if !ok {
		t.Fatalf("no provider %q is built in", name)
	}
	return one.catalog, one.generator
}

func TestMessagesAreValid(t *testing.T) {
	t.Parallel()
	everyEvent(t, func(t *testing.T, g *generators.Generator, c *schemas.Catalog, e *schemas.Event) {
		var body []byte
		messages := uint64(messagesPerEvent)
		if c.Provider.Extends != "" {
			messages /= 5
		}
		for i := range messages {
			var err error
			body, err = g.Append(body[:0], e.Name, generators.Coordinate{Life: i / 2, Step: i % 2})
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Validate(body); err != nil {
				t.Fatalf("message %d: %v\n%s", i, err, body)
			}
		}
	})
}

// TestGolden pins the bytes of coordinates: they are the same on every platform, today and tomorrow.
func TestGolden(t *testing.T) {
	for _, name := range schemas.Builtins() {
		t.Run(name, func(t *testing.T) {
			c, g := builtin(t, name)
			var got bytes.Buffer
			for _, e := range c.Events() {
				for _, at := range []generators.Coordinate{{}, {Life: 1}, {Life: 1, Step: 1}, {Life: 1 << 33}} {
					body, err := g.Append(nil, e.Name, at)
					if err != nil {
						t.Fatal(err)
					}
					fmt.Fprintf(&got, "%s %d %d %s\n", e.Name, at.Life, at.Step, body)
				}
			}
			golden(t, filepath.Join("testdata", "golden", name+".txt"), got.Bytes())
		})
	}
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	wantLines, gotLines := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	for i := range gotLines {
		if i >= len(wantLines) || wantLines[i] != gotLines[i] {
			t.Fatalf("%s line %d is now\n%s\n(go test ./generators -update rewrites it)", file, i+1, gotLines[i])
		}
	}
}

func TestCoordinatesFixBytes(t *testing.T) {
	c, g := builtin(t, "watsi")
	var wait sync.WaitGroup
	bodies := make([][]byte, 8)
	for i := range bodies {
		wait.Go(func() {
			for life := range uint64(200) {
				body, err := g.Append(nil, "message.received", generators.Coordinate{Life: life})
				if err != nil {
					t.Error(err)
				}
				bodies[i] = append(bodies[i], body...)
			}
		})
	}
	wait.Wait()
	for i := range bodies {
		if !bytes.Equal(bodies[i], bodies[0]) {
			t.Fatalf("goroutine %d made other bytes", i)
		}
	}
	same, err := generators.New(c, generators.Config{Seed: 1, RunID: "seed-1", Start: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	first, _ := same.Append(nil, "message.received", generators.Coordinate{})
	if !bytes.HasPrefix(bodies[0], first) {
		t.Errorf("the documented defaults make %s", first)
	}
}

// TestRunIDSalts: another run id changes ids and phones, and nothing else.
func TestRunIDSalts(t *testing.T) {
	c, g := builtin(t, "watsi")
	other, err := generators.New(c, generators.Config{RunID: "another"})
	if err != nil {
		t.Fatal(err)
	}
	for life := range uint64(50) {
		at := generators.Coordinate{Life: life}
		a, b := data(t, g, "message.received", at), data(t, other, "message.received", at)
		for _, key := range []string{"from", "messageId", "conversationId"} {
			if a[key] == b[key] {
				t.Errorf("life %d: %s is %v in both runs", life, key, a[key])
			}
		}
		if a["body"] != b["body"] {
			t.Errorf("life %d: body is %v and %v", life, a["body"], b["body"])
		}
	}
}

func data(t *testing.T, g *generators.Generator, event string, at generators.Coordinate) map[string]any {
	t.Helper()
	body, err := g.Append(nil, event, at)
	if err != nil {
		t.Fatal(err)
	}
	var message struct {
		Data map[string]any `json:"data"`
	}
	if err := json.Unmarshal(body, &message); err != nil {
		t.Fatal(err)
	}
	return message.Data
}

// TestRolesAgree: one role has one value in a message and over the steps of a life.
func TestRolesAgree(t *testing.T) {
	_, g := builtin(t, "watsi")
	for life := range uint64(100) {
		created := data(t, g, "contact.created", generators.Coordinate{Life: life})
		updated := data(t, g, "contact.updated", generators.Coordinate{Life: life, Step: 1})
		received := data(t, g, "message.received", generators.Coordinate{Life: life, Step: 2})
		again := data(t, g, "message.received", generators.Coordinate{Life: life, Step: 3})
		if created["contactId"] != updated["contactId"] {
			t.Errorf("life %d: contact %v is updated as %v", life, created["contactId"], updated["contactId"])
		}
		if created["phone"] != fmt.Sprint("+", received["from"]) {
			t.Errorf("life %d: phone %v writes from %v", life, created["phone"], received["from"])
		}
		if received["conversationId"] != again["conversationId"] || received["messageId"] == again["messageId"] {
			t.Errorf("life %d: two messages of one conversation are %v and %v", life, received, again)
		}
	}
}

func TestIDsAreUnique(t *testing.T) {
	t.Parallel()
	_, g := builtin(t, "watsi")
	seen := map[string]bool{}
	for life := range uint64(20_000 / raceFactor) {
		m, err := g.Message("message.received", generators.Coordinate{Life: life})
		if err != nil {
			t.Fatal(err)
		}
		if seen[m.ID] {
			t.Fatalf("life %d: id %s came before", life, m.ID)
		}
		seen[m.ID] = true
	}
}

func TestAppendDoesNotAllocate(t *testing.T) {
	for _, name := range schemas.Builtins() {
		c, g := builtin(t, name)
		dst := make([]byte, 0, 1<<20)
		for _, e := range c.Events() {
			life := uint64(0)
			n := testing.AllocsPerRun(500, func() {
				_, _ = g.Append(dst, e.Name, generators.Coordinate{Life: life})
				life++
			})
			if n != 0 {
				t.Errorf("%s %s: %v allocations for each message", name, e.Name, n)
			}
		}
	}
}

func TestSetPins(t *testing.T) {
	c, _ := builtin(t, "watsi")
	pins := map[schemas.Pointer]json.RawMessage{"/workspace_id": json.RawMessage(`"550e8400-e29b-41d4-a716-446655440000"`), "/data/email": json.RawMessage(`"ana@example.com"`)}
	g, err := generators.New(c, generators.Config{Set: pins})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range c.Events() {
		for life := range uint64(50) {
			m, err := g.Message(e.Name, generators.Coordinate{Life: life})
			if err != nil {
				t.Fatal(err)
			}
			if m.Tenant != "550e8400-e29b-41d4-a716-446655440000" {
				t.Fatalf("%s: tenant is %q", e.Name, m.Tenant)
			}
			if e.Name == "contact.updated" && !bytes.Contains(m.Body, []byte(`"email":"ana@example.com"`)) {
				t.Fatalf("the e-mail address is not pinned: %s", m.Body)
			}
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, test := range []struct {
		name  string
		set   string
		value string
		want  string
	}{
		{"unknown place", "/data/nosuch", `"x"`, "no event"},
		{"refused value", "/workspace_id", `"not a uuid"`, "workspace_id"},
		{"no JSON", "/workspace_id", `6f1c-9a02`, "not JSON"},
		{"no pointer", "workspace_id", `"x"`, "pointer"},
		{"endless number", "/data/watsiEnabled", `1e5000000`, "watsiEnabled"},
		{"const", "/type", `"other"`, "/type"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, _ := builtin(t, "watsi")
			_, err := generators.New(c, generators.Config{Set: map[schemas.Pointer]json.RawMessage{schemas.Pointer(test.set): json.RawMessage(test.value)}})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("New() = %v, want an error with %q", err, test.want)
			}
		})
	}
	c, g := builtin(t, "watsi")
	if _, err := generators.New(c, generators.Config{Phones: "+0x"}); err == nil {
		t.Error("New takes a phone prefix that is none")
	}
	if _, err := g.Append(nil, "nosuch", generators.Coordinate{}); err == nil {
		t.Error("Append takes an unknown event")
	}
}

// folder makes a provider folder with one event schema.
func folder(schema string, more fstest.MapFS) fstest.MapFS {
	m := fstest.MapFS{
		"provider.json": {Data: []byte(`{"name":"made-up","title":"Made up","homepage":"https://example.com","envelope":{},"headers":{"Content-Type":"application/json"},
			"signing":"none","body":{"escapes_non_ascii":false,"escapes_slash":false},
			"policy":{"acknowledge":["2xx"],"timeout_seconds":10,"retries":{"delays_seconds":[],"jitter_ratio":0},"largest_body_bytes":0,"delivery_id":"none","repeats":true,"ordered":false},
			"events":[{"name":"thing.made","summary":"A thing.","stability":"stable"}],"sources":{"":"assumed: a test"}}`)},
		"events/thing.made.schema.json": {Data: []byte(schema)},
	}
	for name, file := range more {
		m[name] = file
	}
	return m
}

func load(t testing.TB, schema string, more fstest.MapFS) *schemas.Catalog {
	t.Helper()
	c, err := schemas.Load(folder(schema, more))
	if err != nil {
		t.Fatalf("load %s: %v", schema, err)
	}
	return c
}

const draft = `"$schema":"https://json-schema.org/draft/2020-12/schema","description":"A thing.",`

// TestKeywords: every keyword a schema may use is honoured, by rule or by trying.
func TestKeywords(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{
		`"type":"object","properties":{"n":{"type":"integer","minimum":-5,"exclusiveMaximum":7}},"required":["n"]`,
		`"type":"object","properties":{"n":{"type":"number","multipleOf":0.25,"minimum":1,"maximum":2}},"required":["n"]`,
		`"type":"object","properties":{"n":{"type":"integer","multipleOf":3.5}},"required":["n"]`,
		`"type":"object","properties":{"n":{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":0.001}},"required":["n"]`,
		`"type":"object","properties":{"n":{"type":"number","minimum":1e30,"maximum":2e30}},"required":["n"]`,
		`"type":"object","properties":{"s":{"type":"string","pattern":"^(ab|c{2,5})+[^x]\\d{3}$","minLength":12,"maxLength":30}},"required":["s"]`,
		`"type":"object","properties":{"s":{"type":"string","pattern":"foo","minLength":20}},"required":["s"]`,
		`"type":"object","properties":{"s":{"type":"string","pattern":"^\\p{Greek}{4}\"\\\\$"}},"required":["s"]`,
		`"type":"object","properties":{"s":{"type":"string","minLength":3,"maxLength":3}},"required":["s"]`,
		`"type":"object","properties":{"s":{"allOf":[{"pattern":"^[a-z]+$"},{"pattern":"q"}],"type":"string"}},"required":["s"]`,
		`"type":"object","properties":{"a":{"type":"array","items":{"enum":[1,2,3]},"uniqueItems":true,"minItems":3}},"required":["a"]`,
		`"type":"object","properties":{"a":{"type":"array","prefixItems":[{"const":1},{"type":"string"}],"items":{"type":"boolean"},"minItems":4}},"required":["a"]`,
		`"type":"object","properties":{"a":{"type":"array","contains":{"const":"x"},"minContains":2,"maxContains":3,"items":{"type":"string"}}},"required":["a"]`,
		`"type":"object","properties":{"a":{"type":"array","prefixItems":[{"type":"integer"}],"items":false}},"required":["a"]`,
		`"type":"object","oneOf":[{"required":["a"],"properties":{"a":{"type":"string"}}},{"required":["b"],"properties":{"b":{"type":"integer"}}}]`,
		`"type":"object","properties":{"n":{"oneOf":[{"type":"integer","multipleOf":2},{"type":"integer","multipleOf":3}],"minimum":0,"maximum":50}},"required":["n"]`,
		`"type":"object","anyOf":[{"required":["a"]},{"required":["b"]}],"properties":{"a":{"type":"string"},"b":{"type":"null"}}`,
		`"type":"object","properties":{"k":{"enum":["x","y","z"]},"x":{"type":"integer"},"y":{"type":"string"}},"required":["k"],
			"allOf":[{"if":{"properties":{"k":{"const":"x"}},"required":["k"]},"then":{"required":["x"]}},{"if":{"properties":{"k":{"const":"y"}},"required":["k"]},"then":{"required":["y"]},"else":{"properties":{"y":false}}}]`,
		`"type":"object","properties":{"s":{"not":{"enum":["a","b"]},"enum":["a","b","c","d"]}},"required":["s"]`,
		`"type":"object","not":{"required":["a","b"]},"properties":{"a":{"type":"string"},"b":{"type":"string"}}`,
		`"type":"object","properties":{"s":{"type":"string","not":{"pattern":"^[a-m]"},"pattern":"^[a-z]{5}$"}},"required":["s"]`,
		`"type":"object","dependentRequired":{"a":["b"]},"properties":{"a":{"type":"string"},"b":{"type":"integer"}}`,
		`"type":"object","dependentSchemas":{"a":{"properties":{"b":{"const":1}},"required":["b"]}},"properties":{"a":{"type":"string"},"b":{"type":"integer"}}`,
		`"type":"object","minProperties":3,"properties":{"a":{"type":"string"}},"additionalProperties":{"type":"integer"},"propertyNames":{"pattern":"^[a-z]"}`,
		`"type":"object","patternProperties":{"^x-":{"type":"boolean"}},"minProperties":2,"additionalProperties":false`,
		`"type":"object","properties":{"a":{"type":"string"}},"unevaluatedProperties":false,"allOf":[{"properties":{"b":{"type":"integer"}},"required":["b"]}]`,
		`"type":"object","properties":{"j":{"type":"string","contentMediaType":"application/json","contentSchema":{"type":"object","required":["t"],"properties":{"t":{"type":"string","x-gen":"text.chat"},"j":{"type":"string","contentMediaType":"application/json","contentSchema":{"type":"array","items":{"type":"integer"}}}}}}},"required":["j"]`,
		`"type":"object","$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":{"v":{"type":"integer"},"kids":{"type":"array","items":{"$ref":"#/$defs/node"}},"next":{"anyOf":[{"type":"null"},{"$ref":"#/$defs/node"}]}},"required":["v","next"]}}`,
		`"type":"object","properties":{"v":true,"w":{},"x":{"type":["null","boolean","array"]},"y":{"const":{"b":[1,"é/"],"a":null}}},"required":["v","w","x","y"]`,
		`"type":"object","required":["undeclared"]`,
	} {
		t.Run(schema[:min(len(schema), 60)], func(t *testing.T) {
			c := load(t, "{"+draft+schema+"}", nil)
			g, err := generators.New(c, generators.Config{})
			if err != nil {
				t.Fatal(err)
			}
			e := c.Events()[0]
			for life := range uint64(500 / raceFactor) {
				m, err := g.Message(e.Name, generators.Coordinate{Life: life})
				if err != nil {
					t.Fatal(err)
				}
				if err := e.Validate(m.Body); err != nil {
					t.Fatalf("%v\n%s", err, m.Body)
				}
			}
			covers(t, g, e)
		})
	}
}

// TestUnmeetable: what no value satisfies is an error that names schema and place.
func TestUnmeetable(t *testing.T) {
	for _, test := range []struct{ schema, place string }{
		{`"type":"object","required":["a"],"properties":{"a":false}`, ``},
		{`"type":"object","required":["a"],"properties":{"a":{"type":"integer","minimum":3,"maximum":2}}`, `/a`},
		{`"type":"object","required":["a"],"properties":{"a":{"type":"string","allOf":[{"const":"x"},{"const":"y"}]}}`, `/a`},
		{`"type":"object","required":["n"],"properties":{"n":{"$ref":"#"}}`, `/n`},
		{`"type":"object","required":["a"],"properties":{"a":{"type":"string","x-gen":"nosuch.gen"}}`, `/a`},
		{`"type":"object","required":["a"],"properties":{"a":{"type":"string","maxLength":3,"x-gen":"id.uuid"}}`, `/a`},
	} {
		t.Run(test.schema, func(t *testing.T) {
			c, err := schemas.Load(folder("{"+draft+test.schema+"}", nil))
			if err != nil {
				return // refused even earlier
			}
			_, err = generators.New(c, generators.Config{})
			var place *generators.PlaceError
			if !errors.As(err, &place) || !strings.HasPrefix(place.Place, test.place) || !strings.Contains(place.Location, "thing.made") {
				t.Errorf("New() = %v, want a PlaceError at %q", err, test.place)
			}
		})
	}
}

// covers checks that the variants touch every point and are valid.
func covers(t *testing.T, g *generators.Generator, e *schemas.Event) {
	t.Helper()
	variants, err := g.Cover(e.Name, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	if len(variants) == 0 {
		t.Fatal("no variants")
	}
	touched, names := map[generators.Point]bool{}, map[string]bool{}
	for _, v := range variants {
		if err := e.Validate(v.Message.Body); err != nil {
			t.Fatalf("variant %q: %v\n%s", v.Name, err, v.Message.Body)
		}
		if v.Name == "" || names[v.Name] {
			t.Errorf("variant name %q is empty or comes twice", v.Name)
		}
		names[v.Name] = true
		for _, p := range v.Points {
			touched[p] = true
		}
	}
	for _, p := range g.Points(e.Name) {
		if !touched[p] {
			t.Errorf("no variant touches %v", p)
		}
	}
}

func TestCover(t *testing.T) {
	t.Parallel()
	everyEvent(t, func(t *testing.T, g *generators.Generator, _ *schemas.Catalog, e *schemas.Event) { covers(t, g, e) })
}

// TestPointsOfStatus shows what points are.
func TestPointsOfStatus(t *testing.T) {
	_, g := builtin(t, "watsi")
	got := fmt.Sprint(g.Points("message.status"))
	for _, status := range []string{"sent", "delivered", "read", "failed"} {
		if want := fmt.Sprintf("{message.status /data/status enum %s}", status); !strings.Contains(got, want) {
			t.Errorf("Points() = %s, want %s in it", got, want)
		}
	}
}
