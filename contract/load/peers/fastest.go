package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// The scripts of the peers: each makes a fresh event of about 470 bytes and signs it, but for wrk's
// fixed body.
var (
	//go:embed wrk-fixed.lua
	wrkFixed string
	//go:embed wrk-signed.lua
	wrkSigned string
	//go:embed k6.js
	k6Script string
)

// contender is a sender that goes as fast as it can over 64 connections.
type contender struct {
	name    string
	tool    string
	command func() *exec.Cmd
	slower  float64 // hookrig's requests per second should be so many times its own; 0: no matter
	dearer  float64 // and hookrig's CPU for each at most so many times its own; 0: no matter
}

// fastest measures goal 1: signed deliveries, as fast as they go.
func (b *bench) fastest(ctx context.Context) error {
	c, err := b.consume(ctx)
	if err != nil {
		return err
	}
	defer c.stop()
	contenders, err := b.contenders(ctx, c.url())
	if err != nil {
		return err
	}
	got := map[string][]sample{}
	for range b.rounds {
		for _, one := range contenders {
			if b.tools[one.tool] == "" {
				continue
			}
			s, err := measure(c, one)
			if err != nil {
				return fmt.Errorf("measure %s: %w", one.name, err)
			}
			got[one.name] = append(got[one.name], s)
		}
	}
	b.tellFastest(contenders, got)
	return nil
}

// measure runs a contender once. The receiver says how much came.
func measure(c *consumer, one contender) (sample, error) {
	if _, _, err := c.got(); err != nil {
		return sample{}, err
	}
	done, err := finish(one.command())
	if err != nil {
		return sample{}, err
	}
	requests, took, err := c.got()
	if err != nil {
		return sample{}, err
	}
	if requests == 0 || took <= 0 {
		return sample{}, errors.New("it sent nothing")
	}
	return sample{float64(requests) / took.Seconds(), float64(done.cpu.Microseconds()) / float64(requests), done.rss}, nil
}

// contenders are the senders of goal 1, hookrig first.
func (b *bench) contenders(ctx context.Context, url string) ([]contender, error) {
	for name, text := range map[string]string{"wrk-fixed.lua": wrkFixed, "wrk-signed.lua": wrkSigned, "k6.js": k6Script} {
		if err := os.WriteFile(filepath.Join(b.work, name), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	targets, err := b.targets(ctx, url, count(40_000, b.length))
	if err != nil {
		return nil, err
	}
	length := fmt.Sprintf("%ds", int(b.length.Round(time.Second).Seconds()))
	sender := func(tool string, args ...string) func() *exec.Cmd {
		return func() *exec.Cmd { return b.on(ctx, senderCore, b.tools[tool], args...) }
	}
	wrk := func(script string) func() *exec.Cmd {
		return sender("wrk", "-t1", "-c64", "-d"+length, "-s", filepath.Join(b.work, script), url)
	}
	k6 := func() *exec.Cmd {
		command := sender("k6", "run", "--quiet", "--no-usage-report", "--no-color", "--vus", "64", "--duration", length, filepath.Join(b.work, "k6.js"))()
		command.Env = append(os.Environ(), "TARGET="+url, "SECRET="+secret)
		return command
	}
	return []contender{
		{name: "hookrig load --max", tool: "hookrig", command: sender("hookrig", "load", "-p", b.provider, url, "--max", "--connections", "64",
			"--duration", length, "--output", "json")},
		{name: "vegeta -lazy, targets signed before", tool: "vegeta", slower: 4, dearer: 0.25, command: sender("vegeta", "attack", "-lazy", "-format", "json",
			"-targets", targets, "-rate", "0", "-max-workers", "64", "-max-body", "0", "-duration", length, "-output", os.DevNull)},
		{name: "k6, fresh body, k6/crypto", tool: "k6", slower: 30, command: k6},
		{name: "wrk, Lua body, HMAC of libcrypto", tool: "wrk", slower: 3, command: wrk("wrk-signed.lua")},
		{name: "wrk, one fixed body", tool: "wrk", dearer: 1.3, command: wrk("wrk-fixed.lua")},
	}, nil
}

// tellFastest prints goal 1.
func (b *bench) tellFastest(contenders []contender, got map[string][]sample) {
	fmt.Fprintln(b.out, "\n### As fast as it can: 64 connections, a fresh signed event each")
	var rows [][]string
	var list []goal
	var own sample
	for i, c := range contenders {
		if len(got[c.name]) == 0 {
			continue
		}
		s := typical(got[c.name])
		if i == 0 {
			own = s
		}
		rows = append(rows, []string{c.name, fmt.Sprintf("%.0f", s.rate), fmt.Sprintf("%.1f", s.cpu), fmt.Sprintf("%.0f", s.rss)})
		if c.slower > 0 {
			list = append(list, goal{"requests/s, times " + c.name, own.rate / s.rate, ">=", c.slower, ""})
		}
		if c.dearer > 0 {
			list = append(list, goal{"sender CPU for each, times " + c.name, own.cpu / s.cpu, "<=", c.dearer, ""})
		}
	}
	table(b.out, []string{"sender", "requests/s", "sender CPU µs each", "RSS MiB"}, rows)
	goals(b.out, list...)
}
