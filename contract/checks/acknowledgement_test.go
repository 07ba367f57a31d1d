package checks_test

import (
	"testing"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/schemas"
)

// TestIntermittent: refusals count while the consumer lives; its end is another check's finding.
func TestIntermittent(t *testing.T) {
	ok := checks.Reply{Status: 200}
	reset, gone := checks.Reply{Failure: checks.FailureReset}, checks.Reply{Failure: checks.FailureConnect}
	for _, tt := range []struct {
		name    string
		replies []checks.Reply
		refused int
	}{
		{"all acknowledged", []checks.Reply{ok, ok}, 0},
		{"two refused", []checks.Reply{ok, reset, ok, gone, ok}, 2},
		{"gone at the end", []checks.Reply{ok, ok, gone, gone, gone}, 0},
		{"cut off, then gone", []checks.Reply{ok, reset, reset, gone, gone}, 0},
		{"refused, then gone", []checks.Reply{reset, ok, reset, gone, gone}, 1},
		{"never there", []checks.Reply{gone, gone}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			subject := &checks.Subject{Provider: &schemas.Provider{Policy: schemas.Policy{Acknowledge: []string{"2xx"}}}}
			var seen []checks.Exchange
			for _, r := range tt.replies {
				seen = append(seen, checks.Exchange{Plain: true, Reply: r})
			}
			refused := 0
			for _, flaw := range review(t, "ack-intermittent")(subject, seen) {
				refused = flaw.Times
			}
			if refused != tt.refused {
				t.Errorf("%d refusals, want %d", refused, tt.refused)
			}
		})
	}
}

func review(t *testing.T, id string) func(*checks.Subject, []checks.Exchange) []checks.Flaw {
	t.Helper()
	for _, c := range checks.All() {
		if c.ID == id && c.Review != nil {
			return c.Review
		}
	}
	t.Fatalf("no check %q reviews a run", id)
	return nil
}
