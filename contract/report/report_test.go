package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hookrig/hookrig/contract/report"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// formats are the names of all writers, with the ending of their files.
func formats() map[string]string {
	return map[string]string{"text": "txt", "json": "json", "junit": "xml", "html": "html", "markdown": "md", "github": "log"}
}

func write(t *testing.T, format string, r *report.Report) string {
	t.Helper()
	writer, err := report.WriterFor(format)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := writer(&out, r); err != nil {
		t.Fatalf("write %s: %v", format, err)
	}
	return out.String()
}

func TestGolden(t *testing.T) {
	for name, made := range map[string]*report.Report{"failing": failing(), "good": good(), "incomplete": incomplete()} {
		for format, ending := range formats() {
			t.Run(name+"/"+format, func(t *testing.T) {
				golden(t, filepath.Join("testdata", name+"."+ending), write(t, format, made))
			})
		}
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; rewrite with -update):\n%s", path, diff)
	}
}

func TestWriterForRefusesUnknown(t *testing.T) {
	_, err := report.WriterFor("pdf")
	if want := `report "pdf" is not known: use github, html, json, junit, markdown, text`; err == nil || err.Error() != want {
		t.Errorf("WriterFor(pdf) = %v, want %s", err, want)
	}
}

// Every report of a failing run names check, event, why, got, want and fix.
func TestEveryReportOfAFailureTellsAll(t *testing.T) {
	for format := range formats() {
		text := strings.NewReplacer("&#39;", "'", "&#34;", `"`, "&quot;", `"`).Replace(write(t, format, failing()))
		for _, said := range []string{"sig-missing-accepted", "order.created", "anybody who knows the URL can place orders", "200 OK", "401 or 403",
			"refuse a request without the header before anything else", "hr1_q1YqSy0qzszPU7JSSsxLzEnMSwUA"} {
			if !strings.Contains(text, said) && !strings.Contains(text, strings.ReplaceAll(said, "_", `\_`)) {
				t.Errorf("%s report does not say %q", format, said)
			}
		}
	}
}

func TestReadIsTheWayBack(t *testing.T) {
	want := failing()
	for name, written := range map[string]func(*bytes.Buffer) error{
		"indented": func(b *bytes.Buffer) error { return report.WriteJSON(b, want) },
		"line":     func(b *bytes.Buffer) error { return report.WriteJSONLine(b, want) },
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := written(&b); err != nil {
				t.Fatal(err)
			}
			if lines := bytes.Count(b.Bytes(), []byte("\n")); name == "line" && lines != 1 {
				t.Errorf("%d lines, want 1", lines)
			}
			got, err := report.Read(&b)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("read back (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", "", "read report: EOF"},
		{"not JSON", "x", "read report: invalid character 'x' looking for beginning of value"},
		{"unknown key", `{"schema_version":1,"verdikt":"pass"}`, `read report: json: unknown field "verdikt"`},
		{"other version", `{"schema_version":2}`, "read report: schema_version is 2, want 1"},
		{"two documents", `{"schema_version":1}{}`, "read report: more follows the document"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := report.Read(strings.NewReader(test.in)); err == nil || err.Error() != test.want {
				t.Errorf("Read = %v, want %s", err, test.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	var seed bytes.Buffer
	if err := report.WriteJSON(&seed, failing()); err != nil {
		f.Fatal(err)
	}
	f.Add(seed.Bytes())
	f.Add([]byte(`{"schema_version":1,"results":[{"finding":{"exchange":{"request":{"headers":[["a","b"]]}}}}]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		r, err := report.Read(bytes.NewReader(document))
		if err != nil {
			return
		}
		for format := range formats() {
			write(t, format, r)
		}
	})
}

func TestFails(t *testing.T) {
	tests := []struct {
		verdict report.Verdict
		fails   []report.FailOn
	}{
		{report.VerdictPass, nil},
		{report.VerdictNotAssessed, nil},
		{report.VerdictFail, []report.FailOn{report.FailOnMust, report.FailOnAdvisory, report.FailOnFlaky}},
		{report.VerdictAdvisory, []report.FailOn{report.FailOnAdvisory, report.FailOnFlaky}},
		{report.VerdictFlaky, []report.FailOn{report.FailOnFlaky}},
	}
	for _, test := range tests {
		var got []report.FailOn
		for _, gate := range []report.FailOn{report.FailOnMust, report.FailOnAdvisory, report.FailOnFlaky} {
			if (report.Result{Verdict: test.verdict}).Fails(gate) {
				got = append(got, gate)
			}
			if (report.Result{Verdict: test.verdict, Waived: &report.Waived{}}).Fails(gate) {
				t.Errorf("a waived %s fails behind %s", test.verdict, gate)
			}
		}
		if diff := cmp.Diff(test.fails, got); diff != "" {
			t.Errorf("%s fails behind (-want +got):\n%s", test.verdict, diff)
		}
	}
}

func TestCompare(t *testing.T) {
	result := func(check string, v report.Verdict) report.Result {
		return report.Result{Check: check, Event: "e", Verdict: v}
	}
	before := &report.Report{Results: []report.Result{result("a", report.VerdictFail), result("b", report.VerdictFail), result("c", report.VerdictFail),
		result("d", report.VerdictFail), result("e", report.VerdictPass)}}
	now := &report.Report{Results: []report.Result{result("a", report.VerdictPass), result("b", report.VerdictFail), result("c", report.VerdictNotAssessed),
		result("e", report.VerdictFail), result("f", report.VerdictFail)}}
	key := func(check string) report.Key { return report.Key{Check: check, Event: "e"} }
	want := &report.Comparison{Fixed: []report.Key{key("a")}, New: []report.Key{key("e"), key("f")}, StillFailing: []report.Key{key("b")}, Unknown: []report.Key{key("c"), key("d")}}
	if diff := cmp.Diff(want, now.Compare(before)); diff != "" {
		t.Errorf("Compare (-want +got):\n%s", diff)
	}
}

func TestWritersReportAFailedWrite(t *testing.T) {
	for format := range formats() {
		writer, err := report.WriterFor(format)
		if err != nil {
			t.Fatal(err)
		}
		if err := writer(fullDisk{}, failing()); !errors.Is(err, errFull) {
			t.Errorf("%s writer on a full disk = %v, want %v", format, err, errFull)
		}
	}
}

var errFull = errors.New("disk full")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestJSONKeysAreThoseOfTheDesign(t *testing.T) {
	var b bytes.Buffer
	if err := report.WriteJSONLine(&b, failing()); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(b.String(), `{"schema_version":1,"tool":{"name":"hookrig","version":"1.2.3"},"provider":"acme","catalog_digest":`) {
		t.Errorf("the report begins with %.100s", b.String())
	}
	var document struct {
		Totals map[string]int `json:"totals"`
	}
	if err := json.Unmarshal(b.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"pass": 2, "fail": 2, "advisory": 1, "flaky": 1, "not-assessed": 4, "waived": 1}
	if diff := cmp.Diff(want, document.Totals); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
}
