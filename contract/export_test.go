package contract

import (
	"context"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/contract/report"
)

// Prove is one line of a self-test.
func Prove(ctx context.Context, cfg Config, c *checks.Check) (Proof, error) {
	p := Proof{Check: c.ID}
	err := p.prove(ctx, cfg, c)
	return p, err
}

// RunSabotaged runs the consumer behind the check's sabotage.
func RunSabotaged(ctx context.Context, cfg Config, c *checks.Check) (*report.Report, error) {
	return runSabotaged(ctx, cfg, c)
}
