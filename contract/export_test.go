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

// Compile makes ready what runs of the same messages have in common.
func Compile(cfg *Config) error { return cfg.compile() }

// Compiled is the Config with what another has compiled.
func Compiled(cfg, earlier Config) Config {
	cfg.compiled, cfg.compiledAt = earlier.compiled, earlier.compiledAt
	return cfg
}

// RunSabotaged runs the consumer behind the check's sabotage.
func RunSabotaged(ctx context.Context, cfg Config, c *checks.Check) (*report.Report, error) {
	return runSabotaged(ctx, cfg, c)
}
