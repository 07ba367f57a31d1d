package contract

import (
	"context"

	"github.com/hookrig/hookrig/contract/checks"
)

// diagnosis is why a plain valid message is refused, as far as trying can tell.
type diagnosis struct {
	got string // appended to what came back
	fix string
}

// diagnose tries the known mistakes: it signs as a consumer would expect that made one, and names
// the one that is acknowledged.
func (r *runner) diagnose(ctx context.Context, a *assessment, x checks.Exchange) diagnosis {
	switch x.Reply.Status {
	case 404, 405:
		return diagnosis{fix: "Check the URL: nothing handles POST there."}
	}
	if r.plan.provider.Signing == nil {
		return diagnosis{}
	}
	tried := 0
	for _, mistake := range a.subject.Mistakes() {
		if ctx.Err() != nil {
			return diagnosis{}
		}
		again, err := a.subject.Build(mistake.Step, nil)
		if err != nil {
			continue
		}
		again.Check, again.On = a.check.ID, a.event.Name
		tried++
		sent := r.sender.send(ctx, r.marked(again))
		if sent.Reply.Acknowledged(r.plan.provider.Policy) {
			return diagnosis{
				got: "; " + mistake.Name + " is acknowledged",
				fix: mistake.Fix,
			}
		}
		if sent.Reply.Status == 0 {
			break
		}
	}
	return diagnosis{fix: "None of the usual mistakes explains it. Check that the consumer has the same secret as hookrig, " +
		"and look for whatever stands in front of the handler: a CSRF filter, a login wall, a body parser that refuses."}
}
