package consumer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// journal is a file of items, one JSON object a line. An item is on disk when append returns.
type journal struct {
	file *os.File
}

// openJournal replays the file and leaves it open at its end. A last line without an end was never
// acknowledged: it is cut off. A broken line before that is an error, and the file is left as it is.
func openJournal(path string, replay func(item)) (*journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	whole := int64(0)
	lines := bufio.NewReader(file)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		var it item
		if err == nil {
			err = json.Unmarshal(line, &it)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("read journal %s:%d: %w", path, number, err), file.Close())
		}
		replay(it)
		whole += int64(len(line))
	}
	if err := file.Truncate(whole); err != nil {
		return nil, errors.Join(fmt.Errorf("cut journal %q: %w", path, err), file.Close())
	}
	if _, err := file.Seek(whole, io.SeekStart); err != nil {
		return nil, errors.Join(fmt.Errorf("open journal %q: %w", path, err), file.Close())
	}
	return &journal{file: file}, nil
}

func (j *journal) append(items []item) error {
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	for _, it := range items {
		if err := encoder.Encode(it); err != nil {
			return fmt.Errorf("write journal: %w", err)
		}
	}
	if _, err := j.file.Write(lines.Bytes()); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

func (j *journal) close() error { return j.file.Close() }
