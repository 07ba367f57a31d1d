// Package wire does one HTTP/1.1 exchange with exact bytes and exact timing.
//
// In goes a request as header lines and body bytes; out comes what the peer did, with the time of each
// stage. It never follows redirects, never retries, never reads more than its bounds, and decides
// nothing about right and wrong.
package wire

import (
	"context"
	"crypto/tls"
	"net"
	"time"
)

// Request is one HTTP/1.1 request, sent as it is written here.
type Request struct {
	URL     string      // http or https; names the peer, not the request target
	Method  string      // Default POST
	Target  string      // request target. Default the URL's path and query
	Headers [][2]string // sent in this order and spelling; Host, Content-Length and Connection are added unless present
	Body    []byte
	Chunked bool          // Transfer-Encoding: chunked, one chunk per split
	Splits  []int         // byte offsets in Body at which to flush and pause
	Pause   time.Duration // at each split. Default 50ms
	CutAt   int           // close the sending side after so many body bytes; 0: never
}

// Exchange is what happened.
type Exchange struct {
	Status                           int           // 0 when no complete status line and header arrived
	Reason                           string        // reason phrase as received
	Headers                          [][2]string   // as received
	Body                             []byte        // up to the client's limit
	Truncated                        bool          // the body went on past the limit
	Complete                         bool          // the whole reply arrived within the deadline and limit
	Failure                          Failure       // "" when a complete reply arrived
	Err                              error         // the cause of Failure
	Connected, Sent, FirstByte, Done time.Duration // since start; zero when not reached
}

// Failure classes what went wrong on the wire.
type Failure string

// The failures, in the order of the stages.
const (
	FailureRefusedTarget Failure = "target-not-allowed"
	FailureResolve       Failure = "resolve"
	FailureConnect       Failure = "connect"
	FailureTLS           Failure = "tls"
	FailureReset         Failure = "reset"
	FailureTimeout       Failure = "timeout"
	FailureMalformed     Failure = "malformed-reply"
	FailureTooLarge      Failure = "reply-too-large"
	FailureCanceled      Failure = "canceled"
)

// Client sends requests. Its zero value works. Safe for concurrent use.
type Client struct {
	Dial      func(ctx context.Context, network, address string) (net.Conn, error) // Default: net.Dialer. Callers give guard.Dialer
	TLS       *tls.Config
	Timeout   time.Duration // for a whole exchange. Default 10s
	BodyLimit int           // bytes of reply body read. Default 64 KiB
}

// Do sends one request on a connection of its own and reports what happened. It returns by the
// deadline; cancelling ctx ends it with FailureCanceled.
func (c *Client) Do(ctx context.Context, r Request) Exchange { panic("unwritten") }

// Conn keeps one connection for several exchanges (keep-alive). Not safe for concurrent use.
type Conn struct{}

// Open connects once; the caller closes.
func (c *Client) Open(ctx context.Context, url string) (*Conn, error) { panic("unwritten") }

// Do sends one request on the connection.
func (k *Conn) Do(ctx context.Context, r Request) Exchange { panic("unwritten") }

// Close closes the connection.
func (k *Conn) Close() error { panic("unwritten") }
