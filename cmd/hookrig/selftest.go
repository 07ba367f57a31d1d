package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/report"
)

// selftester is the command: it proves that the checks can fail.
type selftester struct {
	trial
	output *choice
}

func newSelftest(e *env) *cobra.Command {
	s := &selftester{trial: trial{env: e}}
	cmd := &cobra.Command{Use: "selftest [URL | PORT] [-- COMMAND...]", Short: "Prove that each check can fail, with your own consumer",
		Long: "Test the consumer as it is, then once for each check behind a proxy that breaks it in the way which that check\nmust catch. Exit 1 when a check that could be tried was not proved.",
		Args: s.args}
	s.flags(cmd)
	s.output = outputFlag(cmd, "text", "json")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) }
	return cmd
}

func (s *selftester) run(ctx context.Context) error {
	cfg, err := s.what.config(s.env)
	if err != nil {
		return err
	}
	stage, err := s.open(ctx, &cfg)
	if err != nil {
		return err
	}
	defer stage.close()
	done := s.env.showProgress(&cfg)
	proofs, err := contract.Selftest(ctx, cfg)
	done()
	switch {
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return misused("%w", err)
	}
	if err := s.env.printProofs(proofs, s.output.is("json")); err != nil {
		return err
	}
	return ended(proofCode(proofs))
}

// proofCode is bad when a check was tried and stayed green, and unable when none was tried.
func proofCode(proofs []contract.Proof) int {
	tried := 0
	for _, p := range proofs {
		if p.After == "" || p.After == report.VerdictNotAssessed {
			continue
		}
		tried++
		if !p.Proved || len(p.Unrelated) > 0 {
			return exitBad
		}
	}
	if tried == 0 {
		return exitUnable
	}
	return exitGood
}

func (e *env) printProofs(proofs []contract.Proof, asJSON bool) error {
	rows := [][]string{{"CHECK", "PROVED", "AS IT IS", "SABOTAGED", "REMARK"}}
	proved := 0
	for _, p := range proofs {
		if asJSON {
			if err := e.printJSON(p); err != nil {
				return err
			}
		}
		word, remark := "no", p.Reason
		if p.Proved {
			word, remark, proved = "yes", p.Got, proved+1
		}
		if len(p.Unrelated) > 0 {
			remark = fmt.Sprintf("also red: %s; %s", p.Unrelated[0].Check, remark)
		}
		rows = append(rows, []string{p.Check, word, string(p.Before), string(p.After), shorten(remark, 80)})
	}
	if asJSON {
		return nil
	}
	if err := e.printTable(rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(e.stdout, "%d of %d checks proved\n", proved, len(proofs))
	return err
}
