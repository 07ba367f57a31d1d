package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
)

// Filter selects deliveries; empty fields select all.
type Filter struct {
	Status       Status
	Event        string
	Subscription string
	Message      int64
	Fault        bool  // only those that a fault touched
	Failed       bool  // only those whose last attempt failed, dead or not
	Before       int64 // only Seqs below; 0: from the newest
	Limit        int   // Default 50, at most 1000
}

const deliveryColumns = "seq, message, event, subscription, status, attempts, base, created, due, fault, answer, size"

// Deliveries lists the session's deliveries, newest first.
func (j *Journal) Deliveries(ctx context.Context, session int64, f Filter) ([]Delivery, error) {
	where, arguments := []string{"session=?"}, []any{session}
	add := func(condition string, argument any) {
		where, arguments = append(where, condition), append(arguments, argument)
	}
	if f.Status != "" {
		add("status=?", string(f.Status))
	}
	if f.Event != "" {
		add("event=?", f.Event)
	}
	if f.Subscription != "" {
		add("subscription=?", f.Subscription)
	}
	if f.Message != 0 {
		add("message=?", f.Message)
	}
	if f.Before > 0 {
		add("seq<?", f.Before)
	}
	if f.Fault {
		where = append(where, "fault<>''")
	}
	if f.Failed {
		where = append(where, "attempts>base AND status IN ('pending','dead')")
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	arguments = append(arguments, min(f.Limit, 1000))
	return j.deliveries(ctx, "SELECT "+deliveryColumns+" FROM deliveries WHERE "+strings.Join(where, " AND ")+" ORDER BY seq DESC LIMIT ?", arguments...)
}

// Delivery finds one delivery of the session.
func (j *Journal) Delivery(ctx context.Context, session, seq int64) (Delivery, error) {
	found, err := j.deliveries(ctx, "SELECT "+deliveryColumns+" FROM deliveries WHERE seq=? AND session=?", seq, session)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Delivery{}, fmt.Errorf("find delivery %d: %w", seq, err)
	}
	return found[0], nil
}

// Unfinished lists all pending deliveries of the session, oldest first.
func (j *Journal) Unfinished(ctx context.Context, session int64) ([]Delivery, error) {
	return j.deliveries(ctx, "SELECT "+deliveryColumns+" FROM deliveries INDEXED BY deliveries_pending WHERE status='pending' AND session=? ORDER BY seq", session)
}

func (j *Journal) deliveries(ctx context.Context, query string, arguments ...any) ([]Delivery, error) {
	return list(ctx, j.read, func(rows *sql.Rows) (d Delivery, err error) {
		var created, due int64
		err = rows.Scan(&d.Seq, &d.Message, &d.Event, &d.Subscription, &d.Status, &d.Attempts, &d.Base, &created, &due, &d.Fault, &d.Answer, &d.Size)
		d.Created, d.Due = stamp(created), stamp(due)
		return d, err
	}, query, arguments...)
}

// Attempts lists the attempts of a delivery, in order.
func (j *Journal) Attempts(ctx context.Context, delivery int64) ([]Attempt, error) {
	return list(ctx, j.read, func(rows *sql.Rows) (a Attempt, err error) {
		var at, sent int64
		err = rows.Scan(&a.Number, &at, &sent, &a.Duration, &a.Outcome, &a.Status, &a.Failure, &a.Cause, &a.Fault,
			&a.RequestHeader, &a.RequestBody, &a.ReplyHeader, &a.ReplyBody)
		a.Number &= mostAttempts
		a.At, a.Sent = stamp(at), stamp(sent)
		return a, err
	}, "SELECT id, at, sent, duration, outcome, status, failure, cause, fault, request_header, request_body, reply_header, reply_body FROM attempts WHERE id BETWEEN ? AND ? ORDER BY id",
		attemptID(delivery, 0), attemptID(delivery, mostAttempts))
}

const messageColumns = "seq, event, id, entity, origin, at, body"

// Message finds one message.
func (j *Journal) Message(ctx context.Context, seq int64) (Message, error) {
	found, err := j.listMessages(ctx, "SELECT "+messageColumns+" FROM messages WHERE seq=?", seq)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Message{}, fmt.Errorf("find message %d: %w", seq, err)
	}
	return found[0], nil
}

// Messages lists the session's messages after a number, oldest first.
func (j *Journal) Messages(ctx context.Context, session, after int64, limit int) ([]Message, error) {
	return j.listMessages(ctx, "SELECT "+messageColumns+" FROM messages WHERE seq>? AND session=? ORDER BY seq LIMIT ?", after, session, limit)
}

// LastMessage is the number of the newest message of all sessions, 0 when there is none.
func (j *Journal) LastMessage() int64 { return j.messages.Load() }

func (j *Journal) listMessages(ctx context.Context, query string, arguments ...any) ([]Message, error) {
	return list(ctx, j.read, func(rows *sql.Rows) (m Message, err error) {
		var at int64
		err = rows.Scan(&m.Seq, &m.Event, &m.ID, &m.Entity, &m.Origin, &at, &m.Body)
		m.At = stamp(at)
		return m, err
	}, query, arguments...)
}

// Sessions lists the sessions that were not dropped.
func (j *Journal) Sessions(ctx context.Context) ([]Session, error) {
	return list(ctx, j.read, func(rows *sql.Rows) (s Session, err error) {
		var document string
		err = rows.Scan(&s.ID, &s.Name, &document)
		s.Document = json.RawMessage(document)
		return s, err
	}, "SELECT id, name, document FROM sessions WHERE dropped=0 ORDER BY id")
}

// Subscriptions lists the session's subscriptions by id.
func (j *Journal) Subscriptions(ctx context.Context, session int64) ([]Document, error) {
	return j.documents(ctx, "SELECT id, document, 0 FROM subscriptions WHERE session=? ORDER BY id", session)
}

// Streams lists the session's streams by id.
func (j *Journal) Streams(ctx context.Context, session int64) ([]Document, error) {
	return j.documents(ctx, "SELECT id, document, cursor FROM streams WHERE session=? ORDER BY id", session)
}

func (j *Journal) documents(ctx context.Context, query string, session int64) ([]Document, error) {
	return list(ctx, j.read, func(rows *sql.Rows) (d Document, err error) {
		var document string
		err = rows.Scan(&d.ID, &document, &d.Cursor)
		d.Document = json.RawMessage(document)
		return d, err
	}, query, session)
}

// Tally counts the session's deliveries by state.
func (j *Journal) Tally(ctx context.Context, session int64) (map[Status]int64, error) {
	type counted struct {
		status Status
		count  int64
	}
	found, err := list(ctx, j.read, func(rows *sql.Rows) (c counted, err error) {
		err = rows.Scan(&c.status, &c.count)
		return c, err
	}, "SELECT status, count(*) FROM deliveries WHERE session=? GROUP BY status", session)
	tally := map[Status]int64{}
	for _, c := range found {
		tally[c.status] = c.count
	}
	return tally, err
}

// list runs a query and reads each row.
func list[T any](ctx context.Context, db *sql.DB, read func(*sql.Rows) (T, error), query string, arguments ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, arguments...)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", classify(err))
	}
	defer rows.Close()
	found := []T{}
	for rows.Next() {
		item, err := read(rows)
		if err != nil {
			return nil, fmt.Errorf("read journal: %w", classify(err))
		}
		found = append(found, item)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read journal: %w", classify(err))
	}
	return found, nil
}
