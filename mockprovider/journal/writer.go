package journal

import (
	"context"
	"database/sql"
	"fmt"
)

// batch is how many writes share one commit at most.
const batch = 2048

// op is one write and who waits for it.
type op struct {
	apply func(w *writer) error
	done  chan error
}

// writer owns the connection that writes. Only its own goroutine uses it.
type writer struct {
	journal *Journal
	conn    *sql.Conn
	err     error // first failed statement of the write under way

	begin, commit, rollback                       *sql.Stmt
	message, delivery, attempt, progress          *sql.Stmt
	session, dropSession                          *sql.Stmt
	subscription, dropSubscription, cancelPending *sql.Stmt
	stream, cursor, dropStream                    *sql.Stmt
}

func (j *Journal) newWriter() (*writer, error) {
	conn, err := j.write.Conn(context.Background())
	if err != nil {
		return nil, err
	}
	w := &writer{journal: j, conn: conn}
	for target, text := range map[**sql.Stmt]string{
		&w.begin: "BEGIN IMMEDIATE", &w.commit: "COMMIT", &w.rollback: "ROLLBACK",
		&w.message:          "INSERT INTO messages (seq, session, event, id, entity, origin, at, body) VALUES (?,?,?,?,?,?,?,?)",
		&w.delivery:         "INSERT INTO deliveries (seq, session, message, subscription, status, attempts, base, created, due, fault, event, answer, size) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
		&w.attempt:          "INSERT OR REPLACE INTO attempts (delivery, number, at, sent, duration, outcome, status, failure, cause, fault, request_header, request_body, reply_header, reply_body) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		&w.progress:         "UPDATE deliveries SET status=?, attempts=?, base=?, due=?, fault=?, answer=? WHERE seq=?",
		&w.session:          "INSERT INTO sessions (id, name, document) VALUES (?,?,?) ON CONFLICT (id) DO UPDATE SET document=excluded.document",
		&w.dropSession:      "UPDATE sessions SET dropped=1 WHERE id=?",
		&w.subscription:     "INSERT OR REPLACE INTO subscriptions (session, id, document) VALUES (?,?,?)",
		&w.dropSubscription: "DELETE FROM subscriptions WHERE session=? AND id=?",
		&w.cancelPending:    "UPDATE deliveries SET status='dead' WHERE session=? AND subscription=? AND status='pending'",
		&w.stream:           "INSERT OR REPLACE INTO streams (session, id, document, cursor) VALUES (?,?,?,?)",
		&w.cursor:           "UPDATE streams SET cursor=? WHERE session=? AND id=?",
		&w.dropStream:       "DELETE FROM streams WHERE session=? AND id=?",
	} {
		if *target, err = conn.PrepareContext(context.Background(), text); err != nil { //nolint:sqlclosecheck // they live as long as the connection
			_ = conn.Close() // the error that led here counts
			return nil, fmt.Errorf("prepare %q: %w", text, classify(err))
		}
	}
	return w, nil
}

// do hands a write to the committer and waits until it is committed or has failed.
func (j *Journal) do(ctx context.Context, apply func(w *writer) error) error {
	select {
	case <-j.stop:
		return ErrClosed
	default:
	}
	o := op{apply, make(chan error, 1)}
	if err := j.submit(ctx, o); err != nil {
		return err
	}
	return j.await(o)
}

// submit hands a write to the committer.
func (j *Journal) submit(ctx context.Context, o op) error {
	select {
	case j.ops <- o:
		return nil
	case <-j.stopped:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// await waits for a write.
func (j *Journal) await(o op) error {
	select { // from here the write happens, whether or not anybody waits
	case err := <-o.done:
		return err
	case <-j.stopped:
		select {
		case err := <-o.done:
			return err
		default:
			return ErrClosed
		}
	}
}

// run commits writes until the journal closes, then those that are still there.
func (w *writer) run() {
	defer close(w.journal.stopped)
	defer w.conn.Close() //nolint:errcheck // the pool closes it for good, and says so
	group := make([]op, 0, batch)
	for {
		select {
		case o := <-w.journal.ops:
			group = w.gather(append(group[:0], o))
			w.commitAll(group)
		case <-w.journal.stop:
			for group = w.gather(group[:0]); len(group) > 0; group = w.gather(group[:0]) {
				w.commitAll(group)
			}
			return
		}
	}
}

// gather takes the writes that wait already.
func (w *writer) gather(group []op) []op {
	for len(group) < batch {
		select {
		case o := <-w.journal.ops:
			group = append(group, o)
		default:
			return group
		}
	}
	return group
}

// commitAll commits the group together; when that fails, each write alone, so that one bad write
// fails by itself.
func (w *writer) commitAll(group []op) {
	err := w.transact(group...)
	for _, o := range group {
		if err != nil && len(group) > 1 {
			o.done <- w.transact(o)
			continue
		}
		o.done <- err
	}
}

func (w *writer) transact(group ...op) error {
	if _, err := w.begin.Exec(); err != nil {
		return fmt.Errorf("write journal: %w", classify(err))
	}
	err := w.apply(group)
	if err == nil {
		_, err = w.commit.Exec()
	}
	if err != nil {
		_, _ = w.rollback.Exec() // SQLite may have rolled back by itself
		return fmt.Errorf("write journal: %w", classify(err))
	}
	return nil
}

func (w *writer) apply(group []op) error {
	for _, o := range group {
		w.err = nil
		if err := o.apply(w); err != nil {
			return err
		}
		if w.err != nil {
			return w.err
		}
	}
	return nil
}

// exec runs a statement, unless one before it has failed.
func (w *writer) exec(statement *sql.Stmt, arguments ...any) {
	if w.err == nil {
		_, w.err = statement.Exec(arguments...)
	}
}
