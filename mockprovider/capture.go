package mockprovider

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hookrig/hookrig/internal/wire"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

// Capture plays the other side: what arrives at any path that is not the server's own is verified,
// validated, written into the journal, answered and, if wanted, sent on. The zero value answers 200.
type Capture struct {
	Secrets []schemas.Secret // to verify with. Default: signatures are not looked at
	Status  int              // of the answer. Default 200, or the answer of Forward
	Delay   time.Duration    // before the answer
	Forward string           // URL to send everything on to, as it came. Default none
	Limit   int64            // bytes of a body. Default 10 MiB
	Report  func(Captured)   // called for each request, one call at a time or side by side. Default none
}

// Captured is a request that arrived, and what was made of it.
type Captured struct {
	Number    int64 // of its delivery in the journal
	At        time.Time
	Method    string
	Path      string
	Headers   [][2]string
	Body      []byte
	Message   schemas.Message
	Signature error // nil: good, or not looked at
	Invalid   error // nil: the body satisfies the event's schema
	Forwarded error // nil: sent on, or not to be
	Status    int   // answered
}

// capture is the handler that captures.
func (s *Server) capture() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := s.cfg.Capture.Limit
		if limit <= 0 {
			limit = 10 << 20
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
		if err != nil {
			refuse(w, err)
			return
		}
		c := Captured{At: time.Now(), Method: r.Method, Path: r.URL.RequestURI(), Headers: lines(r), Body: body, Status: s.cfg.Capture.Status}
		s.examine(&c, r)
		if s.cfg.Capture.Delay > 0 {
			select {
			case <-time.After(s.cfg.Capture.Delay):
			case <-r.Context().Done():
			}
		}
		reply := s.forward(r.Context(), &c)
		if c.Status == 0 {
			c.Status = http.StatusOK
		}
		if err := s.keep(r.Context(), &c, reply); err != nil {
			refuse(w, err)
			return
		}
		w.WriteHeader(c.Status)
		_, _ = w.Write(reply.Body) // the peer may be gone
		if s.cfg.Capture.Report != nil {
			s.cfg.Capture.Report(c)
		}
	})
}

// lines are the header lines of a request as they came; where that is not known, sorted by name.
func lines(r *http.Request) [][2]string {
	if headers := asCame(r); headers != nil {
		return headers
	}
	headers := [][2]string{{"Host", r.Host}}
	for name, values := range r.Header {
		for _, value := range values {
			headers = append(headers, [2]string{name, value})
		}
	}
	slices.SortStableFunc(headers[1:], func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return headers
}

// examine reads the message and says what is wrong with it.
func (s *Server) examine(c *Captured, r *http.Request) {
	received := schemas.Received{Header: r.Header, Body: c.Body}
	if len(s.cfg.Capture.Secrets) > 0 {
		c.Signature = s.provider.Verify(received, s.cfg.Capture.Secrets, c.At)
	}
	m, err := s.provider.Receive(received)
	if err != nil {
		c.Message, c.Invalid = schemas.Message{Body: c.Body}, err
		return
	}
	c.Message = m
	if event := s.cfg.Catalog.Event(m.Event); event != nil {
		c.Invalid = event.Validate(c.Body)
		return
	}
	c.Invalid = s.cfg.Catalog.Validate(c.Body) // says that it knows no such event
}

// forward sends a request on as it came, and takes over the status of the answer unless one is set.
func (s *Server) forward(ctx context.Context, c *Captured) wire.Exchange {
	if s.cfg.Capture.Forward == "" {
		return wire.Exchange{}
	}
	target, err := url.Parse(s.cfg.Capture.Forward)
	if err != nil {
		c.Forwarded = err
		return wire.Exchange{}
	}
	path := c.Path
	if base := strings.TrimSuffix(target.EscapedPath(), "/"); base != "" {
		path = base // a URL with a path is where everything goes
	}
	headers := slices.DeleteFunc(slices.Clone(c.Headers), func(line [2]string) bool {
		return slices.ContainsFunc([]string{"Host", "Connection", "Content-Length", "Transfer-Encoding"}, func(name string) bool { return strings.EqualFold(name, line[0]) })
	})
	client := wire.Client{Dial: s.guard.DialContext, TLS: s.cfg.TLS, Timeout: s.provider.Policy.Timeout()}
	x := client.Do(ctx, wire.Request{URL: s.cfg.Capture.Forward, Method: c.Method, Target: path, Headers: headers, Body: c.Body})
	if x.Failure != "" {
		c.Forwarded = fmt.Errorf("forward to %q: %w", target.Redacted(), errors.Join(x.Err))
		if c.Status == 0 {
			c.Status = http.StatusBadGateway
		}
		return wire.Exchange{}
	}
	if c.Status == 0 {
		c.Status = x.Status
	}
	return x
}

// keep writes the request down as a delivery of one attempt that has already been made.
func (s *Server) keep(ctx context.Context, c *Captured, reply wire.Exchange) error {
	now := s.Clock().Now
	entity := ""
	if len(c.Message.Entities) > 0 {
		entity = c.Message.Entities[0]
	}
	a := journal.Acceptance{
		Messages:   []journal.Message{{Event: c.Message.Event, ID: c.Message.ID, Entity: entity, Origin: "listen", At: now, Body: c.Body}},
		Deliveries: []journal.Delivery{{Event: c.Message.Event, Subscription: "listen", Status: journal.Captured, Attempts: 1, Created: now, Due: now, Answer: c.Status}},
	}
	if err := s.journal.Accept(ctx, s.worldID(), a, nil); err != nil {
		return err
	}
	c.Number = a.Deliveries[0].Seq
	var head bytes.Buffer
	fmt.Fprintf(&head, "%s %s HTTP/1.1\r\n", c.Method, c.Path)
	for _, line := range c.Headers {
		fmt.Fprintf(&head, "%s: %s\r\n", line[0], line[1])
	}
	attempt := journal.Attempt{Number: 1, At: now, Sent: c.At, Duration: time.Since(c.At), Outcome: string(journal.Captured), Status: c.Status, Cause: c.causes(),
		RequestHeader: head.Bytes(), ReplyHeader: fmt.Appendf(nil, "HTTP/1.1 %d %s\r\n", c.Status, http.StatusText(c.Status)), ReplyBody: reply.Body}
	err := s.journal.Record(ctx, a.Deliveries[0], &attempt)
	s.live.publish(Update{Kind: "delivery", Delivery: a.Deliveries[0]})
	s.live.news()
	return err
}

// causes says on one line what is wrong with a captured request.
func (c *Captured) causes() string {
	var texts []string
	for _, err := range []error{c.Signature, c.Invalid, c.Forwarded} {
		if err != nil {
			texts = append(texts, strings.ReplaceAll(err.Error(), "\n", "; "))
		}
	}
	return strings.Join(texts, "; ")
}
