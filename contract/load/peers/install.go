package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// foreign is a tool of others, at the version that is measured.
type foreign struct {
	name    string
	module  string
	version string
}

// install finds or builds every tool. It says what cannot be had; only hookrig itself must be there.
func (b *bench) install(ctx context.Context) (missing []string, err error) {
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return nil, err
	}
	b.tools = map[string]string{"hookrig": filepath.Join(b.work, "hookrig")}
	if err := do(ctx, ".", "go", "build", "-o", b.tools["hookrig"], "github.com/hookrig/hookrig/cmd/hookrig"); err != nil {
		return nil, err
	}
	for _, f := range []foreign{{"vegeta", "github.com/tsenart/vegeta/v12", "v12.12.0"}, {"k6", "go.k6.io/k6", "v1.8.1"}} {
		program, err := b.build(ctx, f)
		if err != nil {
			missing = append(missing, fmt.Sprintf("%s %s: %s", f.name, f.version, firstLine(err)))
			continue
		}
		b.tools[f.name] = program
	}
	if b.tools["wrk"], err = packaged(ctx, "wrk"); err != nil {
		missing = append(missing, "wrk: "+firstLine(err))
		delete(b.tools, "wrk")
	}
	return missing, ctx.Err()
}

// build makes a tool from its module, unless an earlier run did.
func (b *bench) build(ctx context.Context, f foreign) (program string, err error) {
	program = filepath.Join(b.dir, f.name+"-"+f.version)
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	fmt.Fprintf(os.Stderr, "peers: building %s %s\n", f.name, f.version)
	dir, err := os.MkdirTemp(b.work, f.name)
	if err != nil {
		return "", err
	}
	for _, args := range [][]string{
		{"mod", "init", "peers"},
		{"get", f.module + "@" + f.version},
		{"build", "-mod=mod", "-trimpath", "-o", program, f.module},
	} {
		if err := do(ctx, dir, "go", args...); err != nil {
			return "", err
		}
	}
	return program, nil
}

// packaged finds a tool of the system's, or has the system's packages install it.
func packaged(ctx context.Context, name string) (program string, err error) {
	if program, err = exec.LookPath(name); err == nil {
		return program, nil
	}
	if err := do(ctx, ".", "apt-get", "install", "-y", "--no-install-recommends", name); err != nil {
		return "", err
	}
	return exec.LookPath(name)
}

// do runs a command; what it printed stands in the error.
func do(ctx context.Context, dir, program string, args ...string) error {
	command := exec.CommandContext(ctx, program, args...)
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
