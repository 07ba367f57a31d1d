package journal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Why a file is refused.
var (
	ErrForeign = errors.New("it is not a journal of hookrig; give another --data file")
	ErrNewer   = errors.New("a newer hookrig wrote it; use that version or another --data file")
	ErrDamaged = errors.New("it is damaged; move it away or give another --data file")
)

// inspected is the size up to which a file is checked page by page before it is used.
const inspected = 32 << 20

// checkFile looks at the head of the file without opening it as a database, so that a file that is
// refused is left as it is. exists is false where a new one is to be made.
func checkFile(path string) (exists bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	head := make([]byte, 100) // the header of an SQLite file
	n, err := io.ReadFull(f, head)
	switch {
	case errors.Is(err, io.EOF):
		return false, nil // empty: a file made in advance
	case errors.Is(err, io.ErrUnexpectedEOF):
		return false, fmt.Errorf("%w (%d bytes)", ErrForeign, n)
	case err != nil:
		return false, err
	case string(head[:16]) != "SQLite format 3\x00" || binary.BigEndian.Uint32(head[68:]) != applicationID:
		return false, ErrForeign
	}
	if version := binary.BigEndian.Uint32(head[60:]); version != Version {
		return false, fmt.Errorf("%w (schema %d, this one reads %d)", ErrNewer, version, Version)
	}
	return true, nil
}

// create makes the file in one transaction of the old kind, so that its head is either absent or
// whole, and only then lets it be opened for use. Only the owner may read it: it holds secrets.
func (j *Journal) create() error {
	if err := os.MkdirAll(filepath.Dir(j.path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(j.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	err = f.Chmod(0o600) // one made in advance may be open to others
	f.Close()
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	db, err := connect(j.path, 1, "journal_mode(DELETE)")
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(context.Background(), fmt.Sprintf("BEGIN IMMEDIATE; PRAGMA application_id=%d; PRAGMA user_version=%d; %s COMMIT",
		applicationID, Version, schema))
	return classify(err)
}

// inspect reads the file through a connection that cannot change it.
func (j *Journal) inspect() error {
	info, err := os.Stat(j.path)
	if err != nil {
		return err
	}
	db, err := connect(j.path, 1, "query_only(1)")
	if err != nil {
		return err
	}
	defer db.Close()
	check := "SELECT count(*) FROM sqlite_master WHERE type='table'"
	if info.Size() <= inspected {
		check = "PRAGMA quick_check(1)"
	}
	var answer string
	if err := db.QueryRowContext(context.Background(), check).Scan(&answer); err != nil {
		return classify(err)
	}
	if answer != "ok" && info.Size() <= inspected {
		return fmt.Errorf("%w (%s)", ErrDamaged, strings.Join(strings.Fields(answer), " "))
	}
	return nil
}
