package main

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// stream is the command: its flags, and what it walks.
type stream struct {
	env      *env
	provider *string
	events   *[]string
	making   making
	secret   *string
	url      string
	output   *choice

	count    int64
	length   span
	journeys []string
	contacts amount
	tenants  amount
	shard    string
	faults   []string
	speed    speed
}

func newStream(e *env) *cobra.Command {
	s := &stream{env: e}
	cmd := &cobra.Command{Use: "stream", Short: "Print messages of a provider: bodies, or whole signed requests",
		Long: `Print the messages that a provider would send, in the order of its clock: one body a line, or with
--output what other tools read: requests (JSON lines), vegeta, curl, har, k6. The same provider, seed,
run id, start and flags give the same bytes.`,
		Example: `  hookrig stream -p PROVIDER -n 1000 --seed 7
  hookrig stream -p PROVIDER -e EVENT --output requests --start now
  hookrig stream -p PROVIDER -n 0 --output vegeta | vegeta attack -lazy -format json -rate 100`,
		Args: exactly()}
	s.provider, s.events = providerFlag(cmd), eventsFlag(cmd)
	s.making.flags(e, cmd)
	s.secret = secretFlag(cmd)
	flags := cmd.Flags()
	flags.StringVar(&s.url, "url", "", "where the requests go (default: the address of the provider's own tutorial)")
	flags.Int64VarP(&s.count, "count", "n", 10, "how many messages; 0: without end")
	flags.Var(&s.length, "for", "stop after so much time of the messages' clock")
	flags.StringSliceVar(&s.journeys, "journey", nil, "only lives that begin with these journeys")
	flags.Var(&s.contacts, "contacts", "contacts, groups and auto-replies that exist at most at once (default 200)")
	flags.Var(&s.tenants, "tenants", "workspaces or business numbers that they are spread over (default 3)")
	flags.StringVar(&s.shard, "shard", "", "only part i of n, as i/n with i from 0")
	flags.StringSliceVar(&s.faults, "fault", nil, "chances of what goes wrong: duplicate=0.05,reorder=0.02,drop=0.01")
	flags.Var(&s.speed, "speed", "pace: max, real (the messages' own time), or 60x (a minute a second)")
	s.output = outputFlag(cmd, "text", "json", "requests", "vegeta", "curl", "har", "k6")
	useConfig(cmd, configLenient)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) }
	return cmd
}

func (s *stream) run(ctx context.Context) error {
	c, err := s.env.catalog(*s.provider)
	if err != nil {
		return err
	}
	if s.count < 0 {
		return misused("-n %d is below zero: 0 is without end", s.count)
	}
	walk, err := s.open(c)
	if err != nil {
		return err
	}
	if s.output.is("text") || s.output.is("json") {
		return s.bodies(ctx, walk)
	}
	printer, err := s.printer(c)
	if err != nil {
		return err
	}
	return s.requests(ctx, walk, printer)
}

// open begins the stream that the flags describe.
func (s *stream) open(c *schemas.Catalog) (*generators.Stream, error) {
	cfg, err := s.making.config()
	if err != nil {
		return nil, err
	}
	way := generators.StreamConfig{Lives: int(s.contacts), Tenants: int(s.tenants), Journeys: s.journeys}
	if way.Events, err = selectEvents(c, *s.events); err != nil {
		return nil, err
	}
	if way.Shard, way.Shards, err = readShard(s.shard); err != nil {
		return nil, err
	}
	if way.Faults, err = readFaults(s.faults); err != nil {
		return nil, err
	}
	g, err := generators.New(c, cfg)
	if err != nil {
		return nil, misused("%w", err)
	}
	walk, err := g.Stream(way)
	if err != nil {
		return nil, misused("%w", err)
	}
	return walk, nil
}

// bodies prints one body a line.
func (s *stream) bodies(ctx context.Context, walk *generators.Stream) error {
	pace := s.pace()
	var line []byte
	for n := int64(0); s.count == 0 || n < s.count; n++ {
		body, meta, ok := walk.Next(line[:0])
		if !ok || !pace.reach(ctx, meta.Time) {
			break
		}
		line = append(body, '\n')
		if _, err := s.env.stdout.Write(line); err != nil {
			return err
		}
	}
	return pace.flush(ctx.Err())
}

// requests prints one signed request after another.
func (s *stream) requests(ctx context.Context, walk *generators.Stream, printer requestPrinter) error {
	pace := s.pace()
	for n := int64(0); s.count == 0 || n < s.count; n++ {
		m, meta, ok := walk.Message()
		if !ok || !pace.reach(ctx, meta.Time) {
			break
		}
		if err := printer.print(m, meta.Time); err != nil {
			return err
		}
	}
	if err := printer.end(); err != nil {
		return err
	}
	return pace.flush(ctx.Err())
}

// address is where requests go: --url, or the address of the provider's tutorial.
func (s *stream) address(p *schemas.Provider) string {
	return consumerURL(p, s.url)
}

// pace holds the messages back to their time, divided by the speed.
type pace struct {
	speed  float64
	length time.Duration
	flush  func(error) error
	write  func() error
	began  time.Time
	first  time.Time
}

func (s *stream) pace() *pace {
	p := &pace{speed: float64(s.speed), length: time.Duration(s.length)}
	out, _ := s.env.stdout.(interface{ Flush() error })
	p.write = func() error {
		if out == nil {
			return nil
		}
		return out.Flush()
	}
	p.flush = func(err error) error {
		if err != nil {
			return err
		}
		return p.write()
	}
	return p
}

// reach waits for the message's time. It is false when the stream is over.
func (p *pace) reach(ctx context.Context, at time.Time) bool {
	if p.first.IsZero() {
		p.first, p.began = at, time.Now()
	}
	since := at.Sub(p.first)
	if p.length > 0 && since > p.length || ctx.Err() != nil {
		return false
	}
	if p.speed == 0 {
		return true
	}
	if p.write() != nil {
		return false
	}
	wait := time.NewTimer(time.Until(p.began.Add(time.Duration(float64(since) / p.speed))))
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-wait.C:
		return true
	}
}

// speed is a flag for a pace: how many times as fast as the messages' own time; 0 is as fast as can be.
type speed float64

func (s *speed) Type() string { return "max|real|60x" }

func (s *speed) String() string {
	switch *s {
	case 0:
		return "max"
	case 1:
		return "real"
	}
	return strconv.FormatFloat(float64(*s), 'g', -1, 64) + "x"
}

// Set reads max, real, or a factor.
func (s *speed) Set(text string) error {
	switch text {
	case "max":
		*s = 0
		return nil
	case "real":
		*s = 1
		return nil
	}
	factor, err := strconv.ParseFloat(strings.TrimSuffix(text, "x"), 64)
	if err != nil || math.IsNaN(factor) || factor <= 0 || factor > 1e6 {
		return misused("%q is not a pace: write max, real, or a factor such as 60x", shorten(text, 40))
	}
	*s = speed(factor)
	return nil
}

// readShard reads i/n, with i from 0.
func readShard(text string) (shard, shards int, err error) {
	if text == "" {
		return 0, 1, nil
	}
	first, second, ok := strings.Cut(text, "/")
	shard, err1 := strconv.Atoi(first)
	shards, err2 := strconv.Atoi(second)
	if !ok || err1 != nil || err2 != nil || shards < 1 || shard < 0 || shard >= shards {
		return 0, 0, misused("--shard %q is not i/n with i from 0 to n-1", shorten(text, 40))
	}
	return shard, shards, nil
}

// readFaults reads name=chance.
func readFaults(texts []string) (generators.Faults, error) {
	var f generators.Faults
	chances := map[string]*float64{"duplicate": &f.Duplicate, "reorder": &f.Reorder, "drop": &f.Drop}
	for _, text := range texts {
		name, value, _ := strings.Cut(text, "=")
		if err := oneOf("fault", name, keysOf(chances)); err != nil {
			return f, err
		}
		chance, err := strconv.ParseFloat(value, 64)
		if err != nil || math.IsNaN(chance) || chance < 0 || chance > 1 {
			return f, misused("--fault %s: %q is not a chance from 0 to 1", name, shorten(value, 40))
		}
		*chances[name] = chance
	}
	return f, nil
}
