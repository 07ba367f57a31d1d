package report_test

import (
	"time"

	"github.com/hookrig/hookrig/contract/report"
)

// failing is a report of a run with every kind of result.
func failing() *report.Report {
	r := &report.Report{
		Tool: report.Tool{Name: "hookrig", Version: "1.2.3"}, Provider: "acme", CatalogDigest: "sha256:0f0f", Target: "http://127.0.0.1:4000/webhooks",
		Seed: 7, RunID: "r1", StartedAt: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC), DurationMS: 812, Exit: 1, Verdict: report.VerdictFail,
		Acknowledges: report.Ratio{Covered: 2, Total: 2}, Processes: report.Processes{Checks: 2},
		Coverage: report.Coverage{
			Events: report.Ratio{Covered: 2, Total: 2}, SchemaPoints: report.Ratio{Covered: 40, Total: 41}, Transitions: &report.Ratio{Covered: 3, Total: 4},
			Uncovered: []report.Uncovered{{Kind: "schema_point", What: "order.paid /data/coupon present", Why: "its check was excluded"}},
		},
		Notes: []string{"the secret is ignored: the provider signs nothing"},
		Results: []report.Result{
			{Check: "valid-rejected", Event: "order.paid", Level: "must", Verdict: report.VerdictPass, Cases: 1},
			{Check: "valid-rejected", Event: "order.created", Level: "must", Verdict: report.VerdictPass, Cases: 1},
			{Check: "sig-missing-accepted", Event: "order.created", Level: "must", Verdict: report.VerdictFail, File: "acme/events/order.created.schema.json", Cases: 3, Finding: finding()},
			{Check: "ack-indistinguishable", Event: "order.created", Level: "advisory", Verdict: report.VerdictAdvisory, Cases: 4, Finding: &report.Finding{
				Rule: "a consumer answers a valid and an invalid message differently", Basis: "standard", Source: "RFC 9110 section 15", Got: "202 to all of them",
				Want: "a 2xx only for what is accepted", Why: "an acknowledgement proves nothing here", Fix: "answer 4xx to what the schema refuses"}},
			{Check: "ack-intermittent", Event: "order.paid", Level: "must", Verdict: report.VerdictFlaky, Cases: 20, Reason: "refused once in 20"},
			{Check: "unknown-field-rejected", Event: "order.paid", Level: "must", Verdict: report.VerdictFail, Cases: 2,
				Waived: &report.Waived{Reason: "ticket 812", Until: "2027-01-31"}, Finding: finding()},
			{Check: "dup-sequential-reprocessed", Event: "order.created", Level: "must", Verdict: report.VerdictNotAssessed, Reason: "needs --observe"},
			{Check: "dup-sequential-reprocessed", Event: "order.paid", Level: "must", Verdict: report.VerdictNotAssessed, Reason: "needs --observe"},
			{Check: "replay-exact-reprocessed", Event: "order.paid", Level: "must", Verdict: report.VerdictNotAssessed, Reason: "needs --observe"},
			{Check: "batch-first-only", Event: "order.paid", Level: "must", Verdict: report.VerdictNotAssessed, Error: true, Reason: "make case: no room in the schema"},
		},
	}
	r.Finish()
	r.Comparison = r.Compare(&report.Report{Results: []report.Result{{Check: "valid-rejected", Event: "order.paid", Verdict: report.VerdictFail}}})
	return r
}

func finding() *report.Finding {
	return &report.Finding{
		Where: "header X-Signature", Rule: "a message without a signature is refused", Basis: "documented", Source: "https://docs.acme.example/webhooks#signatures",
		Got: "200 OK", Want: "401 or 403", Why: "anybody who knows the URL can place orders", Fix: "refuse a request without the header before anything else",
		Observed: "3 of 3", Log: []string{"POST /webhooks 200", "order o-1 placed"}, Shrunk: "3 messages to 1",
		Curl:   `curl -sS -i -X POST -H 'Content-Type: application/json' --data-binary '{"type":"order.created"}' 'http://127.0.0.1:4000/webhooks'`,
		Replay: "hookrig replay hr1_q1YqSy0qzszPU7JSSsxLzEnMSwUA",
		Exchange: &report.Exchange{
			Request: report.Request{Method: "POST", Path: "/webhooks", Headers: [][2]string{{"Content-Type", "application/json"}},
				Body: `{"type":"order.created","id":"evt_1","data":{"number":1,"note":"two words","paid":false,"coupon":null,"lines":[{"sku":"a"}]}}`},
			Response: report.Response{Status: 200, Reason: "OK", Headers: [][2]string{{"Content-Type", "text/plain"}}, Body: "ok", DurationMS: 3},
		},
	}
}

// good is a report of a run in which nothing is wrong.
func good() *report.Report {
	r := failing()
	r.Exit, r.Verdict, r.Comparison, r.Coverage.Uncovered, r.Notes = 0, report.VerdictPass, nil, nil, nil
	r.Coverage.SchemaPoints, r.Coverage.Transitions = report.Ratio{Covered: 41, Total: 41}, nil
	r.Results = []report.Result{r.Results[0], r.Results[3], r.Results[4]}
	for i := range r.Results {
		if r.Results[i].Verdict == report.VerdictFail {
			r.Results[i].Verdict, r.Results[i].Finding = report.VerdictPass, nil
		}
	}
	r.Finish()
	return r
}

// incomplete is a report of a run that could not check anything.
func incomplete() *report.Report {
	r := failing()
	r.Unfinished, r.Reason, r.Results, r.Comparison = 3, "connect to 127.0.0.1:4000: connection refused", nil, nil
	r.Acknowledges, r.Processes = report.Ratio{Total: 2}, report.Processes{}
	r.Coverage, r.Notes = report.Coverage{Events: report.Ratio{Total: 2}, SchemaPoints: report.Ratio{Total: 41}}, nil
	r.Finish()
	r.Decide()
	return r
}
