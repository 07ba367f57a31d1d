package schemas_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// oneEvent loads a folder whose only event has this schema beside its type; the example is left out.
func oneEvent(t testing.TB, properties string) *schemas.Catalog {
	t.Helper()
	f := folder(t)
	delete(f, "examples/order.created.json")
	f["events/order.created.schema.json"] = &fstest.MapFile{Data: []byte(`{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
		"properties":{"id":{"type":"string"},"type":{"const":"order.created"},"data":{"type":"object","properties":{"number":{"type":"string"},` + properties + `}}}}`)}
	catalog, err := schemas.Load(f)
	if err != nil {
		t.Fatal(err)
	}
	return catalog
}

func violationsOf(t testing.TB, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var broken *schemas.InvalidError
	if !errors.As(err, &broken) {
		t.Fatalf("Validate = %T %v, want *InvalidError", err, err)
	}
	var found []string
	for _, v := range broken.Violations {
		found = append(found, string(v.Pointer)+" "+v.Keyword)
	}
	return found
}

func TestValidateNamesEveryPlace(t *testing.T) {
	c := oneEvent(t, `"n":{"type":"integer","minimum":1},"u":{"type":"string","format":"uri"},"at":{"type":"string","format":"date-time"},
		"inner":{"type":"string","contentMediaType":"application/json","contentSchema":{"type":"object","required":["a"]}},
		"x":{"oneOf":[{"type":"string"},{"type":"object","required":["y"]}]},"a/b":{"enum":["p"]},"l":{"type":"array","items":{"type":"string"},"uniqueItems":true}`)
	tests := []struct{ name, data, want string }{
		{"good", `{"n":1,"u":"https://a.example/x","at":"2026-01-05T08:00:00Z","inner":"{\"a\":1}","x":"s","a/b":"p","l":["a"]}`, ""},
		{"sorted", `{"u":"x","n":"1","at":1}`, "/data/at type, /data/n type, /data/u format"},
		{"bound", `{"n":0}`, "/data/n minimum"},
		{"integer as 1.0", `{"n":1.0}`, ""},
		{"fraction", `{"n":1.5}`, "/data/n type"},
		{"URI with a space", `{"u":"https://a.example/x y"}`, "/data/u format"},
		{"URI beyond ASCII", `{"u":"https://a.example/é"}`, "/data/u format"},
		{"day without a zone", `{"at":"2026-01-05 08:00:00"}`, "/data/at format"},
		{"inner is not JSON", `{"inner":"{"}`, "/data/inner contentMediaType, /data/inner contentSchema"},
		{"inner breaks its schema", `{"inner":"{}"}`, "/data/inner required"},
		{"inner holds a huge number", `{"inner":"{\"a\":1e5000000}"}`, "/data/inner contentMediaType"},
		{"no branch", `{"x":1}`, "/data/x oneOf"},
		{"the branch that is meant", `{"x":{"z":1}}`, "/data/x required"},
		{"escaped place", `{"a/b":"q"}`, "/data/a~1b enum"},
		{"repeats", `{"l":["a","a"]}`, "/data/l uniqueItems"},
		{"element", `{"l":["a",1]}`, "/data/l/1 type"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			body := fmt.Sprintf(`{"id":"1","type":"order.created","data":%s}`, test.data)
			for range 20 { // maps must not show
				if got := strings.Join(violationsOf(t, c.Validate([]byte(body))), ", "); got != test.want {
					t.Fatalf("Validate(%s) = %s, want %s", test.data, got, test.want)
				}
			}
		})
	}
}

func TestValidateSurvivesHostileBodies(t *testing.T) {
	c := oneEvent(t, `"n":{"type":"integer","minimum":0,"multipleOf":3},"e":{"enum":[1,2]},"l":{"type":"array","uniqueItems":true}`)
	in := func(data string) string { return `{"id":"1","type":"order.created","data":` + data + `}` }
	tests := []struct{ name, body, want string }{
		{"13 bytes", `{"n":1e5000000}`, "/n number"},
		{"exponent", in(`{"n":1e5000000}`), "/data/n number"},
		{"negative exponent", in(`{"n":1e-5000000,"e":-1E+99999}`), "/data/e number, /data/n number"},
		{"huge exponent", in(`{"n":1e99999999999999999999}`), "/data/n number"},
		{"digits", in(`{"n":` + strings.Repeat("9", 1<<20) + `}`), "/data/n number"},
		{"in an array", in(`{"l":[1e5000000,1e5000000]}`), "/data/l/0 number, /data/l/1 number"},
		{"largest allowed", in(`{"e":1e400}`), "/data/e enum"},
		{"deep", strings.Repeat("[", 100_000), " depth"},
		{"deep objects", strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000), " depth"},
		{"512 levels", in(`{"l":` + strings.Repeat("[", 510) + strings.Repeat("]", 510) + `}`), ""},
		{"null", "null", "/type event"},
		{"array", "[]", "/type event"},
		{"empty", "", " syntax"},
		{"trailing", in(`{}`) + "{}", " syntax"},
		{"byte order mark", "\ufeff" + in(`{}`), " syntax"},
		{"not UTF-8", in("{\"l\":[\"\xff\"]}"), " syntax"},
		{"unknown event", `{"type":"order.lost"}`, "/type event"},
		{"event is a number", `{"type":7}`, "/type event"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := strings.Join(violationsOf(t, c.Validate([]byte(test.body))), ", "); got != test.want {
				t.Errorf("Validate = %s, want %s", got, test.want)
			}
		})
	}
}

func TestViolationsAreBounded(t *testing.T) {
	c := oneEvent(t, `"l":{"type":"array","items":{"type":"string","maxLength":3}}`)
	body := `{"id":"1","type":"order.created","data":{"l":[` + strings.Repeat("1,", 9_999) + `1]}}`
	started := time.Now()
	err := c.Validate([]byte(body))
	var broken *schemas.InvalidError
	if !errors.As(err, &broken) || len(broken.Violations) != 100 || broken.More == 0 {
		t.Fatalf("Validate = %v", err)
	}
	if len(err.Error()) > 1000 {
		t.Errorf("the error has %d bytes", len(err.Error()))
	}
	long := `{"id":"1","type":"` + strings.Repeat("x", 1<<20) + `"}`
	if err := c.Validate([]byte(long)); err == nil || len(err.Error()) > 1000 {
		t.Errorf("a long name makes an error of %d bytes", len(err.Error()))
	}
	other := oneEvent(t, `"e":{"type":"string","format":"email"}`)
	err = other.Validate([]byte(`{"id":"1","type":"order.created","data":{"e":"` + strings.Repeat("é", 1<<18) + `"}}`))
	if !errors.As(err, &broken) || len(broken.Violations[0].Message) > 200 {
		t.Errorf("a long value makes a message of %d bytes", len(broken.Violations[0].Message))
	}
	if took := time.Since(started); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestValidateFromManyGoroutines(t *testing.T) {
	c := builtin(t, "sentsays")
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			for j := range 12 {
				e := c.Events()[(i+j)%len(c.Events())]
				if err := c.Validate(e.Examples[0].Body); err != nil && e.Examples[0].Variant != "published" {
					t.Errorf("%s: %v", e.Name, err)
				}
			}
		})
	}
	group.Wait()
}

func TestEventValidateDoesNotAskForTheName(t *testing.T) {
	e := builtin(t, "watsi").Event("contact.created")
	got := violationsOf(t, e.Validate([]byte(`{"type":"contact.updated"}`)))
	if len(got) == 0 || got[0] != " required" {
		t.Errorf("Validate = %v", got)
	}
}

func TestDecode(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "two values": "1 2", "comment": "{} //", "single quotes": "{'a':1}", "NaN": "NaN", "UTF-16": "\xff\xfe1\x00"} {
		if doc, err := schemas.Decode([]byte(text)); err == nil {
			t.Errorf("Decode(%s) = %v, want an error", name, doc)
		}
	}
	_, err := schemas.Decode([]byte("{\n\"a\": 1,\n}"))
	if err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("Decode = %v, want the line", err)
	}
}
