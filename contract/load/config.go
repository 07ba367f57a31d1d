package load

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// The bounds of a run, beside those of its plan.
const (
	MaxConnections = 20_000
	maxLives       = 1 << 20
	maxRetrySpeed  = 1_000_000
)

// Config is what a run is made of.
type Config struct {
	Catalog  *schemas.Catalog                                                     // Required
	Endpoint schemas.Endpoint                                                     // Required
	Dial     func(ctx context.Context, network, address string) (net.Conn, error) // every connection goes through it. Required
	TLS      *tls.Config                                                          // how https is spoken. Default the system's
	Proxy    *url.URL                                                             // http proxy. Default none, whatever the environment says

	Plan        Plan          // open model: when messages are due. Default a closed loop: as fast as the connections allow
	Length      time.Duration // of a closed loop. Default 10s
	Spacing     Spacing       // of arrivals. Default Even
	RetrySpeed  float64       // what is refused comes again after the provider's delays, so many times as fast. Default never
	Outage      time.Duration // that the consumer was down for before the run, in the provider's time: what came then is due now. Default none
	Connections int           // at most. Default 1024, in a closed loop 64
	Timeout     time.Duration // of one exchange, connecting included. Default the provider's

	Making generators.Config // Start defaults to now, RunID to a new one
	Faults generators.Faults // that the provider's promises allow, in one shard. Default none
	Events []string          // Default all
	Lives  int               // contacts, groups and auto-replies at once. Default 10000, in a closed loop 16 to a connection
	Shard  int               // from 0
	Shards int               // Default 1; more need Making.RunID and Making.Start

	Observer Observer                            // reconciles when the run is over. Default none
	Settle   time.Duration                       // to wait at most for effects after the run. Default 2s
	Idle     func(context.Context) (bool, error) // says that the consumer has nothing left to do. Default: all is seen

	SLO       SLO
	KeepGoing bool           // although an objective cannot be kept any more. Default the run ends there
	Progress  func(Progress) // called once a second, never twice at once. Default nobody is told

	began time.Time
	grace time.Duration // for what is under way at the end. Default grace
}

// settle fills in defaults and refuses what makes no sense.
func (c *Config) settle() error {
	switch {
	case c.Catalog == nil:
		return errors.New("no catalog")
	case c.Dial == nil:
		return errors.New("no way to dial")
	case counterOnly(c.Observer):
		return errors.New("the observer has one counter only: it cannot say what is lost")
	case c.Shards > 1 && (c.Making.RunID == "" || c.Making.Start.IsZero()):
		return errors.New("the shards of a run need its run id and its start, so that they make one run")
	}
	usual, lives := 1024, 10_000
	if c.Plan == nil {
		usual, lives = 64, 16*max(64, c.Connections) // each connection needs one that is free; more are slower to make
	}
	for _, n := range []struct {
		name  string
		value *int
		usual int
		most  int
	}{{"connections", &c.Connections, usual, MaxConnections}, {"lives", &c.Lives, lives, maxLives}, {"shards", &c.Shards, 1, 1 << 20}} {
		if *n.value == 0 {
			*n.value = n.usual
		}
		if *n.value < 1 || *n.value > n.most {
			return fmt.Errorf("%s is %d: want 1 to %d", n.name, *n.value, n.most)
		}
	}
	for _, d := range []struct {
		name  string
		value *time.Duration
		usual time.Duration
	}{{"length", &c.Length, 10 * time.Second}, {"timeout", &c.Timeout, c.Catalog.Provider.Policy.Timeout()}, {"settle", &c.Settle, 2 * time.Second}} {
		if *d.value == 0 {
			*d.value = d.usual
		}
		if *d.value <= 0 || *d.value > MaxLength {
			return fmt.Errorf("%s is %s: want more than nothing and at most %s", d.name, *d.value, MaxLength)
		}
	}
	switch c.Spacing {
	case "":
		c.Spacing = Even
	case Even, Poisson, Bursts:
	default:
		return fmt.Errorf("arrivals are %q: want %s, %s or %s", c.Spacing, Even, Poisson, Bursts)
	}
	if err := c.checkPromises(); err != nil {
		return err
	}
	if c.Plan != nil {
		if err := c.Plan.Check(); err != nil {
			return err
		}
		c.Length = c.Plan.Length()
	}
	c.began, c.grace = time.Now(), cmp.Or(c.grace, grace)
	if c.Making.Start.IsZero() {
		c.Making.Start = c.began.UTC().Truncate(time.Millisecond)
	}
	if c.Making.RunID == "" {
		c.Making.RunID = rand.Text()
	}
	return nil
}

// checkPromises refuses what the provider would not do.
func (c *Config) checkPromises() error {
	policy := c.Catalog.Provider.Policy
	switch {
	case c.Faults.Drop > 0:
		return errors.New("fault drop: a provider sends at least once")
	case c.Faults.Duplicate > 0 && !policy.Repeats:
		return fmt.Errorf("fault duplicate: %s promises not to repeat a message", c.Catalog.Provider.Name)
	case c.Faults.Reorder > 0 && policy.Ordered:
		return fmt.Errorf("fault reorder: %s promises to keep the order", c.Catalog.Provider.Name)
	case (c.Faults.Duplicate > 0 || c.Faults.Reorder > 0) && c.Shards > 1:
		return errors.New("faults fall on the messages of one shard, so that shards would not make one run: leave one of them out")
	case !(c.RetrySpeed >= 0 && c.RetrySpeed <= maxRetrySpeed):
		return fmt.Errorf("retries are %v times as fast: want at most %d", c.RetrySpeed, maxRetrySpeed)
	case c.RetrySpeed > 0 && len(policy.Retries.DelaysSeconds) == 0:
		return fmt.Errorf("retries: %s sends nothing again", c.Catalog.Provider.Name)
	case c.Outage < 0 || c.Outage > MaxLength:
		return fmt.Errorf("outage is %s: want at most %s", c.Outage, MaxLength)
	case c.Outage > 0 && c.Plan == nil:
		return errors.New("outage: without a rate nobody knows what came meanwhile")
	}
	return nil
}

// stream begins the messages.
func (c *Config) stream() (*generators.Stream, error) {
	g, err := generators.New(c.Catalog, c.Making)
	if err != nil {
		return nil, err
	}
	return g.Stream(generators.StreamConfig{Lives: c.Lives, Events: c.Events, Shard: c.Shard, Shards: c.Shards, Faults: c.Faults})
}
