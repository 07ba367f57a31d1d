package contract

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// samples is a source of messages that knows no schema: each event is one body that the user brought.
type samples struct {
	provider *schemas.Provider
	events   []*schemas.Event
	bodies   []Sample
}

// Message is the sample of that name. Only its id in the envelope is fresh: what an id in the body
// would be, nobody said.
func (s samples) Message(event string, at generators.Coordinate) (schemas.Message, error) {
	for i, e := range s.events {
		if e.Name != event {
			continue
		}
		m, err := s.provider.ReadAs(event, s.bodies[i].Body)
		if err != nil {
			m = schemas.Message{Event: event, Body: s.bodies[i].Body}
		}
		if m.ID == "" {
			m.ID = fmt.Sprintf("msg_hookrig_%d", at.Life)
		}
		return m, nil
	}
	return schemas.Message{}, fmt.Errorf("no sample is called %q", event)
}

func merged(a, b map[schemas.Pointer]json.RawMessage) map[schemas.Pointer]json.RawMessage {
	both := maps.Clone(a)
	if both == nil {
		both = map[schemas.Pointer]json.RawMessage{}
	}
	maps.Copy(both, b)
	return both
}
