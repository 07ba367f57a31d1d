package main

import (
	"cmp"
	"context"
	"errors"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/contract/report"
	"github.com/hookrig/hookrig/internal/redact"
)

// tester is the command: a run, and what is said of it.
type tester struct {
	trial
	saying verdictFlags
	output *choice
}

func newTest(e *env) *cobra.Command {
	t := &tester{trial: trial{env: e}}
	cmd := &cobra.Command{Use: "test [URL | PORT] [-- COMMAND...]", Short: "Test a webhook consumer",
		Long: `Play the provider, as itself and as everybody who pretends to be, and judge what the consumer does. Give
the consumer's URL, its port on this machine, or the COMMAND that starts it.`,
		Example: `  HOOKRIG_SECRET=… hookrig test -p PROVIDER http://127.0.0.1:4000/webhooks
  hookrig test -p PROVIDER -- node server.js
  hookrig test -p PROVIDER 4000 --observe api --report junit=report.xml,html=report.html
  hookrig test 3000 --sample body.json --signing standard-webhooks`,
		Args: t.args,
	}
	t.flags(cmd)
	t.saying.flags(cmd)
	t.output = outputFlag(cmd, "text", "json")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return t.run(cmd.Context()) }
	return cmd
}

// run tests the consumer and says what it found.
func (t *tester) run(ctx context.Context) error {
	cfg, err := t.what.config(t.env)
	if err != nil {
		return err
	}
	words, err := t.saying.open(t.env, providerOf(cfg).Name)
	if err != nil {
		return err
	}
	defer words.discard()
	stage, err := t.open(ctx, &cfg)
	if err != nil {
		return err
	}
	defer stage.close()
	return t.judge(ctx, cfg, stage, words)
}

// judge runs the checks and says what they found.
func (t *tester) judge(ctx context.Context, cfg contract.Config, stage *stage, words *words) error {
	cfg.MaxFailures = int(t.saying.maxFailures)
	done := t.env.showProgress(&cfg)
	r, err := contract.Run(ctx, cfg)
	done()
	if err != nil {
		return misused("%w", err)
	}
	r.Tool = report.Tool{Name: "hookrig", Version: buildVersion().Version}
	r.Notes = append(r.Notes, stage.notes...)
	r.Mask(redact.New(stage.masked...))
	memory := t.env.lastRun(r.Provider)
	words.gate.Previous = memory.about(r)
	words.gate.Apply(r, t.env.now())
	memory.keep(r)
	err = errors.Join(words.write(t.env, r, t.output.is("json")), stage.finish())
	if t.saying.update && err == nil {
		err = t.env.updateBaseline(t.saying.baseline, words.baseline, r)
	}
	if err != nil {
		return err
	}
	if t.saying.update && r.Exit == exitBad && r.Verdict == report.VerdictFail {
		return nil // what failed is excused from now on
	}
	return ended(r.Exit)
}

// showProgress tells a terminal how the run goes on, and a CI's log in plain lines. The function it returns
// ends that.
func (e *env) showProgress(cfg *contract.Config) (done func()) {
	ci, err := strconv.ParseBool(e.getenv("CI"))
	if ci = ci || err != nil && e.getenv("CI") != ""; !e.stderrIsTerminal && !ci {
		return func() {}
	}
	terminal := e.stderrIsTerminal && e.getenv("TERM") != "dumb"
	status := report.NewStatus(report.StatusConfig{Writer: e.stderr, Terminal: terminal, Color: terminal && e.getenv("NO_COLOR") == "", Now: e.now})
	cfg.Progress = func(p contract.Progress) {
		step := report.Step{Phase: phaseName(p.Phase), Finished: p.Finished, Total: p.Total, Sent: p.Sent}
		if p.Result != nil {
			step.Result = &report.Result{Check: p.Result.Check.ID, Event: p.Result.Event, Verdict: report.Verdict(p.Result.Verdict),
				Reason: cmp.Or(p.Result.Reason, p.Result.Check.Title)}
		}
		status.Tell(step)
	}
	return status.Done
}

// phaseName is a phase in a person's words.
func phaseName(p checks.Phase) string {
	names := []string{"plain messages", "checks that do no harm", "effects", "checks that may wound", "closing"}
	return names[min(max(0, int(p)), len(names)-1)]
}
