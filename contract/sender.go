package contract

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/internal/wire"
)

// Bounds of a run.
const (
	deadlinesWaited = 10               // deadlines that are waited out; what would need more is not assessed
	busyWait        = 10 * time.Second // longest wait when the consumer asks for one
	busyWaits       = 3                // such waits in a run
	seenLimit       = 20_000           // exchanges kept for the reviews at the end
	seenBody        = 16 << 10         // bytes of each body kept for them
)

// Failures of our own: the request did not leave.
const (
	notSentDeadlines = "not sent: ten deadlines were waited out already"
	notSentDown      = "not sent: the consumer is down"
)

// sender sends built exchanges, bounded and recorded. Safe for concurrent use.
type sender struct {
	plan   *plan
	client *wire.Client
	slots  chan struct{}
	calm   sync.RWMutex // read-held by what is sent side by side, held by a burst: what a burst breaks is that burst's

	mu        sync.Mutex // guards all below
	seen      []checks.Exchange
	sent      int64
	deadlines int
	waits     int
	down      bool
	answered  bool              // the consumer has answered at least once
	cut       []checks.Exchange // the last that were cut off without a reply
	replied   []checks.Exchange // the last that were answered
	mending   chan struct{}     // closed when the consumer has been restarted, or not; nil: nobody restarts it
	onSent    func(sent int64)
}

func newSender(p *plan, onSent func(int64)) *sender {
	return &sender{plan: p, client: p.client(), slots: make(chan struct{}, p.cfg.Concurrency), onSent: onSent}
}

// send sends one request on a connection of its own.
func (s *sender) send(ctx context.Context, x checks.Exchange) checks.Exchange {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		x.Reply = checks.Reply{Failure: checks.FailureCanceled, Err: context.Cause(ctx)}
		return x
	}
	for {
		if reason := s.refuses(ctx); reason != "" {
			x.Reply = checks.Reply{Failure: reason}
			return x
		}
		s.calm.RLock()
		x.At = s.plan.cfg.Now()
		x.Reply = asReply(s.client.Do(ctx, asRequest(x)))
		s.calm.RUnlock()
		s.record(x)
		if !x.Reply.Busy() || !s.waitBusy(ctx, x.Reply) {
			return x
		}
	}
}

// sendTogether sends requests at one instant, or so far apart, none waiting for an answer: each on a
// connection of its own, all but the last byte first. It waits until nothing else is under way, and nothing
// else is sent meanwhile.
func (s *sender) sendTogether(ctx context.Context, all []checks.Exchange, apart time.Duration) []checks.Exchange {
	if reason := s.refuses(ctx); reason != "" {
		for i := range all {
			all[i].Reply = checks.Reply{Failure: reason}
		}
		return all
	}
	s.calm.Lock()
	defer s.calm.Unlock()
	var ready, done sync.WaitGroup
	release := make([]chan struct{}, len(all))
	for i := range all {
		release[i] = make(chan struct{})
		ready.Add(1)
		done.Go(func() {
			x := &all[i]
			conn, err := s.client.Open(ctx, x.URL)
			if err == nil {
				defer conn.Close()
				err = conn.Prepare(ctx, asRequest(*x))
			}
			ready.Done()
			<-release[i]
			x.At = s.plan.cfg.Now()
			if err != nil {
				x.Reply = asReply(openFailure(err))
				return
			}
			x.Reply = asReply(conn.Release(ctx))
		})
	}
	ready.Wait()
	for i := range all {
		if i > 0 && apart > 0 {
			pause(ctx, apart)
		}
		close(release[i])
	}
	done.Wait()
	timeouts := 0
	for _, x := range all {
		if x.Reply.Failure == checks.FailureTimeout {
			timeouts++
		}
		s.record(x)
	}
	s.mu.Lock()
	s.deadlines -= max(timeouts-1, 0) // they were waited out at once
	s.mu.Unlock()
	return all
}

// pause waits so long, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// sendKept sends requests one after another on one connection.
func (s *sender) sendKept(ctx context.Context, all []checks.Exchange) []checks.Exchange {
	if len(all) == 0 {
		return all
	}
	conn, err := s.client.Open(ctx, all[0].URL)
	if err != nil {
		for i := range all {
			all[i].Reply = asReply(openFailure(err))
		}
		return all
	}
	defer conn.Close()
	s.calm.RLock()
	defer s.calm.RUnlock()
	for i := range all {
		all[i].At = s.plan.cfg.Now()
		all[i].Reply = asReply(conn.Do(ctx, asRequest(all[i])))
		s.record(all[i])
		if all[i].Reply.Failure != "" {
			return all[:i+1]
		}
	}
	return all
}

// refuses says why nothing may be sent any more, "" when it may. It waits while the consumer is restarted.
func (s *sender) refuses(ctx context.Context) string {
	for {
		s.mu.Lock()
		mending, reason := s.mending, ""
		switch {
		case s.down:
			reason = notSentDown
		case s.deadlines >= deadlinesWaited:
			reason = notSentDeadlines
		}
		s.mu.Unlock()
		if mending == nil {
			return reason
		}
		select {
		case <-mending:
		case <-ctx.Done():
			return notSentDown
		}
	}
}

// sendAlone sends a request while all others wait: the consumer has gone down, and was restarted.
func (s *sender) sendAlone(ctx context.Context, x checks.Exchange) checks.Exchange {
	x.Plain = false // whatever becomes of it is no whim of the consumer's
	x.At = s.plan.cfg.Now()
	x.Reply = asReply(s.client.Do(ctx, asRequest(x)))
	s.record(x)
	return x
}

// record keeps an exchange for the reviews, and counts.
func (s *sender) record(x checks.Exchange) {
	if s.plan.cfg.Sent != nil && x.Message.Body != nil {
		s.mu.Lock()
		s.plan.cfg.Sent(x.Message)
		s.mu.Unlock()
	}
	x.Request.Body = x.Request.Body[:min(len(x.Request.Body), seenBody)]
	x.Message.Body = x.Message.Body[:min(len(x.Message.Body), seenBody)]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent++
	if s.down && x.Reply.Status == 0 {
		x.Plain = false // its end is a finding of the check that caused it
	}
	if len(s.seen) < seenLimit {
		s.seen = append(s.seen, x)
	}
	switch {
	case x.Reply.Failure == checks.FailureTimeout:
		s.deadlines++
	case x.Reply.Status != 0:
		s.answered = true
		s.replied = remember(s.replied, x)
	case x.Reply.Failure == checks.FailureReset:
		s.cut = remember(s.cut, x)
	}
	if s.onSent != nil {
		s.onSent(s.sent)
	}
}

// waitBusy waits as the consumer asks, in bounds. It reports false when it should not be asked again.
func (s *sender) waitBusy(ctx context.Context, r checks.Reply) bool {
	s.mu.Lock()
	s.waits++
	again := s.waits <= busyWaits
	s.mu.Unlock()
	if !again {
		return false
	}
	wait := time.Second
	if seconds, err := strconv.ParseFloat(r.Header("Retry-After"), 64); err == nil && seconds >= 0 {
		wait = min(time.Duration(seconds*float64(time.Second)), busyWait)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// all returns what was seen so far.
func (s *sender) all() []checks.Exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[:len(s.seen):len(s.seen)]
}

// hasAnswered reports whether the consumer has ever sent a reply.
func (s *sender) hasAnswered() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answered
}

// isDown reports whether the consumer answered once and is down now.
func (s *sender) isDown() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.down
}

// count is how many requests were sent.
func (s *sender) count() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent
}

// doubt counts a refusal of something valid that was not seen again as one of a plain message.
func (s *sender) doubt(x checks.Exchange) {
	x.Plain = true
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) < seenLimit {
		s.seen = append(s.seen, x)
	}
}

// pardon takes the plain messages of the event that were refused for the check out of the count of
// ack-intermittent: the consumer had not been told what they refer to.
func (s *sender) pardon(check, event string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.seen {
		x := &s.seen[i]
		if x.Check == check && x.On == event && !x.Reply.Acknowledged(s.plan.provider.Policy) {
			x.Plain = false
		}
	}
}

// refusedFor reports whether one of the messages that were told for the check on the event was refused.
func (s *sender) refusedFor(check, event string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.seen, func(x checks.Exchange) bool {
		return x.Check == check && x.On == event && x.Message.Event != event && !x.Plain && !x.Reply.Acknowledged(s.plan.provider.Policy)
	})
}

// excuse takes the plain messages that a check has just seen refused out of the count of
// ack-intermittent: they are that check's own finding.
func (s *sender) excuse(check string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := looks
	for i := len(s.seen) - 1; i >= 0 && left > 0; i-- {
		x := &s.seen[i]
		if x.Plain && x.Check == check {
			if x.Reply.Acknowledged(s.plan.provider.Policy) {
				return
			}
			x.Plain = false
			left--
		}
	}
}
