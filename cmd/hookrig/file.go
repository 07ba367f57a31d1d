package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// inputBytes bounds what is read of one file or of stdin.
const inputBytes = 64 << 20

// readInput reads a file, or stdin for "-".
func (e *env) readInput(path string) ([]byte, error) {
	if path == "-" {
		return readBounded(e.stdin, "stdin")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, misused("read %q: %w", path, reason(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, misused("read %q: it is a directory, not a file", path)
	}
	return readBounded(f, fmt.Sprintf("%q", path))
}

// missing says whether there is nothing of that name.
func missing(path string) bool {
	_, err := os.Lstat(path)
	return errors.Is(err, fs.ErrNotExist)
}

func readBounded(r io.Reader, name string) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, inputBytes+1))
	switch {
	case err != nil:
		return nil, misused("read %s: %w", name, reason(err))
	case len(data) > inputBytes:
		return nil, misused("read %s: it is larger than %d MiB", name, inputBytes>>20)
	}
	return data, nil
}

// textProblem says why data cannot be UTF-8 text without a byte-order mark, "" when it can.
func textProblem(data []byte) string {
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return "it is empty"
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return "it begins with a byte-order mark; save it as UTF-8 without one"
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return "it is UTF-16; save it as UTF-8"
	case bytes.IndexByte(data, 0) >= 0:
		return "it is binary"
	}
	return ""
}

// pending is a file in the making: nothing is there under its name before commit.
type pending struct {
	*os.File
	path   string
	direct bool // a device or a pipe: nothing to rename
}

// createFile begins a file beside its final place, so that a full disk or a read-only folder shows
// before any work is done.
func createFile(path string, mode fs.FileMode) (*pending, error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		target = path
	}
	if info, err := os.Stat(target); err == nil && !info.Mode().IsRegular() {
		if info.IsDir() {
			return nil, unable("write %q: it is a directory", path)
		}
		f, err := os.OpenFile(target, os.O_WRONLY, 0)
		if err != nil {
			return nil, unable("write %q: %w", path, reason(err))
		}
		return &pending{f, target, true}, nil
	}
	f, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*")
	if err != nil {
		return nil, unable("write %q: %w", path, reason(err))
	}
	if err := f.Chmod(mode); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		(&pending{f, target, false}).discard()
		return nil, unable("write %q: %w", path, reason(err))
	}
	return &pending{f, target, false}, nil
}

// commit gives the file its name.
func (p *pending) commit() error {
	err := p.File.Close()
	if err == nil && !p.direct {
		err = os.Rename(p.File.Name(), p.path)
	}
	if err != nil {
		p.discard()
		return unable("write %q: %w", p.path, reason(err))
	}
	return nil
}

// discard leaves nothing behind. After commit it does nothing.
func (p *pending) discard() {
	p.File.Close()
	if !p.direct {
		_ = os.Remove(p.File.Name()) // gone already, once committed
	}
}

// writeFile writes a whole file or nothing.
func writeFile(path string, mode fs.FileMode, write func(io.Writer) error) error {
	p, err := createFile(path, mode)
	if err != nil {
		return err
	}
	defer p.discard()
	if err := write(p); err != nil {
		return unable("write %q: %w", path, reason(err))
	}
	return p.commit()
}

// reason is the cause of a file error without the operation and the temporary name.
func reason(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
