package contract

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/internal/guard"
	"github.com/hookrig/hookrig/internal/wire"
	"github.com/hookrig/hookrig/schemas"
)

// livesPerTask is how many messages a check may send about one event, repeats included.
const livesPerTask = 512

// plan is a Config made ready: what is sent to whom, in which checks. Read-only.
type plan struct {
	cfg       Config
	provider  *schemas.Provider
	events    []*schemas.Event // selected
	all       []*schemas.Event // of the catalog: their places in this list number the lives
	selected  []*checks.Check
	scheme    checks.Scheme
	sources   []checks.Source
	generator *generators.Generator // nil with sample bodies
	laws      *checks.Laws
	journeys  *checks.Journeys
	deadline  time.Duration
	maxBody   int64
	started   time.Time
	signsNow  bool // sign at the time of sending, wherever the messages' clock starts
}

// newPlan checks a Config and fills in its defaults. All problems are joined.
func newPlan(cfg Config) (*plan, error) {
	p := &plan{cfg: cfg}
	p.defaults()
	problems := []error{p.describe(), p.target(), p.selectChecks()}
	if p.provider != nil && p.provider.Signing != nil {
		for i, e := range p.cfg.Endpoints {
			if len(e.Secrets) == 0 {
				problems = append(problems, fmt.Errorf("endpoint %d has no secret: %s signs what it sends", i+1, p.provider.Title))
			}
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	p.scheme, p.laws = checks.SchemeOf(p.provider), checks.LawsOf(p.cfg.Catalog)
	return p, p.makeSources()
}

func (p *plan) defaults() {
	c := &p.cfg
	if c.Now == nil {
		c.Now = time.Now
	}
	p.started = c.Now()
	if c.Seed == 0 {
		c.Seed = 1
	}
	if c.RunID == "" {
		at := p.started
		if !c.Start.IsZero() {
			at = c.Start
		}
		h := fnv.New64a()
		fmt.Fprintf(h, "%d %d", c.Seed, at.UnixNano())
		c.RunID = hex.EncodeToString(h.Sum(nil))
	}
	if c.Concurrency <= 0 {
		c.Concurrency = 8
	}
	if c.Settle <= 0 {
		c.Settle = 2 * time.Second
	}
	if c.Dial == nil {
		c.Dial = new(guard.Policy).DialContext
	}
}

// describe takes provider and events from the catalog, or makes one event of each sample.
func (p *plan) describe() error {
	c := p.cfg
	if c.Catalog != nil && len(c.Samples) == 0 {
		p.provider, p.all = c.Catalog.Provider, c.Catalog.Events()
		if c.Provider != nil {
			p.provider = c.Provider
		}
		var err error
		if p.events, err = c.Catalog.Select(c.Events...); err != nil {
			return fmt.Errorf("select events: %w", err)
		}
	} else if len(c.Samples) > 0 {
		p.provider = c.Provider
		if p.provider == nil && c.Catalog != nil {
			p.provider = c.Catalog.Provider
		}
		for i, sample := range c.Samples {
			name := sample.Name
			if name == "" {
				name = fmt.Sprintf("sample-%d", i+1)
			}
			p.all = append(p.all, &schemas.Event{Name: name})
		}
		p.events = p.all
	}
	switch {
	case p.provider == nil:
		return errors.New("no provider: give a catalog, or samples and a description of how they are signed")
	case len(p.events) == 0:
		return errors.New("no event is selected")
	}
	p.deadline = c.Timeout
	if p.deadline <= 0 {
		p.deadline = time.Duration(p.provider.Policy.TimeoutSeconds * float64(time.Second))
	}
	if p.deadline <= 0 {
		p.deadline = 10 * time.Second
	}
	p.maxBody = c.MaxBody
	if p.maxBody <= 0 {
		p.maxBody = p.provider.Policy.LargestBodyBytes
	}
	return nil
}

func (p *plan) target() error {
	if p.cfg.Handler == nil && len(p.cfg.Endpoints) == 0 {
		return errors.New("no consumer: give endpoints or a handler")
	}
	return nil
}

// selectChecks takes the checks that the globs name and the provider's scheme allows.
func (p *plan) selectChecks() error {
	all := checks.All()
	ids := make([]string, len(all))
	for i, c := range all {
		ids[i] = c.ID
	}
	var problems []error
	matching := func(patterns []string) map[string]bool {
		found := map[string]bool{}
		for _, pattern := range patterns {
			n := len(found)
			known := false
			for _, id := range ids {
				ok, err := path.Match(pattern, id)
				if err != nil {
					problems = append(problems, fmt.Errorf("select checks by %q: %w", pattern, err))
					break
				}
				if ok {
					found[id], known = true, true
				}
			}
			if !known && len(found) == n {
				problems = append(problems, fmt.Errorf("select checks: no check is called %q; there are %s", pattern, strings.Join(ids, ", ")))
			}
		}
		return found
	}
	wanted, excluded := matching(p.cfg.Checks), matching(p.cfg.ExcludeChecks)
	for _, c := range all {
		if (len(p.cfg.Checks) == 0 || wanted[c.ID]) && !excluded[c.ID] {
			p.selected = append(p.selected, c)
		}
	}
	if len(p.selected) == 0 && len(problems) == 0 {
		problems = append(problems, errors.New("no check is selected"))
	}
	return errors.Join(problems...)
}

// makeSources makes a source of messages for each endpoint.
func (p *plan) makeSources() error {
	c := p.cfg
	if len(c.Samples) > 0 {
		p.sources = []checks.Source{samples{p.provider, p.all, c.Samples}}
		return nil
	}
	var common *generators.Generator // of the endpoints that pin nothing of their own
	for i := range max(1, len(c.Endpoints)) {
		own := i < len(c.EndpointSet) && len(c.EndpointSet[i]) > 0
		g := common
		if own || g == nil {
			var err error
			if g, err = p.makeGenerator(i, own); err != nil {
				return err
			}
		}
		if !own {
			common = g
		}
		if i == 0 {
			p.generator, p.journeys = g, checks.NewJourneys(c.Catalog, g, p.laws)
		}
		p.sources = append(p.sources, g)
	}
	return nil
}

// makeGenerator makes the messages of an endpoint, which may pin values of its own.
func (p *plan) makeGenerator(endpoint int, own bool) (*generators.Generator, error) {
	c := p.cfg
	if c.compiled != nil && !own {
		return c.compiled.Renewed(c.RunID), nil
	}
	cfg := generators.Config{Seed: c.Seed, RunID: c.RunID, Start: c.Start, Set: c.Set, Phones: c.Phones}
	if cfg.Start.IsZero() {
		cfg.Start = p.started
	}
	if own {
		cfg.Set = merged(c.Set, c.EndpointSet[endpoint])
	}
	return generators.New(c.Catalog, cfg)
}

// subject is what the check derives its cases for the event from. Its lives and random numbers depend
// on nothing but seed, check and event.
func (p *plan) subject(c *checks.Check, event *schemas.Event) *checks.Subject {
	number := 0
	if c != nil {
		number = c.Number
	}
	index := max(slices.Index(p.all, event), 0)
	task := uint64(number*len(p.all) + index)
	lives := &checks.Lives{First: task * livesPerTask}
	if p.generator != nil {
		lives.Suits = p.writtenInASCII(event)
	}
	return &checks.Subject{
		Provider: p.provider, Catalog: p.cfg.Catalog, Event: event, Events: p.all,
		Endpoints: p.cfg.Endpoints, Sources: p.sources, Generator: p.generator,
		Laws: p.laws, Journeys: p.journeys, RunID: p.cfg.RunID, Observed: p.cfg.Observer != nil, Counter: p.counterOnly(), Aggressive: p.cfg.Aggressive, Token: p.cfg.Token, Deadline: p.deadline, MaxBody: p.maxBody,
		Random: rand.New(rand.NewPCG(p.cfg.Seed, task)),
		Lives:  lives,
		Now:    p.clock,
	}
}

// writtenInASCII chooses messages of ASCII alone: what a consumer makes of other letters is for the
// checks of texts to find, and must not colour the rest.
func (p *plan) writtenInASCII(event *schemas.Event) func(generators.Coordinate) bool {
	var body []byte
	return func(at generators.Coordinate) bool {
		var err error
		body, err = p.generator.Append(body[:0], event.Name, at)
		return err != nil || checks.ASCII(body)
	}
}

// counterOnly reports whether the observer knows one counter for all keys.
func (p *plan) counterOnly() bool {
	total, ok := p.cfg.Observer.(checks.TotalObserver)
	return ok && total.Total()
}

// clock is the time that signs: frozen where the user fixed the start.
func (p *plan) clock() time.Time {
	if !p.cfg.Start.IsZero() && !p.signsNow {
		return p.cfg.Start
	}
	return p.cfg.Now()
}

func (p *plan) client() *wire.Client {
	return &wire.Client{Dial: p.cfg.Dial, TLS: p.cfg.TLS, Proxy: p.cfg.Proxy, Timeout: p.deadline}
}

// serve gives a handler an address in memory.
func (p *plan) serve(ctx context.Context) (stop func(), err error) {
	if p.cfg.Handler == nil {
		return func() {}, nil
	}
	return p.serveHandler(ctx, p.cfg.Handler)
}

// serveHandler serves a handler and points the endpoints at it.
func (p *plan) serveHandler(_ context.Context, handler http.Handler) (stop func(), err error) {
	server := newServer(handler)
	p.cfg.Dial = server.dial
	endpoints := slices.Clone(p.cfg.Endpoints)
	if len(endpoints) == 0 {
		endpoints = []schemas.Endpoint{{}}
	}
	for i := range endpoints {
		if endpoints[i].URL == "" {
			endpoints[i].URL = "http://handler.test/webhooks"
		}
	}
	p.cfg.Endpoints = endpoints
	return server.stop, nil
}
