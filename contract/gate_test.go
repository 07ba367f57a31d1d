package contract_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/report"
)

// day is when these runs take place.
var day = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func ran(results ...report.Result) *report.Report {
	r := &report.Report{Provider: "acme", StartedAt: day, Results: results,
		Coverage: report.Coverage{Events: report.Ratio{Covered: 1, Total: 2}, SchemaPoints: report.Ratio{Covered: 9, Total: 10}}}
	r.Finish()
	r.Decide()
	return r
}

func result(check, event string, v report.Verdict) report.Result {
	return report.Result{Check: check, Event: event, Level: "must", Verdict: v, Finding: &report.Finding{Where: "/id"}}
}

func TestGate(t *testing.T) {
	waiver := contract.Waiver{Check: "ack-*", Event: "order.*", Reason: "ticket 812", Until: "2026-11-22"}
	expired := waiver
	expired.Until = "2026-11-21"
	elsewhere := waiver
	elsewhere.Where = "/data"
	fail, advisory, flaky, pass := report.VerdictFail, report.VerdictAdvisory, report.VerdictFlaky, report.VerdictPass
	tests := []struct {
		name       string
		gate       contract.Gate
		results    []report.Result
		unfinished int
		exit       int
		verdict    report.Verdict
		says       string
	}{
		{name: "good", results: []report.Result{result("ack-hang", "order.paid", pass)}, exit: 0, verdict: pass},
		{name: "a failure", results: []report.Result{result("ack-hang", "order.paid", fail)}, exit: 1, verdict: fail},
		{name: "an advisory", results: []report.Result{result("ack-hang", "order.paid", advisory)}, exit: 0, verdict: pass},
		{name: "an advisory that counts", gate: contract.Gate{FailOn: report.FailOnAdvisory}, results: []report.Result{result("ack-hang", "order.paid", advisory)}, exit: 1, verdict: fail},
		{name: "a flaky one", gate: contract.Gate{FailOn: report.FailOnAdvisory}, results: []report.Result{result("ack-hang", "order.paid", flaky)}, exit: 0, verdict: pass},
		{name: "a flaky one that counts", gate: contract.Gate{FailOn: report.FailOnFlaky}, results: []report.Result{result("ack-hang", "order.paid", flaky)}, exit: 1, verdict: fail},
		{name: "waived", gate: contract.Gate{Waivers: []contract.Waiver{waiver}}, results: []report.Result{result("ack-hang", "order.paid", fail)}, exit: 0, verdict: pass},
		{name: "waived until yesterday", gate: contract.Gate{Waivers: []contract.Waiver{expired}}, results: []report.Result{result("ack-hang", "order.paid", fail)},
			exit: 1, verdict: fail, says: "the waiver of ack-* on order.* expired on 2026-11-21: ticket 812"},
		{name: "waived elsewhere", gate: contract.Gate{Waivers: []contract.Waiver{elsewhere}}, results: []report.Result{result("ack-hang", "order.paid", fail)},
			exit: 1, verdict: fail, says: "it can go"},
		{name: "waived for another event", gate: contract.Gate{Waivers: []contract.Waiver{waiver}}, results: []report.Result{result("ack-hang", "user.created", fail)}, exit: 1, verdict: fail, says: "it can go"},
		{name: "waived and cut short", gate: contract.Gate{Waivers: []contract.Waiver{waiver}}, unfinished: 3, results: []report.Result{result("ack-hang", "order.paid", fail)}, exit: 3, verdict: report.VerdictIncomplete},
		{name: "interrupted", unfinished: 130, results: []report.Result{result("ack-hang", "order.paid", pass)}, exit: 130, verdict: report.VerdictIncomplete},
		{name: "failed and cut short", unfinished: 3, results: []report.Result{result("ack-hang", "order.paid", fail)}, exit: 1, verdict: fail},
		{name: "nothing assessed", results: []report.Result{result("ack-hang", "order.paid", report.VerdictNotAssessed)}, exit: 3, verdict: report.VerdictIncomplete, says: "nothing was assessed"},
		{name: "nothing at all", exit: 3, verdict: report.VerdictIncomplete, says: "nothing was assessed"},
		{name: "enough covered", gate: contract.Gate{MinCoverage: contract.MinCoverage{"events": 50, "schema_points": 90, "transitions": 0}}, results: []report.Result{result("ack-hang", "order.paid", pass)}, exit: 0, verdict: pass},
		{name: "too little covered", gate: contract.Gate{MinCoverage: contract.MinCoverage{"events": 100, "schema_points": 90}}, results: []report.Result{result("ack-hang", "order.paid", pass)},
			exit: 1, verdict: fail, says: "coverage of events is 50 % (1/2), want at least 100 %"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := ran(test.results...)
			r.Unfinished = test.unfinished
			test.gate.Apply(r, day)
			if r.Exit != test.exit || r.Verdict != test.verdict {
				t.Errorf("exit %d, %s, want %d, %s", r.Exit, r.Verdict, test.exit, test.verdict)
			}
			if said := r.Reason + strings.Join(r.Notes, "\n"); !strings.Contains(said, test.says) {
				t.Errorf("says %q, want %q", said, test.says)
			}
		})
	}
}

func TestGateComparesWithTheRunBefore(t *testing.T) {
	r := ran(result("a", "e", report.VerdictPass), result("b", "e", report.VerdictFail))
	contract.Gate{Previous: ran(result("a", "e", report.VerdictFail))}.Apply(r, day)
	if r.Comparison == nil || len(r.Comparison.Fixed) != 1 || len(r.Comparison.New) != 1 {
		t.Errorf("comparison is %+v, want one fixed and one new", r.Comparison)
	}
}

func TestParseMinCoverage(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"none", "", ""}, {"two", "events=100,schema_points=90%", ""}, {"blanks", " events = 5 ", ""},
		{"unknown", "evnts=1", `"evnts" is not known: use events, schema_points, checks, transitions`},
		{"no number", "events=all", `events is "all", want 0 to 100`},
		{"too much", "events=101", "want 0 to 100"},
		{"no value", "events", "want 0 to 100"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := contract.ParseMinCoverage(test.in)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("ParseMinCoverage(%q) = %v, want %q", test.in, err, test.want)
			}
		})
	}
}

func TestBaselineIsReadBack(t *testing.T) {
	want := &contract.Baseline{SchemaVersion: 1, Provider: "acme", Waivers: []contract.Waiver{{Check: "ack-hang", Where: "/a<b", Reason: "ticket 812", Until: "2027-01-31"}}}
	var file bytes.Buffer
	if err := contract.WriteBaseline(&file, want); err != nil {
		t.Fatal(err)
	}
	got, err := contract.ReadBaseline(&file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestReadBaselineRefuses(t *testing.T) {
	file := func(waiver string) string { return `{"schema_version":1,"provider":"acme","waivers":[` + waiver + `]}` }
	tests := []struct{ name, in, want string }{
		{"empty", "", "EOF"},
		{"other version", `{"schema_version":2}`, "schema_version is 2, want 1"},
		{"unknown key", file(`{"chek":"a"}`), `unknown field "chek"`},
		{"no check", file(`{"reason":"r","until":"2027-01-31"}`), `/waivers/0: "check" is missing`},
		{"no reason", file(`{"check":"a","until":"2027-01-31"}`), `"reason" is missing`},
		{"no day", file(`{"check":"a","reason":"r"}`), "want a day like 2027-01-31"},
		{"no such day", file(`{"check":"a","reason":"r","until":"2027-02-31"}`), "want a day like"},
		{"no glob", file(`{"check":"[","reason":"r","until":"2027-01-31"}`), "is no glob"},
		{"two documents", file("") + "{}", "more follows"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := contract.ReadBaseline(strings.NewReader(test.in)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("ReadBaseline = %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestBaselineUpdated(t *testing.T) {
	old := &contract.Baseline{SchemaVersion: 1, Provider: "acme", Waivers: []contract.Waiver{
		{Check: "still", Reason: "ticket 1", Until: "2027-01-31"},
		{Check: "fixed", Reason: "ticket 2", Until: "2027-01-31"},
		{Check: "expired", Reason: "ticket 3", Until: "2026-01-31"},
	}}
	r := ran(result("still", "e", report.VerdictFail), result("fixed", "e", report.VerdictPass), result("expired", "e", report.VerdictFail),
		result("new", "e", report.VerdictFail), result("advice", "e", report.VerdictAdvisory))
	want := []contract.Waiver{
		old.Waivers[0],
		{Check: "expired", Event: "e", Where: "/id", Reason: "accepted", Until: "2027-02-20"},
		{Check: "new", Event: "e", Where: "/id", Reason: "accepted", Until: "2027-02-20"},
	}
	next := old.Updated(r, "accepted", day.AddDate(0, 0, 90))
	if diff := cmp.Diff(want, next.Waivers); diff != "" {
		t.Errorf("Updated (-want +got):\n%s", diff)
	}
	contract.Gate{Waivers: next.Waivers}.Apply(r, day)
	if r.Exit != 0 {
		t.Errorf("exit %d behind the updated baseline, want 0", r.Exit)
	}
	if first := (*contract.Baseline)(nil).Updated(ran(), "accepted", day); len(first.Waivers) != 0 || first.Provider != "acme" {
		t.Errorf("the first baseline of a good run is %+v, want an empty one", first)
	}
}
