package schemas_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hookrig/hookrig/schemas"
)

func TestRecordIsOneLine(t *testing.T) {
	r := schemas.Record{Provider: "watsi", Event: "message.received", At: time.Date(2026, 1, 5, 8, 0, 0, 5e6, time.UTC),
		Method: "POST", Path: "/webhooks", Headers: schemas.Headers{{"Content-Type", "application/json"}, {"a", "<&>"}}, Body: []byte("{\"a\":\"é\u2028\\u0000\"}\n")}
	line, err := r.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"provider":"watsi","event":"message.received","at":"2026-01-05T08:00:00.005Z","method":"POST","path":"/webhooks",` +
		`"headers":[["Content-Type","application/json"],["a","<&>"]],"body":"{\"a\":\"é\u2028\\u0000\"}\n"}` + "\n"
	if string(line) != want {
		t.Errorf("Append = %s, want %s", line, want)
	}
	back, err := schemas.ReadRecord(line)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, back); diff != "" {
		t.Errorf("ReadRecord (-want +got):\n%s", diff)
	}
}

func TestRecordKeepsBytesThatAreNotText(t *testing.T) {
	r := schemas.Record{Method: "POST", Path: "/", Headers: schemas.Headers{}, Body: []byte{0xff, 0, '"'}}
	line, err := r.Append(nil)
	if err != nil || !bytes.Contains(line, []byte(`"body_base64":"/wAi"`)) || bytes.Contains(line, []byte(`"body":`)) {
		t.Fatalf("Append = %s, %v", line, err)
	}
	back, err := schemas.ReadRecord(line)
	if err != nil || !bytes.Equal(back.Body, r.Body) {
		t.Errorf("ReadRecord = %+v, %v", back, err)
	}
	if env := back.Envelope(); env.Method != "POST" || !bytes.Equal(env.Body, r.Body) {
		t.Errorf("Envelope = %+v", env)
	}
}

func TestReadRecordRefuses(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{"empty", "", "not JSON"},
		{"truncated", `{"method":"POST"`, "not JSON"},
		{"unknown key", `{"method":"POST","path":"/","colour":1}`, `unknown field "colour"`},
		{"no method", `{"path":"/"}`, `"method" and "path" are required`},
		{"both bodies", `{"method":"POST","path":"/","body":"","body_base64":"AA=="}`, "not both"},
		{"bad base64", `{"method":"POST","path":"/","body_base64":"!"}`, "base64"},
		{"headers as an object", `{"method":"POST","path":"/","headers":{"a":"b"}}`, "headers"},
		{"byte order mark", "\ufeff{}", "byte order mark"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := schemas.ReadRecord([]byte(test.line))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("ReadRecord = %v, want %q", err, test.want)
			}
		})
	}
}

// What is read is written to the same record again.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"provider":"p","event":"e","at":"2026-01-05T08:00:00Z","method":"POST","path":"/","headers":[["a","b"]],"body":"{}"}`))
	f.Add([]byte(`{"method":"POST","path":"/","body_base64":"/w=="}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := schemas.ReadRecord(line)
		if err != nil {
			return
		}
		text, err := r.Append(nil)
		if err != nil {
			return // a time that JSON cannot hold
		}
		again, err := schemas.ReadRecord(text)
		if err != nil || !bytes.Equal(again.Body, r.Body) || !again.At.Equal(r.At) || again.Path != r.Path {
			t.Errorf("%s is read as %+v, %v", text, again, err)
		}
	})
}
