package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// result is one request of vegeta's.
type result struct {
	Seq       int           `json:"seq"`
	Timestamp time.Time     `json:"timestamp"`
	Latency   time.Duration `json:"latency"`
}

// vegeta attacks at a rate, with a message of its own for each request.
func (b *bench) vegeta(ctx context.Context, url string, rate int, length time.Duration) ([]result, ended, error) {
	targets, err := b.targets(ctx, url, count(rate, length))
	if err != nil {
		return nil, ended{}, err
	}
	defer func() { _ = os.Remove(targets) }() // the folder goes anyway
	file := filepath.Join(b.work, "vegeta.bin")
	done, err := finish(b.on(ctx, senderCore, b.tools["vegeta"], "attack", "-lazy", "-format", "json", "-targets", targets,
		"-rate", fmt.Sprintf("%d/s", rate), "-duration", length.String(), "-max-body", "0", "-output", file))
	if err != nil {
		return nil, done, err
	}
	said, err := finish(b.on(ctx, senderCore, b.tools["vegeta"], "encode", "-to", "json", file))
	if err != nil {
		return nil, done, err
	}
	var results []result
	lines := bufio.NewScanner(bytes.NewReader(said.out))
	for lines.Scan() {
		var r result
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, done, fmt.Errorf("read vegeta's results: %w", err)
		}
		results = append(results, r)
	}
	if len(results) == 0 {
		return nil, done, errors.New("vegeta sent nothing")
	}
	return results, done, lines.Err()
}

// targets makes a file of n messages, signed, as vegeta reads them.
func (b *bench) targets(ctx context.Context, url string, n int) (file string, err error) {
	out, err := os.CreateTemp(b.work, "targets")
	if err != nil {
		return "", err
	}
	defer out.Close()
	command := exec.CommandContext(ctx, b.tools["hookrig"], "stream", "-p", b.provider, "-n", fmt.Sprint(n), "--output", "vegeta", "--url", url)
	command.Env, command.Stdout, command.Stderr = append(os.Environ(), "HOOKRIG_SECRET="+secret), out, os.Stderr
	return out.Name(), command.Run()
}
