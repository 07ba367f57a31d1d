package checks_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

func TestEveryCheckIsWhole(t *testing.T) {
	all := checks.All()
	if len(all) != 62 {
		t.Fatalf("there are %d checks, want 62", len(all))
	}
	for i, c := range all {
		if c.Number != i+1 {
			t.Errorf("%s has number %d, want %d", c.ID, c.Number, i+1)
		}
		if checks.ByID(c.ID) != c && checks.ByID(c.ID).Number != c.Number {
			t.Errorf("ByID(%q) is another check", c.ID)
		}
		for name, text := range map[string]string{
			"ID": c.ID, "Title": c.Title, "Why": c.Why, "Sends": c.Sends, "Judges": c.Judges, "Fix": c.Fix,
			"Family": string(c.Family), "Severity": string(c.Severity), "Level": string(c.Level), "Kind": string(c.Kind), "Basis": string(c.Basis.Kind), "Source": c.Basis.Source,
		} {
			if text == "" {
				t.Errorf("%s has no %s", c.ID, name)
			}
		}
		if len(c.Schemes) == 0 {
			t.Errorf("%s applies to no scheme", c.ID)
		}
		if c.Level == checks.LevelNever {
			continue
		}
		if c.Cases == nil && c.Run == nil && c.Review == nil && c.Phase != checks.Baseline {
			t.Errorf("%s probes nothing", c.ID)
		}
		if c.Sabotage == nil {
			t.Errorf("%s has no sabotage", c.ID)
		}
		if (c.Level == checks.LevelMustWithHook) != c.Needs.Hook && c.Level != checks.LevelAdvisory {
			t.Errorf("%s is %s and needs a hook: %v", c.ID, c.Level, c.Needs.Hook)
		}
		for id, reason := range c.Implies {
			if checks.ByID(id) == nil || reason == "" {
				t.Errorf("%s implies %q because of %q", c.ID, id, reason)
			}
		}
	}
}

// A provider's name in a check is a bug: whatever differs between providers is data.
func TestChecksNameNoEvent(t *testing.T) {
	for _, name := range schemas.Builtins() {
		catalog, err := schemas.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range catalog.Events() {
			for _, c := range checks.All() {
				if strings.Contains(c.Sends+c.Judges+c.Fix, e.Name) {
					t.Errorf("%s names the event %q", c.ID, e.Name)
				}
			}
		}
	}
}

func subject(t *testing.T, provider, event string) *checks.Subject {
	t.Helper()
	catalog, err := schemas.Builtin(provider)
	if err != nil {
		t.Fatal(err)
	}
	g, err := generators.New(catalog, generators.Config{RunID: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return &checks.Subject{
		Provider: catalog.Provider, Catalog: catalog, Event: catalog.Event(event), Events: catalog.Events(),
		Endpoints: []schemas.Endpoint{{URL: "http://127.0.0.1/webhooks", Secrets: []schemas.Secret{"subject-test-secret"}}},
		Sources:   []checks.Source{g}, Generator: g, Observed: true, Deadline: time.Second, MaxBody: 256 << 10,
		Random: rand.New(rand.NewPCG(1, 2)), Lives: &checks.Lives{First: 5000}, Now: time.Now,
	}
}

// Every case of every check must be buildable for every event, with fresh messages too, and its name
// must be its own.
func TestEveryCaseBuilds(t *testing.T) {
	built := 0
	for _, provider := range schemas.Builtins() {
		catalog, err := schemas.Builtin(provider)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range catalog.Events() {
			s := subject(t, provider, e.Name)
			for _, c := range checks.All() {
				if c.Cases == nil || !c.Selects(checks.SchemeOf(s.Provider)) || c.Needs.Handshake || c.Needs.Endpoints > 1 {
					continue
				}
				cases, err := c.Cases(s)
				if err != nil {
					t.Fatalf("%s for %s: %v", c.ID, e.Name, err)
				}
				names := map[string]bool{}
				for _, one := range cases {
					if names[one.Name] || one.Name == "" {
						t.Errorf("%s for %s has two cases called %q", c.ID, e.Name, one.Name)
					}
					names[one.Name] = true
					if one.Reason != "" {
						continue
					}
					var before *checks.Exchange
					for _, step := range one.Steps {
						x, err := s.Build(step, before)
						if err != nil {
							t.Fatalf("%s for %s, case %q: %v", c.ID, e.Name, one.Name, err)
						}
						before = &x
						built++
					}
				}
			}
		}
	}
	if built < 1000 {
		t.Errorf("%d steps were built, want some thousands", built)
	}
}

func TestEdits(t *testing.T) {
	s := subject(t, "watsi", "contact.updated")
	body := []byte(`{"id":"evt_1","type":"contact.updated","data":{"name":"Ana","list":[1,2]}}`)
	tests := []struct {
		name string
		edit checks.Edit
		want string
	}{
		{"set", checks.Edit{Op: checks.Set, Place: "/data/name", JSON: []byte(`"B\u00e9"`)}, `{"id":"evt_1","type":"contact.updated","data":{"name":"B\u00e9","list":[1,2]}}`},
		{"set new", checks.Edit{Op: checks.Set, Place: "/data/new", JSON: []byte(`1.0`)}, `{"id":"evt_1","type":"contact.updated","data":{"name":"Ana","list":[1,2],"new":1.0}}`},
		{"remove first", checks.Edit{Op: checks.Remove, Place: "/id"}, `{"type":"contact.updated","data":{"name":"Ana","list":[1,2]}}`},
		{"remove last", checks.Edit{Op: checks.Remove, Place: "/data/list"}, `{"id":"evt_1","type":"contact.updated","data":{"name":"Ana"}}`},
		{"remove element", checks.Edit{Op: checks.Remove, Place: "/data/list/0"}, `{"id":"evt_1","type":"contact.updated","data":{"name":"Ana","list":[2]}}`},
		{"duplicate", checks.Edit{Op: checks.Duplicate, Place: "/id", JSON: []byte(`"x"`)}, `{"id":"evt_1","type":"contact.updated","data":{"name":"Ana","list":[1,2]},"id":"x"}`},
		{"append", checks.Edit{Op: checks.Append, Place: "/data/list", JSON: []byte(`3`)}, `{"id":"evt_1","type":"contact.updated","data":{"name":"Ana","list":[1,2,3]}}`},
		{"nest", checks.Edit{Op: checks.Nest, Place: "/data/name", Count: 3}, `{"id":"evt_1","type":"contact.updated","data":{"name":[[[]]],"list":[1,2]}}`},
		{"pad", checks.Edit{Op: checks.Pad, Place: "/data/name", Count: 86}, `{"id":"evt_1","type":"contact.updated","data":{"name":"hookrig hookrig","list":[1,2]}}`},
		{"flip", checks.Edit{Op: checks.Flip, Place: "/data/name"}, `{"id":"evt_1","type":"contact.updated","data":{"name":"Aoa","list":[1,2]}}`},
		{"prepend", checks.Edit{Op: checks.Prepend, Bytes: []byte("\xef\xbb\xbf")}, "\xef\xbb\xbf" + string(body)},
		{"replace", checks.Edit{Op: checks.Replace, Bytes: []byte("null")}, "null"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x, err := s.Build(checks.Step{Body: body, Edits: []checks.Edit{test.edit}}, nil)
			got := string(x.Request.Body)
			if err != nil || got != test.want {
				t.Errorf("got %s, %v\nwant %s", got, err, test.want)
			}
		})
	}
	for _, place := range []string{"/nowhere/deep", "/data/list/7/x"} {
		if _, err := s.Build(checks.Step{Body: body, Edits: []checks.Edit{{Op: checks.Set, Place: place, JSON: []byte("1")}}}, nil); err == nil {
			t.Errorf("set %q: no error", place)
		}
	}
}

func TestSignatureEdits(t *testing.T) {
	s := subject(t, "watsi", "contact.updated")
	header := func(edits ...checks.Edit) (signature string, err error) {
		x, buildErr := s.Build(checks.Step{Body: []byte(`{"data":{"name":"Ana"}}`), Edits: edits}, nil)
		if buildErr != nil {
			t.Fatal(buildErr)
		}
		for _, line := range x.Request.Headers {
			if line[0] == s.Provider.HeaderNames("signatures")[0] {
				signature = line[1]
			}
		}
		r, _ := schemas.NewRequest(t.Context(), x.URL, x.Request)
		return signature, s.Provider.Verify(schemas.Received{Header: r.Header, Body: x.Request.Body}, s.Endpoints[0].Secrets, time.Now())
	}
	whole, err := header()
	if err != nil || len(whole) != 64 {
		t.Fatalf("unedited: %q, %v", whole, err)
	}
	for _, test := range []struct {
		edit checks.Edit
		want string
	}{
		{checks.Edit{Op: checks.Truncate, Count: 8}, whole[:8]},
		{checks.Edit{Op: checks.Truncate, Count: -1}, whole[:63]},
		{checks.Edit{Op: checks.Extend, Value: "00"}, whole + "00"},
		{checks.Edit{Op: checks.Item, Value: "sha256={signature}"}, "sha256=" + whole},
		{checks.Edit{Op: checks.Unsign}, ""},
	} {
		if got, err := header(test.edit); got != test.want || err == nil {
			t.Errorf("%s: %q, %v; want %q, refused", test.edit.Op, got, err, test.want)
		}
	}
}

func FuzzEdits(f *testing.F) {
	f.Add([]byte(`{"a":[{"b":"c"}],"d":1e3}`), "/a/0/b")
	f.Add([]byte(`[1, 2 ,"\""]`), "/2")
	f.Add([]byte(`{"":{"~1":null}}`), "//~01")
	f.Fuzz(func(t *testing.T, body []byte, place string) {
		s := &checks.Subject{
			Provider: &schemas.Provider{Name: "fuzz"}, Event: &schemas.Event{Name: "fuzz"},
			Endpoints: []schemas.Endpoint{{URL: "http://127.0.0.1/"}}, Now: time.Now,
		}
		for _, op := range []checks.Op{checks.Set, checks.Remove, checks.Append, checks.Duplicate, checks.Flip} {
			_, _ = s.Build(checks.Step{Body: body, Edits: []checks.Edit{{Op: op, Place: place, JSON: []byte(`1`)}}}, nil)
		}
	})
}
