package journal

import (
	"context"
	"encoding/json"
	"time"
)

// Acceptance is what is accepted at once: messages, the deliveries that they cause, and how far the
// stream has come that they were taken from.
type Acceptance struct {
	Messages   []Message
	Deliveries []Delivery
	Stream     string // id, "" when they come from none
	Cursor     int64
}

// Accept numbers and writes an acceptance as one transaction. Numbers are in the order in which
// acceptances become visible, so that a reader who goes by them misses nothing. Deliveries name their
// message by its index in Messages until then; plan may still change them once they have numbers.
func (j *Journal) Accept(ctx context.Context, session int64, a Acceptance, plan func(*Delivery)) error {
	o := op{func(w *writer) error { w.accept(session, a); return nil }, make(chan error, 1)}
	j.order.Lock()
	j.number(&a, plan)
	err := j.submit(ctx, o)
	j.order.Unlock()
	if err != nil {
		return err
	}
	return j.await(o)
}

// number gives messages and deliveries their numbers. Callers hold order.
func (j *Journal) number(a *Acceptance, plan func(*Delivery)) {
	for i := range a.Messages {
		a.Messages[i].Seq = j.messages.Add(1)
	}
	for i := range a.Deliveries {
		d := &a.Deliveries[i]
		d.Seq, d.Size = j.delivered.Add(1), len(a.Messages[d.Message].Body)
		d.Message = a.Messages[d.Message].Seq
		if plan != nil {
			plan(d)
		}
	}
}

func (w *writer) accept(session int64, a Acceptance) {
	for i := range a.Messages {
		m := &a.Messages[i]
		w.exec(&w.message, m.Seq, session, m.Event, m.ID, m.Entity, m.Origin, m.At.UnixMicro(), m.Body)
	}
	for i := range a.Deliveries {
		d := &a.Deliveries[i]
		w.exec(&w.delivery, d.Seq, session, d.Message, d.Subscription, string(d.Status), int64(d.Attempts), int64(d.Base),
			d.Created.UnixMicro(), d.Due.UnixMicro(), d.Fault, d.Event, int64(d.Answer), int64(d.Size))
	}
	if a.Stream != "" {
		w.exec(&w.cursor, a.Cursor, session, a.Stream)
	}
}

// Record writes how a delivery stands, and the attempt that led there unless it is nil.
func (j *Journal) Record(ctx context.Context, d Delivery, a *Attempt) error {
	return j.do(ctx, func(w *writer) error {
		if a != nil {
			w.exec(&w.attempt, attemptID(d.Seq, a.Number), a.At.UnixMicro(), a.Sent.UnixMicro(), int64(a.Duration), a.Outcome, int64(a.Status),
				a.Failure, a.Cause, a.Fault, a.RequestHeader, a.RequestBody, a.ReplyHeader, a.ReplyBody)
		}
		w.exec(&w.progress, string(d.Status), int64(d.Attempts), int64(d.Base), d.Due.UnixMicro(), d.Fault, int64(d.Answer), d.Seq)
		return nil
	})
}

// mostAttempts is how many attempts a delivery can have: a number of 20 bits.
const mostAttempts = 1<<20 - 1

// attemptID is where an attempt stands in the table.
func attemptID(delivery int64, number int) int64 {
	return delivery<<20 | int64(min(number, mostAttempts))
}

// AddSession makes a session and gives its number.
func (j *Journal) AddSession(ctx context.Context, name string, document json.RawMessage) (int64, error) {
	id := j.sessions.Add(1)
	return id, j.do(ctx, func(w *writer) error {
		w.exec(&w.session, id, name, string(document))
		return nil
	})
}

// PutSession keeps a session's document.
func (j *Journal) PutSession(ctx context.Context, s Session) error {
	return j.do(ctx, func(w *writer) error {
		w.exec(&w.session, s.ID, s.Name, string(s.Document))
		return nil
	})
}

// DropSession forgets a session. Its records are gone at once for readers; Prune clears them away.
func (j *Journal) DropSession(ctx context.Context, id int64) error {
	return j.do(ctx, func(w *writer) error {
		w.exec(&w.dropSession, id)
		return nil
	})
}

// ReplaceSession drops a session and makes one of the same name, in one transaction.
func (j *Journal) ReplaceSession(ctx context.Context, s Session) (int64, error) {
	id := j.sessions.Add(1)
	return id, j.do(ctx, func(w *writer) error {
		w.exec(&w.dropSession, s.ID)
		w.exec(&w.session, id, s.Name, string(s.Document))
		return nil
	})
}

// PutSubscription keeps a subscription.
func (j *Journal) PutSubscription(ctx context.Context, session int64, d Document) error {
	return j.do(ctx, func(w *writer) error {
		w.exec(&w.subscription, session, d.ID, string(d.Document))
		return nil
	})
}

// DropSubscription forgets a subscription; what was pending for it becomes dead letters.
func (j *Journal) DropSubscription(ctx context.Context, session int64, id string) error {
	return j.do(ctx, func(w *writer) error {
		w.exec(&w.dropSubscription, session, id)
		w.exec(&w.cancelPending, session, id)
		return nil
	})
}

// PutStream keeps a stream and its cursor.
func (j *Journal) PutStream(ctx context.Context, session int64, d Document) error {
	return j.do(ctx, func(w *writer) error {
		w.exec(&w.stream, session, d.ID, string(d.Document), d.Cursor)
		return nil
	})
}

// DropStream forgets a stream.
func (j *Journal) DropStream(ctx context.Context, session int64, id string) error {
	return j.do(ctx, func(w *writer) error {
		w.exec(&w.dropStream, session, id)
		return nil
	})
}

// stamp is the inverse of UnixMicro as the tables hold it.
func stamp(micro int64) time.Time { return time.UnixMicro(micro).UTC() }
