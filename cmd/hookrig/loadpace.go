package main

import (
	"cmp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/contract/load"
)

// loadPace is the flags that say how fast messages are sent, and what happens to them on the way.
type loadPace struct {
	rate        string
	duration    span
	stages      string
	max         bool
	connections amount
	timeout     span
	arrivals    *choice
	faults      []string
	retries     string
	outage      span
}

func (p *loadPace) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&p.rate, "rate", "", "arrivals, such as 5000/s (default 100/s); with --search the first")
	flags.Var(&p.duration, "duration", "how long (default 10s); with --search each step")
	flags.StringVar(&p.stages, "stages", "", "rates that change: '0->2000/s in 30s, hold 2m, spike 5x 10s'")
	flags.BoolVar(&p.max, "max", false, "as fast as the consumer answers, instead of at a rate")
	flags.Var(&p.connections, "connections", "connections at most (default 1024; with --max 64)")
	flags.Var(&p.timeout, "timeout", "deadline of a reply, in place of the provider's")
	p.arrivals = &choice{string(load.Even), []string{string(load.Even), string(load.Poisson), string(load.Bursts)}}
	flags.Var(p.arrivals, "arrivals", "how arrivals are spread")
	complete(cmd, "arrivals", func() []string { return p.arrivals.known })
	flags.StringSliceVar(&p.faults, "fault", nil, "chances of what the provider's promises allow: duplicate=0.05,reorder=0.02")
	flags.StringVar(&p.retries, "retries", "", "send again what is not acknowledged, after the provider's delays: real, 60x (a minute a second) or max")
	flags.Var(&p.outage, "outage", "the consumer was down for so long, in the provider's time: what came meanwhile comes again")
}

// read says how fast a run is.
func (p *loadPace) read(cfg *load.Config) error {
	var err error
	if err = p.plan(cfg); err != nil {
		return err
	}
	cfg.Connections, cfg.Timeout, cfg.Spacing, cfg.Outage = int(p.connections), time.Duration(p.timeout), load.Spacing(p.arrivals.value), time.Duration(p.outage)
	if cfg.Connections > load.MaxConnections {
		return misused("--connections %d is more than %d", cfg.Connections, load.MaxConnections)
	}
	if cfg.Faults, err = readFaults(p.faults); err != nil {
		return err
	}
	if p.retries == "" {
		return nil
	}
	var pace speed
	if err := pace.Set(p.retries); err != nil {
		return badValue("--retries", p.retries, err)
	}
	const soonest = 1_000_000
	cfg.RetrySpeed = cmp.Or(float64(pace), soonest)
	return nil
}

// plan reads when messages are due.
func (p *loadPace) plan(cfg *load.Config) error {
	switch {
	case p.max && (p.rate != "" || p.stages != ""):
		return misused("--max goes with neither --rate nor --stages: it is as fast as the consumer answers")
	case p.stages != "" && (p.rate != "" || p.duration != 0):
		return misused("--stages goes with neither --rate nor --duration: each stage has its own")
	case time.Duration(p.duration) > load.MaxLength:
		return misused("--duration %s is longer than %s", p.duration.String(), load.MaxLength)
	}
	length := cmp.Or(time.Duration(p.duration), 10*time.Second)
	var err error
	switch {
	case p.max:
		cfg.Length = length
	case p.stages != "":
		if cfg.Plan, err = load.ParsePlan(p.stages); err != nil {
			return misused("--stages: %w", err)
		}
	default:
		rate, err := p.first()
		if err != nil {
			return err
		}
		cfg.Plan = load.Constant(rate, length)
	}
	return nil
}

// first is the rate, or the first of a search.
func (p *loadPace) first() (load.Rate, error) {
	rate, err := load.ParseRate(cmp.Or(p.rate, "100/s"))
	if err != nil {
		return 0, misused("--rate: %w", err)
	}
	return rate, nil
}

// config is the run that the flags describe, but for whom it is sent to.
func (l *loading) config() (load.Config, error) {
	var cfg load.Config
	var err error
	if cfg.Catalog, err = l.env.catalog(*l.provider); err != nil {
		return cfg, err
	}
	if cfg.Events, err = selectEvents(cfg.Catalog, *l.events); err != nil {
		return cfg, err
	}
	if cfg.Making, err = l.making.config(); err != nil {
		return cfg, err
	}
	if err := l.pace.read(&cfg); err != nil {
		return cfg, err
	}
	if cfg.Shard, cfg.Shards, err = l.part(); err != nil {
		return cfg, err
	}
	cfg.KeepGoing, cfg.Settle = l.keepGoing, time.Duration(l.settle)
	if l.slo != "" {
		if cfg.SLO, err = load.ParseSLO(l.slo); err != nil {
			return cfg, misused("--slo: %w", err)
		}
	}
	if l.search != "" {
		return cfg, l.readSearch(&cfg)
	}
	return cfg, nil
}

// readSearch reads --search, and refuses what makes no sense beside it.
func (l *loading) readSearch(cfg *load.Config) error {
	for flag, given := range map[string]bool{
		"--slo": l.slo != "", "--stages": l.pace.stages != "", "--max": l.pace.max, "--shard": l.shard != "", "--outage": l.pace.outage != 0,
		"--compare": l.saying.before != "", "--observe": l.seeing.hook != "", "--observe-cmd": l.seeing.command != "",
	} {
		if given {
			return misused("--search does not go with %s: it makes runs of its own, one rate after another", flag)
		}
	}
	slo, err := load.ParseSLO(l.search)
	if err != nil {
		return misused("--search: %w", err)
	}
	cfg.SLO = slo
	return nil
}

// part reads --shard. The shards of a run must agree on what they make.
func (l *loading) part() (shard, shards int, err error) {
	text := l.shard
	if strings.HasPrefix(text, "/") {
		index := l.env.getenv("JOB_COMPLETION_INDEX")
		if index == "" {
			return 0, 0, misused("--shard %q takes its index from JOB_COMPLETION_INDEX, which is not set", shorten(text, 40))
		}
		text = index + text
	}
	if shard, shards, err = readShard(text); err != nil {
		return 0, 0, err
	}
	if text != "" && (l.making.runID == "" || l.making.start.IsZero()) {
		return 0, 0, misused("--shard needs --run-id and --start, the same for every shard, so that they make one run")
	}
	return shard, shards, nil
}
