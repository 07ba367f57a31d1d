package load

import (
	"strings"
	"testing"
	"time"
)

// Figures that are hookrig's own are called so.
func TestWarnsOfItsOwnLimit(t *testing.T) {
	for _, tt := range []struct {
		name string
		used float64 // of two processors, for a second
		busy float64 // of the machine
		late time.Duration
		want string
	}{
		{"all the processors", 1.9, 1, 0, "hookrig itself was the limit: it used 1.9 of 2 processors"},
		{"a machine that is full", 0.9, 0.99, 0, "the machine had nothing idle, and hookrig used 0.9"},
		{"late", 0.1, 0.1, 90 * time.Millisecond, "hookrig itself was late: 1 arrival in 100 left 90.0 ms"},
		{"a machine full of others", 0.2, 1, 0, ""},
		{"nothing of the kind", 0.9, 0.6, 0, ""},
		{"a system that does not tell", 0, 0, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := measured(100 * time.Millisecond)
			r.DurationNS, r.Processors, r.MachineBusyRatio = int64(time.Second), 2, tt.busy
			r.ProcessorNS = int64(tt.used * float64(time.Second))
			r.Lateness.record(tt.late, 1)
			got := strings.Join(warnings(r), "\n")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("warnings are %q, want %q", got, tt.want)
			}
		})
	}
}

func TestMachineUse(t *testing.T) {
	then, now := machineUse{100, 100}, machineUse{160, 140}
	if got := now.busySince(then); got != 0.6 {
		t.Errorf("busy %v, want 0.6", got)
	}
	if got := then.busySince(now); got != 0 {
		t.Errorf("a clock that goes back: busy %v, want 0", got)
	}
	if got := (machineUse{}).busySince(machineUse{}); got != 0 {
		t.Errorf("a system that does not tell: busy %v, want 0", got)
	}
}
