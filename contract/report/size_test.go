package report_test

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"github.com/hookrig/hookrig/contract/report"
)

// huge is a report that says far more than a CI system takes.
func huge() *report.Report {
	r := failing()
	for i := range 600 {
		f := finding()
		f.Got = strings.Repeat("é<&]]>", 10_000)
		f.Curl = strings.Repeat("x", 100_000)
		r.Results = append(r.Results, report.Result{Check: fmt.Sprint("check-", i), Event: "order.paid", Level: "must", Verdict: report.VerdictFail, Finding: f})
	}
	r.Finish()
	return r
}

// A catalog with tens of thousands of events of long names has a JUnit file that GitLab takes, and what
// fails is in it.
func TestJUnitLeavesOutWhatGitLabWouldRefuse(t *testing.T) {
	r := failing()
	for i := range 40_000 {
		long := fmt.Sprintf("%d%s", i, strings.Repeat("<", 290))
		r.Results = append(r.Results, report.Result{Check: long, Event: long, File: long, Level: "must", Verdict: report.VerdictPass})
	}
	r.Results = append(r.Results, report.Result{Check: "the-last", Event: "order.paid", Level: "must", Verdict: report.VerdictFail, Finding: finding()})
	out := write(t, "junit", r)
	if len(out) > 30_000_000 {
		t.Errorf("%d bytes, want at most 30 MB", len(out))
	}
	for _, said := range []string{`name="the-last"`, "more results are in the JSON report", `file="acme/events/order.created.schema.json"`} {
		if !strings.Contains(out, said) {
			t.Errorf("the file does not say %s", said)
		}
	}
	var document struct{}
	if err := xml.Unmarshal([]byte(out), &document); err != nil {
		t.Error(err)
	}
}

func TestReportsStayWithinWhatTheirReadersTake(t *testing.T) {
	r := huge()
	for format, most := range map[string]int{"junit": 30_000_000, "markdown": 1 << 20, "github": 1 << 20} {
		t.Run(format, func(t *testing.T) {
			out := write(t, format, r)
			if len(out) > most {
				t.Errorf("%d bytes, want at most %d", len(out), most)
			}
			if !strings.Contains(out, "check-0") {
				t.Error("the first finding is not in it")
			}
			if format == "junit" {
				var document struct{}
				if err := xml.Unmarshal([]byte(out), &document); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
