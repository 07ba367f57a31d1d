package wire

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"
)

// expectWait is how long a request with Expect: 100-continue waits before it sends its body anyway; half
// of what is left when that is shorter.
const expectWait = time.Second

var errSpent = errors.New("connection cannot carry another exchange")

// Conn keeps one connection for several exchanges (keep-alive). Not safe for concurrent use.
type Conn struct {
	client   Client
	peer     *url.URL
	opened   string // the URL that it was opened for
	net      net.Conn
	in       *bufio.Reader
	spent    bool // the peer closes it, or an exchange broke off
	prepared *prepared
}

// prepared is a request that lacks its last byte.
type prepared struct {
	method string
	last   script
}

// Do sends one request on the connection. Its Connected is zero. After a failure, or a reply that closes
// the connection, every further exchange is a FailureReset.
func (k *Conn) Do(ctx context.Context, r Request) Exchange {
	start := time.Now()
	own, cancel := context.WithTimeout(ctx, k.client.timeout())
	defer cancel()
	var x Exchange
	k.exchange(ctx, own, start, r, true, &x)
	return x
}

// Prepare sends a request but for its last byte, so that several connections can be released at one
// instant. The peer has seen all of it that matters by the time Release is called.
func (k *Conn) Prepare(ctx context.Context, r Request) error {
	own, cancel := context.WithTimeout(ctx, k.client.timeout())
	defer cancel()
	s, err := k.script(r, true)
	if err != nil {
		return &Error{Failure: FailureRequest, Err: err}
	}
	if k.spent {
		return &Error{Failure: FailureReset, Err: errSpent}
	}
	s.expect = false
	final := &s.units[len(s.units)-1]
	held := final.bytes[len(final.bytes)-1:]
	final.bytes = final.bytes[:len(final.bytes)-1]
	k.prepared = &prepared{method: r.method(), last: script{units: []unit{{bytes: held}}, cut: s.cut}}
	s.cut = false
	unwatch := context.AfterFunc(own, func() { k.net.Close() }) // ends whatever blocks
	defer unwatch()
	if err := k.send(own, s, nil); err != nil {
		k.spent = true
		failure, cause := classify(ctx, own, FailureReset, err)
		return &Error{Failure: failure, Err: cause}
	}
	return nil
}

// Release sends the last byte of the prepared request and reports what happened, with times since the
// release.
func (k *Conn) Release(ctx context.Context) Exchange {
	start := time.Now()
	own, cancel := context.WithTimeout(ctx, k.client.timeout())
	defer cancel()
	var x Exchange
	if k.prepared == nil || k.spent {
		x.Failure, x.Err = FailureReset, errSpent
		return x
	}
	ready := k.prepared
	k.prepared = nil
	k.play(ctx, own, start, ready.last, ready.method, &x)
	return x
}

// Close closes the connection.
func (k *Conn) Close() error { return k.net.Close() }

// script lays a request out for this connection.
func (k *Conn) script(r Request, keepAlive bool) (script, error) {
	named := k.peer
	if r.URL != "" && r.URL != k.opened {
		u, err := url.Parse(r.URL)
		if err != nil {
			return script{}, err
		}
		named = u
	}
	target := r.Target
	if target == "" {
		target = named.RequestURI()
	}
	if k.client.Proxy != nil && k.peer.Scheme == "http" {
		target = "http://" + k.peer.Host + target
		if line, ok := proxyAuthorization(k.client.Proxy); ok {
			r.Headers = append(r.Headers[:len(r.Headers):len(r.Headers)], line)
		}
	}
	return r.script(named, target, keepAlive)
}

// exchange sends one request and reads its reply into x. Times count from start.
func (k *Conn) exchange(parent, own context.Context, start time.Time, r Request, keepAlive bool, x *Exchange) {
	s, err := k.script(r, keepAlive)
	switch {
	case err != nil:
		x.Failure, x.Err = FailureRequest, err
	case k.spent:
		x.Failure, x.Err = FailureReset, errSpent
	default:
		k.play(parent, own, start, s, r.method(), x)
	}
}

// play writes the script and reads the reply at the same time, because a peer may answer, and close,
// before it has read everything. The reply decides; what writing met matters only for Sent.
func (k *Conn) play(parent, own context.Context, start time.Time, s script, method string, x *Exchange) {
	unwatch := context.AfterFunc(own, func() { k.net.Close() }) // ends whatever blocks
	defer unwatch()
	interim := make(chan struct{}, 1)
	written := k.write(own, start, s, interim)
	p := reply{
		in: k.in, method: method, bodyLimit: k.client.bodyLimit(),
		onFirst: func() { x.FirstByte = time.Since(start) },
		onInterim: func() {
			select {
			case interim <- struct{}{}:
			default:
			}
		},
	}
	reusable, err := p.read(x)
	x.Done = time.Since(start)
	if err != nil {
		x.Failure, x.Err = classify(parent, own, FailureReset, err)
	}

	var undisturbed bool
	x.Sent, undisturbed = written()
	k.spent = !reusable || x.Sent == 0 || !undisturbed
}

// directLimit is the size up to which a request fits what the system keeps for a connection, so that
// writing it does not wait for the peer.
const directLimit = 8 << 10

// write writes the script, beside the caller unless it can be done at once. written, to be called when the
// reply is there, ends what is still being written and says when all of it was sent, 0 when it was not,
// and whether the connection is as it was before.
func (k *Conn) write(ctx context.Context, start time.Time, s script, interim <-chan struct{}) (written func() (time.Duration, bool)) {
	if _, plain := k.net.(*net.TCPConn); plain && len(s.units) == 1 && !s.units[0].pause && !s.cut && len(s.units[0].bytes) <= directLimit {
		var took time.Duration
		if _, err := k.net.Write(s.units[0].bytes); err == nil {
			took = time.Since(start)
		}
		return func() (time.Duration, bool) { return took, true }
	}
	sending, stop := context.WithCancel(ctx)
	sent := make(chan time.Duration, 1)
	go func() {
		if err := k.send(sending, s, interim); err != nil {
			sent <- 0
			return
		}
		sent <- time.Since(start)
	}()
	return func() (time.Duration, bool) {
		// The writer ends now: its pauses by stop, a blocked write by the deadline. A write that was done
		// before is not touched, and only then can the connection be used again.
		stop()
		_ = k.net.SetWriteDeadline(time.Now()) // where unsupported, the exchange's own deadline ends it
		took := <-sent
		return took, k.net.SetWriteDeadline(time.Time{}) == nil
	}
}

// send writes the script unit by unit.
func (k *Conn) send(ctx context.Context, s script, interim <-chan struct{}) error {
	for i, u := range s.units {
		if i == 1 && s.expect {
			patience := expectWait
			if deadline, ok := ctx.Deadline(); ok {
				patience = min(patience, time.Until(deadline)/2)
			}
			if err := wait(ctx, patience, interim); err != nil {
				return err
			}
		}
		if u.pause {
			if err := wait(ctx, s.pause, nil); err != nil {
				return err
			}
		}
		if _, err := k.net.Write(u.bytes); err != nil {
			return fmt.Errorf("write request: %w", err)
		}
	}
	if !s.cut {
		return nil
	}
	if half, ok := k.net.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return k.net.Close()
}

// wait pauses until the time is over, early comes, or ctx ends, which is an error.
func wait(ctx context.Context, d time.Duration, early <-chan struct{}) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-early:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// proxyAuthorization is the header line for a proxy whose URL carries credentials.
func proxyAuthorization(proxy *url.URL) ([2]string, bool) {
	if proxy.User == nil {
		return [2]string{}, false
	}
	password, _ := proxy.User.Password()
	credentials := base64.StdEncoding.EncodeToString([]byte(proxy.User.Username() + ":" + password))
	return [2]string{"Proxy-Authorization", "Basic " + credentials}, true
}
