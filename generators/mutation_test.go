package generators_test

import (
	"errors"
	"testing"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// TestMutationsAreRefused: the schema takes every base and refuses what the mutation makes of it, and
// the keywords that the schemas use are all broken somewhere.
func TestMutationsAreRefused(t *testing.T) {
	t.Parallel()
	everyEvent(t, func(t *testing.T, g *generators.Generator, _ *schemas.Catalog, e *schemas.Event) {
		mutations := g.Mutations(e.Name)
		if len(mutations) == 0 {
			t.Fatal("no mutations")
		}
		names, keywords := map[string]bool{}, map[string]bool{}
		for _, m := range mutations {
			if names[m.Name] {
				t.Errorf("mutation %q comes twice", m.Name)
			}
			names[m.Name], keywords[m.Keyword] = true, true
			if err := e.Validate(m.Base); err != nil {
				t.Errorf("mutation %q: the base is refused: %v", m.Name, err)
			}
			broken, err := m.Apply(m.Base)
			if err != nil {
				t.Errorf("mutation %q: %v", m.Name, err)
				continue
			}
			var invalid *schemas.InvalidError
			if err := e.Validate(broken); !errors.As(err, &invalid) {
				t.Errorf("mutation %q: Validate() = %v, want violations\n%s", m.Name, err, broken)
			}
		}
		for _, keyword := range []string{"type", "required", "const"} {
			if !keywords[keyword] {
				t.Errorf("no mutation breaks %q", keyword)
			}
		}
	})
}

// TestMutationKeywords: each keyword is broken at its place.
func TestMutationKeywords(t *testing.T) {
	for keyword, schema := range map[string]string{
		"minLength":             `"properties":{"v":{"type":"string","minLength":3}}`,
		"maxLength":             `"properties":{"v":{"type":"string","maxLength":3}}`,
		"pattern":               `"properties":{"v":{"type":"string","pattern":"^[a-z]+$"}}`,
		"format":                `"properties":{"v":{"type":"string","format":"date-time"}}`,
		"enum":                  `"properties":{"v":{"enum":["a",1]}}`,
		"const":                 `"properties":{"v":{"const":{"a":1}}}`,
		"minimum":               `"properties":{"v":{"type":"number","minimum":1.5}}`,
		"maximum":               `"properties":{"v":{"type":"integer","maximum":7}}`,
		"exclusiveMinimum":      `"properties":{"v":{"type":"integer","exclusiveMinimum":7}}`,
		"exclusiveMaximum":      `"properties":{"v":{"type":"integer","exclusiveMaximum":7}}`,
		"multipleOf":            `"properties":{"v":{"type":"number","multipleOf":0.5}}`,
		"minItems":              `"properties":{"v":{"type":"array","minItems":2,"items":{"type":"string"}}}`,
		"maxItems":              `"properties":{"v":{"type":"array","minItems":1,"maxItems":2,"items":{"type":"string"}}}`,
		"uniqueItems":           `"properties":{"v":{"type":"array","minItems":1,"uniqueItems":true,"items":{"type":"string"}}}`,
		"contains":              `"properties":{"v":{"type":"array","contains":{"const":1}}}`,
		"minProperties":         `"properties":{"v":{"type":"object","minProperties":1,"additionalProperties":{"type":"string"}}}`,
		"maxProperties":         `"properties":{"v":{"type":"object","maxProperties":1,"properties":{"a":{"type":"string"}}}}`,
		"additionalProperties":  `"properties":{"v":{"type":"object","additionalProperties":false,"properties":{"a":{"type":"string"}}}}`,
		"unevaluatedProperties": `"properties":{"v":{"type":"object","unevaluatedProperties":false,"properties":{"a":{"type":"string"}}}}`,
		"propertyNames":         `"properties":{"v":{"type":"object","propertyNames":{"pattern":"^[a-z]+$"}}}`,
		"dependentRequired":     `"properties":{"v":{"type":"object","dependentRequired":{"a":["b"]},"properties":{"a":{"type":"string"},"b":{"type":"string"}}}}`,
	} {
		t.Run(keyword, func(t *testing.T) {
			c := load(t, "{"+draft+`"type":"object","required":["v"],`+schema+"}", nil)
			g, err := generators.New(c, generators.Config{})
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range g.Mutations("thing.made") {
				if m.Keyword == keyword {
					return
				}
			}
			t.Errorf("nothing breaks %q", keyword)
		})
	}
}

func TestMutationsOfUnknownEvent(t *testing.T) {
	_, g := builtin(t, "watsi")
	if list := g.Mutations("nosuch"); list != nil {
		t.Errorf("Mutations(nosuch) lists %d", len(list))
	}
	for _, m := range g.Mutations("message.received") {
		if _, err := m.Apply([]byte("{bad")); err == nil {
			t.Errorf("mutation %q takes a body that is not JSON", m.Name)
		}
	}
}
