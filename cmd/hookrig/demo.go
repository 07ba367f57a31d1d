package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/report"
	"github.com/hookrig/hookrig/internal/consumer"
	"github.com/hookrig/hookrig/internal/escape"
	"github.com/hookrig/hookrig/internal/observe"
	"github.com/hookrig/hookrig/schemas"
)

// demoLookUp is how long the bot looks a customer up before it answers: long enough for a copy 3 ms later.
const demoLookUp = 120 * time.Millisecond

// demoWidth is how wide the demo's lines may be.
const demoWidth = 108

// demoChecks are what the demo's bot gets wrong, and what it gets right beside it.
func demoChecks() (wrong, right []string) {
	return []string{"dup-concurrent-race", "order-stale-overwrite", "unknown-event-or-enum"},
		[]string{"sig-*", "dup-answered-error", "ack-too-slow"}
}

// demoTimed is the check whose finding is told moment by moment.
const demoTimed = "dup-concurrent-race"

func newDemo(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "demo", Short: "See hookrig find what a bot's own tests cannot", Args: exactly(),
		Long: "Start a chat bot that looks right on this machine, test it, and test it again with its three mistakes fixed."}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := demoCatalog()
		if err != nil {
			return err
		}
		return e.demo(cmd.Context(), c)
	}
	return cmd
}

// demoCatalog is the first built-in provider that signs and that a bot can answer.
func demoCatalog() (*schemas.Catalog, error) {
	for _, name := range schemas.Builtins() {
		c, err := schemas.Builtin(name)
		if err != nil {
			return nil, err
		}
		if p := c.Provider; p.Signing != nil && p.API != nil && len(p.API.Effects) > 0 {
			return c, nil
		}
	}
	return nil, unable("no built-in provider signs and has an API to answer through")
}

func (e *env) demo(ctx context.Context, c *schemas.Catalog) error {
	fmt.Fprintf(e.stdout, `A chat bot for %s, on this machine. It verifies signatures in constant time, answers 200 at once, works
through a queue and remembers what it has seen. Its own tests pass. hookrig plays %[1]s:

`, c.Provider.Title)
	e.flush()
	before, err := e.tryBot(ctx, c, false, nil)
	if err != nil {
		return err
	}
	wrong, _ := demoChecks()
	var mistakes []report.Result
	for _, check := range wrong {
		if worst, ok := plainest(before.report, c, check); ok {
			mistakes = append(mistakes, worst)
			e.showMistake(worst, before.timeline)
		}
	}
	e.showPassed(before.report)
	fmt.Fprint(e.stdout, "\nThe same bot, its three mistakes fixed, and the three lines played again:\n\n")
	e.flush()
	after, err := e.tryBot(ctx, c, true, mistakes)
	if err != nil {
		return err
	}
	for i, outcome := range after.replayed {
		fmt.Fprintf(e.stdout, "  %-5s %s · %s\n", outcome, mistakes[i].Check, escape.Line(mistakes[i].Event))
	}
	e.showPassed(after.report)
	fmt.Fprintf(e.stdout, "\nYour turn: hookrig test -p %s -- COMMAND starts your consumer and tests all of it.\n", c.Provider.Name)
	fixed := func(o contract.Outcome) bool { return o == contract.Fixed }
	if len(mistakes) < len(wrong) || after.report.Exit != exitGood || len(after.replayed) < len(wrong) || slices.ContainsFunc(after.replayed, not(fixed)) {
		return unable("the demo did not show what it should: %s before, %s after, played again %v", before.report.Totals, after.report.Totals, after.replayed)
	}
	return nil
}

func not[T any](f func(T) bool) func(T) bool { return func(v T) bool { return !f(v) } }

// plainest is the check's failure that is the easiest to see: one look was enough. Of several it is that of
// the event that the catalog names first.
func plainest(r *report.Report, c *schemas.Catalog, check string) (worst report.Result, ok bool) {
	for _, event := range c.Events() {
		for _, result := range r.Results {
			if result.Check != check || result.Event != event.Name || result.Verdict != report.VerdictFail || result.Finding == nil {
				continue
			}
			if !ok || worst.Finding.Observed != "1 of 1" && result.Finding.Observed == "1 of 1" {
				worst, ok = result, true
			}
		}
	}
	return worst, ok
}

// flush shows what has been said so far: the next part takes seconds.
func (e *env) flush() {
	if out, ok := e.stdout.(interface{ Flush() error }); ok {
		_ = out.Flush() // a broken pipe shows at the end
	}
}

// botTrial is what a trial of the bot has shown: what the run found, what happened when, and what became of findings played again.
type botTrial struct {
	report   *report.Report
	timeline *timeline
	replayed []contract.Outcome
}

// tryBot starts the bot with an API to answer through, tests it, and plays the findings again.
func (e *env) tryBot(ctx context.Context, c *schemas.Catalog, fixed bool, again []report.Result) (*botTrial, error) {
	t := &botTrial{timeline: &timeline{provider: c.Provider, now: e.now}}
	api, err := observe.NewAPI(observe.APIConfig{Provider: c.Provider, Accept: t.timeline.answered})
	if err != nil {
		return nil, err
	}
	apiURL, closeAPI, err := serveHere(api)
	if err != nil {
		return nil, err
	}
	defer closeAPI()
	secret := makeSecret(c.Provider.Signing)
	bot, err := consumer.NewBot(consumer.BotConfig{
		Config: consumer.Config{Catalog: c, Secrets: []schemas.Secret{secret}}, BaseURL: apiURL, Key: "demo", LookUp: lookUp, Fixed: fixed})
	if err != nil {
		return nil, err
	}
	defer bot.Close()
	botURL, closeBot, err := serveHere(t.timeline.watch(bot))
	if err != nil {
		return nil, err
	}
	defer closeBot()
	wrong, right := demoChecks()
	cfg := contract.Config{Catalog: c, Checks: append(wrong, right...), Observer: observe.Together{api, bot}, Sent: api.Sent, Idle: bot.Idle,
		MaxTime: 30 * time.Second, Concurrency: 4,
		Endpoints: []schemas.Endpoint{{URL: botURL + consumerPath(c.Provider), Secrets: []schemas.Secret{secret}}}}
	done := e.showProgress(&cfg)
	defer done()
	if t.report, err = contract.Run(ctx, cfg); err != nil {
		return nil, err
	}
	cfg.Progress = nil
	for _, result := range again {
		outcome, err := replayFinding(ctx, cfg, result)
		if err != nil {
			return nil, err
		}
		t.replayed = append(t.replayed, outcome)
	}
	return t, nil
}

// lookUp is the bot's customer database: it takes its time.
func lookUp(ctx context.Context) {
	timer := time.NewTimer(demoLookUp)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// replayFinding plays a finding again by its line.
func replayFinding(ctx context.Context, cfg contract.Config, result report.Result) (contract.Outcome, error) {
	script, err := contract.ParseToken(strings.TrimPrefix(result.Finding.Replay, "hookrig replay "))
	if err != nil {
		return "", err
	}
	played, err := contract.Replay(ctx, cfg, script)
	if err != nil {
		return "", err
	}
	return played.Outcome, nil
}

// serveHere serves a handler at a free port of this machine.
func serveHere(h http.Handler) (url string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, unable("listen on 127.0.0.1: %s", netReason(err))
	}
	server := consumer.NewServer(h)
	go func() { _ = server.Serve(listener) }() // until stop
	return "http://" + listener.Addr().String(), func() { _ = server.Close() }, nil
}

// consumerPath is the path of the provider's own tutorial.
func consumerPath(p *schemas.Provider) string {
	if p.Consumer == nil {
		return defaultPath
	}
	return p.Consumer.Path
}

// showPassed counts what is right.
func (e *env) showPassed(r *report.Report) {
	verdicts := map[string]report.Verdict{} // by check: one failure is one too many
	for _, result := range r.Results {
		if verdicts[result.Check] != report.VerdictFail && (result.Verdict == report.VerdictPass || result.Verdict == report.VerdictFail) {
			verdicts[result.Check] = result.Verdict
		}
	}
	passed := 0
	for _, verdict := range verdicts {
		if verdict == report.VerdictPass {
			passed++
		}
	}
	fmt.Fprintf(e.stdout, "  %s  %d checks · %s\n", e.paint("32", "pass"), passed, r.VerdictLine())
}

// showMistake tells a finding: what happened when, what was wanted, how to see it again and how to fix it.
func (e *env) showMistake(result report.Result, happened *timeline) {
	f := result.Finding
	fmt.Fprintf(e.stdout, "  %s  %s · %s\n", e.paint("31", "FAIL"), result.Check, escape.Line(cmp.Or(result.Event, "endpoint")))
	line := func(word, text string) { fmt.Fprintf(e.stdout, "        %-7s%s\n", word, text) }
	say := func(word, text string) {
		line(word, wrap(escape.Line(text), demoWidth-15, "               "))
	}
	say("got", f.Got+"; want "+f.Want)
	if f.Exchange != nil && result.Check == demoTimed {
		for _, moment := range happened.of([]byte(f.Exchange.Request.Body)) {
			line("", escape.Line(moment))
		}
		line("curl", shorten(escape.Line(f.Curl), demoWidth-15))
	}
	line("again", shorten(escape.Line(f.Replay), demoWidth-15))
	say("fix", f.Fix)
}

// paint colours a word where colours are shown.
func (e *env) paint(code, text string) string {
	if !e.colored() {
		return text
	}
	return "\x1b[1;" + code + "m" + text + "\x1b[0m"
}

// wrap breaks a text into lines of that width, all but the first indented.
func wrap(text string, width int, indent string) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i > 0 && column+1+len(word) > width:
			b.WriteString("\n" + indent)
			column = 0
		case i > 0:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}
