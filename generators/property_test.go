package generators_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// drawSchema draws a schema of any kind, as JSON.
func drawSchema(t *rapid.T, depth int) map[string]any {
	kinds := []string{"integer", "number", "string", "pattern", "enum", "boolean", "nullable"}
	if depth > 0 {
		kinds = append(kinds, "object", "object", "array", "oneOf", "anyOf", "allOf", "if", "content")
	}
	inner := func() map[string]any { return drawSchema(t, depth-1) }
	small := rapid.IntRange(0, 4)
	switch kind := rapid.SampledFrom(kinds).Draw(t, "kind"); kind {
	case "integer", "number":
		low := rapid.IntRange(-50, 50).Draw(t, "low")
		return map[string]any{"type": kind, "minimum": low, "maximum": low + 12 + small.Draw(t, "width"), "multipleOf": rapid.SampledFrom([]any{1, 2, 3, 0.5, 0.25}).Draw(t, "multiple")}
	case "string":
		least := small.Draw(t, "least")
		return map[string]any{"type": "string", "minLength": least, "maxLength": least + small.Draw(t, "more")}
	case "pattern":
		return map[string]any{"type": "string", "pattern": rapid.SampledFrom([]string{"^[a-z]{2,5}$", "^(foo|bar)+$", "x", "^\\d+-[A-Z]$", "^é\"?\\\\$", "^$|^a{3}$"}).Draw(t, "pattern")}
	case "enum":
		return map[string]any{"enum": rapid.SliceOfNDistinct(rapid.SampledFrom([]any{"a", "b", "é/", 1, 2.5, true, nil}), 1, 4, func(v any) string { return fmt.Sprint(v) }).Draw(t, "enum")}
	case "boolean":
		return map[string]any{"type": "boolean"}
	case "nullable":
		return map[string]any{"type": []string{"null", rapid.SampledFrom([]string{"string", "integer", "boolean"}).Draw(t, "type")}}
	case "array":
		least := small.Draw(t, "least")
		return map[string]any{"type": "array", "items": inner(), "minItems": least, "maxItems": least + small.Draw(t, "more")}
	case "oneOf":
		a, b := object(t, inner, "const", "a"), object(t, inner, "const", "b")
		return map[string]any{"type": "object", "oneOf": []any{a, b}}
	case "anyOf":
		return map[string]any{"anyOf": []any{inner(), inner()}}
	case "allOf":
		return map[string]any{"type": "object", "allOf": []any{object(t, inner, "", ""), object(t, inner, "names", "q")}}
	case "if":
		o := object(t, inner, "enum", "a")
		o["if"] = map[string]any{"properties": map[string]any{"kind": map[string]any{"const": "a"}}, "required": []string{"kind"}}
		o["then"], o["else"] = map[string]any{"required": []string{"p0"}}, map[string]any{"properties": map[string]any{"p1": false}}
		return o
	case "content":
		return map[string]any{"type": "string", "contentMediaType": "application/json", "contentSchema": inner()}
	}
	return object(t, inner, "", "")
}

// object draws an object; with the keyword const or enum it has a member named kind, with names its
// members have names of their own, so that it contradicts no other.
func object(t *rapid.T, inner func() map[string]any, keyword, value string) map[string]any {
	properties, required, prefix := map[string]any{}, []string{}, "p"
	if keyword == "names" {
		prefix = value
	}
	for i := range rapid.IntRange(2, 4).Draw(t, "properties") {
		name := fmt.Sprintf("%s%d", prefix, i)
		properties[name] = inner()
		if i > 1 && rapid.Bool().Draw(t, "required") {
			required = append(required, name)
		}
	}
	switch keyword {
	case "const":
		properties["kind"] = map[string]any{"const": value}
		required = append(required, "kind")
	case "enum":
		properties["kind"] = map[string]any{"enum": []string{value, "other", "third"}}
	}
	return map[string]any{"type": "object", "properties": properties, "required": required}
}

// TestAnySchema: whatever schema there is, messages are valid, coordinates fix them, and variants
// touch every point.
func TestAnySchema(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		schema := object(t, func() map[string]any { return drawSchema(t, 2) }, "", "")
		schema["$schema"], schema["description"] = "https://json-schema.org/draft/2020-12/schema", "A thing."
		text, err := json.Marshal(schema)
		if err != nil {
			t.Fatal(err)
		}
		c, err := schemas.Load(folder(string(text), nil))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		g, err := generators.New(c, generators.Config{})
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		e := c.Events()[0]
		for life := range uint64(20) {
			a, _ := g.Append(nil, e.Name, generators.Coordinate{Life: life})
			b, _ := g.Append(nil, e.Name, generators.Coordinate{Life: life})
			if !bytes.Equal(a, b) {
				t.Fatalf("one coordinate makes %s and %s", a, b)
			}
			if err := e.Validate(a); err != nil {
				t.Fatalf("%v\n%s\n%s", err, a, text)
			}
		}
		variants, err := g.Cover(e.Name, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range variants {
			if err := e.Validate(v.Message.Body); err != nil {
				t.Fatalf("variant %q: %v\n%s\n%s", v.Name, err, v.Message.Body, text)
			}
		}
	})
}

// drawSteps draws steps of a journey, as JSON.
func drawSteps(t *rapid.T, depth int) []any {
	steps := []any{}
	for range rapid.IntRange(1, 3).Draw(t, "steps") {
		steps = append(steps, drawStep(t, depth))
	}
	return steps
}

func drawStep(t *rapid.T, depth int) any {
	step := map[string]any{}
	if rapid.Bool().Draw(t, "wait") {
		step["after"] = rapid.SampledFrom([]any{"200ms", "2h", map[string]any{"uniform": []string{"1s", "9m"}}, map[string]any{"exponential": map[string]any{"mean": "4m"}},
			map[string]any{"lognormal": map[string]any{"median": "1m", "p95": "3h"}, "hours": "08:00-20:00", "days": "mon-fri"},
			map[string]any{"constant": "5h", "hours": "22:00-06:00"}}).Draw(t, "after")
	}
	kinds := []string{"emit", "emit", "edit"}
	if depth > 0 {
		kinds = append(kinds, "repeat", "choose", "fork", "play", "steps")
	}
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "emit":
		step["emit"] = "thing.made"
		step["set"] = rapid.SampledFrom([]any{map[string]any{"/status": "old"}, map[string]any{"/note": "${thing.name}, $now"}, map[string]any{"/at": "$now", "/n": 3}}).Draw(t, "set")
	case "edit":
		step["edit"] = []string{"thing.name"}
	case "repeat":
		step["repeat"] = []int{rapid.IntRange(0, 1).Draw(t, "least"), rapid.IntRange(1, 3).Draw(t, "most")}
		step["steps"] = drawSteps(t, depth-1)
	case "choose":
		step["choose"] = []any{map[string]any{"weight": 1, "steps": drawSteps(t, depth-1)}, map[string]any{"weight": 2.5, "steps": []any{}}}
	case "fork":
		step["fork"] = drawSteps(t, depth-1)
	case "play":
		step["play"] = "told"
	case "steps":
		step["let"] = map[string]any{"other": map[string]any{"word": "text.label"}}
		step["steps"] = drawSteps(t, depth-1)
	}
	return step
}

// TestAnyJourney: whatever journeys there are, streams are valid, time runs forward in them, shards
// make the whole, and each message is remade from its coordinate.
func TestAnyJourney(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		let := map[string]any{"thing": map[string]any{"id": "id.token", "name": "person.name"}}
		first := map[string]any{"name": "story", "summary": "x", "stage": "first", "let": let,
			"steps": append([]any{map[string]any{"emit": "thing.made"}}, drawSteps(t, 3)...)}
		later := map[string]any{"name": "later", "summary": "x", "stage": "later", "steps": append(drawSteps(t, 2), map[string]any{"emit": "thing.made"})}
		told := map[string]any{"name": "told", "summary": "x", "weight": 0, "steps": drawSteps(t, 0)}
		files := journeyFolder("", "")
		for name, journey := range map[string]any{"story": first, "later": later, "told": told} {
			text, err := json.Marshal(journey)
			if err != nil {
				t.Fatal(err)
			}
			file := *files["journeys/story.json"]
			file.Data = text
			files["journeys/"+name+".json"] = &file
		}
		c, err := schemas.Load(folder(storySchema, files))
		if err != nil {
			t.Fatal(err)
		}
		g, err := generators.New(c, generators.Config{})
		if err != nil {
			t.Fatal(err)
		}
		walk(t, g, c.Events()[0])
	})
}

// walk checks a stream's promises.
func walk(t *rapid.T, g *generators.Generator, e *schemas.Event) {
	cfg := generators.StreamConfig{Lives: rapid.IntRange(3, 9).Draw(t, "lives")}
	whole, err := g.Stream(cfg)
	if err != nil {
		t.Fatal(err)
	}
	shards := make([]*generators.Stream, 3)
	for i := range shards {
		part := cfg
		part.Shard, part.Shards = i, len(shards)
		if shards[i], err = g.Stream(part); err != nil {
			t.Fatal(err)
		}
	}
	steps := map[uint64]uint64{}
	var last generators.Meta
	for n := range 150 / raceFactor {
		body, meta, ok := whole.Next(nil)
		if !ok {
			t.Fatal("the stream ends")
		}
		if err := e.Validate(body); err != nil {
			t.Fatalf("%v\n%s", err, body)
		}
		if meta.Time.Before(last.Time) {
			t.Fatalf("%v comes after %v", meta.Time, last.Time)
		}
		last = meta
		if meta.Coordinate.Step != steps[meta.Coordinate.Life] {
			t.Fatalf("life %d goes on with step %d, want %d", meta.Coordinate.Life, meta.Coordinate.Step, steps[meta.Coordinate.Life])
		}
		steps[meta.Coordinate.Life]++
		part, partMeta, _ := shards[meta.Coordinate.Life%3].Next(nil)
		if !bytes.Equal(part, body) || partMeta != meta {
			t.Fatalf("the shard makes %s, the whole %s", part, body)
		}
		if n%5 != 0 {
			continue // At replays the life from its beginning
		}
		again, _, ok := whole.At(nil, meta.Coordinate)
		if !ok || !bytes.Equal(again, body) {
			t.Fatalf("At makes %s, the stream %s", again, body)
		}
	}
}
