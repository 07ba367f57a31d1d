package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/hookrig/hookrig/internal/escape"
)

// LargestBytes bounds the JSON that Read accepts.
const LargestBytes = 256 << 20

// WriteJSON writes the report as indented JSON, the form of `--report json=FILE`.
func WriteJSON(w io.Writer, r *Report) error { return encode(w, r, "  ") }

// WriteJSONLine writes the report as one line of JSON, the form of `--output json`.
func WriteJSONLine(w io.Writer, r *Report) error { return encode(w, r, "") }

func encode(w io.Writer, r *Report, indent string) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(r); err != nil {
		return fmt.Errorf("write JSON report: %w", err)
	}
	_, err := w.Write(escape.JSON(b.Bytes()))
	return err
}

// Read reads what WriteJSON or WriteJSONLine wrote. An unknown key, another schema version or anything
// after the document is an error.
func Read(from io.Reader) (*Report, error) {
	limited := &io.LimitedReader{R: from, N: LargestBytes + 1}
	decoder := json.NewDecoder(limited)
	decoder.DisallowUnknownFields()
	var r Report
	if err := decoder.Decode(&r); err != nil {
		if limited.N == 0 {
			return nil, fmt.Errorf("read report: larger than %d bytes", LargestBytes)
		}
		return nil, fmt.Errorf("read report: %w", err)
	}
	if r.SchemaVersion != SchemaVersion {
		return nil, fmt.Errorf("read report: schema_version is %d, want %d", r.SchemaVersion, SchemaVersion)
	}
	if _, err := decoder.Token(); err == nil {
		return nil, fmt.Errorf("read report: more follows the document")
	} else if err != io.EOF {
		return nil, fmt.Errorf("read report: after the document: %w", err)
	}
	return &r, nil
}
