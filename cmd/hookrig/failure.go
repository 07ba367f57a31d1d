package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/hookrig/hookrig/internal/escape"
	"github.com/hookrig/hookrig/internal/guard"
	"github.com/hookrig/hookrig/schemas"
)

// The exit codes.
const (
	exitGood        = 0
	exitBad         = 1 // checked, and something is wrong
	exitUsage       = 2 // a flag, a file or a catalog is wrong
	exitUnable      = 3 // could not check
	exitInterrupted = 130
)

// exitError is why a command ends with that code, and what may help.
type exitError struct {
	code  int
	err   error // nil when all has been said
	hints []string
}

func (f *exitError) Error() string {
	if f.err == nil {
		return fmt.Sprintf("exit %d", f.code)
	}
	return f.err.Error()
}

func (f *exitError) Unwrap() error { return f.err }

// hint adds what may help. An empty text adds nothing.
func (f *exitError) hint(format string, args ...any) *exitError {
	if text := fmt.Sprintf(format, args...); text != "" {
		f.hints = append(f.hints, text)
	}
	return f
}

// misused is an error of the user's: a flag, an argument, a file.
func misused(format string, args ...any) *exitError {
	return &exitError{code: exitUsage, err: fmt.Errorf(format, args...)}
}

// unable is an error of the surroundings: nothing was found wrong, and nothing was found right.
func unable(format string, args ...any) *exitError {
	return &exitError{code: exitUnable, err: fmt.Errorf(format, args...)}
}

// ended ends a command that has said all there is to say.
func ended(code int) error {
	if code == exitGood {
		return nil
	}
	return &exitError{code: code}
}

// explain tells the user why the command failed and returns the exit code.
func (e *env) explain(ctx context.Context, err error) int {
	var f *exitError
	var refused *guard.RefusedError
	var folder *schemas.FolderError
	switch {
	case err == nil:
		return exitGood
	case errors.Is(err, syscall.EPIPE), errors.Is(err, io.ErrClosedPipe):
		return exitGood // whoever read our output has seen enough
	case errors.As(err, &f):
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		f = &exitError{code: exitInterrupted, err: errors.New("interrupted")}
	case errors.As(err, &refused), errors.As(err, &folder):
		f = &exitError{code: exitUsage, err: err}
	default:
		f = &exitError{code: exitUnable, err: err}
	}
	if f.err != nil {
		e.say("%s", f.err)
	}
	for _, hint := range f.hints {
		fmt.Fprintf(e.stderr, "hint: %s\n", escape.Line(hint))
	}
	return f.code
}

// say tells the user something that is not a result, on stderr; each line names who speaks.
func (e *env) say(format string, args ...any) {
	for line := range strings.SplitSeq(strings.TrimRight(fmt.Sprintf(format, args...), "\n"), "\n") {
		fmt.Fprintf(e.stderr, "hookrig: %s\n", escape.Line(line))
	}
}
