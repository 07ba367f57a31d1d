package observe

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// CommandConfig says what to run.
type CommandConfig struct {
	Line    string        // program and arguments, split at spaces, run without a shell; {key} is the entity's key. Required
	Dir     string        // Default: the current one
	Env     []string      // Default: the environment of this process
	Timeout time.Duration // of one run. Default 5s
}

// Command is an observer that runs a program. Safe for concurrent use, where the program is.
type Command struct {
	words []string
	cfg   CommandConfig
}

// NewCommand checks that there is a program.
func NewCommand(cfg CommandConfig) (*Command, error) {
	words := strings.Fields(cfg.Line)
	if len(words) == 0 {
		return nil, fmt.Errorf("read observer command %q: it names no program", cfg.Line)
	}
	if strings.Contains(words[0], "{key}") {
		return nil, fmt.Errorf("read observer command %q: {key} cannot choose the program", cfg.Line)
	}
	if _, err := exec.LookPath(words[0]); err != nil {
		return nil, fmt.Errorf("read observer command %q: %w", cfg.Line, err)
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 5 * time.Second
	}
	return &Command{words: words, cfg: cfg}, nil
}

// Effects runs the program for one key.
func (o *Command) Effects(ctx context.Context, key string) (count int, value json.RawMessage, err error) {
	out, err := o.run(ctx, key)
	if err == nil {
		count, value, err = parseReply(out)
	}
	if err != nil {
		return 0, nil, fmt.Errorf("run observer %q: %w", o.words[0], err)
	}
	return count, value, nil
}

// Total reports whether there is one counter for all keys.
func (o *Command) Total() bool { return !strings.Contains(o.cfg.Line, "{key}") }

// Idle runs the program and reports whether it counts 0: nothing left to do. It is the form that
// SettleConfig takes.
func (o *Command) Idle(ctx context.Context) (bool, error) {
	left, _, err := o.Effects(ctx, "")
	return err == nil && left == 0, err
}

// run runs the program and returns what it printed, up to the limit and a byte.
func (o *Command) run(ctx context.Context, key string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, o.cfg.Timeout)
	defer cancel()
	words := make([]string, len(o.words))
	for i, word := range o.words {
		words[i] = strings.ReplaceAll(word, "{key}", key)
	}
	stdout, stderr := &bounded{limit: replyLimit + 1}, &bounded{limit: 4 << 10}
	program := exec.CommandContext(ctx, words[0], words[1:]...)
	program.Dir, program.Env, program.Stdout, program.Stderr = o.cfg.Dir, o.cfg.Env, stdout, stderr
	program.WaitDelay = time.Second // a child that keeps the pipe open does not keep us
	err := program.Run()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("not done after %s: %w", o.cfg.Timeout, context.Cause(ctx))
	case err != nil:
		return nil, fmt.Errorf("%w: %s", err, shorten(bytes.TrimSpace(stderr.kept.Bytes())))
	}
	return stdout.kept.Bytes(), nil
}

// bounded keeps the first bytes of what is written.
type bounded struct {
	kept  bytes.Buffer
	limit int
}

func (b *bounded) Write(data []byte) (int, error) {
	b.kept.Write(data[:min(len(data), b.limit-b.kept.Len())])
	return len(data), nil
}
