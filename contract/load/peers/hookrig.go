package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/hookrig/hookrig/contract/load"
)

// secret signs what is measured. It guards nothing.
const secret = "hookrig-peers"

// ended is a command that is over.
type ended struct {
	out []byte
	cpu time.Duration
	rss float64 // MiB
}

// finish runs a command to its end.
func finish(command *exec.Cmd) (ended, error) {
	var said bytes.Buffer
	command.Stderr = &said
	if command.Env == nil {
		command.Env = append(os.Environ(), "HOOKRIG_SECRET="+secret)
	}
	out, err := command.Output()
	if err != nil {
		return ended{}, fmt.Errorf("%s: %w: %s", filepath.Base(command.Path), err, bytes.TrimSpace(said.Bytes()))
	}
	state := command.ProcessState
	return ended{out, state.UserTime() + state.SystemTime(), largest(state)}, nil
}

// load runs hookrig load and reads its record.
func (b *bench) load(ctx context.Context, url string, args ...string) (*load.Record, ended, error) {
	args = append([]string{"load", "-p", b.provider, url, "--output", "json"}, args...)
	done, err := finish(b.on(ctx, senderCore, b.tools["hookrig"], args...))
	if err != nil {
		return nil, done, err
	}
	record, err := load.Read(bytes.NewReader(done.out))
	return record, done, err
}

// ms is a length of time in milliseconds.
func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// count is how many things happen in a time at a rate.
func count(rate int, length time.Duration) int { return int(float64(rate) * length.Seconds()) }
