package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/internal/escape"
	"github.com/hookrig/hookrig/internal/redact"
	"github.com/hookrig/hookrig/schemas"
)

// replayer is the command: it plays a finding again.
type replayer struct {
	trial
	provider *string
	signing  *string
	fresh    bool
	output   *choice
	script   string // token or file
}

func newReplay(e *env) *cobra.Command {
	r := &replayer{trial: trial{env: e}}
	cmd := &cobra.Command{Use: "replay TOKEN|FILE [URL | PORT] [-- COMMAND...]", Short: "Play a finding again: is it fixed?",
		Long: `Send again what a finding was found with, byte for byte (what is signed with the time is signed anew), or the
recorded deliveries of a FILE. It says FIXED (exit 0), FAILED (exit 1) or ERROR (exit 3).`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || cmd.ArgsLenAtDash() == 0 {
				return misused("hookrig replay needs TOKEN or FILE").hint("a finding's replay line has it")
			}
			r.script = args[0]
			r.positional = args[1:]
			if dash := cmd.ArgsLenAtDash(); dash > 0 {
				r.positional, r.command = args[1:dash], args[dash:]
			}
			return atMostOne(cmd, r.positional)
		}}
	r.provider = providerFlag(cmd)
	r.signing = signingFlag(cmd, "how it is signed, where no provider says")
	r.reachFlags(cmd)
	cmd.Flags().BoolVar(&r.fresh, "fresh-ids", false, "with new ids, for a consumer that remembers the old ones")
	r.output = outputFlag(cmd, "text", "json")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return r.run(cmd.Context()) }
	return cmd
}

func (r *replayer) run(ctx context.Context) error {
	script, err := r.read()
	if err != nil {
		return err
	}
	cfg, err := r.config(script)
	if err != nil {
		return err
	}
	stage, err := r.open(ctx, &cfg)
	if err != nil {
		return err
	}
	defer stage.close()
	played, err := contract.Replay(ctx, cfg, script)
	if err != nil {
		return misused("%w", err)
	}
	mask := redact.New(stage.masked...)
	if r.output.is("json") {
		err = r.env.printJSON(map[string]any{"outcome": played.Outcome, "reason": mask.String(played.Reason), "check": script.Check, "event": script.Event,
			"finding": played.Finding, "exchanges": played.Exchanges, "least": played.Least})
	} else {
		err = r.show(script, played, mask)
	}
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return ended(map[contract.Outcome]int{contract.Fixed: exitGood, contract.Failed: exitBad, contract.Error: exitUnable}[played.Outcome])
}

// show prints each exchange on a line, and what became of the finding.
func (r *replayer) show(s contract.Script, played *contract.Replayed, mask *redact.Redactor) error {
	for _, x := range played.Exchanges {
		answer := x.Response.Failure
		if x.Response.Status != 0 {
			answer = strings.TrimSpace(fmt.Sprintf("%d %s", x.Response.Status, x.Response.Reason))
		}
		fmt.Fprintf(r.env.stdout, "%s %s → %s (%d ms)\n", x.Request.Method, escape.Line(x.Request.Path), escape.Line(answer), x.Response.DurationMS)
	}
	what := strings.TrimSpace(s.Check + " " + s.Event)
	text := fmt.Sprintf("%s %s", played.Outcome, what)
	if played.Reason != "" {
		text += ": " + mask.String(played.Reason)
	}
	if err := r.env.printLine("%s", text); err != nil || played.Finding == nil {
		return err
	}
	f := played.Finding
	if err := r.env.printLine("fix: %s", f.Fix); err != nil || f.Shrunk == "" {
		return err
	}
	if err := r.env.printLine("shrunk: %s", mask.String(f.Shrunk)); err != nil || played.Least == nil {
		return err
	}
	line, err := r.least(*played.Least)
	if err != nil {
		return err
	}
	return r.env.printLine("replay: %s", line)
}

// leastFile is where a script goes that is too long for a line.
const leastFile = "hookrig-replay-least.json"

// least is the line that plays less and fails still.
func (r *replayer) least(s contract.Script) (string, error) {
	token, err := s.Token()
	if err != nil {
		return "", err
	}
	if contract.Short(token) {
		return "hookrig replay " + token, nil
	}
	err = writeFile(leastFile, 0o600, func(w io.Writer) error { return contract.WriteScript(w, s) })
	return "hookrig replay " + leastFile, err
}

// read reads a token, a replay file, or recorded deliveries.
func (r *replayer) read() (contract.Script, error) {
	if strings.HasPrefix(r.script, "hr1_") {
		script, err := contract.ParseToken(r.script)
		if err != nil {
			return script, misused("%w", err)
		}
		return script, nil
	}
	if missing(r.script) && r.script != "-" && !strings.ContainsAny(r.script, `/\.`) {
		return contract.Script{}, misused("%q is neither a replay token (hr1_…) nor a file", shorten(r.script, 40))
	}
	data, err := r.env.readInput(r.script)
	if err != nil {
		return contract.Script{}, err
	}
	if problem := textProblem(data); problem != "" {
		return contract.Script{}, misused("%s: %s", r.script, problem)
	}
	first, _, _ := bytes.Cut(data, []byte("\n"))
	if isDelivery(first) {
		return recorded(data, r.script)
	}
	script, err := contract.ReadScript(bytes.NewReader(data))
	if err != nil {
		return script, misused("%s: %w", r.script, err)
	}
	return script, nil
}

// recorded makes a script of recorded deliveries: each must be acknowledged.
func recorded(data []byte, file string) (contract.Script, error) {
	var s contract.Script
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		d, err := readDelivery(line, file, number)
		if err != nil {
			return s, err
		}
		if s.Provider != "" && d.Provider != s.Provider {
			return s, misused("%s:%d: it is of provider %q, the lines before it of %q", file, number, d.Provider, s.Provider)
		}
		s.Provider = d.Provider
		s.Steps = append(s.Steps, checks.Step{Event: d.Event, Body: d.Body})
	}
	return s, nil
}

// config begins with the provider that the script was written for.
func (r *replayer) config(s contract.Script) (contract.Config, error) {
	var cfg contract.Config
	if r.fresh {
		var salt [8]byte
		_, _ = rand.Read(salt[:]) // it never fails
		cfg.RunID = hex.EncodeToString(salt[:])
	}
	if *r.signing != "" {
		p, err := r.env.scheme(*r.signing)
		cfg.Provider = p
		return cfg, asSample(&cfg, s, err)
	}
	name := *r.provider
	if name == "" || r.builtinMeant(s, name) {
		name = s.Provider
	}
	if p, err := schemas.LoadScheme(name); err == nil && missing(name) {
		cfg.Provider = p.Provider()
		return cfg, asSample(&cfg, s, nil)
	}
	var err error
	cfg.Catalog, err = r.env.catalog(name)
	return cfg, err
}

// builtinMeant says whether -p came from the config file and means another provider than the script.
func (r *replayer) builtinMeant(s contract.Script, name string) bool {
	_, err := os.Stat(name)
	return err != nil && s.Provider != "" && s.Provider != name
}

// asSample gives a run without a catalog the script's own bodies.
func asSample(cfg *contract.Config, s contract.Script, err error) error {
	if err != nil {
		return err
	}
	for _, step := range s.Steps {
		if len(step.Body) > 0 {
			name := step.Event
			if name == "" {
				name = s.Event
			}
			cfg.Samples = []contract.Sample{{Name: name, Body: step.Body}}
			return nil
		}
	}
	return misused("the script was written with sample bodies, and holds none: run hookrig test again")
}
