package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// run is the program: it does what the arguments say and returns the exit code.
func run(ctx context.Context, e *env) int {
	out := bufio.NewWriterSize(e.stdout, 64<<10)
	e.stdout = out
	root := newRoot(e)
	root.SetArgs(e.args)
	err := root.ExecuteContext(ctx)
	if flushed := out.Flush(); err == nil {
		err = flushed
	}
	return e.explain(ctx, err)
}

func newRoot(e *env) *cobra.Command {
	root := group(&cobra.Command{
		Use:   "hookrig",
		Short: "Prove that a webhook consumer keeps its side of the contract",
		Long: `hookrig knows a provider's catalog, plays the provider, and judges what your consumer does.

  hookrig demo                            see it find what a bot's own tests miss
  hookrig test -p PROVIDER 4000           test the consumer on port 4000
  hookrig test -p PROVIDER -- node server.js
  hookrig stream -p PROVIDER -n 100       a hundred lifelike messages

Each flag has a twin in the environment: --max-time is HOOKRIG_MAX_TIME. A flag wins over the
environment, the environment over hookrig.yaml. The secret is HOOKRIG_SECRET or --secret-file.
Exit: 0 good, 1 something is wrong, 2 usage, 3 could not check, 130 interrupted.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       buildVersion().Version,
	})
	root.SetIn(e.stdin)
	root.SetOut(e.stdout)
	root.SetErr(e.stderr)
	root.SetVersionTemplate("hookrig {{.Version}}\n")
	root.SetFlagErrorFunc(flagProblem)
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return e.fillFlags(cmd) }
	root.AddCommand(
		newTest(e), newReplay(e), newProbe(e), newSelftest(e), newReport(e), newDemo(e), newLoad(e), newStream(e), newSign(e), newVerify(e),
		newLint(e), newDiff(e),
		newServe(e), newTrigger(e), newListen(e), newEvents(e), newChecks(e), newInit(e), newImport(e), newDocs(e), newHealthcheck(e), newVersion(e),
	)
	return root
}

// group makes a command of a name for other commands: by itself it prints its help, and what follows it
// must be one of them.
func group(cmd *cobra.Command) *cobra.Command {
	cmd.DisableSuggestions = true
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		var known []string
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				known = append(known, c.Name())
			}
		}
		return oneOf("command", args[0], known)
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return cmd
}

// exactly refuses more or fewer arguments than are named.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return misused("%s needs %s", cmd.CommandPath(), names[len(args)]).hint("usage: %s", cmd.UseLine())
		case len(args) > len(names):
			return misused("%s does not take %q", cmd.CommandPath(), args[len(names)]).hint("usage: %s", cmd.UseLine())
		}
		return nil
	}
}

// atMostOne refuses more than one argument.
func atMostOne(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return misused("%s does not take %q", cmd.CommandPath(), args[1]).hint("usage: %s", cmd.UseLine())
	}
	return nil
}

// flagProblem turns an error of pflag into one line and a hint.
func flagProblem(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	var f *exitError
	switch {
	case errors.As(err, &unknown):
		return unknownFlag(cmd, unknown.GetSpecifiedName(), unknown.GetSpecifiedShortnames())
	case errors.As(err, &invalid):
		return badValue("--"+invalid.GetFlag().Name, invalid.GetValue(), invalid.Unwrap())
	case errors.As(err, &f):
		return f
	}
	return misused("%w", err).hint("%s --help lists the flags", cmd.CommandPath())
}

func unknownFlag(cmd *cobra.Command, name, shorthands string) error {
	if shorthands != "" {
		return misused("unknown flag -%s", shorthands).hint("%s --help lists the flags", cmd.CommandPath())
	}
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, "--"+f.Name) })
	hint := didYouMean("--"+name, known)
	if name == "secret" || name == "signing-secret" {
		hint = "a secret is never an argument: set HOOKRIG_SECRET or use --secret-file"
	}
	if hint == "" {
		hint = cmd.CommandPath() + " --help lists the flags"
	}
	return misused("unknown flag --%s", name).hint("%s", hint)
}

// badValue says that a flag, a variable or a key of the config file has a value it cannot have.
func badValue(where, value string, cause error) error {
	var f *exitError
	if errors.As(cause, &f) {
		return &exitError{code: f.code, err: fmt.Errorf("%s: %w", where, f.err), hints: f.hints}
	}
	return misused("%s %q: %w", where, shorten(value, 80), plainCause(cause))
}

// plainCause takes Go's own words off a cause.
func plainCause(err error) error {
	text := err.Error()
	for _, prefix := range []string{"strconv.ParseInt: ", "strconv.ParseUint: ", "strconv.ParseBool: ", "strconv.ParseFloat: ", "time: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	if _, reason, ok := strings.Cut(text, ": "); ok && strings.HasPrefix(text, "parsing ") {
		text = reason
	}
	return errors.New(text)
}

func shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
