package schemas

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

// Catalog is a provider folder, loaded: checked, compiled and read-only. Safe for concurrent use.
type Catalog struct {
	Provider *Provider

	events  []*Event
	byName  map[string]*Event
	vectors []Vector
	files   fs.FS
	digest  func() string
}

// newCatalog puts together what the loader has checked.
func newCatalog(p *Provider, events []*Event, vectors []Vector, files fs.FS) *Catalog {
	c := &Catalog{Provider: p, events: events, byName: map[string]*Event{}, vectors: vectors, files: files}
	for _, e := range events {
		c.byName[e.Name] = e
	}
	c.digest = sync.OnceValue(func() string {
		text, err := digest(files)
		if err != nil {
			return "unreadable: " + err.Error()
		}
		return text
	})
	return c
}

// Events lists the events in the order of provider.json.
func (c *Catalog) Events() []*Event { return slices.Clone(c.events) }

// Event returns the event of that name, or nil.
func (c *Catalog) Event(name string) *Event { return c.byName[name] }

// Vectors lists the signature vectors of the folder, by file name.
func (c *Catalog) Vectors() []Vector { return slices.Clone(c.vectors) }

// Select returns the events that any of the glob patterns matches (`message.*`), in catalog order; no
// pattern selects all. A pattern that matches nothing is an error that lists the names.
func (c *Catalog) Select(patterns ...string) ([]*Event, error) {
	if len(patterns) == 0 {
		return c.Events(), nil
	}
	selected := make([]bool, len(c.events))
	for _, pattern := range patterns {
		matched := false
		for i, e := range c.events {
			ok, err := Match(pattern, e.Name)
			if err != nil {
				return nil, fmt.Errorf("select events %q: %w", pattern, err)
			}
			selected[i] = selected[i] || ok
			matched = matched || ok
		}
		if !matched {
			return nil, fmt.Errorf("select events %q: %q has no such event; it has %s",
				pattern, c.Provider.Name, strings.Join(c.names(), ", "))
		}
	}
	var events []*Event
	for i, e := range c.events {
		if selected[i] {
			events = append(events, e)
		}
	}
	return events, nil
}

// Match reports whether a glob pattern matches an event's name: as path.Match, but `*` and `?` match a
// slash too. A malformed pattern is an error.
func Match(pattern, event string) (bool, error) {
	return path.Match(strings.ReplaceAll(pattern, "/", "\x00"), strings.ReplaceAll(event, "/", "\x00"))
}

func (c *Catalog) names() []string {
	var names []string
	for _, e := range c.events {
		names = append(names, e.Name)
	}
	return names
}

// Files is the folder as loaded, the overlay of `extends` included.
func (c *Catalog) Files() fs.FS { return c.files }

// Digest identifies the content of the folder: "sha256:" and hex, over sorted names and bytes.
func (c *Catalog) Digest() string { return c.digest() }

// Validate checks a body against the schema of the event that it names. Errors: *InvalidError for
// violations (an unknown event is one), never anything about the wire.
func (c *Catalog) Validate(body []byte) error {
	doc, err := decodeInstance(body)
	if err != nil {
		return err
	}
	at := c.Provider.Fields.Event
	name := firstText(at, doc)
	e := c.byName[name]
	switch {
	case e != nil:
		return e.validate.check(doc)
	case name == "":
		return invalid(Violation{Pointer: at, Keyword: "event", Message: "the body names no event"})
	}
	return invalid(Violation{Pointer: at, Keyword: "event",
		Message: fmt.Sprintf("unknown event %q", shorten(name, 64))})
}
