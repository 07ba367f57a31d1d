package main

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"time"

	"github.com/hookrig/hookrig/internal/escape"
)

// commandLimit bounds a command that a flag or the config file names.
const commandLimit = 5 * time.Minute

// commandWords splits a command at spaces; no shell reads it.
func commandWords(flag, line string) ([]string, error) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil, misused("%s names no program", flag)
	}
	if _, err := exec.LookPath(words[0]); err != nil {
		return nil, misused("%s %q: %w", flag, words[0], commandReason(err))
	}
	return words, nil
}

// runCommand runs a command of the user's to its end. What it says goes to stderr.
func (e *env) runCommand(ctx context.Context, flag, line string) error {
	words, err := commandWords(flag, line)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, commandLimit)
	defer cancel()
	said := &beginning{}
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = e.folder(), e.environ(), time.Second
	cmd.Stdout, cmd.Stderr = said, said // one writer: one pipe, and nothing written at once
	ownGroup(cmd)
	cmd.Cancel = func() error { return killGroup(cmd) }
	if err := cmd.Run(); err != nil {
		f := unable("%s %q: %w", flag, line, commandReason(err))
		if ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			f = unable("%s %q: not done after %s", flag, line, commandLimit)
		}
		for row := range strings.Lines(string(said.text)) {
			f.hint("it said: %s", escape.Line(strings.TrimRight(row, "\r\n")))
		}
		return f
	}
	return nil
}

// beginning keeps the first kilobytes of what a command says.
type beginning struct{ text []byte }

func (b *beginning) Write(data []byte) (int, error) {
	b.text = append(b.text, data[:min(len(data), max(0, 4<<10-len(b.text)))]...)
	return len(data), nil
}

// commandReason is why a program could not be run, in a few words.
func commandReason(err error) error {
	var lookup *exec.Error
	if errors.As(err, &lookup) {
		return lookup.Err
	}
	return reason(err)
}
