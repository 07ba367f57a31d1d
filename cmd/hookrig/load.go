package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/contract/load"
	"github.com/hookrig/hookrig/internal/guard"
)

// loading is the command: what is sent, to whom, how fast, and what must hold.
type loading struct {
	env      *env
	provider *string
	events   *[]string
	making   making
	secret   *string
	whom     target
	policy   *guard.Policy
	target   []string

	rate        string
	duration    span
	stages      string
	max         bool
	connections amount
	timeout     span
	arrivals    *choice
	slo         string
	shard       string
	record      string
	output      *choice
}

func newLoad(e *env) *cobra.Command {
	l := &loading{env: e}
	cmd := &cobra.Command{Use: "load [URL | PORT]", Short: "Send new, signed messages at a rate, and measure",
		Long: `Send messages that are new, valid, signed and in lawful order at a rate or as fast as the consumer answers,
and measure honestly: latency counts from the moment a message was due. Exit 0 when the SLO holds, 1 when it
breaks or nothing is acknowledged, 3 when nobody answers.`,
		Example: `  hookrig load -p PROVIDER 4000 --rate 500/s --duration 30s
  hookrig load -p PROVIDER 4000 --stages '0->2000/s in 30s, hold 2m, spike 5x 10s' --slo 'p99<200ms, errors<0.1%'
  hookrig load -p PROVIDER 4000 --max --connections 64
  hookrig load -p PROVIDER 4000 --shard 0/4 --run-id nightly-7 --start 2026-11-22T03:00:00Z --record 0.json`,
		Args: atMostOne}
	l.provider, l.events = providerFlag(cmd), eventsFlag(cmd)
	l.making.flags(e, cmd)
	l.secret = secretFlag(cmd)
	l.reachFlags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&l.rate, "rate", "", "arrivals, such as 5000/s (default 100/s)")
	flags.Var(&l.duration, "duration", "how long (default 10s)")
	flags.StringVar(&l.stages, "stages", "", "rates that change: '0->2000/s in 30s, hold 2m, spike 5x 10s'")
	flags.BoolVar(&l.max, "max", false, "as fast as the consumer answers, instead of at a rate")
	flags.Var(&l.connections, "connections", "connections at most (default 1024; with --max 64)")
	flags.Var(&l.timeout, "timeout", "deadline of a reply, in place of the provider's")
	l.arrivals = &choice{string(load.Even), []string{string(load.Even), string(load.Poisson)}}
	flags.Var(l.arrivals, "arrivals", "how arrivals are spread")
	flags.StringVar(&l.slo, "slo", "", "what must hold: 'p99<200ms, errors<0.1%'; p50 to p99.999, max, mean, errors, rate")
	flags.StringVar(&l.shard, "shard", "", "only part i of n, as i/n with i from 0; /n takes i from JOB_COMPLETION_INDEX")
	flags.StringVar(&l.record, "record", "", "write the run's record (JSON) to this file")
	fileFlag(cmd, "record")
	l.output = outputFlag(cmd, "text", "json")
	useConfig(cmd, configStrict)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		l.target = args
		return l.run(cmd.Context())
	}
	return cmd
}

// reachFlags are those of target's flags that a load run has a use for.
func (l *loading) reachFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringSliceVar(&l.whom.allow, "allow-host", nil, "HOST, HOST:PORT or CIDR that may be tested, beside this machine")
	flags.StringArrayVarP(&l.whom.headers, "header", "H", nil, "header line for every request: 'Name: ${VAR}' (repeatable)")
	flags.StringVar(&l.whom.cacert, "cacert", "", "certificates (PEM) to trust, beside the system's")
	flags.StringVar(&l.whom.cert, "cert", "", "certificate (PEM) to show the consumer; with --key")
	flags.StringVar(&l.whom.key, "key", "", "key (PEM) of --cert")
	flags.BoolVar(&l.whom.insecure, "insecure", false, "do not check the consumer's certificate")
	for _, file := range []string{"cacert", "cert", "key"} {
		fileFlag(cmd, file)
	}
}

// run works in steps: (1) everything that can be wrong with flags, (2) the run, (3) what is said of it.
func (l *loading) run(ctx context.Context) error {
	cfg, err := l.config()
	if err != nil {
		return err
	}
	var file *pending
	if l.record != "" {
		if file, err = createFile(l.record, 0o644); err != nil {
			return err
		}
		defer file.discard()
	}
	clear := l.showProgress(&cfg)
	r, err := load.Run(ctx, cfg)
	clear()
	if err != nil {
		return misused("%w", err)
	}
	r.Tool = load.Tool{Name: "hookrig", Version: buildVersion().Version}
	if err := l.print(r); err != nil {
		return err
	}
	if file != nil {
		if err := r.Write(file); err != nil {
			return unable("write %q: %w", l.record, reason(err))
		}
		if err := file.commit(); err != nil {
			return err
		}
	}
	return loadVerdict(ctx, r)
}

// loadVerdict ends the command as the run did.
func loadVerdict(ctx context.Context, r *load.Record) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case r.Counts.Answered == 0 && len(r.Failures) > 0:
		return unable("%s answered nothing: %s", r.Target, strings.Join(keysOf(r.Failures), ", "))
	case r.Counts.Answered == 0:
		return unable("nothing was sent to %s", r.Target)
	case r.Counts.Acknowledged == 0:
		f := &exitError{code: exitBad, err: fmt.Errorf("%s acknowledged nothing", r.Target)}
		if r.Statuses[401]+r.Statuses[403] > 0 {
			f.hint("is the secret the one that the consumer has?")
		}
		return f
	case !r.Kept():
		return ended(exitBad)
	}
	return nil
}

func (l *loading) print(r *load.Record) error {
	if l.output.is("json") {
		return l.env.printJSON(r)
	}
	return r.WriteText(l.env.stdout)
}

// config is the run that the flags describe.
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
	if err := l.pace(&cfg); err != nil {
		return cfg, err
	}
	if cfg.Shard, cfg.Shards, err = l.part(); err != nil {
		return cfg, err
	}
	cfg.Connections, cfg.Timeout, cfg.Spacing = int(l.connections), time.Duration(l.timeout), load.Spacing(l.arrivals.value)
	if cfg.Connections > load.MaxConnections {
		return cfg, misused("--connections %d is more than %d", cfg.Connections, load.MaxConnections)
	}
	if l.slo != "" {
		if cfg.SLO, err = load.ParseSLO(l.slo); err != nil {
			return cfg, misused("--slo: %w", err)
		}
	}
	return cfg, l.aim(&cfg)
}

// pace reads the flags that say how fast.
func (l *loading) pace(cfg *load.Config) error {
	switch {
	case l.max && (l.rate != "" || l.stages != ""):
		return misused("--max goes with neither --rate nor --stages: it is as fast as the consumer answers")
	case l.stages != "" && (l.rate != "" || l.duration != 0):
		return misused("--stages goes with neither --rate nor --duration: each stage has its own")
	case time.Duration(l.duration) > load.MaxLength:
		return misused("--duration %s is longer than %s", l.duration.String(), load.MaxLength)
	}
	length := cmp.Or(time.Duration(l.duration), 10*time.Second)
	var err error
	switch {
	case l.max:
		cfg.Length = length
	case l.stages != "":
		if cfg.Plan, err = load.ParsePlan(l.stages); err != nil {
			return misused("--stages: %w", err)
		}
	default:
		rate, err := load.ParseRate(cmp.Or(l.rate, "100/s"))
		if err != nil {
			return misused("--rate: %w", err)
		}
		cfg.Plan = load.Constant(rate, length)
	}
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

// aim finds out whom to send to, and refuses who may not be.
func (l *loading) aim(cfg *load.Config) error {
	var err error
	if l.policy, err = l.whom.policy(); err != nil {
		return err
	}
	lines, _, err := l.whom.lines(l.env) // nothing of a header is ever said
	if err != nil {
		return err
	}
	cfg.Endpoint.Headers = lines
	switch endpoints := l.env.config.endpoints; {
	case len(l.target) == 1:
		cfg.Endpoint.URL = consumerURL(cfg.Catalog.Provider, l.target[0])
	case len(endpoints) > 0:
		if err := l.configured(cfg, endpoints[0]); err != nil {
			return err
		}
	default:
		return misused("no consumer is named").hint("give its URL or its port")
	}
	if err := checkURL(cfg.Endpoint.URL); err != nil {
		return err
	}
	if err := l.policy.Check(cfg.Endpoint.URL); err != nil {
		return err
	}
	if cfg.Endpoint.Secrets, err = l.env.secretsFor(cfg.Catalog.Provider, *l.secret); err != nil {
		return err
	}
	cfg.Dial = l.policy.DialContext
	cfg.TLS, err = l.whom.tls(l.env)
	return err
}

// configured takes the main endpoint of hookrig.yaml.
func (l *loading) configured(cfg *load.Config, endpoint endpointConfig) error {
	lines, err := headerLines(endpoint.headers)
	if err != nil {
		return badValue(endpoint.where, endpoint.name, err)
	}
	cfg.Endpoint.URL, cfg.Endpoint.Headers = endpoint.url, append(lines, cfg.Endpoint.Headers...)
	set := endpointSets([]endpointConfig{endpoint})[0]
	for place, value := range cfg.Making.Set {
		set[place] = value
	}
	if len(set) > 0 {
		cfg.Making.Set = set
	}
	return nil
}

// showProgress tells how the run goes on: on a terminal one line that is painted over, else a line each
// ten seconds. The function it returns wipes the line.
func (l *loading) showProgress(cfg *load.Config) (clear func()) {
	terminal := l.env.stderrIsTerminal && l.env.getenv("TERM") != "dumb"
	told := 0
	cfg.Progress = func(p load.Progress) {
		told++
		line := fmt.Sprintf("%s of %s · %.0f/s · p50 %s, p99 %s · %d sent, %d not acknowledged", p.Elapsed.Round(time.Second), p.Length.Round(time.Second),
			p.Rate, load.Milliseconds(p.P50), load.Milliseconds(p.P99), p.Ended, p.Ended-p.Acknowledged)
		switch {
		case terminal:
			fmt.Fprintf(l.env.stderr, "\r\x1b[K%s", line)
		case told%10 == 0:
			l.env.say("%s", line)
		}
	}
	return func() {
		if terminal && told > 0 {
			fmt.Fprint(l.env.stderr, "\r\x1b[K")
		}
	}
}
