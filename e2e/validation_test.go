//go:build e2e

package e2e_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

type validity struct {
	Valid  bool   `json:"valid"`
	Errors string `json:"errors"`
}

type question struct {
	Provider string   `json:"provider"`
	Event    string   `json:"event"`
	Bodies   []string `json:"bodies"`
}

// ajv is the second opinion: every example, 10,000 messages per event and every covering variant are
// valid under the same schema files, and every mutation is refused.
func TestAjvAgrees(t *testing.T) {
	folder := t.TempDir()
	catalogs := builtins(t)
	for _, c := range catalogs {
		if err := os.CopyFS(folder+"/"+c.Provider.Name, c.Files()); err != nil {
			t.Fatal(err)
		}
	}
	ajv := startScript(t, "validate.mjs", folder)
	judge := func(c *schemas.Catalog, event string, bodies ...[]byte) validity {
		q := question{c.Provider.Name, event, nil}
		for _, body := range bodies {
			q.Bodies = append(q.Bodies, string(body))
		}
		var answer validity
		ajv.ask(q, &answer)
		return answer
	}
	for _, c := range catalogs {
		generator, err := generators.New(c, generators.Config{RunID: "ajv"})
		if err != nil {
			t.Fatal(err)
		}
		for _, event := range c.Events() {
			t.Run(c.Provider.Name+"/"+event.Name, func(t *testing.T) {
				for _, example := range event.Examples {
					if answer := judge(c, event.Name, example.Body); !answer.Valid && example.Variant != "published" {
						t.Errorf("example %s: ajv refuses: %s", example.Name, answer.Errors)
					}
				}
				for thousand := range uint64(10) {
					var bodies [][]byte
					for life := range uint64(1000) {
						message, err := generator.Message(event.Name, generators.Coordinate{Life: 1000*thousand + life})
						if err != nil {
							t.Fatal(err)
						}
						bodies = append(bodies, message.Body)
					}
					if answer := judge(c, event.Name, bodies...); !answer.Valid {
						t.Fatalf("ajv refuses: %s", answer.Errors)
					}
				}
				variants, err := generator.Cover(event.Name, 20_000)
				if err != nil {
					t.Fatal(err)
				}
				for _, variant := range variants {
					if answer := judge(c, event.Name, variant.Message.Body); !answer.Valid {
						t.Errorf("variant %s: ajv refuses: %s", variant.Name, answer.Errors)
					}
				}
				judgeMutations(t, generator, event, func(body []byte) validity { return judge(c, event.Name, body) })
			})
		}
	}
}

// judgeMutations expects ajv to refuse what a mutation broke. Go and ECMAScript regular expressions
// and the two sets of formats differ in corners, so up to one in a hundred may be accepted.
func judgeMutations(t *testing.T, generator *generators.Generator, event *schemas.Event, judge func([]byte) validity) {
	t.Helper()
	message, err := generator.Message(event.Name, generators.Coordinate{Life: 30_000})
	if err != nil {
		t.Fatal(err)
	}
	applied, accepted := 0, []string{}
	for _, mutation := range generator.Mutations(event.Name) {
		body, err := mutation.Apply(message.Body)
		if err != nil {
			continue // the place is not in this message
		}
		if event.Validate(body) == nil || strings.HasPrefix(mutation.Keyword, "content") {
			continue // it does not break this message; or ajv only notes what is inside a string
		}
		applied++
		if judge(body).Valid {
			accepted = append(accepted, mutation.Name)
		}
	}
	if applied == 0 {
		t.Error("no mutation applied")
	}
	if len(accepted)*100 > applied {
		t.Errorf("ajv accepts %d of %d mutations: %v", len(accepted), applied, accepted)
	}
}

// builtins loads every built-in catalog.
func builtins(t *testing.T) []*schemas.Catalog {
	t.Helper()
	var all []*schemas.Catalog
	for _, name := range schemas.Builtins() {
		c, err := schemas.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fs.Stat(c.Files(), "provider.json"); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		t.Fatal("no built-in catalog")
	}
	return all
}
