package generators_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// FuzzLoadJourney: no journey file makes Load panic or hang, and what it takes can be streamed.
func FuzzLoadJourney(f *testing.F) {
	seeds := 0
	for _, name := range schemas.Builtins() {
		c, err := schemas.Builtin(name)
		if err != nil {
			f.Fatal(err)
		}
		files, err := fs.Glob(c.Files(), "journeys/*.json")
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			text, err := fs.ReadFile(c.Files(), file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(text))
			seeds++
		}
	}
	if seeds == 0 {
		f.Fatal("no journeys to begin with")
	}
	f.Add(`{"name":"story","summary":"x","steps":[{"emit":"thing.made","set":{"/n":1e5000000}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<14 {
			return
		}
		c, err := schemas.Load(folder(storySchema, journeyFolder(text, "")))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := generators.Load(c); err != nil {
			return
		}
		g, err := generators.New(c, generators.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.Stream(generators.StreamConfig{Lives: 3}); err != nil {
			t.Fatalf("Load takes what Stream refuses: %v", err)
		}
	})
}

// FuzzLoadLaws: no laws file makes Load panic.
func FuzzLoadLaws(f *testing.F) {
	f.Add(`{"laws":[{"law":"unique","value":"/id"},{"law":"last","event":"thing.made","key":"/id","where":{"/status":"old"}}]}`)
	f.Add(`{"laws":[{"law":"during","event":"thing.made","key":"/id","from":[{"event":"thing.made","key":"/id"}],"until":[]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := schemas.Load(folder(storySchema, journeyFolder(`{"name":"story","summary":"x","steps":[{"emit":"thing.made"}]}`, text)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := generators.Load(c); err != nil {
			var file *generators.FileError
			if !errors.As(err, &file) {
				t.Fatalf("Load() = %v, want a FileError", err)
			}
		}
	})
}

// FuzzEncodings: every encoding of a JSON body is JSON, and the ones that only respell keep its value.
func FuzzEncodings(f *testing.F) {
	f.Add(`{"a":"é/ \" \u2028","b":[1,-2.5e3,{}],"":null}`)
	f.Add(`[true,"😀"]`)
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) || strings.Contains(text, `\ud`) || strings.Contains(text, `\uD`) {
			return // lone surrogates have no value to keep
		}
		for _, e := range generators.Encodings() {
			spelled, err := e.Apply([]byte(text))
			if err != nil || !json.Valid(spelled) {
				t.Fatalf("%s makes %q of %q (%v)", e.Name, spelled, text, err)
			}
		}
	})
}

// FuzzPattern: what New makes for a pattern matches it.
func FuzzPattern(f *testing.F) {
	for _, pattern := range []string{`^[a-z]+$`, `a|bc{2,4}`, `^(?:x?y*){3}$`, `\d\s\w`, `[^a]`, `^\p{L}{2}$`, `(a|)`, `^a{0,3}b?$`, `.`, `\bword\b`} {
		f.Add(pattern, 0, 20)
		f.Add(pattern, 3, 5)
	}
	f.Fuzz(func(t *testing.T, pattern string, least, more int) {
		if len(pattern) > 60 || least < 0 || least > 200 || more < 0 || more > 200 {
			return
		}
		property, err := json.Marshal(map[string]any{"type": "string", "pattern": pattern, "minLength": least, "maxLength": least + more})
		if err != nil {
			t.Fatal(err)
		}
		c, err := schemas.Load(folder("{"+draft+`"type":"object","required":["v"],"properties":{"v":`+string(property)+"}}", nil))
		if err != nil {
			return
		}
		g, err := generators.New(c, generators.Config{})
		if err != nil {
			return // says that it cannot
		}
		for life := range uint64(20) {
			m, err := g.Message("thing.made", generators.Coordinate{Life: life})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Events()[0].Validate(m.Body); err != nil {
				t.Fatalf("%v\n%s", err, m.Body)
			}
		}
	})
}
