package contract

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/contract/report"
	"github.com/hookrig/hookrig/schemas"
)

// Exit codes of a run that did not finish.
const (
	exitIncomplete  = 3
	exitInterrupted = 130
)

// report says what the run found.
func (r *runner) report(ctx context.Context) *report.Report {
	p := r.plan
	rep := &report.Report{
		Provider: p.provider.Name, Target: shownURL(p.cfg.Endpoints), Seed: p.cfg.Seed, RunID: p.cfg.RunID,
		StartedAt: p.started, DurationMS: r.since(p.started).Milliseconds(),
		Acknowledges: report.Ratio{Covered: len(r.accepted), Total: len(p.events)},
	}
	if p.cfg.Catalog != nil {
		rep.CatalogDigest = p.cfg.Catalog.Digest()
	}
	shown := r.renderer()
	for _, result := range r.results {
		rep.Results = append(rep.Results, shown.result(result))
	}
	rep.Files = shown.files
	r.cover(rep)
	r.story.cover(&rep.Coverage)
	rep.Processes = r.processes()
	rep.Notes = r.notes()
	rep.Unfinished, rep.Reason = r.unfinished(ctx)
	p.cfg.Gate.Apply(rep, p.cfg.Now())
	return rep
}

// unfinished is the exit code of a run that could not do what it was asked, 0 when it could.
func (r *runner) unfinished(ctx context.Context) (exit int, reason string) {
	reason = r.incomplete(ctx)
	switch {
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled):
		return exitInterrupted, reason
	case reason != "":
		return exitIncomplete, reason
	}
	return 0, ""
}

// incomplete says why the run could not do what it was asked, "" when it could.
func (r *runner) incomplete(ctx context.Context) string {
	switch {
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled):
		return "interrupted"
	case ctx.Err() != nil:
		return context.Cause(ctx).Error()
	case !r.sender.hasAnswered():
		return "the consumer never answered: " + r.silence()
	case r.sender.isDown():
		return "the consumer went down during the run"
	case len(r.accepted) == 0:
		return "no event is acknowledged"
	case r.plan.cfg.RequireEffects && !r.processes().Seen:
		return "no effect was seen, and --require-effects asks for it"
	}
	return ""
}

// silence is what came instead of an answer.
func (r *runner) silence() string {
	for _, x := range r.sender.all() {
		return cause(x.Reply)
	}
	return "nothing was sent"
}

// processes says what was seen of the consumer's effects.
func (r *runner) processes() report.Processes {
	p := report.Processes{}
	for _, unit := range r.units {
		p.Seen = p.Seen || unit > 0
	}
	counted := map[string]bool{} // a check counts once, on however many events
	for _, result := range r.results {
		if result.Check.Needs.Hook && (result.Verdict != checks.NotAssessed || !p.Seen) {
			counted[result.Check.ID] = true
		}
	}
	p.Checks = len(counted)
	return p
}

// notes are what a reader should know beside the results.
func (r *runner) notes() []string {
	var notes []string
	if r.plan.provider.Signing == nil {
		notes = append(notes, fmt.Sprintf("advisory: %s signs nothing, so anyone who knows the URL can post to it; "+
			"keep it secret, or put a secret into its path", r.plan.provider.Title))
		for _, e := range r.plan.cfg.Endpoints {
			if len(e.Secrets) > 0 {
				notes = append(notes, fmt.Sprintf("the secret is ignored: %s signs nothing", r.plan.provider.Title))
				break
			}
		}
	}
	return notes
}

// cover fills what the run touched of the catalog.
func (r *runner) cover(rep *report.Report) {
	rep.Coverage.Events = report.Ratio{Covered: len(r.accepted), Total: len(r.plan.events)}
	for _, event := range r.plan.events {
		if why, ok := r.refused[event.Name]; ok {
			rep.Coverage.Uncovered = append(rep.Coverage.Uncovered, report.Uncovered{Kind: "event", What: event.Name, Why: why})
		}
		if r.plan.generator == nil {
			continue
		}
		for _, point := range r.plan.generator.Points(event.Name) {
			rep.Coverage.SchemaPoints.Total++
			if r.points.has(point) {
				rep.Coverage.SchemaPoints.Covered++
				continue
			}
			rep.Coverage.Uncovered = append(rep.Coverage.Uncovered, report.Uncovered{
				Kind: "schema_point", What: fmt.Sprintf("%s %s %s", event.Name, point.Place, point.What), Why: "no message with it was acknowledged",
			})
		}
	}
}

// shownURL is the first endpoint's URL without credentials and query.
func shownURL(endpoints []schemas.Endpoint) string {
	if len(endpoints) == 0 {
		return ""
	}
	u, err := url.Parse(endpoints[0].URL)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}
