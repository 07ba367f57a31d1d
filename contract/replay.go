package contract

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/contract/report"
	"github.com/hookrig/hookrig/schemas"
)

// Outcome says what became of a finding that was played again.
type Outcome string

// The outcomes of a replay.
const (
	Fixed  Outcome = "FIXED"  // the consumer does now what it should
	Failed Outcome = "FAILED" // it still does not
	Error  Outcome = "ERROR"  // that could not be seen
)

// Replayed is what a replay has shown.
type Replayed struct {
	Outcome   Outcome
	Reason    string            // why ERROR; for FAILED what was got and wanted
	Finding   *report.Finding   // what is wrong; nil unless FAILED
	Exchanges []report.Exchange // one a step, masked
	Least     *Script           // the least that still fails, when that is less than what was played; else nil. Finding.Shrunk tells what went, or why nothing did
}

// Replay sends the steps of a script again, byte for byte but for what is signed with the time, and
// judges them as the run did that wrote it. cfg says to whom; provider, seed, run id, start, set and
// phones are the script's, but for a RunID in cfg, which makes fresh ids. The error is about cfg or
// the script: nothing was sent.
func Replay(ctx context.Context, cfg Config, s Script) (*Replayed, error) {
	p, err := replayPlan(cfg, s)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	stop, err := p.serve(ctx)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	defer stop()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	r := newRunner(p, end)
	a, c, err := r.scripted(s)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	if c == nil {
		return r.replayCheck(ctx, a), nil
	}
	return r.replayCase(ctx, a, *c), nil
}

// replayPlan is a plan whose messages are those of the script, signed at the time of sending.
func replayPlan(cfg Config, s Script) (*plan, error) {
	if cfg.Catalog != nil {
		if name := cfg.Catalog.Provider.Name; s.Provider != name {
			return nil, fmt.Errorf("the script is for provider %q, not %q", s.Provider, name)
		}
		if digest := cfg.Catalog.Digest(); s.Digest != "" && s.Digest != digest && remade(s) {
			return nil, fmt.Errorf("the catalog is not the one that the script was written with: %s, want %s", digest, s.Digest)
		}
	}
	cfg.Seed, cfg.Start, cfg.Set, cfg.Phones = s.Seed, s.Start, s.Set, s.Phones
	if cfg.RunID == "" {
		cfg.RunID = s.RunID
	}
	cfg.Checks, cfg.ExcludeChecks, cfg.Events = nil, nil, nil
	p, err := newPlan(cfg)
	if err != nil {
		return nil, err
	}
	p.signsNow = true
	return p, nil
}

// remade reports whether a message of the script is made from its coordinate.
func remade(s Script) bool {
	return len(s.Steps) == 0 || slices.ContainsFunc(s.Steps, func(step checks.Step) bool { return step.Coordinate != nil })
}

// scripted finds the check and the case of a script, its steps in place. The case is nil when the
// script means the whole check.
func (r *runner) scripted(s Script) (*assessment, *checks.Case, error) {
	event, err := r.eventOf(s)
	if err != nil {
		return nil, nil, err
	}
	if s.Check == "" {
		a := &assessment{check: &checks.Check{ID: checkReplay, Level: checks.LevelMust, Kind: checks.Existential}, event: event, subject: r.plan.subject(nil, event)}
		return a, &checks.Case{Name: "recorded deliveries", Steps: s.Steps, Judge: r.acknowledgesAll}, nil
	}
	check := checks.ByID(s.Check)
	if check == nil {
		return nil, nil, fmt.Errorf("this version has no check %q", s.Check)
	}
	a := &assessment{check: check, event: event, subject: r.plan.subject(check, event)}
	switch {
	case s.Expect != nil:
		c := s.Expect.into(checks.Case{Name: s.Case, Steps: s.Steps, Parallel: s.Parallel})
		return a, &c, nil
	case len(s.Steps) == 0:
		return a, nil, nil
	case check.Review != nil:
		return a, &checks.Case{Name: s.Case, Steps: s.Steps, Judge: reviewed(a)}, nil
	case check.Cases == nil:
		return nil, nil, fmt.Errorf("check %q has no cases to judge steps by", check.ID)
	}
	cases, err := check.Cases(a.subject)
	if err != nil {
		return nil, nil, fmt.Errorf("make the cases of %q: %w", check.ID, err)
	}
	for _, c := range cases {
		if c.Name == s.Case {
			c.Steps = s.Steps
			return a, &c, nil
		}
	}
	return nil, nil, fmt.Errorf("this version has no case %q of %q for %q", s.Case, check.ID, event.Name)
}

func (r *runner) eventOf(s Script) (*schemas.Event, error) {
	if s.Event == "" {
		return r.plan.events[0], nil
	}
	for _, event := range r.plan.all {
		if event.Name == s.Event {
			return event, nil
		}
	}
	return nil, fmt.Errorf("the catalog has no event %q", s.Event)
}

// reviewed judges by what the check says of a run that had nothing but these exchanges.
func reviewed(a *assessment) func(checks.Evidence) *checks.Flaw {
	return func(e checks.Evidence) *checks.Flaw {
		for _, flaw := range a.check.Review(a.subject, e.Exchanges) {
			return &flaw
		}
		return nil
	}
}

// acknowledgesAll finds the first delivery that was not acknowledged.
func (r *runner) acknowledgesAll(e checks.Evidence) *checks.Flaw {
	for i, x := range e.Exchanges {
		if !x.Reply.Acknowledged(r.plan.provider.Policy) {
			return &checks.Flaw{Rule: "every delivery is acknowledged", Got: x.Reply.String(), Want: "an acknowledgement", Index: i}
		}
	}
	return nil
}

func (r *runner) replayCase(ctx context.Context, a *assessment, c checks.Case) *Replayed {
	evidence, reason := r.gather(ctx, a, c)
	done := &Replayed{Outcome: Error, Reason: reason}
	shown := r.renderer()
	for _, x := range evidence.Exchanges {
		done.Exchanges = append(done.Exchanges, *shown.exchange(x))
	}
	if reason == "" {
		reason = unseen(evidence)
	}
	if reason != "" {
		done.Reason = shown.redactor.String(reason)
		return done
	}
	flaw := statusOnly(c).Judged(r.plan.provider, evidence)
	switch {
	case flaw != nil:
		f := r.finding(a, c, evidence, flaw)
		if len(c.Steps) > 1 { // one message was shrunk when it was found
			r.reduce(ctx, a, f)
		}
		a.findings = append(a.findings, f)
	case len(c.Effects) > 0 && r.plan.cfg.Observer == nil:
		done.Reason = "needs --observe"
		return done
	case len(c.Effects) > 0:
		a.pending = []pending{{kase: c, evidence: evidence, before: map[string]int{}}}
		r.settlePending(ctx, []*assessment{a})
	}
	if len(a.findings) == 0 {
		done.Outcome, done.Reason = Fixed, ""
		return done
	}
	return done.fail(shown, a, a.findings[0])
}

// replayCheck runs a check that has a course of its own, from its control on.
func (r *runner) replayCheck(ctx context.Context, a *assessment) *Replayed {
	r.assess(ctx, a)
	r.buried()
	r.settlePending(ctx, []*assessment{a})
	result := a.result()
	done := &Replayed{Outcome: Fixed}
	switch {
	case !r.sender.hasAnswered():
		done.Outcome, done.Reason = Error, r.silence()
	case result.Finding != nil:
		return done.fail(r.renderer(), a, result.Finding)
	case result.Verdict == checks.NotAssessed:
		done.Outcome, done.Reason = Error, result.Reason
	}
	return done
}

func (d *Replayed) fail(shown *renderer, a *assessment, f *checks.Finding) *Replayed {
	d.Outcome, d.Finding = Failed, shown.finding(f, fileName(a.check.ID, a.event.Name))
	d.Reason = fmt.Sprintf("got %s, want %s", d.Finding.Got, d.Finding.Want)
	if len(shown.files) > 0 { // that nobody writes
		d.Finding.Curl = ""
	}
	if f.RunID != "" { // it was shrunk
		if script, ok := shown.runner.script(checks.Result{Check: a.check, Event: a.event.Name, Finding: f}); ok {
			d.Least = &script
		}
	}
	return d
}

// unseen says why an exchange shows nothing of the consumer, "" when all do.
func unseen(e checks.Evidence) string {
	for _, x := range e.Exchanges {
		if x.Reply.Failure == checks.FailureConnect {
			return cause(x.Reply)
		}
	}
	return ""
}

// script is what a finding needs to be seen again; false when nothing can show it but a whole run.
func (r *runner) script(res checks.Result) (Script, bool) {
	p, f := r.plan, res.Finding
	s := Script{
		Provider: p.provider.Name, Version: moduleVersion(), Seed: p.cfg.Seed, RunID: p.cfg.RunID, Start: p.epoch(), Set: p.cfg.Set, Phones: p.cfg.Phones,
		Check: res.Check.ID, Event: res.Event, Case: f.Case.Name, Parallel: f.Case.Parallel, Steps: slices.Clone(f.Case.Steps),
	}
	if f.RunID != "" {
		s.RunID = f.RunID
	}
	if p.cfg.Catalog != nil {
		s.Digest = p.cfg.Catalog.Digest()
	}
	expect := expectation(f.Case, len(f.Evidence.Readings) > 0)
	switch {
	case len(s.Steps) == 0 && res.Check.Run != nil:
		s.Case, s.Parallel = "", false
		return s, true
	case len(s.Steps) == 0:
		return s, false
	case expect != nil:
		s.Expect = expect
	case res.Check.Cases == nil && res.Check.Review == nil:
		s.Steps, s.Case, s.Parallel = nil, "", false
		return s, res.Check.Run != nil
	}
	if s.Event == "" && len(f.Evidence.Exchanges) > 0 {
		s.Event = f.Evidence.Exchanges[0].Message.Event
	}
	if p.generator == nil || f.Case.Name == storyName { // no coordinate makes its messages again
		return inlinedAll(s, f.Evidence), true
	}
	for i, x := range f.Evidence.Exchanges[:min(len(f.Evidence.Exchanges), len(s.Steps))] {
		if len(p.cfg.EndpointSet) > 0 && s.Steps[i].Endpoint > 0 {
			s.Steps[i] = inlined(s.Steps[i], x)
		}
	}
	return s, true
}

// inlinedAll is the script with its messages as they were made.
func inlinedAll(s Script, e checks.Evidence) Script {
	for i, x := range e.Exchanges[:min(len(e.Exchanges), len(s.Steps))] {
		s.Steps[i] = inlined(s.Steps[i], x)
	}
	return s
}

// inlined is the step with its message as it was made, the edits of the body done.
func inlined(step checks.Step, x checks.Exchange) checks.Step {
	if step.Again || step.Challenge != nil {
		return step
	}
	step.Coordinate, step.Body = nil, x.Message.Body
	step.Edits = slices.DeleteFunc(slices.Clone(step.Edits), func(e checks.Edit) bool { return e.Op.OfBody() })
	if fault := x.Fault; step.Fault != nil || len(fault.Splits) > 0 {
		fault.SplitsIn = "" // worked out
		step.Fault = &fault
	}
	return step
}

// epoch is the first instant of the messages' clock.
func (p *plan) epoch() time.Time {
	switch {
	case p.cfg.compiled != nil:
		return p.cfg.compiledAt
	case p.cfg.Start.IsZero():
		return p.started
	}
	return p.cfg.Start
}

// moduleVersion is the version of this module in the program that runs.
func moduleVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	const module = "github.com/hookrig/hookrig"
	if info.Main.Path == module {
		return info.Main.Version
	}
	for _, dep := range info.Deps {
		if dep.Path == module {
			return dep.Version
		}
	}
	return ""
}
