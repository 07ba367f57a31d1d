package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/contract"
)

// trial is what every command that tries a consumer takes: what is sent, to whom, within which time,
// and what is seen of it.
type trial struct {
	env    *env
	what   selection
	whom   target
	within limits
	seeing observation
	secret *string

	positional []string // URL or port
	command    []string // after --
}

func (t *trial) flags(cmd *cobra.Command) {
	t.what.flags(t.env, cmd)
	t.reachFlags(cmd)
}

// reachFlags are the flags without those that say what is sent.
func (t *trial) reachFlags(cmd *cobra.Command) {
	t.secret = secretFlag(cmd)
	t.whom.flags(cmd)
	t.within.flags(cmd)
	t.seeing.flags(cmd)
	useConfig(cmd, configStrict)
}

// args takes the consumer off the line.
func (t *trial) args(cmd *cobra.Command, args []string) (err error) {
	t.positional, t.command, err = consumerArgs(cmd, args)
	return err
}

// consumerArgs takes a consumer off the line: a URL or port, and a command after --.
func consumerArgs(cmd *cobra.Command, args []string) (positional, command []string, err error) {
	positional = args
	if dash := cmd.ArgsLenAtDash(); dash >= 0 {
		positional, command = args[:dash], args[dash:]
		if len(command) == 0 {
			return nil, nil, misused("nothing follows --: name the command that starts the consumer")
		}
	}
	return positional, command, atMostOne(cmd, positional)
}

// open works in steps: (1) everything that can be wrong with flags, (2) what is started for the trial.
// The caller closes the stage.
func (t *trial) open(ctx context.Context, cfg *contract.Config) (*stage, error) {
	s := &stage{env: t.env, provider: providerOf(*cfg), files: *t.secret}
	err := t.ready(ctx, s, cfg)
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (t *trial) ready(ctx context.Context, s *stage, cfg *contract.Config) error {
	if err := s.aim(t.whom, t.positional, t.command); err != nil {
		return err
	}
	if err := t.seeing.prepare(s); err != nil {
		return err
	}
	if err := t.seeing.attach(s, cfg); err != nil {
		return err
	}
	t.within.limit(cfg)
	if err := s.open(ctx, t.whom); err != nil {
		return err
	}
	s.attach(cfg)
	return nil
}

// limits are the flags of time and size.
type limits struct {
	timeout     span
	maxBody     amount
	maxTime     span
	concurrency amount
	settle      span
}

func (l *limits) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Var(&l.timeout, "timeout", "deadline of a reply, in place of the provider's")
	flags.Var(&l.maxBody, "max-body", "largest body in bytes, in place of the provider's")
	flags.Var(&l.maxTime, "max-time", "end the run after so long; what is cut off is not assessed")
	flags.Var(&l.concurrency, "concurrency", "exchanges at once (default 8)")
	flags.Var(&l.settle, "settle", "wait at most so long for effects (default 2s)")
}

func (l *limits) limit(cfg *contract.Config) {
	cfg.Timeout, cfg.MaxTime, cfg.Settle = time.Duration(l.timeout), time.Duration(l.maxTime), time.Duration(l.settle)
	cfg.MaxBody, cfg.Concurrency = int64(l.maxBody), int(l.concurrency)
}
