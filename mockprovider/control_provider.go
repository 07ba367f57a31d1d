package mockprovider

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"time"

	"github.com/hookrig/hookrig/mockprovider/delivery"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

func (c *call) getProvider() (answer, error) {
	p := c.server.provider
	events := []string{}
	for _, event := range c.server.cfg.Catalog.Events() {
		events = append(events, event.Name)
	}
	body := map[string]any{
		"name": p.Name, "title": p.Title, "homepage": p.Homepage, "digest": c.server.cfg.Catalog.Digest(), "events": events,
		"signed": p.Signing != nil, "policy": p.Policy, "fault_kinds": delivery.FaultKinds(), "tampers": c.session.tampers(),
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

func (c *call) playJourney() (answer, error) {
	var body struct {
		Speed float64 `json:"speed"`
	}
	if err := c.decode(&body); err != nil {
		return answer{}, err
	}
	stream, err := c.session.Play(c.Context(), c.PathValue("journey"), body.Speed)
	return answer{http.StatusAccepted, stream}, err
}

func (c *call) trigger() (answer, error) {
	var body struct {
		Event string                              `json:"event"`
		Body  json.RawMessage                     `json:"body"`
		Set   map[schemas.Pointer]json.RawMessage `json:"set"`
	}
	if err := c.decode(&body); err != nil {
		return answer{}, err
	}
	timeout, err := span("timeout", c.URL.Query().Get("timeout"))
	if err != nil {
		return answer{}, err
	}
	wait := c.URL.Query().Get("wait")
	accepted, err := c.session.Trigger(c.Context(), Trigger{Event: body.Event, Body: body.Body, Set: body.Set, Wait: wait, Timeout: timeout})
	if err != nil {
		return answer{}, err
	}
	shown := map[string]any{"message": showMessage(accepted.Message), "deliveries": showDeliveries(accepted.Deliveries)}
	if wait != "" {
		shown["timed_out"] = accepted.TimedOut
	}
	if wait == WaitEffect {
		shown["effects"] = accepted.Effects
	}
	return answer{http.StatusAccepted, shown}, nil
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

func (c *call) listStreams() (answer, error) {
	return answer{http.StatusOK, map[string]any{"streams": c.session.Streams()}}, nil
}

func (c *call) addStream() (answer, error) {
	var spec Stream
	if err := c.decode(&spec); err != nil {
		return answer{}, err
	}
	stream, err := c.session.StartStream(c.Context(), spec)
	return answer{http.StatusCreated, stream}, err
}

func (c *call) dropStream() (answer, error) {
	return answer{status: http.StatusNoContent}, c.session.StopStream(c.Context(), c.PathValue("stream"))
}

func (c *call) listFaults() (answer, error) {
	return answer{http.StatusOK, map[string]any{"faults": c.session.Faults()}}, nil
}

func (c *call) addFault() (answer, error) {
	var fault delivery.Fault
	if err := c.decode(&fault); err != nil {
		return answer{}, err
	}
	added, err := c.session.Fault(fault)
	return answer{http.StatusCreated, added}, err
}

func (c *call) dropFaults() (answer, error) {
	return answer{status: http.StatusNoContent}, c.session.RemoveFault(0)
}

func (c *call) dropFault() (answer, error) {
	id, err := c.number("fault")
	if err == nil && id == 0 {
		err = fmt.Errorf("fault 0: %w", ErrNotFound)
	}
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusNoContent}, c.session.RemoveFault(int(id))
}

func (c *call) getClock() (answer, error) { return answer{http.StatusOK, c.session.Clock()}, nil }

func (c *call) setClock() (answer, error) {
	var body struct {
		Frozen *bool    `json:"frozen"`
		Speed  *float64 `json:"speed"`
	}
	if err := c.decode(&body); err != nil {
		return answer{}, err
	}
	if body.Speed != nil {
		if err := c.session.SetSpeed(*body.Speed); err != nil {
			return answer{}, err
		}
	}
	if body.Frozen != nil {
		c.session.Freeze(*body.Frozen)
	}
	return c.getClock()
}

func (c *call) advanceClock() (answer, error) {
	var body struct {
		By string `json:"by"`
	}
	if err := c.decode(&body); err != nil {
		return answer{}, err
	}
	by, err := span("by", body.By)
	if err != nil {
		return answer{}, err
	}
	if by == 0 {
		return answer{}, fmt.Errorf("%w: by: say how far, such as 72h", ErrInvalid)
	}
	ctx, cancel := context.WithTimeout(c.Context(), longestWait)
	defer cancel()
	if err := c.session.Advance(ctx, by); err != nil {
		return answer{}, err
	}
	return c.getClock()
}

func (c *call) listSessions() (answer, error) {
	sessions := []SessionInfo{}
	for _, session := range c.server.Sessions() {
		sessions = append(sessions, session.Info())
	}
	return answer{http.StatusOK, map[string]any{"sessions": sessions}}, nil
}

func (c *call) addSession() (answer, error) {
	var body struct {
		Name string `json:"name"`
	}
	if err := c.decode(&body); err != nil {
		return answer{}, err
	}
	session, err := c.server.AddSession(c.Context(), body.Name)
	if err != nil {
		return answer{}, err
	}
	info := session.Info()
	info.Key = session.Key()
	return answer{http.StatusCreated, info}, nil
}

func (c *call) dropSession() (answer, error) {
	return answer{status: http.StatusNoContent}, c.server.DropSession(c.Context(), c.PathValue("name"))
}

func (c *call) reset() (answer, error) {
	return answer{status: http.StatusNoContent}, c.session.Reset(c.Context())
}

// pullMessages streams the session's messages from a number on: as server-sent events or, by default,
// as lines of JSON. It follows until the client leaves, unless follow is false.
func (c *call) pullMessages(w http.ResponseWriter) {
	after, err := c.after()
	if err != nil {
		refuse(w, err)
		return
	}
	flow := newFlow(w, c.Header.Get("Accept"))
	follow := c.URL.Query().Get("follow") != "false"
	for {
		fresh := c.session.live.wait()
		messages, err := c.server.journal.Messages(c.Context(), c.session.worldID(), after, pullPage)
		if err != nil {
			return
		}
		for _, m := range messages {
			if flow.send(m.Seq, "message", showMessage(m)) != nil {
				return
			}
			after = m.Seq
		}
		if len(messages) == pullPage {
			continue
		}
		if !follow || flow.flush() != nil {
			return
		}
		select {
		case <-fresh:
		case <-time.After(heartbeat):
			if flow.beat() != nil {
				return
			}
		case <-c.Context().Done():
			return
		}
	}
}

// after is the number behind which a puller goes on.
func (c *call) after() (int64, error) {
	if last := c.Header.Get("Last-Event-ID"); last != "" {
		var n int64
		if _, err := fmt.Sscanf(last, "%d", &n); err != nil || n < 0 {
			return 0, fmt.Errorf("%w: Last-Event-ID %q: want a number", ErrInvalid, last)
		}
		return n, nil
	}
	return c.number("after")
}

// followUpdates streams what changes in the session.
func (c *call) followUpdates(w http.ResponseWriter) {
	client := c.session.live.join()
	defer c.session.live.leave(client)
	flow := newFlow(w, c.Header.Get("Accept"))
	if flow.send(0, "hello", map[string]string{"session": c.session.name}) != nil || flow.flush() != nil {
		return
	}
	for {
		select {
		case u, ok := <-client.updates:
			if !ok {
				return
			}
			shown := map[string]any{"kind": u.Kind}
			switch u.Kind {
			case "delivery":
				shown["delivery"] = showDelivery(u.Delivery)
			case "subscription":
				shown["subscription"] = u.Subscription
			}
			if flow.send(0, u.Kind, shown) != nil || len(client.updates) == 0 && flow.flush() != nil {
				return
			}
		case <-time.After(heartbeat):
			if flow.beat() != nil {
				return
			}
		case <-c.Context().Done():
			return
		}
	}
}
