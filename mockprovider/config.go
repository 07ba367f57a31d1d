package mockprovider

import (
	"cmp"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/hookrig/hookrig/mockprovider/delivery"
	"github.com/hookrig/hookrig/schemas"
)

// Config says what a Server plays and how. Catalog is required; each other field's zero value works.
type Config struct {
	Catalog *schemas.Catalog // Required

	Data      string        // journal file to keep. Default: a file of its own, removed by Close
	Sync      bool          // the journal also survives the loss of power
	KeepFor   time.Duration // finished deliveries are forgotten after so long. Default never
	KeepBytes int64         // the oldest finished deliveries are forgotten beyond so many bytes. Default 1 GiB

	Seed   uint64                              // of messages, jitter and faults. Default 1
	RunID  string                              // salts every id. Default fresh
	Start  time.Time                           // first instant of the clock. Default now
	Set    map[schemas.Pointer]json.RawMessage // pinned values, in every message that has the place
	Phones string                              // E.164 prefix for phone numbers. Default: ranges reserved for fiction

	Keys        []string // keys of the provider's own API. Default: any key
	Token       string   // of the control API; needed to listen beyond loopback. Default none
	PublicHosts []string // names under which it may be called, beside loopback
	AllowHosts  []string // HOST, HOST:PORT or CIDR that deliveries may go to, beside loopback

	Retries      *schemas.Retries // Default the provider's
	Timeout      time.Duration    // deadline of an answer. Default the provider's
	Connections  int              // at once for each subscription. Default 4
	Breaker      delivery.Breaker // of each subscription. Default opens after 50 failures in a row for 30s
	MaxPending   int              // deliveries of a session that wait or are under way. Default 100000
	MaxBytes     int64            // of their bodies. Default 1 GiB
	MaxSockets   int              // connections of all sessions. Default 512
	MaxSessions  int              // Default 256
	MaxClients   int              // connections to the server itself. Default 1024
	TLS          *tls.Config      // for https endpoints. Default: the system's roots
	Capture      *Capture         // also play the other side: record what arrives at all other paths. Default none
	ControlLimit int64            // bytes of a request to the control API or the provider's API. Default 1 MiB
}

// Errors that callers can test for.
var (
	ErrBusy     = delivery.ErrBusy                // too much is pending; try again
	ErrInvalid  = errors.New("invalid request")   // what was asked for cannot be
	ErrNotFound = errors.New("not found")         // no such thing
	ErrConflict = errors.New("already there")     // it would be there twice
	ErrToken    = errors.New("needs a token")     // would be open to others
	ErrClosed   = errors.New("server is closing") // nothing is accepted any more
)

// complete checks a Config and fills in the defaults.
func (c Config) complete() (Config, error) {
	if c.Catalog == nil {
		return c, fmt.Errorf("%w: Config.Catalog is required", ErrInvalid)
	}
	if c.Breaker == (delivery.Breaker{}) {
		c.Breaker = delivery.Breaker{Failures: 50, Cooldown: 30 * time.Second}
	}
	c.Seed = cmp.Or(c.Seed, 1)
	c.Connections = cmp.Or(c.Connections, 4)
	c.MaxPending = cmp.Or(c.MaxPending, 100_000)
	c.MaxBytes = cmp.Or(c.MaxBytes, 1<<30)
	c.MaxSockets = cmp.Or(c.MaxSockets, 512)
	c.MaxSessions = cmp.Or(c.MaxSessions, 256)
	c.MaxClients = cmp.Or(c.MaxClients, 1024)
	c.ControlLimit = cmp.Or(c.ControlLimit, 1<<20)
	c.KeepBytes = cmp.Or(c.KeepBytes, 1<<30)
	return c, nil
}

// provider is the provider as configured: its policy may be replaced.
func (c Config) provider() *schemas.Provider {
	p := *c.Catalog.Provider
	if c.Retries != nil {
		p.Policy.Retries = *c.Retries
	}
	if c.Timeout > 0 {
		p.Policy.TimeoutSeconds = c.Timeout.Seconds()
	}
	return &p
}

// CheckAddress refuses to listen where others could reach the server without its token.
func (c Config) CheckAddress(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%w: listen on %q: %w", ErrInvalid, address, err)
	}
	if isLoopback(host) || c.Token != "" && len(c.Keys) > 0 {
		return nil
	}
	return fmt.Errorf("listen on %q: %w for the control API and a key for the provider's API, because others can reach it there", address, ErrToken)
}

// isLoopback says whether a host is this machine alone.
func isLoopback(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
