package load_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract/load"
	"github.com/hookrig/hookrig/generators"
)

func TestMergeLosesNothing(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	var records []*load.Record
	for shard := range 3 {
		cfg := config(t, server.URL, load.Constant(400, 500*time.Millisecond))
		cfg.Making, cfg.Shard, cfg.Shards = generators.Config{RunID: "r", Start: time.Unix(1_800_000_000, 0)}, shard, 3
		var err error
		if cfg.SLO, err = load.ParseSLO("errors<=0%"); err != nil {
			t.Fatal(err)
		}
		// A record survives its file: what is merged has been written and read.
		var file bytes.Buffer
		if err := run(t, cfg).Write(&file); err != nil {
			t.Fatal(err)
		}
		r, err := load.Read(&file)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	whole, err := load.Merge(records[2], records[0], records[1])
	if err != nil {
		t.Fatal(err)
	}
	balanced(t, whole)
	if whole.Counts.Arrivals != 200 || len(whole.Shards) != 3 || whole.Shards[0].Shard != 0 || !whole.Kept() || len(whole.SLO) != 1 {
		t.Errorf("%+v", whole)
	}
	part, err := load.Merge(records[0], records[1])
	if err != nil || !strings.Contains(strings.Join(part.Warnings, ""), "1 of 3 shards are missing") {
		t.Errorf("Merge of two = %v, %v, want a warning", part.Warnings, err)
	}
	if _, err := load.Merge(records[0], records[0]); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("Merge of one twice = %v", err)
	}
	other := *records[1]
	other.RunID = "another"
	if _, err := load.Merge(records[0], &other); err == nil || !strings.Contains(err.Error(), "run id") {
		t.Errorf("Merge of two runs = %v", err)
	}
	if _, err := load.Merge(); err == nil {
		t.Error("Merge of nothing = nil")
	}
}

func TestText(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	cfg := config(t, server.URL, load.Constant(100, 500*time.Millisecond))
	var err error
	if cfg.SLO, err = load.ParseSLO("errors<=0%, rate>1000000/s"); err != nil {
		t.Fatal(err)
	}
	r := run(t, cfg)
	r.Target, r.Failures = "http://evil/\x1b[2J", map[string]int64{"time\x1bout": 1}
	for i := range 5 {
		r.Seconds = append(r.Seconds, load.SecondFigures{Second: i, Ended: 1, P99: int64(i) * 1e6})
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"50 due, 50 sent, 0 unsent", "from the intended time", "hookrig's own lateness", "message.received",
		"p99 in ms, by the second", "SLO errors<=0%: kept, 0.000%", "SLO rate>1000000/s: BROKEN", "status 200 × 50"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text does not hold %q:\n%s", want, &text)
		}
	}
	if strings.Contains(text.String(), "\x1b") {
		t.Errorf("the text holds an escape:\n%q", &text)
	}
}
