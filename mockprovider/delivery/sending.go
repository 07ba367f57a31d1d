package delivery

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/hookrig/hookrig/internal/wire"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

// slowPieces is in how many pieces a slow body is written.
const slowPieces = 10

// sending is one attempt on the wire.
type sending struct {
	lane     *lane
	target   Target
	signer   *schemas.Signer
	delivery *journal.Delivery
	message  *schemas.Message
	faults   []Fault
}

func (s *sending) has(kind string) bool {
	_, ok := s.fault(kind)
	return ok
}

func (s *sending) fault(kind string) (Fault, bool) {
	for _, fault := range s.faults {
		if fault.Kind == kind {
			return fault, true
		}
	}
	return Fault{}, false
}

// concurrently sends the same twice at the same time; an acknowledgement of either counts.
func (s *sending) concurrently(number int) ([]journal.Attempt, wire.Exchange) {
	type result struct {
		record journal.Attempt
		x      wire.Exchange
	}
	other := make(chan result)
	go func() {
		record, x := s.once(number+1, false)
		other <- result{record, x}
	}()
	first, x := s.once(number, false)
	second := <-other
	first.Fault, second.record.Fault = mark(first.Fault, FaultConcurrent), mark(second.record.Fault, FaultConcurrent)
	if policy := s.lane.d.cfg.Provider.Policy; x.Failure != "" || !policy.Acknowledges(x.Status) {
		if second.x.Failure == "" {
			x = second.x
		}
	}
	return []journal.Attempt{first, second.record}, x
}

// once exchanges the message once. kept lets it use an open connection.
func (s *sending) once(number int, kept bool) (journal.Attempt, wire.Exchange) {
	record := journal.Attempt{Number: number, At: s.lane.d.cfg.Clock.Now(), Sent: time.Now()}
	request, err := s.request(&record)
	if err != nil {
		x := wire.Exchange{Failure: wire.FailureRequest, Err: err}
		record.Failure = string(x.Failure)
		return record, x
	}
	ctx, cancel := context.WithTimeout(s.lane.ctx, s.lane.d.timeout)
	defer cancel()
	x := s.exchange(ctx, request, kept)
	if x.Failure == wire.FailureCanceled && s.lane.ctx.Err() == nil {
		x.Failure, x.Err = wire.FailureTimeout, fmt.Errorf("no complete answer within %v", s.lane.d.timeout)
	}
	record.Duration, record.Status, record.Failure = time.Since(record.Sent), x.Status, string(x.Failure)
	record.ReplyHeader, record.ReplyBody = replyHeader(x), x.Body
	return record, x
}

// exchange sends the request on an open connection or one of its own. An open connection that breaks
// before any answer came had been closed by the peer meanwhile: the request goes out once more.
func (s *sending) exchange(ctx context.Context, r wire.Request, kept bool) wire.Exchange {
	if _, reset := s.fault(FaultReset); reset || r.CutAt > 0 || !kept {
		client := s.lane.d.client
		if reset {
			client.Dial = resetting(client.Dial, len(s.message.Body)/2)
		}
		return client.Do(ctx, r)
	}
	for {
		start := time.Now()
		conn, used, err := s.lane.borrow(ctx, s.target.Endpoint.URL)
		if err != nil {
			return failed(err)
		}
		connected := time.Since(start)
		x := conn.Do(ctx, r)
		if x.Failure != "" {
			_ = conn.Close() // it is of no use any more
			if used && x.Failure == wire.FailureReset && x.FirstByte == 0 {
				continue
			}
			return x
		}
		if !used {
			x.Connected = connected
		}
		s.lane.giveBack(conn, s.target.Endpoint.URL)
		return x
	}
}

// request makes the request of an attempt and writes it into its record.
func (s *sending) request(record *journal.Attempt) (wire.Request, error) {
	attempt := schemas.Attempt{Number: record.Number, At: record.Sent, DeliveryID: DeliveryID(s.lane.d.cfg.Provider, s.delivery, s.message, record.Number)}
	envelope, err := s.signer.Envelope(*s.message, attempt)
	if rule, ok := s.fault(FaultTamper); ok && err == nil {
		faults := s.lane.d.cfg.Faults
		random := faults.random(rule.ID, s.delivery.Seq, record.Number)
		tamper := faults.tamper(rule, random)
		envelope, err = tamper.Apply(*s.message, s.target.Endpoint, attempt, random)
		record.Fault = mark(record.Fault, FaultTamper+":"+tamper.Name)
	}
	if err != nil {
		return wire.Request{}, err
	}
	r := wire.Request{URL: s.target.Endpoint.URL, Method: envelope.Method, Target: envelope.Path, Body: envelope.Body}
	r.Headers = make([][2]string, 0, len(envelope.Headers)+2)
	r.Headers = append(r.Headers, [2]string{"Host", s.target.host})
	r.Headers = append(r.Headers, envelope.Headers...)
	r.Headers = append(r.Headers, [2]string{"Content-Length", strconv.Itoa(len(envelope.Body))})
	for _, rule := range s.faults {
		switch rule.Kind {
		case FaultTruncate:
			r.CutAt = max(1, len(r.Body)/2)
		case FaultSlow:
			r.Splits, r.Pause = slow(len(r.Body), rule.delay())
		case FaultReset:
		default:
			continue
		}
		record.Fault = mark(record.Fault, rule.Kind)
	}
	record.RequestHeader = requestHeader(r)
	if !bytes.Equal(r.Body, s.message.Body) {
		record.RequestBody = r.Body
	}
	return r, nil
}

// slow spreads a body over a time.
func slow(size int, over time.Duration) (splits []int, pause time.Duration) {
	for i := range slowPieces {
		splits = append(splits, i*size/slowPieces)
	}
	return splits, over / slowPieces
}

// DeliveryID is the id of a delivery on the wire, in the form of a UUID: the same for all its attempts,
// unless the provider gives each its own.
func DeliveryID(p *schemas.Provider, d *journal.Delivery, m *schemas.Message, attempt int) string {
	name := make([]byte, 0, 128)
	name = append(append(append(append(name, d.Subscription...), 0), m.ID...), 0)
	name = strconv.AppendInt(name, d.Message, 10)
	if p.Policy.DeliveryID == "per-attempt" {
		name = strconv.AppendInt(append(name, 0), int64(attempt), 10)
	}
	sum := sha256.Sum256(name)
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // version 8: made by a rule of our own (RFC 9562, 5.8)
	digits := hex.EncodeToString(sum[:16])
	return digits[:8] + "-" + digits[8:12] + "-" + digits[12:16] + "-" + digits[16:20] + "-" + digits[20:]
}

func failed(err error) wire.Exchange {
	var known *wire.Error
	if errors.As(err, &known) {
		return wire.Exchange{Failure: known.Failure, Err: known.Err}
	}
	return wire.Exchange{Failure: wire.FailureConnect, Err: err}
}

func requestHeader(r wire.Request) []byte {
	head := make([]byte, 0, 512)
	head = append(append(append(append(head, r.Method...), ' '), r.Target...), " HTTP/1.1\r\n"...)
	return appendHeader(head, r.Headers)
}

func replyHeader(x wire.Exchange) []byte {
	if x.Status == 0 {
		return nil
	}
	head := make([]byte, 0, 256)
	head = fmt.Appendf(head, "HTTP/1.1 %d %s\r\n", x.Status, x.Reason)
	return appendHeader(head, x.Headers)
}

func appendHeader(dst []byte, lines [][2]string) []byte {
	for _, line := range lines {
		dst = append(append(append(append(dst, line[0]...), ": "...), line[1]...), "\r\n"...)
	}
	return dst
}
