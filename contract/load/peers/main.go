// Peers measures hookrig load beside vegeta, k6 and wrk against the same receiver, in alternate rounds, and
// prints figures and ratios as Markdown. It builds and installs the others, at fixed versions, and says
// which it could not have. Sender and receiver have a core each where the system can arrange it.
//
//	go run ./contract/load/peers -p PROVIDER -rounds 3 -length 5s
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == "receive" {
		return receive(args[1:])
	}
	b := &bench{out: os.Stdout}
	flags := flag.NewFlagSet("peers", flag.ContinueOnError)
	flags.StringVar(&b.provider, "p", "", "provider whose messages are sent, a signed one (required)")
	flags.IntVar(&b.rounds, "rounds", 3, "rounds of everything; medians are told")
	flags.DurationVar(&b.length, "length", 5*time.Second, "of each measurement")
	flags.DurationVar(&b.stall, "stall", 30*time.Second, "how long one connection is silent")
	flags.StringVar(&b.under, "under", "", "command that senders and receivers run under, such as 'chrt -f 5' where others use the machine")
	flags.StringVar(&b.dir, "tools", "", "folder for the tools that are built (default in the user's cache)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if b.provider == "" {
		return errors.New("name a signed provider with -p")
	}
	return b.run(ctx)
}

// receive is this program as the receiver.
func receive(args []string) error {
	r := &receiver{}
	flags := flag.NewFlagSet("receive", flag.ContinueOnError)
	flags.DurationVar(&r.after, "after", 0, "how long after the first request the hold or the stall begins")
	flags.DurationVar(&r.hold, "hold", 0, "how long everything is held")
	flags.DurationVar(&r.stall, "stall", 0, "how long one connection is silent")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return r.listen(os.Stdin, os.Stdout)
}

// bench is one run of all measurements.
type bench struct {
	provider string
	out      io.Writer
	rounds   int
	length   time.Duration
	stall    time.Duration
	under    string            // command that the measured processes run under
	dir      string            // of the tools
	work     string            // of this run, gone after it
	tools    map[string]string // name → program
	pinned   bool              // each process has its core
}

// run works in steps: (1) the tools, (2) what each goal asks for, (3) what could not be had.
func (b *bench) run(ctx context.Context) error {
	if b.rounds < 1 || b.length < time.Second || b.stall < time.Second {
		return errors.New("rounds must be 1 at least, length and stall 1s at least")
	}
	var err error
	if b.work, err = os.MkdirTemp("", "hookrig-peers"); err != nil {
		return err
	}
	defer os.RemoveAll(b.work)
	if b.dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return err
		}
		b.dir = filepath.Join(cache, "hookrig-peers")
	}
	_, err = exec.LookPath("taskset")
	b.pinned = err == nil && runtime.NumCPU() > receiverCore
	missing, err := b.install(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(b.out, "%d rounds of %s each, medians. %d cores, %s.\n", b.rounds, b.length, runtime.NumCPU(),
		map[bool]string{true: "sender and receiver pinned to one each", false: "nothing pinned"}[b.pinned])
	for _, part := range []func(context.Context) error{b.fastest, b.held, b.late, b.crowd} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	for _, m := range missing {
		fmt.Fprintf(b.out, "\nNot measured: %s\n", m)
	}
	return nil
}

// The cores of the two sides.
const (
	senderCore   = 0
	receiverCore = 1
)

// on is a command on a core.
func (b *bench) on(ctx context.Context, core int, program string, args ...string) *exec.Cmd {
	line := strings.Fields(b.under)
	if b.pinned {
		line = append(line, "taskset", "-c", fmt.Sprint(core))
	}
	line = append(append(line, program), args...)
	return exec.CommandContext(ctx, line[0], line[1:]...)
}
