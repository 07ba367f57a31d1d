package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
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

// demoLookup is how long the bot looks a customer up: long enough for copies to overtake the note that one
// was seen, too short for two updates to change places by chance.
const demoLookup = 200 * time.Microsecond

// demoChecks are what the demo's bot gets wrong, and what it gets right beside it.
func demoChecks() (wrong, right []string) {
	return []string{"dup-concurrent-race", "order-stale-overwrite", "unknown-event-or-enum"},
		[]string{"sig-*", "dup-answered-error", "ack-too-slow"}
}

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
	fmt.Fprintf(e.stdout, `A chat bot for %s, on this machine. It verifies signatures in constant time, answers 200 at
once, works through a queue and remembers what it has seen. Its own tests pass. hookrig plays %[1]s:

`, c.Provider.Title)
	e.flush()
	before, err := e.tryBot(ctx, c, false)
	if err != nil {
		return err
	}
	e.showMistakes(before)
	fmt.Fprint(e.stdout, "\nThe same bot, its three mistakes fixed:\n\n")
	e.flush()
	after, err := e.tryBot(ctx, c, true)
	if err != nil {
		return err
	}
	e.showMistakes(after)
	fmt.Fprintf(e.stdout, "\nYour turn: hookrig test -p %s -- COMMAND starts your consumer and tests all of it.\n", c.Provider.Name)
	wrong, _ := demoChecks()
	if before.Totals.Fail < len(wrong) || after.Exit != exitGood {
		return unable("the demo did not show what it should: %s before, %s after", before.Totals, after.Totals)
	}
	return nil
}

// flush shows what has been said so far: the next part takes seconds.
func (e *env) flush() {
	if out, ok := e.stdout.(interface{ Flush() error }); ok {
		_ = out.Flush() // a broken pipe shows at the end
	}
}

// tryBot starts the bot with an API to answer through, and tests it.
func (e *env) tryBot(ctx context.Context, c *schemas.Catalog, fixed bool) (*report.Report, error) {
	api, err := observe.NewAPI(observe.APIConfig{Provider: c.Provider})
	if err != nil {
		return nil, err
	}
	apiURL, closeAPI, err := serveHere(api)
	if err != nil {
		return nil, err
	}
	defer closeAPI()
	secret := makeSecret(c.Provider.Signing.Secret)
	bot, err := consumer.NewBot(consumer.BotConfig{
		Config: consumer.Config{Catalog: c, Secrets: []schemas.Secret{secret}}, BaseURL: apiURL, Key: "demo", Lookup: demoLookup, Fixed: fixed})
	if err != nil {
		return nil, err
	}
	defer bot.Close()
	botURL, closeBot, err := serveHere(bot)
	if err != nil {
		return nil, err
	}
	defer closeBot()
	wrong, right := demoChecks()
	cfg := contract.Config{Catalog: c, Checks: append(wrong, right...), Observer: observe.Together{api, bot}, Sent: api.Sent, MaxTime: 15 * time.Second, Concurrency: 4,
		Endpoints: []schemas.Endpoint{{URL: botURL + consumerPath(c.Provider), Secrets: []schemas.Secret{secret}}}}
	done := e.showProgress(&cfg)
	defer done()
	r, err := contract.Run(ctx, cfg)
	if err == nil {
		contract.Gate{}.Apply(r, e.now())
	}
	return r, err
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

// showMistakes tells a run on a few lines: each check's worst result.
func (e *env) showMistakes(r *report.Report) {
	seen := map[string]bool{}
	for _, result := range r.Results {
		if result.Verdict != report.VerdictFail || seen[result.Check] {
			continue
		}
		seen[result.Check] = true
		e.showMistake(result)
	}
	var passed []string
	for _, result := range r.Results {
		if result.Verdict == report.VerdictPass && !seen[result.Check] {
			seen[result.Check] = true
			passed = append(passed, result.Check)
		}
	}
	fmt.Fprintf(e.stdout, "  %s %s\n", e.paint("32", "pass"), wrap(strings.Join(passed, " "), 94, "       "))
	fmt.Fprintf(e.stdout, "  %s\n", r.VerdictLine())
}

func (e *env) showMistake(result report.Result) {
	f := result.Finding
	fmt.Fprintf(e.stdout, "  %s %s · %s\n", e.paint("31", "FAIL"), result.Check, escape.Line(cmp.Or(result.Event, "endpoint")))
	if f == nil {
		return
	}
	for _, part := range [][2]string{{"got", f.Got}, {"want", f.Want}, {"fix", f.Fix}} {
		fmt.Fprintf(e.stdout, "       %-5s %s\n", part[0], wrap(escape.Line(part[1]), 88, "             "))
	}
	if f.Replay != "" {
		fmt.Fprintf(e.stdout, "       again %s\n", shorten(escape.Line(f.Replay), 80))
	}
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
