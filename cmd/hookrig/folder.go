package main

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// folderMark is a file by which hookrig knows a folder that it wrote, and may write again.
const folderMark = ".hookrig"

// documents writes files to a folder, all or none, or compares the folder with them.
func (e *env) documents(d destination, files map[string][]byte) error {
	if d.out == "" {
		return misused("no folder to write is named").hint("name one with --out DIR")
	}
	if d.check {
		return e.checkFolder(d.out, files)
	}
	return writeFolder(d.out, files)
}

// checkFolder ends with 1 when the folder does not hold exactly these files.
func (e *env) checkFolder(dir string, files map[string][]byte) error {
	stale := 0
	for _, name := range slices.Sorted(maps.Keys(files)) {
		there, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			e.say("%s is missing from %q", name, dir)
		case err != nil:
			return misused("read %q: %w", filepath.Join(dir, name), reason(err))
		case !bytes.Equal(there, files[name]):
			e.say("%s in %q is stale", name, dir)
		default:
			continue
		}
		stale++
	}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && files[name] == nil && name != folderMark {
			e.say("%s in %q is left over", name, dir)
			stale++
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return misused("read %q: %w", dir, reason(err))
	}
	if stale > 0 {
		return ended(exitBad)
	}
	return nil
}

// writeFolder writes the files into a folder beside the final one and then swaps the two, so that
// nobody sees half of it. A folder that hookrig did not write is left alone.
func writeFolder(dir string, files map[string][]byte) error {
	dir = filepath.Clean(dir)
	if err := mayReplace(dir); err != nil {
		return err
	}
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return unable("write %q: %w", dir, reason(err))
	}
	beside, err := os.MkdirTemp(parent, "."+filepath.Base(dir)+".*")
	if err != nil {
		return unable("write %q: %w", dir, reason(err))
	}
	defer os.RemoveAll(beside)
	made := filepath.Join(beside, "new")
	if err := writeFiles(made, files); err != nil {
		return unable("write %q: %w", dir, reason(err))
	}
	old := filepath.Join(beside, "old")
	if err := os.Rename(dir, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unable("write %q: %w", dir, reason(err))
	}
	if err := os.Rename(made, dir); err != nil {
		_ = os.Rename(old, dir) // as it was; the first error is the one that tells
		return unable("write %q: %w", dir, reason(err))
	}
	return nil
}

// mayReplace says no to a file, and to a folder with something in it that hookrig did not write.
func mayReplace(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return unable("write %q: %w", dir, reason(err))
	case len(entries) == 0:
		return nil
	}
	if _, err := os.Stat(filepath.Join(dir, folderMark)); err != nil {
		return misused("write %q: the folder holds files that hookrig did not write", dir).hint("name a new or empty folder")
	}
	return nil
}

func writeFiles(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, folderMark), []byte("Written by hookrig, which may write it again.\n"), 0o644)
}
