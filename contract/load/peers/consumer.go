package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// consumer is a receiver in a process of its own, on a core of its own.
type consumer struct {
	command *exec.Cmd
	address string // host:port
	ask     io.WriteCloser
	answers *bufio.Reader
}

// consume starts this program as a receiver. The caller stops it.
func (b *bench) consume(ctx context.Context, args ...string) (*consumer, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &consumer{command: b.on(ctx, receiverCore, program, append([]string{"receive"}, args...)...)}
	c.command.Stderr = os.Stderr
	if c.ask, err = c.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.command.Start(); err != nil {
		return nil, fmt.Errorf("start receiver: %w", err)
	}
	c.answers = bufio.NewReader(out)
	line, err := c.answers.ReadString('\n')
	if err != nil {
		c.stop()
		return nil, fmt.Errorf("start receiver: %w", err)
	}
	c.address = strings.TrimSpace(line)
	return c, nil
}

// got is the requests since the last time it was asked, and how long they took to come.
func (c *consumer) got() (requests int64, took time.Duration, err error) {
	if _, err := io.WriteString(c.ask, "\n"); err != nil {
		return 0, 0, err
	}
	if _, err := fmt.Fscanln(c.answers, &requests, &took); err != nil {
		return 0, 0, fmt.Errorf("ask receiver: %w", err)
	}
	return requests, took, nil
}

// url is where the messages go.
func (c *consumer) url() string { return "http://" + c.address + "/hook" }

// stop ends the receiver.
func (c *consumer) stop() {
	c.ask.Close()
	_ = c.command.Wait() // it ends with what it reads
}
