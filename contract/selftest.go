package contract

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/contract/report"
)

// Proof is what a self-test has shown of one check.
type Proof struct {
	Check     string          `json:"check"`
	Proved    bool            `json:"proved"`              // green for the consumer as it is, red for the sabotaged one
	Before    report.Verdict  `json:"before"`              // for the consumer as it is
	After     report.Verdict  `json:"after"`               // for the sabotaged one
	Got       string          `json:"got,omitempty"`       // what the finding says
	Reason    string          `json:"reason,omitempty"`    // why it is not proved
	Unrelated []report.Result `json:"unrelated,omitempty"` // must findings of other checks that the sabotage does not explain
}

// Selftest proves that the checks can fail. It runs the consumer as it is, then once for each check
// behind a proxy that breaks it in the way that the check must catch. A consumer whose own run is not
// green proves nothing for the checks that it fails. The proofs are in the order of the list.
func Selftest(ctx context.Context, cfg Config) ([]Proof, error) {
	if err := cfg.compile(); err != nil {
		return nil, err
	}
	before, err := Run(ctx, cfg)
	if err != nil {
		return nil, err
	}
	verdicts := map[string]report.Verdict{}
	reasons := map[string]string{}
	for _, result := range before.Results {
		if worse(result.Verdict, verdicts[result.Check]) {
			verdicts[result.Check], reasons[result.Check] = result.Verdict, result.Reason
		}
	}
	var proofs []Proof
	for _, c := range checks.All() {
		verdict, ran := verdicts[c.ID]
		if !ran || c.Sabotage == nil {
			continue
		}
		p := Proof{Check: c.ID, Before: verdict}
		switch verdict {
		case report.VerdictNotAssessed:
			p.Reason = reasons[c.ID]
		case report.VerdictFail, report.VerdictFlaky:
			p.Reason = "the consumer as it is does not pass it"
		default:
			if err := p.prove(ctx, cfg, c); err != nil {
				return proofs, err
			}
		}
		proofs = append(proofs, p)
		if ctx.Err() != nil {
			return proofs, context.Cause(ctx)
		}
	}
	return proofs, nil
}

// worse reports whether a verdict says more about a check than the one before: what was assessed
// counts before what was not, what failed before what passed.
func worse(now, before report.Verdict) bool {
	order := []report.Verdict{"", report.VerdictNotAssessed, report.VerdictPass, report.VerdictAdvisory, report.VerdictFlaky, report.VerdictFail}
	return slices.Index(order, now) > slices.Index(order, before)
}

// prove runs the sabotaged consumer.
func (p *Proof) prove(ctx context.Context, cfg Config, c *checks.Check) error {
	cfg.RunID += "-" + c.ID
	cfg.Progress = nil
	after, err := runSabotaged(ctx, cfg, c)
	if err != nil {
		return err
	}
	p.After = report.VerdictNotAssessed
	for _, result := range after.Results {
		switch {
		case result.Check == c.ID:
			if worse(result.Verdict, p.After) || p.After == report.VerdictNotAssessed {
				p.After, p.Reason = result.Verdict, result.Reason
				if result.Finding != nil {
					p.Got = result.Finding.Got
				}
			}
		case result.Verdict == report.VerdictFail && c.Implies[result.Check] == "":
			p.Unrelated = append(p.Unrelated, result)
		}
	}
	p.Proved = p.After == report.VerdictFail || p.After == report.VerdictAdvisory || p.After == report.VerdictFlaky && c.ID == "ack-intermittent"
	if p.Proved {
		p.Reason = ""
	}
	return nil
}

// runSabotaged runs the consumer behind the check's sabotage.
func runSabotaged(ctx context.Context, cfg Config, c *checks.Check) (*report.Report, error) {
	p, err := newPlan(cfg)
	if err != nil {
		return nil, err
	}
	stop, err := p.serve(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	inner := cfg.Handler
	if inner == nil {
		inner = proxy(p)
	}
	observer := cfg.Observer
	var effects *ledger
	if observer != nil {
		effects = newLedger(observer)
		cfg.Observer = effects
		if restart := cfg.Restart; restart != nil {
			cfg.Restart = func(ctx context.Context) error {
				effects.restarted()
				return restart(ctx)
			}
		}
	} else {
		effects = newLedger(noObserver{})
	}
	endpoints := p.cfg.Endpoints
	cfg.Handler = c.Sabotage(checks.Stand{
		Provider: p.provider, Catalog: cfg.Catalog, Endpoints: endpoints, Tenants: tenants(p),
		Now: p.clock, Effects: effects, Deadline: p.deadline, MaxBody: p.maxBody,
	}, inner)
	return Run(ctx, cfg)
}

// noObserver sees nothing.
type noObserver struct{ checks.Observer }

// tenants are what the endpoints pin as tenant.
func tenants(p *plan) []string {
	var all []string
	for i := range p.cfg.Endpoints {
		tenant := ""
		if i < len(p.cfg.EndpointSet) {
			tenant = strings.Trim(string(p.cfg.EndpointSet[i][p.provider.Fields.Tenant]), `"`)
		}
		all = append(all, tenant)
	}
	return all
}

// proxy passes requests on to the user's consumer, byte for byte as far as net/http allows.
func proxy(p *plan) http.Handler {
	client := p.client()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), p.deadline+time.Second)
		defer cancel()
		request, err := proxied(p, r)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		x := client.Do(ctx, request)
		if x.Status == 0 {
			panic(http.ErrAbortHandler)
		}
		for _, line := range x.Headers {
			switch http.CanonicalHeaderKey(line[0]) {
			case "Content-Length", "Transfer-Encoding", "Connection":
			default:
				w.Header().Add(line[0], line[1])
			}
		}
		w.WriteHeader(x.Status)
		_, _ = w.Write(x.Body)
	})
}

// Table is the proofs as lines of text: check, before, after, what was proved.
func Table(proofs []Proof) string {
	var b strings.Builder
	proved := 0
	for _, p := range proofs {
		mark := "not proved"
		if p.Proved {
			mark = "proved"
			proved++
		}
		note := p.Got
		if p.Reason != "" {
			note = p.Reason
		}
		fmt.Fprintf(&b, "%-28s %-13s %-13s %-11s %s\n", p.Check, p.Before, p.After, mark, note)
	}
	fmt.Fprintf(&b, "%d of %d checks proved\n", proved, len(proofs))
	return b.String()
}
