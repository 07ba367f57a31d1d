package contract

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// Config says what a run does. Catalog (or Samples) and Endpoints (or Handler) are required; each
// other field's zero value works.
type Config struct {
	Catalog   *schemas.Catalog   // Required, unless Samples are given
	Provider  *schemas.Provider  // how Samples are signed. Default the catalog's
	Source    string             // the catalog's folder or file, as reports name it. Default schemas/NAME, where the built-in ones stand
	Samples   []Sample           // bodies to test with when there is no catalog
	Endpoints []schemas.Endpoint // the consumer; the first is tested, the others serve the checks that need more. Required, unless Handler is given
	Handler   http.Handler       // the consumer, in this process: served in memory. Endpoints may still give its secrets

	Events        []string // globs. Default all
	Checks        []string // globs of ids. Default all
	ExcludeChecks []string // globs of ids. Default none

	Seed  uint64                              // Default 1
	RunID string                              // Default made from Seed and Start
	Start time.Time                           // first instant of the messages' clock, and of every signature. Default now, signatures at the time they are sent
	Set   map[schemas.Pointer]json.RawMessage // pinned values
	// EndpointSet are values pinned for one endpoint, by its index; beside Set.
	EndpointSet []map[schemas.Pointer]json.RawMessage
	Token       string // verify token of the handshake, where the provider has one. Default none
	Phones      string // E.164 prefix for phone numbers. Default: ranges reserved for fiction

	Timeout     time.Duration // deadline of a reply, in every verdict. Default the provider's
	MaxBody     int64         // largest body in bytes, in every verdict. Default the provider's
	MaxTime     time.Duration // of the run. Default none
	Concurrency int           // exchanges at once. Default 8
	Settle      time.Duration // at most, before effects are read. Default 2s
	Aggressive  bool          // also send what can hurt a machine
	MarkRun     bool          // add X-Hookrig-Run to every request
	MaxFailures int           // stop after so many failed results. Default: never

	Observer checks.Observer                     // sees the consumer's effects. Default none
	Idle     func(context.Context) (bool, error) // says whether the consumer has nothing left to do. Default: ask the Observer until it repeats itself
	Restart  func(context.Context) error         // kills and restarts the consumer. Default none
	FailNext func(context.Context) error         // makes the consumer's next attempt fail. Default none
	Log      func(since time.Time) []string      // what the consumer wrote to stderr since then. Default none

	RequireEffects bool // unseen effects make the run incomplete
	Gate           Gate // what the finished run is worth: waivers, coverage. Default: a must finding fails it

	Dial     func(ctx context.Context, network, address string) (net.Conn, error) // Default: loopback only
	TLS      *tls.Config                                                          // for https endpoints. Default: the system's roots
	Proxy    *url.URL                                                             // http proxy. Default none, whatever the environment says
	Now      func() time.Time                                                     // Default time.Now
	Progress func(Progress)                                                       // called as the run goes on, one call at a time. Default none
	Sent     func(schemas.Message)                                                // called for each message that is sent, one call at a time. Default none

	compiled   *generators.Generator // of an earlier run with the same seed and pins. Default: compiled anew
	compiledAt time.Time             // the first instant of its clock
}

// compile makes ready what runs of this Config, and of others that differ in nothing but their consumer and
// run id, have in common.
func (cfg *Config) compile() error {
	p, err := newPlan(*cfg)
	if err != nil {
		return err
	}
	if len(cfg.EndpointSet) == 0 {
		cfg.compiled, cfg.compiledAt = p.generator, p.epoch()
	}
	return nil
}

// Sample is a body that the user brings.
type Sample struct {
	Name string // Default "sample"
	Body []byte // Required
	File string // where it stands, as reports name it. Default unknown
}

// Progress is what a run tells while it goes on.
type Progress struct {
	Phase    checks.Phase
	Result   *checks.Result // just finished; nil between results
	Finished int            // results so far
	Total    int            // results to come in all, as far as known
	Sent     int64          // requests so far
}
