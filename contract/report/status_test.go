package report_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hookrig/hookrig/contract/report"
)

// play tells a status of a run, a step every 400 ms.
func play(cfg report.StatusConfig) string {
	var out bytes.Buffer
	now := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	cfg.Writer, cfg.Now = &out, func() time.Time { return now }
	s := report.NewStatus(cfg)
	for i := range 50 {
		step := report.Step{Phase: "harmless", Finished: i, Total: 50, Sent: int64(10 * i)}
		if i >= 40 {
			step.Phase = "wounding"
		}
		if i == 10 {
			step.Result = &report.Result{Check: "ack-hang", Event: "order.paid\x1b[2J", Verdict: report.VerdictFail, Finding: &report.Finding{Got: "no reply", Fix: "reply"}}
		}
		s.Tell(step)
		now = now.Add(400 * time.Millisecond)
	}
	s.Done()
	return out.String()
}

func TestStatusInALog(t *testing.T) {
	want := []string{
		"harmless · 0/50 checks · 0 requests · 0s",
		`fail ack-hang · order.paid\x1b[2J: no reply; reply`,
		"harmless · 25/50 checks · 250 requests · 10s · about 10s left",
		"wounding · 40/50 checks · 400 requests · 16s · about 4s left",
		"",
	}
	if diff := cmp.Diff(want, strings.Split(play(report.StatusConfig{}), "\n")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestStatusOnATerminal(t *testing.T) {
	out := play(report.StatusConfig{Terminal: true, Width: func() int { return 40 }})
	if !strings.HasSuffix(out, "\r\x1b[K") {
		t.Error("the line is not taken away at the end")
	}
	if strings.Count(out, "\n") != 1 {
		t.Errorf("%d lines stay, want the failure alone", strings.Count(out, "\n"))
	}
	for _, line := range strings.Split(out, "\r") {
		line = strings.TrimSuffix(line, "\x1b[K")
		if text, _, _ := strings.Cut(line, "\n"); !strings.Contains(text, "fail ") && len([]rune(text)) > 39 {
			t.Errorf("%q is wider than the terminal", text)
		}
	}
	if strings.Contains(out, "\x1b[2J") {
		t.Error("an event's name cleared the screen")
	}
}
