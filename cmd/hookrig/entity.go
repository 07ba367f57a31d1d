package main

import (
	"encoding/json"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// entity is something that a run invented and sent, as --entities writes it.
type entity struct {
	Kind  string `json:"kind"` // id, phone, email
	Value string `json:"value"`
	Event string `json:"event"` // it was first sent with
}

// entityList writes every id, phone and e-mail that is sent, once, one a line.
type entityList struct {
	file    *pending
	catalog *schemas.Catalog // nil when there are sample bodies only
	seen    map[entity]bool
	err     error
}

func newEntityList(path string, c *schemas.Catalog) (*entityList, error) {
	file, err := createFile(path, 0o600)
	if err != nil {
		return nil, err
	}
	return &entityList{file: file, catalog: c, seen: map[entity]bool{}}, nil
}

// add writes what the message is about.
func (l *entityList) add(m schemas.Message) {
	if m.ID != "" {
		l.write(m, "id", m.ID)
	}
	for _, key := range m.Entities {
		l.write(m, "id", key)
	}
	if l.catalog == nil || l.catalog.Event(m.Event) == nil {
		return
	}
	if doc, err := schemas.Decode(m.Body); err == nil {
		l.walk(m, doc, l.catalog.Event(m.Event).Schema, 0)
	}
}

// walk finds the values that a schema's annotations call an id, a phone or an e-mail.
func (l *entityList) walk(m schemas.Message, value any, s *schemas.Schema, depth int) {
	if s == nil || depth > 64 {
		return
	}
	if kind := entityKind(s.Gen); kind != "" {
		switch value := value.(type) {
		case string:
			l.write(m, kind, value)
		case json.Number:
			l.write(m, kind, value.String())
		}
	}
	l.walk(m, value, s.Ref, depth+1)
	for _, parts := range [][]*schemas.Schema{s.AllOf, s.AnyOf, s.OneOf} {
		for _, part := range parts {
			l.walk(m, value, part, depth+1)
		}
	}
	switch value := value.(type) {
	case map[string]any:
		for _, p := range s.Properties {
			if member, ok := value[p.Name]; ok {
				l.walk(m, member, p.Schema, depth+1)
			}
		}
	case []any:
		for _, item := range value {
			l.walk(m, item, s.Items, depth+1)
		}
	}
}

// entityKind says what kind of entity an annotation makes, "" for none.
func entityKind(gen *schemas.Gen) string {
	if gen == nil {
		return ""
	}
	family, name, _ := strings.Cut(gen.Gen, ".")
	switch {
	case family == "id", family == "wamid":
		return "id"
	case family == "phone":
		return "phone"
	case name == "email":
		return "email"
	}
	return ""
}

func (l *entityList) write(m schemas.Message, kind, value string) {
	if value == "" || l.seen[entity{kind, value, ""}] {
		return
	}
	l.seen[entity{kind, value, ""}] = true
	line, _ := json.Marshal(entity{kind, value, m.Event}) // strings alone
	if _, err := l.file.Write(append(line, '\n')); err != nil && l.err == nil {
		l.err = err
	}
}

// close gives the file its name.
func (l *entityList) close() error {
	if l.err != nil {
		l.file.discard()
		return unable("write %q: %w", l.file.path, reason(l.err))
	}
	return l.file.commit()
}
