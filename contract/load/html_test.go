package load

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"
)

// full is a record that has every part a report can show, and texts that are hostile.
func full() *Record {
	r := noisy(1, 1500, 10*time.Millisecond, 0.02)
	r.Provider, r.Target, r.RunID = "p<script>", `http://evil/"><script>alert(1)</script>`+"\x1b[2J", "r"
	r.Counts.Sent, r.Counts.Answered = r.Counts.Arrivals, r.Counts.Arrivals
	r.Shards = []Shard{{0, 2}, {1, 2}}
	r.Service.record(time.Millisecond, 10)
	for i := range r.Seconds {
		r.Seconds[i].Classes = [6]int64{1, 0, 90, 1, 3, 5}
	}
	some := Figures{Sent: 10, Acknowledged: 8, Statuses: map[int]int64{200: 8, 503: 1}, Failures: map[string]int64{"time<out": 1}, Intended: r.Intended}
	r.Events = []EventFigures{{Event: "a<b>", Figures: some}}
	r.Stages = []StageFigures{{Plan: "1/s for 1s", Figures: some}, {Stage: 1, Plan: "2/s for 1s", Figures: some}}
	r.Answers = []AnswerFigures{{Answer: "200", Count: 8, Intended: r.Intended}, {Answer: "<i>", Count: 2}}
	r.SLO = []Judgement{{Objective: "p99<1ms", Got: "2 ms"}, {Objective: "errors<5%", Got: "2%", Kept: true}}
	r.Warnings = []string{"a <b>warning</b>"}
	r.Retries = &RetryFigures{Speed: 60, Attempts: 7}
	r.Outage = &OutageFigures{LengthNS: 1e9, Messages: 5, Returned: 4, Finished: 3}
	entry := Entry{Key: "k<i>", Due: 1, Messages: []SentFigure{{Event: "a", ID: "id\x1b]52;"}}}
	r.Effects = &Reconciliation{Lost: 200, LostList: []Entry{entry}, LateList: []Entry{entry}, Unseen: []string{"a<b>"}, Beyond: 1, DrainNS: 5, Trouble: "no <line>"}
	r.Compared = &Comparison{With: "<old>", Verdict: Worse, Figures: []Change{{Figure: "errors", Verdict: Worse}, {Figure: "p50", Verdict: Same}}, Notes: []string{"<note>"}}
	return r
}

func TestHTMLIsOneSafeFile(t *testing.T) {
	found := &Search{Provider: "p<", Target: "<t>", SLO: "p99<1s", Held: 5, Broke: 10, Ended: SearchFound,
		Steps: []*Step{{Rate: 5, Kept: true, Record: full()}, {Rate: 10, Record: full()}, {Rate: 5, Again: true, Record: &Record{Intended: newLatency()}}}}
	for name, tt := range map[string]struct {
		write func(io.Writer) error
		want  []string
	}{
		"record": {full().WriteHTML, []string{"Latency over time", "Percentiles", "2xx", "no reply", "Stages", "time&lt;out 1, 503 × 1", "Lost: 200, the first 1", "Not drained: 3 of 4", "broken",
			"a &lt;b&gt;warning", "99.99 %", "shard 0, 1 of 2"}},
		"nothing": {(&Record{Intended: newLatency()}).WriteHTML, []string{"0 arrivals were due"}},
		"search":  {found.WriteHTML, []string{"holds 5/s", "breaks at 10/s", "5/s again", "Latency by rate"}},
	} {
		var b strings.Builder
		if err := tt.write(&b); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s does not hold %q", name, want)
			}
		}
		for _, bad := range []string{"<script", "\x1b", "<i>", "alert(1)</", "NaN", "Inf", "http-equiv=\"refresh", "ZgotmplZ"} {
			if strings.Contains(b.String(), bad) {
				t.Errorf("%s holds %q", name, bad)
			}
		}
		if loads := regexp.MustCompile(`(?i)(src|href)="(https?:|//)`).FindString(b.String()); loads != "" {
			t.Errorf("%s loads something: %s", name, loads)
		}
		for _, svg := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(b.String(), -1) {
			decoder := xml.NewDecoder(strings.NewReader(svg))
			var err error
			for err == nil {
				_, err = decoder.Token()
			}
			if !errors.Is(err, io.EOF) {
				t.Errorf("%s: a chart is not well formed: %v", name, err)
			}
		}
		if b.Len() > 512<<10 {
			t.Errorf("%s has %d bytes", name, b.Len())
		}
	}
}

func TestTextTellsEveryPart(t *testing.T) {
	var b strings.Builder
	if err := full().WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1/s for 1s", "retries at 60x: 7 attempts", "outage of 1s", "not drained within the run: 3 of 4", "lost: k<i>, 0 of 1 effects", "no effect was ever seen of a<b>",
		"compared with run <old> over 0 seconds: WORSE", "SLO p99<1ms: BROKEN", "p99.99", "not acknowledged, by the second: ", "200 lost"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the text does not hold %q", want)
		}
	}
	if strings.Contains(b.String(), "\x1b") {
		t.Error("the text holds an escape")
	}
}
