package journal

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
)

const (
	// batch is how many writes share one commit at most. It is small, so that those whose writes are
	// committed go on while the next are written: were all of them to wait for one large commit, nothing
	// would be sent meanwhile.
	batch = 32

	// syncedBatch is the same where a commit waits for the disk, which costs more than all it writes.
	syncedBatch = 2048
)

// op is one write and who waits for it.
type op struct {
	apply func(w *writer) error
	done  chan error
}

// writer owns the connection that writes. Only its own goroutine uses it.
type writer struct {
	journal *Journal
	conn    *sql.Conn
	batch   int
	err     error // first failed statement of the write under way

	begin, commit, rollback                       statement
	message, delivery, attempt, progress          statement
	session, dropSession                          statement
	subscription, dropSubscription, cancelPending statement
	stream, cursor, dropStream                    statement
	pruneAttempts, pruneDeliveries, pruneMessages statement
}

func (j *Journal) newWriter(synced bool) (*writer, error) {
	conn, err := j.write.Conn(context.Background())
	if err != nil {
		return nil, err
	}
	w := &writer{journal: j, conn: conn, batch: batch}
	if synced {
		w.batch = syncedBatch
	}
	err = conn.Raw(w.prepare)
	if err != nil {
		_ = conn.Close() // the error that led here counts
		return nil, err
	}
	return w, nil
}

// prepare prepares all statements on the driver's own connection. They live as long as it does.
func (w *writer) prepare(connection any) error {
	preparer, ok := connection.(driver.ConnPrepareContext)
	if !ok {
		return errors.New("prepare statements: the driver cannot")
	}
	for target, text := range map[*statement]string{
		&w.begin: "BEGIN IMMEDIATE", &w.commit: "COMMIT", &w.rollback: "ROLLBACK",
		&w.message:          "INSERT INTO messages (seq, session, event, id, entity, origin, at, body) VALUES (?,?,?,?,?,?,?,?)",
		&w.delivery:         "INSERT INTO deliveries (seq, session, message, subscription, status, attempts, base, created, due, fault, event, answer, size) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
		&w.attempt:          "INSERT OR REPLACE INTO attempts (id, at, sent, duration, outcome, status, failure, cause, fault, request_header, request_body, reply_header, reply_body) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
		&w.progress:         "UPDATE deliveries SET status=?, attempts=?, base=?, due=?, fault=?, answer=? WHERE seq=?",
		&w.session:          "INSERT INTO sessions (id, name, document) VALUES (?,?,?) ON CONFLICT (id) DO UPDATE SET document=excluded.document",
		&w.dropSession:      "UPDATE sessions SET dropped=1 WHERE id=?",
		&w.subscription:     "INSERT OR REPLACE INTO subscriptions (session, id, document) VALUES (?,?,?)",
		&w.dropSubscription: "DELETE FROM subscriptions WHERE session=? AND id=?",
		&w.cancelPending:    "UPDATE deliveries SET status='dead' WHERE session=? AND subscription=? AND status='pending'",
		&w.stream:           "INSERT OR REPLACE INTO streams (session, id, document, cursor) VALUES (?,?,?,?)",
		&w.cursor:           "UPDATE streams SET cursor=? WHERE session=? AND id=?",
		&w.dropStream:       "DELETE FROM streams WHERE session=? AND id=?",
		&w.pruneAttempts: "DELETE FROM attempts WHERE id IN (SELECT a.id FROM json_each(?) m JOIN deliveries d ON d.message=m.value " +
			"JOIN attempts a ON a.id BETWEEN d.seq<<20 AND (d.seq+1<<20)-1)",
		&w.pruneDeliveries: "DELETE FROM deliveries WHERE message IN (SELECT value FROM json_each(?))",
		&w.pruneMessages:   "DELETE FROM messages WHERE seq IN (SELECT value FROM json_each(?))",
	} {
		prepared, err := preparer.PrepareContext(context.Background(), text)
		if err != nil {
			return fmt.Errorf("prepare %q: %w", text, classify(err))
		}
		if target.stmt, ok = prepared.(driver.StmtExecContext); !ok {
			return fmt.Errorf("prepare %q: the driver cannot", text)
		}
	}
	return nil
}

// statement is a prepared statement with room for its arguments. It speaks to the driver, because
// database/sql would copy every argument of every row.
type statement struct {
	stmt      driver.StmtExecContext
	arguments []driver.NamedValue
}

// run runs it. Arguments are int64, string, []byte or nil.
func (s *statement) run(arguments ...driver.Value) error {
	s.arguments = s.arguments[:0]
	for i, argument := range arguments {
		s.arguments = append(s.arguments, driver.NamedValue{Ordinal: i + 1, Value: argument})
	}
	_, err := s.stmt.ExecContext(context.Background(), s.arguments)
	return err
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
	group := make([]op, 0, w.batch)
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
	for len(group) < w.batch {
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
	err := w.conn.Raw(func(any) error {
		if err := w.begin.run(); err != nil {
			return err
		}
		err := w.apply(group)
		if err == nil {
			err = w.commit.run()
		}
		if err != nil {
			_ = w.rollback.run() // SQLite may have rolled back by itself
		}
		return err
	})
	if err != nil {
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
func (w *writer) exec(s *statement, arguments ...driver.Value) {
	if w.err == nil {
		w.err = s.run(arguments...)
	}
}
