package contract

import (
	"context"

	"github.com/hookrig/hookrig/contract/checks"
)

// Prove is one line of a self-test.
func Prove(ctx context.Context, cfg Config, c *checks.Check) (Proof, error) {
	p := Proof{Check: c.ID}
	err := p.prove(ctx, cfg, c)
	return p, err
}
