package load

import (
	"bufio"
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/hookrig/hookrig/internal/wire"
	"github.com/hookrig/hookrig/schemas"
)

// plain sends over HTTP/1.1 on one connection, and opens another when that is gone. While it waits for a
// reply it holds neither the request nor room for the reply: thousands may wait.
type plain struct {
	*route
	*room
	head   []byte  // request line and Host
	socket *socket // nil: none
	unhook func() bool
	until  time.Time // the deadline that the socket has
	used   time.Time // when the socket last carried something
}

// head is what every request begins with.
func (r *route) head() []byte {
	head := "POST " + r.signer.Target() + " HTTP/1.1\r\n"
	if r.passage != nil {
		head = "POST http://" + r.url.Host + r.signer.Target() + " HTTP/1.1\r\n" + r.passage.line
	}
	if !r.named {
		head += "Host: " + r.url.Host + "\r\n"
	}
	return []byte(head)
}

// listener reads one reply.
type listener struct {
	reader *bufio.Reader
	reply  fasthttp.Response
}

// room is what senders borrow for a moment.
type room struct {
	requests  sync.Pool // of *[]byte
	listeners sync.Pool // of *listener
}

func newRoom() *room {
	r := &room{}
	r.requests.New = func() any { return new([]byte) }
	r.listeners.New = func() any { return &listener{reader: bufio.NewReaderSize(nil, replyHeader)} }
	return r
}

func (p *plain) send(ctx context.Context, m schemas.Message, a schemas.Attempt) (o outcome) {
	o.reused = p.socket != nil
	gone := p.exchange(ctx, m, a, &o)
	if gone && o.reused && ctx.Err() == nil {
		o = outcome{resent: true}
		p.exchange(ctx, m, a, &o)
	}
	return o
}

// exchange sends a message, over a new connection if there is none, and reads the reply. gone says that
// the peer had closed without a word.
func (p *plain) exchange(ctx context.Context, m schemas.Message, a schemas.Attempt, o *outcome) (gone bool) {
	deadline := a.At.Add(p.timeout)
	if p.socket == nil {
		if o.failure = p.open(ctx, deadline); o.failure != "" {
			return false
		}
	}
	p.limit(deadline)
	if ctx.Err() != nil {
		o.failure = wire.FailureCanceled // the deadline may have undone the one that cuts off
		p.close()
		return false
	}
	request := p.requests.Get().(*[]byte)
	var err error
	if *request, err = p.write((*request)[:0], m, a); err != nil {
		o.failure = wire.FailureRequest
		return false
	}
	const fresh = 100 * time.Millisecond // no peer gives an idle connection up so soon
	if err := p.socket.ask(request, a.At.Sub(p.used) < fresh); err != nil {
		o.failure = exchangeFailure(ctx, err)
		p.close()
		return o.failure == wire.FailureReset
	}
	p.used = a.At
	return p.listen(ctx, o)
}

// write appends the request.
func (p *plain) write(request []byte, m schemas.Message, a schemas.Attempt) (_ []byte, err error) {
	request = append(request, p.head...)
	if request, err = p.signer.AppendHeader(request, m, a); err != nil {
		return request, err
	}
	request = append(request, "Content-Length: "...)
	request = strconv.AppendInt(request, int64(len(m.Body)), 10)
	request = append(request, "\r\n\r\n"...)
	return append(request, m.Body...), nil
}

// open makes a connection.
func (p *plain) open(ctx context.Context, deadline time.Time) wire.Failure {
	within, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	conn, err := p.connect(within)
	if err != nil {
		return dialFailure(ctx, err)
	}
	p.socket = newSocket(conn, &p.requests)
	p.until, p.used = time.Time{}, time.Now()
	p.unhook = context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	return ""
}

// limit ends what the socket does at the deadline, or up to a hundredth of the timeout later: so the
// runtime's timer is set anew once for many exchanges rather than for each.
func (p *plain) limit(deadline time.Time) {
	if p.until.Before(deadline) {
		p.until = deadline.Add(p.timeout / 100)
		_ = p.socket.SetDeadline(p.until) // a closed connection tells on the next line
	}
}

// listen reads the reply. gone says that the peer had closed without a word.
func (p *plain) listen(ctx context.Context, o *outcome) (gone bool) {
	l := p.listeners.Get().(*listener)
	defer p.listeners.Put(l)
	s := p.socket
	l.reader.Reset(s)
	err := l.reply.ReadLimitBody(l.reader, replyBody)
	o.status = l.reply.StatusCode()
	switch {
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		p.close() // acknowledged all the same: nobody reads what follows
	case err != nil:
		o.status = 0
		o.failure = exchangeFailure(ctx, s.err)
		var small *fasthttp.ErrSmallBuffer // the header does not fit the reader
		if errors.As(err, &small) {
			o.failure = wire.FailureTooLarge
		}
		p.close()
		return o.failure == wire.FailureReset && s.silent()
	case o.status < 200 || o.status > 599:
		o.status, o.failure = 0, wire.FailureMalformed
		p.close()
	case l.reply.ConnectionClose() || l.reader.Buffered() > 0:
		p.close()
	}
	if cap(l.reply.Body()) > 4<<10 {
		l.reply.ReleaseBody(0)
	}
	return false
}

// close closes the connection, if there is one.
func (p *plain) close() {
	if p.socket != nil {
		p.unhook()
		p.socket.Close()
		p.socket = nil
	}
}
