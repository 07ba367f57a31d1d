package journal

import (
	"cmp"
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	sqlite "modernc.org/sqlite" // the driver, and the codes of its errors
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed schema.sql
var schema string

// Version is the version of the file's schema.
const Version = 1

// applicationID marks a file as ours: "hkrg".
const applicationID = 0x686b7267

// Conditions of a journal. They come wrapped; test with errors.Is.
var (
	ErrFull       = errors.New("the disk is full")
	ErrUnwritable = errors.New("the journal cannot be written")
	ErrNotFound   = errors.New("not found")
	ErrClosed     = errors.New("the journal is closed")
)

// Config says where and how a journal is kept. The zero value is a file of its own that Close removes.
type Config struct {
	Path string // Default: a file in a new temporary folder, removed by Close
	Sync bool   // also survive the loss of power, at the price of an fsync for each commit
}

// Journal is an open file. Safe for concurrent use.
type Journal struct {
	path      string
	temporary string  // folder to remove, "" when the file is kept
	write     *sql.DB // one connection, used by the committer alone
	read      *sql.DB
	ops       chan op
	stop      chan struct{}
	stopped   chan struct{}
	closing   sync.Once
	order     sync.Mutex   // held from giving numbers to handing the write over
	messages  atomic.Int64 // last Seq given
	delivered atomic.Int64 // last Seq of a delivery given
	sessions  atomic.Int64
}

// Open opens the journal or makes it. The caller closes it.
func Open(cfg Config) (*Journal, error) {
	j := &Journal{path: cfg.Path, ops: make(chan op, 1024), stop: make(chan struct{}), stopped: make(chan struct{})}
	if j.path == "" {
		folder, err := os.MkdirTemp("", "hookrig-journal-")
		if err != nil {
			return nil, fmt.Errorf("open journal: %w", err)
		}
		j.temporary, j.path = folder, filepath.Join(folder, "journal.db")
	}
	if err := j.open(cfg); err != nil {
		j.discard()
		return nil, fmt.Errorf("open journal %q: %w", j.path, err)
	}
	return j, nil
}

func (j *Journal) open(cfg Config) error {
	exists, err := checkFile(j.path)
	if err != nil {
		return err
	}
	if exists {
		if err := j.inspect(); err != nil {
			return err
		}
	} else if err := j.create(); err != nil {
		return err
	}
	synchronous := "NORMAL"
	switch {
	case cfg.Sync:
		synchronous = "FULL"
	case j.temporary != "":
		synchronous = "OFF" // nobody opens it again: it need not outlive the power
	}
	j.write, err = connect(j.path, 1, "journal_mode(WAL)", "synchronous("+synchronous+")", "busy_timeout(2000)",
		"wal_autocheckpoint(4000)", "cache_size(-4000)", "temp_store(MEMORY)")
	if err != nil {
		return err
	}
	j.read, err = connect(j.path, max(2, runtime.GOMAXPROCS(0)), "query_only(1)", "busy_timeout(2000)", "cache_size(-1000)")
	if err != nil {
		return err
	}
	if err := j.count(); err != nil {
		return err
	}
	w, err := j.newWriter(cfg.Sync)
	if err != nil {
		return err
	}
	go w.run()
	return nil
}

// Path is where the file is.
func (j *Journal) Path() string { return j.path }

// Close waits for the writes under way, closes the file, and removes it if it is the journal's own.
// Writes that come later fail with ErrClosed.
func (j *Journal) Close() error {
	j.closing.Do(func() { close(j.stop) })
	<-j.stopped
	err := cmp.Or(j.read.Close(), j.write.Close())
	if j.temporary != "" {
		err = cmp.Or(err, os.RemoveAll(j.temporary))
	}
	return err
}

// discard closes what a failed open has opened.
func (j *Journal) discard() {
	for _, db := range []*sql.DB{j.read, j.write} {
		if db != nil {
			db.Close()
		}
	}
	if j.temporary != "" {
		_ = os.RemoveAll(j.temporary) // the error that led here counts
	}
}

// connect opens a pool of connections with pragmas.
func connect(path string, connections int, pragmas ...string) (*sql.DB, error) {
	query := url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}
	address := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", address.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	if err := db.PingContext(context.Background()); err != nil {
		db.Close()
		return nil, classify(err)
	}
	return db, nil
}

// count finds the last numbers given.
func (j *Journal) count() error {
	for table, last := range map[string]*atomic.Int64{
		"SELECT coalesce(max(seq), 0) FROM messages": &j.messages, "SELECT coalesce(max(seq), 0) FROM deliveries": &j.delivered,
		"SELECT coalesce(max(id), 0) FROM sessions": &j.sessions,
	} {
		var n int64
		if err := j.read.QueryRowContext(context.Background(), table).Scan(&n); err != nil {
			return classify(err)
		}
		last.Store(n)
	}
	return nil
}

// classify gives SQLite's errors a condition that callers can test for.
func classify(err error) error {
	var failed *sqlite.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return ErrNotFound
	case !errors.As(err, &failed):
		return err
	}
	switch failed.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: %w", ErrFull, err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY:
		return fmt.Errorf("%w: %w", ErrUnwritable, err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}
