package contract

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
)

// bench is what a run lends to a check with a course of its own.
type bench struct {
	runner     *runner
	assessment *assessment
	told       []checks.Exchange // so far, before what was sent
}

func (b *bench) Subject() *checks.Subject { return b.assessment.subject }

// build makes the requests, and tells what they refer to where the consumer wants that.
func (b *bench) build(ctx context.Context, steps []checks.Step) []checks.Exchange {
	var built []checks.Exchange
	for i, step := range steps {
		var before *checks.Exchange
		if i > 0 {
			before = &built[i-1]
		}
		x, err := b.assessment.subject.Build(step, before)
		if err != nil {
			x = checks.Exchange{Step: step, Reply: checks.Reply{Failure: err.Error(), Err: err}}
		}
		x.Check, x.On = b.assessment.check.ID, b.assessment.event.Name
		built = append(built, b.runner.marked(x))
	}
	b.told = append(b.told, b.runner.tellParents(ctx, b.assessment.subject, built)...)
	return built
}

func (b *bench) Send(ctx context.Context, steps ...checks.Step) []checks.Exchange {
	built := b.build(ctx, steps)
	for i, x := range built {
		if x.Reply.Err == nil {
			built[i] = b.runner.sender.send(ctx, x)
		}
	}
	return built
}

func (b *bench) SendTogether(ctx context.Context, steps ...checks.Step) []checks.Exchange {
	return b.runner.sender.sendTogether(ctx, b.build(ctx, steps), 0)
}

func (b *bench) SendKept(ctx context.Context, steps ...checks.Step) []checks.Exchange {
	return b.runner.sender.sendKept(ctx, b.build(ctx, steps))
}

func (b *bench) Control(ctx context.Context) (checks.Exchange, bool) {
	return b.runner.acknowledged(ctx, b.assessment)
}

func (b *bench) Settle(ctx context.Context, keys ...string) []checks.Reading {
	readings, _ := b.runner.readKeys(ctx, keys...)
	unit := max(b.runner.units[b.assessment.event.Name], 1)
	for i := range readings {
		readings[i].Count -= b.runner.toldUnits(b.told, readings[i].Key)
		readings[i].Units = (readings[i].Count + unit - 1) / unit
	}
	return readings
}

func (b *bench) Restart(ctx context.Context) error {
	if err := b.runner.plan.cfg.Restart(ctx); err != nil {
		return err
	}
	if !b.runner.comesBack(ctx, b.assessment) {
		return errors.New("the consumer does not answer after its restart")
	}
	return nil
}

// Drip opens the connections, sends the beginning of a request on each and then a byte a second until
// fn is done.
func (b *bench) Drip(ctx context.Context, connections int, fn func(ctx context.Context)) error {
	x, err := b.assessment.subject.Build(checks.Step{Event: b.assessment.event.Name, Coordinate: b.assessment.subject.Lives.Next()}, nil)
	if err != nil {
		return err
	}
	u, err := url.Parse(x.URL)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var held sync.WaitGroup
	defer held.Wait()
	defer cancel()
	for range connections {
		conn, err := b.runner.plan.cfg.Dial(ctx, "tcp", hostPort(u))
		if err != nil {
			return err
		}
		held.Go(func() { drip(ctx, conn, x) })
	}
	fn(ctx)
	return nil
}

// drip sends a request's head and then its body, a byte a second.
func drip(ctx context.Context, conn net.Conn, x checks.Exchange) {
	defer conn.Close()
	head := x.Request.Method + " " + x.Request.Path + " HTTP/1.1\r\nHost: drip\r\nContent-Length: 100000\r\n\r\n"
	if _, err := io.WriteString(conn, head); err != nil {
		return
	}
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if _, err := conn.Write([]byte(" ")); err != nil {
				return
			}
		}
	}
}

func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	if u.Scheme == "https" {
		return net.JoinHostPort(u.Hostname(), "443")
	}
	return net.JoinHostPort(u.Hostname(), "80")
}
