package load_test

import (
	"strings"
	"testing"

	"github.com/hookrig/hookrig/contract/load"
)

func TestParseSLO(t *testing.T) {
	for _, text := range []string{"p99<200ms, errors<0.1%, p99.9<1s", "p50<=5ms", "max<2s, mean<1ms", "errors<=0%", "errors<0.001", "rate>4900/s, rate>=0.5/s"} {
		slo, err := load.ParseSLO(text)
		if text == "rate>4900/s, rate>=0.5/s" {
			if err == nil {
				t.Errorf("ParseSLO(%q) = %v, want an error", text, slo)
			}
			continue
		}
		if err != nil || slo.String() != text {
			t.Errorf("ParseSLO(%q) = %q, %v", text, slo, err)
		}
	}
}

func TestParseSLORefuses(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", "want a figure and its limit"},
		{"p99", "want a figure and its limit"},
		{"p99<", "not a length of time"},
		{"p99<200", "not a length of time"},
		{"p99<-1ms", "above zero"},
		{"p99<0s", "above zero"},
		{"p99<9999999h", "not a length of time"},
		{"p99<100h", "longer than"},
		{"p99>200ms", "must stay above"},
		{"rate<5/s", "must stay above"},
		{"rate>NaN/s", "not a plain number"},
		{"p0<1ms", "unknown figure"},
		{"p100<1ms", "unknown figure"},
		{"pNaN<1ms", "unknown figure"},
		{"p1e1<1ms", "unknown figure"},
		{"latency<1ms", "unknown figure"},
		{"errors<101%", "more than all"},
		{"errors<2", "more than all"},
		{"errors<0%", "nothing is below 0%"},
		{"errors<NaN%", "not a plain number"},
		{"errors<-1%", "not a plain number"},
		{"p99<1s,p99<2s", "limited twice"},
		{"p99<1s,", "want a figure"},
		{strings.Repeat("p99<1s,", 100), "more than 20"},
	} {
		slo, err := load.ParseSLO(tt.text)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("ParseSLO(%.60q) = %v, %v, want an error with %q", tt.text, slo, err, tt.want)
		}
	}
}

func TestJudgeNothing(t *testing.T) {
	slo, err := load.ParseSLO("errors<1%, rate>1/s")
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range slo.Judge(&load.Record{}) {
		if j.Kept {
			t.Errorf("a run that sent nothing keeps %s", j.Objective)
		}
	}
}

func FuzzParseSLO(f *testing.F) {
	for _, text := range []string{"p99<200ms, errors<0.1%, p99.9<1s", "rate>=5/m", "errors<=0%", "p<1s"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		slo, err := load.ParseSLO(text)
		if err != nil {
			return
		}
		again, err := load.ParseSLO(slo.String())
		if err != nil || again.String() != slo.String() {
			t.Fatalf("ParseSLO(%q) = %q, which reads as %q, %v", text, slo, again, err)
		}
		for _, j := range slo.Judge(&load.Record{}) {
			if j.Got == "" || strings.Contains(j.Got, "NaN") {
				t.Fatalf("Judge(%q) got %q", text, j.Got)
			}
		}
	})
}
