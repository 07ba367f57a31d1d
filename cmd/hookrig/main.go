package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"golang.org/x/term"
)

func main() {
	e := &env{
		args: os.Args[1:], getenv: os.Getenv, environ: os.Environ, now: time.Now,
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		stdoutIsTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		stderrIsTerminal: term.IsTerminal(int(os.Stderr.Fd())),
	}
	ctx, cancel := context.WithCancel(context.Background())
	watchSignals(cancel, e)
	code := run(ctx, e)
	e.emergency.leave()
	os.Exit(code)
}

// env is everything that the program takes from the world it runs in.
type env struct {
	args    []string
	getenv  func(string) string
	environ func() []string
	now     func() time.Time

	stdin            io.Reader
	stdout, stderr   io.Writer
	stdoutIsTerminal bool
	stderrIsTerminal bool

	config    *config // of the command that runs; never nil once it does
	emergency emergency
}

// watchSignals cancels on the first interrupt, so that what runs can end in order. The second one ends
// whatever was started and leaves at once.
func watchSignals(cancel context.CancelFunc, e *env) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	// Notified of, a broken pipe is an error of the write; ignored, it would be ignored by children too.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		<-signals
		cancel()
		<-signals
		e.emergency.leave()
		os.Exit(exitInterrupted)
	}()
}

// emergency is what must happen however the program ends: processes that it started are not left
// behind. Its zero value is ready; safe for concurrent use.
type emergency struct {
	mu    sync.Mutex
	exits []func() // guarded by mu
}

// onLeave adds a last duty. It may be called although it was done already.
func (x *emergency) onLeave(f func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.exits = append(x.exits, f)
}

func (x *emergency) leave() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, f := range x.exits {
		f()
	}
	x.exits = nil
}
