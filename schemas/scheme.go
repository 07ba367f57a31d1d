package schemas

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

//go:embed signing/*.json
var schemes embed.FS

// Scheme is a way to sign webhooks that stands alone, without a catalog of events. Read-only. Safe
// for concurrent use.
type Scheme struct {
	Event string // of the sample, for headers that carry one
	Body  []byte // sample to try the scheme with, as the provider would spell it

	provider *Provider
}

// Schemes lists the ready schemes by name, sorted.
func Schemes() []string {
	var names []string
	entries, _ := fs.ReadDir(schemes, "signing")
	for _, entry := range entries {
		if name, ok := strings.CutSuffix(entry.Name(), ".json"); ok && !entry.IsDir() {
			names = append(names, name)
		}
	}
	return names
}

// LoadScheme returns the ready scheme of that name.
func LoadScheme(name string) (*Scheme, error) {
	text, err := schemes.ReadFile(path.Join("signing", name+".json"))
	if err != nil || strings.Contains(name, "/") {
		return nil, fmt.Errorf("unknown signing scheme %q; known: %s", name, strings.Join(Schemes(), ", "))
	}
	return readScheme(text)
}

// ReadScheme reads the description of a scheme (scheme.schema.json). All problems are joined in one
// error, a *FolderError.
func ReadScheme(text []byte) (*Scheme, error) {
	l := &loader{file: "scheme"}
	var err error
	if l.text, err = parseNode(text); err != nil {
		l.problems.add(l.file, 0, "", "%v", err)
		return nil, l.problems.err()
	}
	reportRepeats(&l.problems, l.file, l.text)
	l.checkAgainst("scheme.schema.json", text)
	if err := l.problems.err(); err != nil {
		return nil, err
	}
	s, err := readScheme(text)
	if err != nil {
		return nil, err
	}
	l.provider = s.provider
	l.checkProvider()
	return s, l.problems.err()
}

// readScheme reads a scheme that has been checked.
func readScheme(text []byte) (*Scheme, error) {
	var file struct {
		Sample struct {
			Event string          `json:"event"`
			Body  json.RawMessage `json:"body"`
		} `json:"sample"`
	}
	p := new(Provider)
	if err := errors.Join(json.Unmarshal(text, p), json.Unmarshal(text, &file)); err != nil {
		return nil, fmt.Errorf("read signing scheme: %w", err)
	}
	var body bytes.Buffer
	if err := json.Compact(&body, file.Sample.Body); err != nil {
		return nil, fmt.Errorf("read signing scheme: %w", err)
	}
	return &Scheme{file.Sample.Event, body.Bytes(), p}, nil
}

// Provider is the scheme as a provider without events.
func (s *Scheme) Provider() *Provider { return s.provider }

// Message is the sample as a message.
func (s *Scheme) Message() (Message, error) {
	m, err := s.provider.Read(s.Body)
	if m.Event == "" {
		m.Event = s.Event
	}
	return m, err
}
