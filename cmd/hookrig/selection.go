package main

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/schemas"
)

// selection is the flags that say what is tested.
type selection struct {
	provider   *string
	events     *[]string
	checks     []string
	exclude    []string
	profile    string
	failed     bool
	making     making
	samples    []string
	signing    *string
	aggressive bool
	mark       bool
}

func (s *selection) flags(e *env, cmd *cobra.Command) {
	s.provider, s.events = providerFlag(cmd), eventsFlag(cmd)
	s.making.flags(e, cmd)
	flags := cmd.Flags()
	flags.StringSliceVar(&s.checks, "checks", nil, "only these checks; globs such as 'sig-*'")
	flags.StringSliceVar(&s.exclude, "exclude-checks", nil, "not these checks; globs")
	flags.StringVar(&s.profile, "profile", "", "pr (ends after 60 s), full, nightly (random seed), or one of hookrig.yaml")
	flags.BoolVar(&s.failed, "failed", false, "only what failed last time")
	flags.StringArrayVar(&s.samples, "sample", nil, "test with this body instead of a catalog (repeatable)")
	s.signing = signingFlag(cmd, "how samples are signed")
	flags.BoolVar(&s.aggressive, "aggressive", false, "also send what can hurt a machine")
	flags.BoolVar(&s.mark, "mark", false, "add X-Hookrig-Run to every request")
	fileFlag(cmd, "sample")
	complete(cmd, "checks", checkIDs)
	complete(cmd, "exclude-checks", checkIDs)
	complete(cmd, "profile", func() []string { return []string{"pr", "full", "nightly"} })
}

// config begins the run's configuration with what the flags select.
func (s *selection) config(e *env) (contract.Config, error) {
	cfg := contract.Config{Checks: s.checks, ExcludeChecks: s.exclude, Seed: s.making.seed.value, RunID: s.making.runID,
		Start: s.making.start.Time, Phones: s.making.phones, Aggressive: s.aggressive, MarkRun: s.mark}
	var err error
	if cfg.Set, err = pins(s.making.set); err != nil {
		return cfg, err
	}
	if err := knownChecks("--checks", s.checks); err != nil {
		return cfg, err
	}
	if err := knownChecks("--exclude-checks", s.exclude); err != nil {
		return cfg, err
	}
	if len(s.samples) > 0 {
		if err := s.bring(e, &cfg); err != nil {
			return cfg, err
		}
	} else if err := s.choose(e, &cfg); err != nil {
		return cfg, err
	}
	if s.failed {
		return cfg, s.onlyFailed(e, &cfg)
	}
	return cfg, nil
}

// choose takes the catalog and its events.
func (s *selection) choose(e *env, cfg *contract.Config) error {
	if *s.signing != "" {
		return misused("--signing says how samples are signed: give one with --sample").hint("the events of -p are signed as their provider does")
	}
	var err error
	if cfg.Catalog, err = e.catalog(*s.provider); err != nil {
		return err
	}
	if !slices.Contains(schemas.Builtins(), *s.provider) {
		cfg.Source = filepath.ToSlash(filepath.Clean(*s.provider))
	}
	cfg.Events, err = selectEvents(cfg.Catalog, *s.events)
	return err
}

// bring takes the user's own bodies in place of a catalog.
func (s *selection) bring(e *env, cfg *contract.Config) error {
	for _, path := range s.samples {
		body, err := e.readInput(path)
		if err != nil {
			return err
		}
		if problem := textProblem(body); problem != "" {
			return misused("read sample %q: %s", path, problem)
		}
		if _, err := schemas.Decode(body); err != nil {
			return misused("read sample %q: %w", path, err)
		}
		name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		cfg.Samples = append(cfg.Samples, contract.Sample{Name: name, Body: body, File: filepath.ToSlash(path)})
	}
	var err error
	cfg.Provider, err = e.signer(*s.provider, *s.signing)
	return err
}

// onlyFailed narrows the run to what failed last time.
func (s *selection) onlyFailed(e *env, cfg *contract.Config) error {
	provider := providerOf(*cfg).Name
	last := e.lastRun(provider).report
	if last == nil {
		return unable("--failed: there is no last run of %s to go by", provider).hint("run hookrig test once without it")
	}
	cfg.Checks, cfg.Events = nil, nil
	seen := map[string]bool{}
	add := func(list *[]string, value string) {
		if value != "" && !seen[value] {
			seen[value] = true
			*list = append(*list, value)
		}
	}
	for _, r := range last.Results {
		if r.Fails(last.FailOn) {
			add(&cfg.Checks, r.Check)
			add(&cfg.Events, r.Event)
		}
	}
	if len(cfg.Checks) == 0 {
		return unable("--failed: nothing failed in the last run of %s", provider)
	}
	return nil
}

// providerOf is the provider that a run plays.
func providerOf(cfg contract.Config) *schemas.Provider {
	if cfg.Provider != nil {
		return cfg.Provider
	}
	return cfg.Catalog.Provider
}
