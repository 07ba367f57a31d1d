package load_test

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/hookrig/hookrig/contract/load"
)

// A receiver that answers each event in its own way, under a plan of two stages: the figures of events,
// stages and answers each make up the whole, and survive writing, reading and merging.
func TestFiguresOfEventsStagesAndAnswers(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("X-Watsi-Event") {
		case "message.received":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "contact.created":
			panic(http.ErrAbortHandler)
		}
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	defer server.Close()
	plan, err := load.ParsePlan("400/s for 500ms, 100/s for 500ms")
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, config(t, server.URL, plan))
	if len(r.Stages) != 2 || r.Stages[0].Sent != 200 || r.Stages[1].Sent != 50 || r.Stages[1].Plan != "100/s for 500ms" {
		t.Fatalf("stages %+v", r.Stages)
	}
	kinds := map[string]int64{}
	for _, a := range r.Answers {
		kinds[a.Answer] = a.Count
		if a.Intended.Count() != a.Count {
			t.Errorf("answer %s: %d of %d latencies", a.Answer, a.Intended.Count(), a.Count)
		}
	}
	for _, e := range r.Events {
		var want int64
		switch e.Event {
		case "message.received":
			want = e.Statuses[503]
		case "contact.created":
			want = e.Failures["reset"]
		default:
			want = e.Statuses[200]
		}
		if want != e.Sent || e.Intended.Count() != e.Sent {
			t.Errorf("event %s: sent %d, statuses %v, failures %v", e.Event, e.Sent, e.Statuses, e.Failures)
		}
	}
	if kinds["503"] == 0 || kinds["reset"] == 0 || kinds["200"] == 0 || kinds["200"]+kinds["503"]+kinds["reset"] != 250 {
		t.Errorf("answers %v", kinds)
	}
	sameAfterMerge(t, r)
}

// sameAfterMerge: a record alone, written and read, merges to itself.
func sameAfterMerge(t *testing.T, r *load.Record) {
	t.Helper()
	var text bytes.Buffer
	if err := r.Write(&text); err != nil {
		t.Fatal(err)
	}
	again, err := load.Read(bytes.NewReader(text.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := load.Merge(again)
	if err != nil {
		t.Fatal(err)
	}
	if len(whole.Stages) != len(r.Stages) || len(whole.Answers) != len(r.Answers) {
		t.Fatalf("merged: %d stages, %d answers", len(whole.Stages), len(whole.Answers))
	}
	for i, s := range whole.Stages {
		if s.Sent != r.Stages[i].Sent || s.Statuses[503] != r.Stages[i].Statuses[503] || s.Intended.Quantile(99) != r.Stages[i].Intended.Quantile(99) {
			t.Errorf("merged stage %d: %+v", i, s)
		}
	}
	for i, a := range whole.Answers {
		if a.Answer != r.Answers[i].Answer || a.Count != r.Answers[i].Count || a.Intended.Max() != r.Answers[i].Intended.Max() {
			t.Errorf("merged answer %+v", a)
		}
	}
}
