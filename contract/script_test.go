package contract_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

func script() contract.Script {
	return contract.Script{
		Provider: "acme", Version: "1.2.3", Digest: "sha256:0f", Seed: 7, RunID: "r1", Start: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC),
		Set:   map[schemas.Pointer]json.RawMessage{"/tenant": json.RawMessage(`"t1"`)},
		Check: "unknown-field-rejected", Event: "order.paid", Case: "a text at the top",
		Steps: []checks.Step{
			{Event: "order.created", Coordinate: &generators.Coordinate{Life: 3, Step: 1}},
			{Body: []byte("{\"a\":\xff}"), Edits: []checks.Edit{{Op: checks.Set, Place: "/x", JSON: json.RawMessage(`{"b": "<&>" }`)}}, Fault: &checks.Fault{Chunked: true, Splits: []int{1}}},
			{Again: true, Attempt: 2},
		},
	}
}

func TestTokenAndFileAreReadBack(t *testing.T) {
	want := script()
	token, err := want.Token()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(token, "hr1_") || strings.ContainsAny(token, "+/= \n") || !contract.Short(token) {
		t.Errorf("token %q is not one short word", token)
	}
	got, err := contract.ParseToken(token)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ParseToken (-want +got):\n%s", diff)
	}
	var file bytes.Buffer
	if err := contract.WriteScript(&file, want); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"file": file.String(), "token in a file": token + "\n"} {
		got, err := contract.ReadScript(strings.NewReader(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestReadScriptTakesRecordedDeliveries(t *testing.T) {
	lines := `{"provider":"acme","event":"order.paid","at":"2026-01-05T08:00:00Z","method":"POST","path":"/w","headers":[["X","y"]],"body":"{\"a\":1}"}

{"provider":"acme","event":"order.created","method":"POST","path":"/w","headers":[],"body_base64":"/w=="}
`
	got, err := contract.ReadScript(strings.NewReader(lines))
	if err != nil {
		t.Fatal(err)
	}
	want := contract.Script{Provider: "acme", Steps: []checks.Step{{Event: "order.paid", Body: []byte(`{"a":1}`)}, {Event: "order.created", Body: []byte{0xff}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ReadScript (-want +got):\n%s", diff)
	}
}

func TestScriptRefuses(t *testing.T) {
	token, err := script().Token()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, text, want string }{
		{"empty", "", "EOF"},
		{"not a token", "hr2_abc", `invalid character 'h'`},
		{"cut token", token[:len(token)-8], "unexpected EOF"},
		{"damaged token", token[:40] + "*" + token[41:], "illegal base64"},
		{"no provider", `{"version":"1","steps":[{"event":"a"}]}`, `"provider" is missing`},
		{"nothing to send", `{"provider":"acme","version":"1"}`, "nothing to send"},
		{"unknown key", `{"provider":"acme","stepps":[]}`, `unknown field "stepps"`},
		{"two scripts", `{"provider":"acme","check":"a"}{}`, "more follows"},
		{"deliveries of two providers", `{"provider":"a","method":"POST"}` + "\n" + `{"provider":"b","method":"POST"}`, `line 2: provider is "b", want "a"`},
		{"damaged delivery", `{"provider":"a","method":"POST"}` + "\n{", "line 2: unexpected end"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := contract.ReadScript(strings.NewReader(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("ReadScript = %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestTokenIsAnInversePair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := contract.Script{
			Provider: rapid.StringN(1, 20, -1).Draw(t, "provider"),
			Check:    rapid.String().Draw(t, "check"),
			Seed:     rapid.Uint64().Draw(t, "seed"),
			Steps: []checks.Step{{
				Body:  rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "body"),
				Edits: []checks.Edit{{Op: checks.Replace, Bytes: rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "bytes"), Count: rapid.Int().Draw(t, "count")}},
			}},
		}
		token, err := want.Token()
		if err != nil {
			t.Fatal(err)
		}
		got, err := contract.ParseToken(token)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
	})
}

func FuzzReadScript(f *testing.F) {
	token, err := script().Token()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add(`{"provider":"a","check":"b"}`)
	f.Add(`{"provider":"a","method":"POST","body":"x"}`)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := contract.ReadScript(strings.NewReader(text))
		if err != nil {
			return
		}
		again, err := s.Token()
		if err != nil {
			t.Fatalf("%+v does not encode: %v", s, err)
		}
		if len(again) > 1<<20 {
			return
		}
		back, err := contract.ParseToken(again)
		if err != nil {
			t.Fatal(err)
		}
		second, err := back.Token()
		if err != nil || second != again {
			t.Errorf("encodes to %q, then to %q, %v", again, second, err)
		}
	})
}
