package load

import (
	"testing"
	"time"
)

// An objective is given up exactly when nothing that follows can keep it.
func TestHopeless(t *testing.T) {
	slow := func(fast, slow int64) outlook {
		l := newLatency()
		l.record(10*time.Millisecond, fast)
		if slow > 0 {
			l.record(time.Second, slow)
		}
		return outlook{intended: l, planned: 1000, length: 10 * time.Second}
	}
	failed := func(n int64) outlook {
		o := slow(100, 0)
		o.failed = n
		return o
	}
	endless := failed(500)
	endless.planned, endless.length = 0, 0
	for _, tt := range []struct {
		name string
		slo  string
		now  outlook
		want bool
	}{
		{"nothing has happened", "p99<200ms, errors<1%, max<1s, mean<20ms, rate>90/s", outlook{intended: newLatency(), planned: 1000, length: 10 * time.Second}, false},
		{"1 in 100 may be slow", "p99<200ms", slow(0, 10), false},
		{"more are slow than may be", "p99<200ms", slow(0, 12), true},
		{"slow at first, and much to come", "p50<200ms", slow(0, 400), false},
		{"half of all are slow", "p50<200ms", slow(0, 502), true},
		{"one is too slow for any", "max<500ms", slow(100, 1), true},
		{"mean that the rest makes good", "mean<20ms", slow(0, 19), false},
		{"mean beyond repair", "mean<20ms", slow(0, 21), true},
		{"errors that the rest makes good", "errors<1%", failed(9), false},
		{"errors beyond repair", "errors<1%", failed(10), true},
		{"no error is allowed", "errors<=0%", failed(1), true},
		{"rate that can be caught up", "rate>90/s", failed(100), false},
		{"rate beyond reach", "rate>90/s", failed(130), true},
		{"a closed loop has no whole", "errors<1%, p99<5ms, rate>90/s", endless, false},
		{"but none is none", "errors<=0%", endless, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			slo, err := ParseSLO(tt.slo)
			if err != nil {
				t.Fatal(err)
			}
			if lost, got := slo.hopeless(tt.now); got != tt.want {
				t.Errorf("hopeless = %v (%v), want %v", got, lost, tt.want)
			}
		})
	}
}
