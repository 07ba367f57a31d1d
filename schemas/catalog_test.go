package schemas_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// builtins loads every built-in folder as a user's would be.
func builtins(t *testing.T) map[string]*schemas.Catalog {
	t.Helper()
	catalogs := map[string]*schemas.Catalog{}
	for _, name := range schemas.Builtins() {
		quick, err := schemas.Builtin(name)
		if err != nil {
			t.Fatalf("Builtin(%q): %v", name, err)
		}
		catalog, err := schemas.Load(quick.Files())
		if err != nil {
			t.Fatalf("Load(%q): %v", name, err)
		}
		catalogs[name] = catalog
	}
	if len(catalogs) == 0 {
		t.Fatal("no built-in providers")
	}
	return catalogs
}

func TestBuiltinsPassTheLoader(t *testing.T) {
	for name, catalog := range builtins(t) {
		if catalog.Provider.Name != name {
			t.Errorf("folder %q holds provider %q", name, catalog.Provider.Name)
		}
		if len(catalog.Events()) == 0 {
			t.Errorf("%s has no events", name)
		}
		for _, e := range catalog.Events() {
			if e.Schema == nil || e.Summary == "" || len(e.Examples) == 0 {
				t.Errorf("%s %s: schema %v, summary %q, %d examples", name, e.Name, e.Schema != nil, e.Summary, len(e.Examples))
			}
		}
	}
}

func TestBuiltinEventCounts(t *testing.T) {
	catalogs := builtins(t)
	for name, want := range map[string]int{"watsi": 6, "sentsays": 12, "sentsays-live": 12} {
		if got := len(catalogs[name].Events()); got != want {
			t.Errorf("%s: %d events, want %d", name, got, want)
		}
	}
}

func TestEveryFactHasASource(t *testing.T) {
	leaves := 0
	for name, catalog := range builtins(t) {
		text, err := fs.ReadFile(catalog.Files(), "provider.json")
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range leavesOf(t, text) {
			leaves++
			if source, ok := catalog.Provider.Source(at); !ok || source == "" {
				t.Errorf("%s provider.json %s has no source", name, at)
			}
		}
	}
	if leaves < 100 {
		t.Errorf("walked %d leaves: that cannot be all", leaves)
	}
}

// leavesOf walks provider.json without the package's help.
func leavesOf(t *testing.T, text []byte) []schemas.Pointer {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	delete(doc, "sources")
	delete(doc, "$schema")
	delete(doc, "name")
	delete(doc, "extends")
	var found []schemas.Pointer
	var walk func(at schemas.Pointer, v any)
	walk = func(at schemas.Pointer, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				walk(at.Child(name), inner)
			}
		case []any:
			for i, inner := range v {
				walk(at.Index(i), inner)
			}
		default:
			found = append(found, at)
		}
	}
	walk("", doc)
	return found
}

func TestAssumptions(t *testing.T) {
	for name, catalog := range builtins(t) {
		all := catalog.Assumptions()
		if len(all) == 0 {
			t.Errorf("%s claims to be certain of everything", name)
		}
		for _, a := range all {
			if a.Guess == "" || a.Settles == "" || a.File == "" {
				t.Errorf("%s: incomplete assumption %+v", name, a)
			}
		}
		timeout := slices.ContainsFunc(all, func(a schemas.Assumption) bool {
			return a.Pointer == "/policy/timeout_seconds" && strings.Contains(a.Settles, "--timeout")
		})
		if !timeout {
			t.Errorf("%s: the assumed timeout is not listed with what settles it", name)
		}
	}
}

func TestSelect(t *testing.T) {
	catalog := builtin(t, "watsi")
	tests := []struct {
		name     string
		patterns []string
		want     string
		err      string
	}{
		{"all", nil, "message.received message.status conversation.created conversation.updated contact.created contact.updated", ""},
		{"glob", []string{"message.*"}, "message.received message.status", ""},
		{"catalog order", []string{"contact.created", "*.status"}, "message.status contact.created", ""},
		{"overlap", []string{"contact.*", "contact.created"}, "contact.created contact.updated", ""},
		{"nothing", []string{"message.*", "order.*"}, "", `"watsi" has no such event; it has message.received`},
		{"bad pattern", []string{"["}, "", "syntax error"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			events, err := catalog.Select(test.patterns...)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("Select(%q) = %v, want %q", test.patterns, err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatalf("Select(%q): %v", test.patterns, err)
			}
			var names []string
			for _, e := range events {
				names = append(names, e.Name)
			}
			if got := strings.Join(names, " "); got != test.want {
				t.Errorf("Select(%q) = %s, want %s", test.patterns, got, test.want)
			}
		})
	}
}

func builtin(t testing.TB, name string) *schemas.Catalog {
	t.Helper()
	catalog, err := schemas.Builtin(name)
	if err != nil {
		t.Fatal(err)
	}
	return catalog
}

func TestUnknownBuiltin(t *testing.T) {
	for _, name := range []string{"nobody", "", "..", "signing", "watsi/events"} {
		if _, err := schemas.Builtin(name); err == nil || !strings.Contains(err.Error(), "built in: sentsays, sentsays-live, watsi") {
			t.Errorf("Builtin(%q) = %v, want the names", name, err)
		}
	}
}

func TestDigestTellsContentApart(t *testing.T) {
	seen := map[string]string{}
	for name, catalog := range builtins(t) {
		digest := catalog.Digest()
		if len(digest) != len("sha256:")+64 || seen[digest] != "" {
			t.Errorf("%s: digest %q (also of %q)", name, digest, seen[digest])
		}
		seen[digest] = name
		if quick := builtin(t, name).Digest(); quick != digest {
			t.Errorf("%s: Builtin digest %s, Load digest %s", name, quick, digest)
		}
	}
}

func TestValidateExamples(t *testing.T) {
	walked := 0
	for name, catalog := range builtins(t) {
		for _, e := range catalog.Events() {
			for _, example := range e.Examples {
				if example.Variant == "published" {
					continue
				}
				walked++
				if err := catalog.Validate(example.Body); err != nil {
					t.Errorf("%s %s: %v", name, example.Name, err)
				}
				m, err := catalog.Provider.Read(example.Body)
				if err != nil || m.Event != e.Name {
					t.Errorf("%s %s: Read = %q, %v", name, example.Name, m.Event, err)
				}
			}
		}
	}
	if walked < 50 {
		t.Errorf("walked %d examples: that cannot be all", walked)
	}
}

func TestReadFindsEntitiesAndEnvelope(t *testing.T) {
	provider := builtin(t, "watsi").Provider
	body := []byte(`{"id":"evt_1","type":"message.received","created_at":"2025-03-15T10:30:00.250Z","workspace_id":"w","data":{"messageId":"m"}}`)
	m, err := provider.Read(body)
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2025, 3, 15, 10, 30, 0, 250e6, time.UTC)
	if m.ID != "evt_1" || m.Tenant != "w" || !m.Time.Equal(want) || !slices.Equal(m.Entities, []string{"m"}) {
		t.Errorf("Read = %+v", m)
	}
	batch := []byte(`{"event":"message.received","data":{"value":{"messages":[{"id":"a"},{"id":""},{"id":"b"}]}}}`)
	m, err = builtin(t, "sentsays").Provider.Read(batch)
	if err != nil || !slices.Equal(m.Entities, []string{"a", "b"}) || m.ID != "" || !m.Time.IsZero() {
		t.Errorf("Read(batch) = %+v, %v", m, err)
	}
	second := []byte(`{"event":"contact.created","data":{"uuid":"","phone":"+12025550100"}}`)
	m, err = builtin(t, "sentsays").Provider.Read(second)
	if err != nil || !slices.Equal(m.Entities, []string{"+12025550100"}) {
		t.Errorf("Read(no uuid) = %+v, %v", m, err)
	}
	if _, err := provider.Read([]byte("{")); err == nil {
		t.Error("Read({) = nil, want an error")
	}
}

func TestProviderRoundTrip(t *testing.T) {
	for name, catalog := range builtins(t) {
		text, err := json.Marshal(catalog.Provider)
		if err != nil {
			t.Fatal(err)
		}
		again := new(schemas.Provider)
		if err := json.Unmarshal(text, again); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		second, err := json.Marshal(again)
		if err != nil || string(second) != string(text) {
			t.Errorf("%s does not survive JSON: %v", name, err)
		}
		if !slices.Equal(again.Headers, catalog.Provider.Headers) {
			t.Errorf("%s: headers %v, want %v", name, again.Headers, catalog.Provider.Headers)
		}
	}
}

func TestOverlayIsAFileOverAFile(t *testing.T) {
	parent, child := builtin(t, "sentsays"), builtin(t, "sentsays-live")
	read := func(c *schemas.Catalog, name string) string {
		text, err := fs.ReadFile(c.Files(), name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if read(parent, "events/group.created.schema.json") != read(child, "events/group.created.schema.json") {
		t.Error("a file that the child lacks is not the parent's")
	}
	if read(parent, "events/message.received.schema.json") == read(child, "events/message.received.schema.json") {
		t.Error("a file that the child has is the parent's")
	}
	body := `{"event":"message.received","data":{"data":{"value":{}}}}`
	var broken *schemas.InvalidError
	if err := child.Validate([]byte(body)); !errors.As(err, &broken) {
		t.Errorf("Validate = %v, want violations", err)
	}
}
