package generators_test

import (
	"testing"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

func TestRenewedIsTheGeneratorOfThatRun(t *testing.T) {
	c, err := schemas.Builtin("watsi")
	if err != nil {
		t.Fatal(err)
	}
	first, err := generators.New(c, generators.Config{Seed: 7, RunID: "a"})
	if err != nil {
		t.Fatal(err)
	}
	second, err := generators.New(c, generators.Config{Seed: 7, RunID: "b"})
	if err != nil {
		t.Fatal(err)
	}
	renewed := first.Renewed("b")
	for _, event := range c.Events() {
		for life := range uint64(20) {
			at := generators.Coordinate{Life: life, Step: life % 3}
			want, err := second.Message(event.Name, at)
			if err != nil {
				t.Fatal(err)
			}
			got, err := renewed.Message(event.Name, at)
			if err != nil {
				t.Fatal(err)
			}
			if string(got.Body) != string(want.Body) {
				t.Fatalf("Renewed(b) makes %s, want %s", got.Body, want.Body)
			}
			if old, err := first.Message(event.Name, at); err != nil || string(old.Body) == string(got.Body) {
				t.Fatalf("Renewed(b) makes the same as a: %s, %v", old.Body, err)
			}
		}
	}
}

func TestRenewedTellsTheStreamOfThatRun(t *testing.T) {
	c, err := schemas.Builtin("watsi")
	if err != nil {
		t.Fatal(err)
	}
	var streams []*generators.Stream
	for _, g := range []func() (*generators.Generator, error){
		func() (*generators.Generator, error) {
			return generators.New(c, generators.Config{Seed: 7, RunID: "b"})
		},
		func() (*generators.Generator, error) {
			first, err := generators.New(c, generators.Config{Seed: 7, RunID: "a"})
			if err != nil {
				return nil, err
			}
			if _, err := first.Stream(generators.StreamConfig{}); err != nil { // what it compiles is shared
				return nil, err
			}
			return first.Renewed("b"), nil
		},
	} {
		made, err := g()
		if err != nil {
			t.Fatal(err)
		}
		stream, err := made.Stream(generators.StreamConfig{Lives: 5})
		if err != nil {
			t.Fatal(err)
		}
		streams = append(streams, stream)
	}
	for range 100 {
		want, _, _ := streams[0].Next(nil)
		if got, _, _ := streams[1].Next(nil); string(got) != string(want) {
			t.Fatalf("the renewed stream tells %s, want %s", got, want)
		}
	}
}
