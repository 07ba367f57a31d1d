package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/contract/load"
)

// loading is the command: what is sent, to whom, how fast, what must hold, and who is told.
type loading struct {
	env      *env
	provider *string
	events   *[]string
	making   making
	secret   *string
	whom     target
	seeing   observation
	settle   span
	pace     loadPace
	saying   loadSaying

	slo       string
	keepGoing bool
	search    string
	shard     string

	positional []string // URL or port
	command    []string // after --
}

func newLoad(e *env) *cobra.Command {
	l := &loading{env: e}
	cmd := &cobra.Command{Use: "load [URL | PORT] [-- COMMAND...]", Short: "Send new, signed messages at a rate, and measure",
		Long: `Send messages that are new, valid, signed and in lawful order at a rate or as fast as the consumer answers,
and measure honestly: latency counts from the moment a message was due. Exit 0 when all that was asked for holds, 1
when the SLO breaks, effects are lost or doubled, the run is worse than the one compared with, or nothing is
acknowledged, 3 when nobody answers or effects cannot be seen.`,
		Example: `  hookrig load -p PROVIDER 4000 --rate 500/s --duration 30s
  hookrig load -p PROVIDER 4000 --stages '0->2000/s in 30s, hold 2m, spike 5x 10s' --slo 'p99<200ms, errors<0.1%'
  hookrig load -p PROVIDER 4000 --max --connections 64
  hookrig load -p PROVIDER 4000 --search 'p99<200ms' --report html=load.html
  hookrig load -p PROVIDER 4000 --rate 500/s --observe api --fault duplicate=0.05 --retries 60x
  hookrig load -p PROVIDER 4000 --rate 500/s --record new.json --compare old.json
  hookrig load -p PROVIDER 4000 --shard 0/4 --run-id nightly-7 --start 2026-11-22T03:00:00Z --record 0.json`,
		Args: func(cmd *cobra.Command, args []string) (err error) {
			l.positional, l.command, err = consumerArgs(cmd, args)
			return err
		}}
	l.provider, l.events = providerFlag(cmd), eventsFlag(cmd)
	l.making.flags(e, cmd)
	l.secret = secretFlag(cmd)
	l.whom.flags(cmd)
	l.seeing.effectFlags(cmd)
	l.pace.flags(cmd)
	l.saying.flags(cmd)
	flags := cmd.Flags()
	flags.Var(&l.settle, "settle", "wait at most so long for effects after the run (default 2s)")
	flags.StringVar(&l.slo, "slo", "", "what must hold: 'p99<200ms, errors<0.1%'; p50 to p99.999, max, mean, errors, rate")
	flags.BoolVar(&l.keepGoing, "keep-going", false, "play the plan to its end although the SLO cannot be kept any more")
	flags.StringVar(&l.search, "search", "", "raise the rate until this SLO breaks, and report the highest that held: 'p99<200ms'")
	flags.StringVar(&l.shard, "shard", "", "only part i of n, as i/n with i from 0; /n takes i from JOB_COMPLETION_INDEX")
	useConfig(cmd, configStrict)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return l.run(cmd.Context()) }
	return cmd
}

// run works in steps: (1) everything that can be wrong with flags, (2) the files, (3) what is started for
// the run, (4) the run, (5) what is said of it.
func (l *loading) run(ctx context.Context) error {
	cfg, err := l.config()
	if err != nil {
		return err
	}
	words, err := l.saying.open(l.env, &cfg)
	if err != nil {
		return err
	}
	defer words.discard()
	s := &stage{env: l.env, provider: cfg.Catalog.Provider, files: *l.secret}
	defer s.close()
	if err := l.open(ctx, s, &cfg); err != nil {
		return err
	}
	if l.search != "" {
		return l.find(ctx, cfg, s, words)
	}
	clear := l.env.showLoad(&cfg)
	r, err := load.Run(ctx, cfg)
	clear()
	if err != nil {
		return misused("%w", err)
	}
	r.Tool = load.Tool{Name: "hookrig", Version: buildVersion().Version}
	problem := words.compare(r)
	if err := words.write(l.env, r); err != nil {
		return err
	}
	if err := s.finish(); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if problem != nil {
		return problem
	}
	return loadVerdict(r)
}

// find searches the rate that holds, and says what it found.
func (l *loading) find(ctx context.Context, cfg load.Config, s *stage, words *loadWords) error {
	search := load.SearchConfig{Run: cfg, Step: time.Duration(l.pace.duration)}
	var err error
	if search.First, err = l.pace.first(); err != nil {
		return err
	}
	clear := l.env.showLoad(&search.Run)
	search.Tell = func(step *load.Step) {
		clear()
		l.env.say("%s", step.Line())
	}
	found, err := load.FindRate(ctx, search)
	clear()
	if err != nil {
		return misused("%w", err)
	}
	found.Tool = load.Tool{Name: "hookrig", Version: buildVersion().Version}
	if err := words.write(l.env, found); err != nil {
		return err
	}
	if err := s.finish(); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return searchVerdict(found)
}

// open finds out whom to send to, refuses who may not be, and starts what the run needs.
func (l *loading) open(ctx context.Context, s *stage, cfg *load.Config) error {
	if err := s.aim(l.whom, l.positional, l.command); err != nil {
		return err
	}
	if err := l.seeing.prepare(s); err != nil {
		return err
	}
	if err := l.seeing.watch(s, cfg); err != nil {
		return err
	}
	if err := s.open(ctx, l.whom); err != nil {
		return err
	}
	s.load(cfg)
	return nil
}

// load gives a load run what the stage has.
func (s *stage) load(cfg *load.Config) {
	cfg.Endpoint = s.endpoints[0]
	cfg.Dial, cfg.TLS, cfg.Proxy = s.policy.DialContext, s.config.TLS, s.config.Proxy
	if len(s.sets) > 0 && len(s.sets[0]) > 0 {
		set := s.sets[0]
		for place, value := range cfg.Making.Set {
			set[place] = value
		}
		cfg.Making.Set = set
	}
	if len(cfg.Events) == 0 {
		cfg.Events = s.subscribed(cfg.Catalog)
	}
	for _, note := range s.notes {
		s.env.say("%s", note)
	}
}
