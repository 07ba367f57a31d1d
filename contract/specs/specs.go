package specs

import (
	"errors"
	"fmt"
	"time"

	"github.com/onsi/ginkgo/v2"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/report"
	"github.com/hookrig/hookrig/internal/escape"
)

// defaultTimeout bounds a run that sets no time of its own.
const defaultTimeout = 10 * time.Minute

// Config says which contract becomes specs.
type Config struct {
	Text     string          // of the container. Default "the webhook contract"
	Contract contract.Config // what is run. Catalog or Samples are needed when the tree is built. Required
	// Prepare completes the contract when its run is about to begin: a server that the suite has started
	// by then, say. What decides which specs there are must not change. Default nothing
	Prepare func(ctx ginkgo.SpecContext, cfg *contract.Config) error
	Timeout time.Duration // of the run. Default ten minutes
}

// Describe adds the specs and returns how many there are. Call it where containers may stand: at the
// top of a test file (`var _ = specs.Describe(…)`) or inside a Describe that is not Ordered, never in
// a BeforeSuite. A contract that leaves nothing to run becomes one spec that fails and says why.
func Describe(cfg Config) int {
	text := cfg.Text
	if text == "" {
		text = "the webhook contract"
	}
	outline, err := contract.Outline(cfg.Contract)
	if err == nil && len(outline) == 0 {
		err = errors.New("no check applies to the provider")
	}
	if err != nil {
		ginkgo.Describe(text, func() {
			ginkgo.It("has specs", func() { ginkgo.Fail(escape.Text("there are none: " + err.Error())) })
		})
		return 0
	}
	s := &suite{cfg: cfg, outline: outline}
	ginkgo.Describe(text, ginkgo.Ordered, ginkgo.ContinueOnFailure, ginkgo.Label("hookrig"), s.build)
	return len(outline) + 1
}

// suite is one contract in the tree. Ginkgo runs the specs of an Ordered container in one process, one
// after another.
type suite struct {
	cfg     Config
	outline []contract.Outlined
	report  *report.Report
}

func (s *suite) build() {
	timeout := s.cfg.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	ginkgo.BeforeAll(func(ctx ginkgo.SpecContext) { s.run(ctx) }, ginkgo.NodeTimeout(timeout))
	for _, group := range s.groups() {
		ginkgo.Context(group.title, func() {
			for _, o := range group.outlined {
				labels := ginkgo.Label(o.Check.ID, group.title, string(o.Check.Family), string(o.Check.Severity), string(o.Check.Level))
				ginkgo.It(o.Check.ID, labels, func(ginkgo.SpecContext) { s.assert(o) })
			}
		})
	}
	ginkgo.It("could be run to its end", func(ginkgo.SpecContext) { s.assertEnd() })
}

// group is what stands in one container.
type group struct {
	title    string // event, or "endpoint"
	outlined []contract.Outlined
}

func (s *suite) groups() []group {
	var groups []group
	at := map[string]int{}
	for _, o := range s.outline {
		i, known := at[o.Event]
		if !known {
			i = len(groups)
			at[o.Event] = i
			groups = append(groups, group{title: report.Result{Event: o.Event}.Subject()})
		}
		groups[i].outlined = append(groups[i].outlined, o)
	}
	return groups
}

func (s *suite) run(ctx ginkgo.SpecContext) {
	cfg := s.cfg.Contract
	if s.cfg.Prepare != nil {
		if err := s.cfg.Prepare(ctx, &cfg); err != nil {
			ginkgo.Fail(escape.Text("prepare the contract: " + err.Error()))
		}
	}
	r, err := contract.Run(ctx, cfg)
	if err != nil {
		ginkgo.Fail(escape.Text("run the contract: " + err.Error()))
	}
	s.report = r
	ginkgo.GinkgoWriter.Println(r.VerdictLine())
}

// assert fails, skips or passes a spec by its result.
func (s *suite) assert(o contract.Outlined) {
	result, found := s.result(o)
	switch {
	case !found:
		ginkgo.Fail("the run has no result for this check: " + escape.Text(s.report.Reason))
	case result.Fails(s.report.FailOn):
		story := result.Story()
		if f := result.Finding; f != nil && f.Replay != "" {
			story += "\nreplay: " + f.Replay
		}
		ginkgo.Fail(escape.Text(story))
	case result.Waived != nil:
		ginkgo.Skip(escape.Text("waived until " + result.Waived.Until + ": " + result.Waived.Reason))
	case result.Verdict == report.VerdictNotAssessed:
		ginkgo.Skip(escape.Text(result.Reason))
	case result.Verdict != report.VerdictPass:
		ginkgo.GinkgoWriter.Println(escape.Text(result.Story()))
	}
}

// result finds the result of an outlined check; where the run chose the event, whatever the event.
func (s *suite) result(o contract.Outlined) (report.Result, bool) {
	for _, result := range s.report.Results {
		if result.Check == o.Check.ID && (o.Event == "" || o.Event == result.Event) {
			return result, true
		}
	}
	return report.Result{}, false
}

// assertEnd fails when the run as a whole was worth nothing, or has results that no spec stands for.
func (s *suite) assertEnd() {
	unknown := 0
	for _, result := range s.report.Results {
		known := false
		for _, o := range s.outline {
			known = known || o.Check.ID == result.Check && (o.Event == "" || o.Event == result.Event)
		}
		if !known {
			unknown++
		}
	}
	switch {
	case unknown > 0:
		ginkgo.Fail(fmt.Sprintf("%d results belong to no spec: the catalog or the checks have changed since the tree was built", unknown))
	case s.report.Reason != "" && s.report.Exit != 0:
		ginkgo.Fail(escape.Text(s.report.Reason))
	}
}
