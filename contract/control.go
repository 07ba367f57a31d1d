package contract

import (
	"context"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/schemas"
)

// How long a consumer may take to come back before it counts as down.
const (
	downTries = 5
	downPause = 200 * time.Millisecond
)

// plain sends a plain message of the event, with an id of its own.
func (r *runner) plain(ctx context.Context, s *checks.Subject, event *schemas.Event, check string) checks.Exchange {
	_, x := r.plainTold(ctx, s, event, check)
	return x
}

// plainTold is plain with what was told before the message.
func (r *runner) plainTold(ctx context.Context, s *checks.Subject, event *schemas.Event, check string) (told []checks.Exchange, x checks.Exchange) {
	x, err := s.Build(checks.Step{Event: event.Name, Coordinate: s.Lives.Next()}, nil)
	if err != nil {
		x.Reply = checks.Reply{Failure: err.Error(), Err: err}
		return nil, x
	}
	x.Plain, x.Check, x.On = true, check, event.Name
	told = r.tellParents(ctx, s, []checks.Exchange{x})
	return told, r.sender.send(ctx, r.marked(x))
}

// control sends a plain message before a check's cases. It reports false, and says why, when the
// consumer does not acknowledge even that.
func (r *runner) control(ctx context.Context, a *assessment) bool {
	x, ok := r.acknowledged(ctx, a)
	if ok {
		return true
	}
	if reason := unjudged(x.Reply); reason != "" {
		a.notAssessed("%s", reason)
		return false
	}
	if x.Reply.Status == 0 && !r.comesBack(ctx, a) {
		r.wentDown(ctx, a, nil)
	}
	a.notAssessed("a plain message got %s instead of an acknowledgement", x.Reply)
	return false
}

// acknowledged sends up to three plain messages and reports whether one was acknowledged.
func (r *runner) acknowledged(ctx context.Context, a *assessment) (x checks.Exchange, ok bool) {
	for range looks {
		x = r.plain(ctx, a.subject, a.event, a.check.ID)
		if x.Reply.Acknowledged(r.plan.provider.Policy) {
			return x, true
		}
		if unjudged(x.Reply) != "" && x.Reply.Failure != checks.FailureTimeout || ctx.Err() != nil {
			break
		}
	}
	return x, false
}

const survivesRule = "no request may stop the consumer from handling the next"

// survives reports whether the consumer still acknowledges plain messages after what it was sent. When
// it does not, that is a finding of the check at hand.
func (r *runner) survives(ctx context.Context, a *assessment, after *checks.Evidence) bool {
	x, ok := r.acknowledged(ctx, a)
	switch {
	case ok:
		return true
	case unjudged(x.Reply) != "" && x.Reply.Failure != checks.FailureTimeout:
		return false
	case x.Reply.Status == 0 && x.Reply.Failure != checks.FailureTimeout:
		back := r.comesBack(ctx, a)
		r.sender.absolveOf(a) // that it was away is the doing of what was sent before
		if back {
			return true
		}
		r.wentDown(ctx, a, after)
		return false
	}
	r.sender.excuse(a.check.ID)
	e := checks.Evidence{Exchanges: []checks.Exchange{x}, After: &x}
	if after != nil {
		e.Exchanges = append(after.Exchanges[:len(after.Exchanges):len(after.Exchanges)], x)
	}
	c := checks.Case{Name: "a plain message afterwards", Level: checks.LevelMust, Expect: checks.Expect{Good: "ack", Rule: survivesRule, Want: "an acknowledgement, as before"}}
	for _, x := range e.Exchanges {
		if after != nil { // else it is not known what it came after
			c.Steps = append(c.Steps, x.Step)
		}
	}
	f := r.finding(a, c, e, &checks.Flaw{
		Kind: checks.Existential, Index: len(e.Exchanges) - 1,
		Rule: survivesRule, Got: "a plain message right after it got " + x.Reply.String(), Want: "an acknowledgement, as before",
	})
	r.reduce(ctx, a, f)
	a.findings = append(a.findings, f)
	return false
}

// comesBack waits a little for a consumer that closes connections.
func (r *runner) comesBack(ctx context.Context, a *assessment) bool {
	for range downTries {
		if pause(ctx, downPause); ctx.Err() != nil {
			return false
		}
		x := r.plain(ctx, a.subject, a.event, a.check.ID)
		if x.Reply.Acknowledged(r.plan.provider.Policy) {
			return true
		}
	}
	return false
}
