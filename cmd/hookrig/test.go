package main

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/contract/report"
	"github.com/hookrig/hookrig/internal/redact"
)

// tester is the command: what is tested, whom, within which time, what is seen of it, what is said.
type tester struct {
	env    *env
	what   selection
	whom   target
	within limits
	seeing observation
	saying verdictFlags
	secret *string
	output *choice
}

func newTest(e *env) *cobra.Command {
	t := &tester{env: e}
	cmd := &cobra.Command{Use: "test [URL | PORT] [-- COMMAND...]", Short: "Test a webhook consumer",
		Long: `Play the provider, as itself and as everybody who pretends to be, and judge what the consumer does. Give
the consumer's URL, its port on this machine, or the COMMAND that starts it.`,
		Example: `  HOOKRIG_SECRET=… hookrig test -p PROVIDER http://127.0.0.1:4000/webhooks
  hookrig test -p PROVIDER -- node server.js
  hookrig test -p PROVIDER 4000 --observe api --report junit=report.xml,html=report.html
  hookrig test 3000 --sample body.json --signing standard-webhooks`,
	}
	t.secret = secretFlag(cmd)
	t.what.flags(e, cmd)
	t.whom.flags(cmd)
	t.within.flags(cmd)
	t.seeing.flags(cmd)
	t.saying.flags(cmd)
	t.output = outputFlag(cmd, "text", "json")
	useConfig(cmd, configStrict)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		positional, command := args, []string(nil)
		if dash := cmd.ArgsLenAtDash(); dash >= 0 {
			positional, command = args[:dash], args[dash:]
			if len(command) == 0 {
				return misused("nothing follows --: name the command that starts the consumer")
			}
		}
		if err := atMost(1)(cmd, positional); err != nil {
			return err
		}
		return t.run(cmd.Context(), positional, command)
	}
	return cmd
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

// run works in steps: (1) everything that can be wrong with flags and files, (2) what is started for
// the run, (3) the run, (4) what is said about it. Whatever was started ends with it.
func (t *tester) run(ctx context.Context, positional, command []string) error {
	cfg, err := t.what.config(t.env)
	if err != nil {
		return err
	}
	provider := providerOf(cfg)
	words, err := t.saying.open(t.env, provider.Name)
	if err != nil {
		return err
	}
	defer words.discard()
	stage := &stage{env: t.env, provider: provider, files: *t.secret}
	if err := stage.aim(t.whom, positional, command); err != nil {
		return err
	}
	if err := t.seeing.prepare(stage); err != nil {
		return err
	}
	defer stage.close()
	if err := stage.open(ctx, t.whom); err != nil {
		return err
	}
	t.within.limit(&cfg)
	if err := t.seeing.attach(ctx, stage, &cfg); err != nil {
		return err
	}
	stage.attach(&cfg)
	return t.judge(ctx, cfg, stage, words)
}

func (l *limits) limit(cfg *contract.Config) {
	cfg.Timeout, cfg.MaxTime, cfg.Settle = time.Duration(l.timeout), time.Duration(l.maxTime), time.Duration(l.settle)
	cfg.MaxBody, cfg.Concurrency = int64(l.maxBody), int(l.concurrency)
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

// showProgress tells a terminal how the run goes on. The function it returns ends that.
func (e *env) showProgress(cfg *contract.Config) (done func()) {
	if !e.stderrIsTerminal {
		return func() {}
	}
	status := report.NewStatus(report.StatusConfig{Writer: e.stderr, Terminal: e.getenv("TERM") != "dumb", Color: e.getenv("NO_COLOR") == "", Now: e.now})
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
