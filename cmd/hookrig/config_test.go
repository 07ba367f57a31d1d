package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// schemaKeys are the keys that the published schema lets the file, or a part of it, have.
func schemaKeys(t *testing.T, path ...string) []string {
	t.Helper()
	text, err := os.ReadFile("hookrig.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var at map[string]any
	if err := json.Unmarshal(text, &at); err != nil {
		t.Fatal(err)
	}
	for _, name := range path {
		next, ok := at[name].(map[string]any)
		if !ok {
			t.Fatalf("the schema has no %s", strings.Join(path, "/"))
		}
		at = next
	}
	return keysOf(at)
}

func TestSchemaNamesTheKeysThatAreRead(t *testing.T) {
	special := []string{"start", "endpoints", "headers", "set", "observe", "profiles", "waivers"}
	want := append(keysOf(flagKeys()), special...)
	slices.Sort(want)
	if got := schemaKeys(t, "properties"); !slices.Equal(got, want) {
		t.Errorf("the schema has %v\nthe file may have %v", got, want)
	}
	if got, want := schemaKeys(t, "$defs", "settings", "properties"), keysOf(flagKeys()); !slices.Equal(got, want) {
		t.Errorf("the schema of a profile has %v\na profile may have %v", got, want)
	}
}

func TestKeysAreFlags(t *testing.T) {
	test := newTest(&env{})
	for key, flag := range flagKeys() {
		if test.Flag(flag) == nil {
			t.Errorf("key %s sets --%s, which hookrig test does not have", key, flag)
		}
	}
}

// Every flag of every command has a twin, a usage line, and no other command's flag of the same name has
// another type.
func TestFlagsAgree(t *testing.T) {
	types := map[string]string{}
	seen := 0
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			seen++
			if f.Usage == "" {
				t.Errorf("%s --%s has no usage", cmd.CommandPath(), f.Name)
			}
			if strings.Contains(f.Name, "_") || strings.ToLower(f.Name) != f.Name {
				t.Errorf("%s --%s: write it with hyphens", cmd.CommandPath(), f.Name)
			}
			kind := f.Value.Type()
			if _, words := f.Value.(*choice); words {
				kind = "choice"
			}
			if before, known := types[f.Name]; known && before != kind && !slices.Contains([]string{"speed", "journey"}, f.Name) {
				t.Errorf("%s --%s is a %s, elsewhere a %s", cmd.CommandPath(), f.Name, kind, before)
			}
			types[f.Name] = kind
		})
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(&env{}))
	if seen < 50 {
		t.Fatalf("only %d flags were looked at", seen)
	}
}

func TestDidYouMean(t *testing.T) {
	known := []string{"events", "checks", "stream", "healthcheck"}
	for typed, want := range map[string]string{
		"event": "did you mean events?", "evnets": "did you mean events?", "CHECKS": "did you mean checks?",
		"health": "did you mean healthcheck?", "xyzzy": "", "": "",
	} {
		if got := didYouMean(typed, known); got != want {
			t.Errorf("didYouMean(%q) = %q, want %q", typed, got, want)
		}
	}
}

// FuzzConfig: whatever stands in the file, the loader answers with a config or with one error.
func FuzzConfig(f *testing.F) {
	text, err := os.ReadFile("starter/hookrig.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	for _, seed := range []string{"provider: [a", "a: &a [*a]", "- - - -", "endpoints: {main: {url: x}}", "set: {/a: 1e999}", "waivers: [{}]", "profiles: {pr: 1}", "? a\n: b", "!!binary x: y"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		doc := &document{file: "fuzz", getenv: func(string) string { return "x" }}
		top, err := doc.parse(text)
		if err != nil {
			return
		}
		r := &configReader{document: doc, config: &config{lines: map[string]int{}}}
		_ = r.read(top) // an error or not: it must not panic
	})
}
