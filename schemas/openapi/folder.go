package openapi

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

// folder is a provider folder being written: file name to JSON text.
type folder map[string][]byte

func (f folder) put(name string, value any) error {
	text, err := encode(value)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, text, "", "  "); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	indented.WriteByte('\n')
	f[name] = indented.Bytes()
	return nil
}

// fs packs the folder into an archive in memory, which the standard library reads as a file system.
func (f folder) fs() (fs.FS, error) {
	var archive bytes.Buffer
	writer := zip.NewWriter(&archive)
	for _, name := range slices.Sorted(maps.Keys(f)) {
		file, err := writer.Create(name)
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", name, err)
		}
		if _, err := file.Write(f[name]); err != nil {
			return nil, fmt.Errorf("pack %s: %w", name, err)
		}
	}
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("pack folder: %w", err)
	}
	return zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
}
