package shrink

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// journey is a sequence of n plain messages.
func journey(n int) []checks.Step {
	steps := make([]checks.Step, n)
	for i := range steps {
		steps[i] = checks.Step{Event: "order.paid", Coordinate: &generators.Coordinate{Life: 1, Step: uint64(i)}}
	}
	return steps
}

// plainBody is the message of a step in these tests, without what its Remove edits name.
func plainBody(step checks.Step) ([]byte, error) {
	document := map[string]any{
		"type": step.Event, "id": "e1", "note": "hello", "paid": true,
		"data": map[string]any{"number": 7, "coupon": nil, "lines": []any{map[string]any{"sku": "a", "count": 1}, map[string]any{"sku": "b", "count": 2}}},
	}
	for _, e := range step.Edits {
		if e.Op == checks.Remove {
			remove(document, strings.Split(e.Place, "/")[1:])
		}
	}
	return json.Marshal(document)
}

func remove(value any, path []string) any {
	switch value := value.(type) {
	case map[string]any:
		if len(path) == 1 {
			delete(value, path[0])
			return value
		}
		value[path[0]] = remove(value[path[0]], path[1:])
		return value
	case []any:
		n, err := strconv.Atoi(path[0])
		if err != nil || n >= len(value) {
			return value
		}
		if len(path) == 1 {
			return slices.Delete(value, n, n+1)
		}
		value[n] = remove(value[n], path[1:])
		return value
	}
	return value
}

func numbers(parts []Part) []uint64 {
	var all []uint64
	for _, part := range parts {
		all = append(all, part.Step.Coordinate.Step)
	}
	return all
}

// oneByOne looks for the first candidate that fails.
func oneByOne(fails func([]Part) bool) func(context.Context, [][]Part) int {
	return func(_ context.Context, candidates [][]Part) int { return slices.IndexFunc(candidates, fails) }
}

func TestShrinkFindsTheMessagesThatMatter(t *testing.T) {
	tests := []struct {
		name  string
		fails func(sent []uint64) bool
		want  []uint64
	}{
		{"one", func(sent []uint64) bool { return slices.Contains(sent, 23) }, []uint64{23}},
		{"two in order", func(sent []uint64) bool {
			return slices.Contains(sent, 7) && slices.Index(sent, 31) > slices.Index(sent, 7)
		}, []uint64{7, 31}},
		{"three", func(sent []uint64) bool {
			return slices.Contains(sent, 0) && slices.Contains(sent, 19) && slices.Contains(sent, 39)
		}, []uint64{0, 19, 39}},
		{"any ten", func(sent []uint64) bool { return len(sent) >= 10 }, []uint64{30, 31, 32, 33, 34, 35, 36, 37, 38, 39}},
		{"not again", func([]uint64) bool { return false }, numbers(asParts(journey(40)))},
	}
	for _, test := range tests {
		for _, together := range []int{1, 16} {
			t.Run(fmt.Sprintf("%s, %d at once", test.name, together), func(t *testing.T) {
				tries, rounds := 0, 0
				got := Shrink(t.Context(), Config{Body: plainBody, Together: together, Fails: func(_ context.Context, candidates [][]Part) int {
					rounds, tries = rounds+1, tries+len(candidates)
					return slices.IndexFunc(candidates, func(parts []Part) bool { return test.fails(numbers(parts)) })
				}}, journey(40))
				if diff := cmp.Diff(test.want, numbers(got.Parts)); diff != "" {
					t.Errorf("Shrink (-want +got):\n%s", diff)
				}
				for _, part := range got.Parts {
					if uint64(part.Of) != part.Step.Coordinate.Step {
						t.Errorf("step %d is said to be the %dth", part.Step.Coordinate.Step, part.Of)
					}
				}
				if tries > defaultTries || together > 1 && rounds > 40 {
					t.Errorf("%d tries in %d rounds, want at most %d in 40", tries, rounds, defaultTries)
				}
			})
		}
	}
}

func TestShrinkKeepsWhatItMust(t *testing.T) {
	steps := journey(3)
	steps[1].Edits, steps[1].Fault = []checks.Edit{{Op: checks.Unsign}}, &checks.Fault{Chunked: true}
	got := Shrink(t.Context(), Config{Body: plainBody, KeepMessages: true, KeepEdits: true, Fails: oneByOne(func([]Part) bool { return true })}, steps)
	if len(got.Parts) != 3 || got.Parts[1].Step.Fault == nil || !slices.ContainsFunc(got.Parts[1].Step.Edits, func(e checks.Edit) bool { return e.Op == checks.Unsign }) {
		t.Errorf("left with %+v, want all messages, edits and faults", got.Parts)
	}
}

func TestShrinkLeavesOutEditsFaultsAndFields(t *testing.T) {
	steps := journey(3)
	steps[1].Edits = []checks.Edit{{Op: checks.Respell, Value: "pretty"}, {Op: checks.HeaderCase, Value: "lower"}, {Op: checks.Aged, Count: 60}}
	steps[1].Fault = &checks.Fault{Chunked: true, Splits: []int{3}}
	valid := func(body []byte) bool { // what the schema requires
		var m struct{ Type, ID any }
		return json.Unmarshal(body, &m) == nil && m.Type != nil && m.ID != nil
	}
	cfg := Config{Body: plainBody, Possible: valid, Fails: oneByOne(func(parts []Part) bool {
		return slices.ContainsFunc(parts, func(part Part) bool { // the consumer breaks on a second line, in chunks, with lower-case headers
			step := part.Step
			body, err := plainBody(step)
			return err == nil && step.Fault != nil && step.Fault.Chunked && strings.Contains(string(body), `"sku":"b"`) &&
				slices.ContainsFunc(step.Edits, func(e checks.Edit) bool { return e.Op == checks.HeaderCase })
		})
	})}
	least := Shrink(t.Context(), cfg, steps)
	if len(least.Parts) != 1 {
		t.Fatalf("%d messages left, want 1", len(least.Parts))
	}
	got := least.Parts[0].Step
	body, err := plainBody(got)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"data":{"lines":[{"sku":"b"}]},"id":"e1","type":"order.paid"}`; string(body) != want {
		t.Errorf("message is %s, want %s", body, want)
	}
	if diff := cmp.Diff(&checks.Fault{Chunked: true}, got.Fault); diff != "" {
		t.Errorf("fault (-want +got):\n%s", diff)
	}
	others := slices.DeleteFunc(slices.Clone(got.Edits), func(e checks.Edit) bool { return e.Op == checks.Remove })
	if diff := cmp.Diff([]checks.Edit{{Op: checks.HeaderCase, Value: "lower"}}, others); diff != "" {
		t.Errorf("edits (-want +got):\n%s", diff)
	}
	if first := got.Edits[0].Op; first != checks.Remove {
		t.Errorf("the first edit is %q, want %q: the body comes before the envelope", first, checks.Remove)
	}
	if want := "3 messages to 1, 6 fields left out"; least.Left != want {
		t.Errorf("left out %q, want %q", least.Left, want)
	}
}

func TestShrinkStopsAtItsBounds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	tries := 0
	Shrink(ctx, Config{Body: plainBody, Fails: oneByOne(func([]Part) bool {
		if tries++; tries == 5 {
			cancel()
		}
		return true
	})}, journey(40))
	if tries != 5 {
		t.Errorf("%d tries after the end of the context at 5", tries)
	}
}

func TestBelowListsWhatStandsThere(t *testing.T) {
	body := []byte(`{"b":[1,{"x/y":2}],"a~":null}`)
	tests := []struct {
		place schemas.Pointer
		want  []schemas.Pointer
	}{
		{"", []schemas.Pointer{"/a~0", "/b"}}, {"/b", []schemas.Pointer{"/b/0", "/b/1"}}, {"/b/1", []schemas.Pointer{"/b/1/x~1y"}},
		{"/b/0", nil}, {"/nowhere", nil},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, below(body, test.place)); diff != "" {
			t.Errorf("below(%q) (-want +got):\n%s", test.place, diff)
		}
	}
	if got := below([]byte("no JSON"), ""); got != nil {
		t.Errorf("below(no JSON) = %v, want none", got)
	}
}

func asParts(steps []checks.Step) []Part {
	var parts []Part
	for i, step := range steps {
		parts = append(parts, Part{step, i})
	}
	return parts
}
