package mockprovider

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"

	"github.com/hookrig/hookrig/mockprovider/delivery"
	"github.com/hookrig/hookrig/mockprovider/journal"
)

func (c *call) getProvider() (answer, error) {
	p := c.server.provider
	events := []string{}
	for _, event := range c.server.cfg.Catalog.Events() {
		events = append(events, event.Name)
	}
	body := map[string]any{
		"name": p.Name, "title": p.Title, "homepage": p.Homepage, "digest": c.server.cfg.Catalog.Digest(), "events": events,
		"signed": p.Signing != nil, "handshake": p.Handshake != nil, "policy": p.Policy, "fault_kinds": delivery.FaultKinds(), "tampers": c.session.tampers(),
		"statuses": journal.Statuses(), "capturing": c.server.cfg.Capture != nil,
	}
	if p.API != nil && p.API.Subscription != nil {
		body["subscribe"] = p.API.Subscription.Method + " " + p.API.Subscription.Path
	}
	return answer{http.StatusOK, body}, nil
}

func (s *Session) tampers() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.world.faults.Tampers()
}

func (c *call) listEvents() (answer, error) {
	type item struct {
		Name      string `json:"name"`
		Summary   string `json:"summary"`
		Stability string `json:"stability"`
	}
	items := []item{}
	for _, event := range c.server.cfg.Catalog.Events() {
		items = append(items, item{event.Name, event.Summary, event.Stability})
	}
	return answer{http.StatusOK, map[string]any{"events": items}}, nil
}

// getEvent shows an event with its schema and a message made for it, from which a form can be built.
func (c *call) getEvent() (answer, error) {
	event := c.server.cfg.Catalog.Event(c.PathValue("event"))
	if event == nil {
		return answer{}, fmt.Errorf("event %q: %w", c.PathValue("event"), ErrNotFound)
	}
	m, err := c.session.maker.message(event.Name, c.session.Clock().Now, nil)
	if err != nil {
		return answer{}, err
	}
	return answer{http.StatusOK, map[string]any{
		"name": event.Name, "summary": event.Summary, "description": event.Description, "stability": event.Stability,
		"schema": event.Schema.Raw, "message": json.RawMessage(m.Body), "fields": formFields(event.Schema),
	}}, nil
}

func (c *call) listJourneys() (answer, error) {
	type journey struct {
		Name    string  `json:"name"`
		Summary string  `json:"summary"`
		Weight  float64 `json:"weight"`
		Stage   string  `json:"stage,omitempty"`
	}
	files := c.server.cfg.Catalog.Files()
	names, err := fs.Glob(files, "journeys/*.json")
	if err != nil {
		return answer{}, err
	}
	journeys := []journey{}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return answer{}, err
		}
		one := journey{Name: path.Base(name[:len(name)-len(".json")])}
		if err := json.Unmarshal(text, &one); err != nil {
			return answer{}, fmt.Errorf("read %q: %w", name, err)
		}
		if one.Weight > 0 {
			journeys = append(journeys, one)
		}
	}
	return answer{http.StatusOK, map[string]any{"journeys": journeys}}, nil
}

func (c *call) getEffects() (answer, error) {
	key := c.URL.Query().Get("key")
	if c.server.provider.API == nil {
		return answer{}, fmt.Errorf("effects: %w: the provider has no API", ErrNotFound)
	}
	count, value, err := c.session.Effects(c.Context(), key)
	if err != nil {
		return answer{}, err
	}
	return answer{http.StatusOK, map[string]any{"effects": count, "value": value}}, nil
}
