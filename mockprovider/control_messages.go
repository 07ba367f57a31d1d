package mockprovider

import (
	"encoding/json"
	"net/http"

	"github.com/hookrig/hookrig/schemas"
)

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
	shown := map[string]any{"message": showMessage(accepted.Message, c.session.redactor(false)), "deliveries": showDeliveries(accepted.Deliveries)}
	if wait != "" {
		shown["timed_out"] = accepted.TimedOut
	}
	if wait == WaitEffect {
		shown["effects"] = accepted.Effects
	}
	return answer{http.StatusAccepted, shown}, nil
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
