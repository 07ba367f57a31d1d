package contract_test

import (
	"context"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/internal/consumer"
	"github.com/hookrig/hookrig/schemas"
)

func TestReferenceConsumerIsGreen(t *testing.T) {
	for _, name := range schemas.Builtins() {
		t.Run(name, func(t *testing.T) {
			catalog, err := schemas.Builtin(name)
			if err != nil {
				t.Fatal(err)
			}
			var secrets []schemas.Secret
			if catalog.Provider.Signing != nil {
				secrets = []schemas.Secret{"watsi-test-secret"}
			}
			c, err := consumer.New(consumer.Config{Catalog: catalog, Endpoints: []consumer.Endpoint{{Path: "/webhooks", Secrets: secrets}}})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			started := time.Now()
			rep, err := contract.Run(context.Background(), contract.Config{
				Catalog: catalog, Handler: c, Observer: c,
				Endpoints: []schemas.Endpoint{{Secrets: secrets}},
				Timeout:   5 * time.Second, MaxBody: 64 << 10,
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s: exit %d %s in %v, %+v, %v", rep.Verdict, rep.Exit, rep.Reason, time.Since(started), rep.Totals, rep.Notes)
			for _, r := range rep.Results {
				if r.Verdict != "pass" {
					t.Logf("%-30s %-22s %-12s %d %s", r.Check, r.Event, r.Verdict, r.Cases, r.Reason)
				}
				if r.Finding != nil { // an advisory on ourselves is one too many
					t.Errorf("  got %s want %s where %s rule %s", r.Finding.Got, r.Finding.Want, r.Finding.Where, r.Finding.Rule)
				}
			}
			if rep.Exit != 0 {
				t.Errorf("exit %d", rep.Exit)
			}
		})
	}
}
