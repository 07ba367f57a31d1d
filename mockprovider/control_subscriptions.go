package mockprovider

import (
	"net/http"
	"time"

	"github.com/hookrig/hookrig/internal/redact"
	"github.com/hookrig/hookrig/mockprovider/delivery"
	"github.com/hookrig/hookrig/schemas"
)

// shownSubscription is a subscription as the control API shows it. Its secret appears in the answer to
// the call that made it and nowhere else.
type shownSubscription struct {
	ID          string             `json:"id"`
	URL         string             `json:"url"`
	Events      []string           `json:"events"`
	Status      string             `json:"status"`
	Reason      string             `json:"reason,omitempty"`
	Secret      string             `json:"secret,omitempty"`
	Secrets     int                `json:"secrets"`
	Headers     [][2]string        `json:"headers"`
	Connections int                `json:"connections"`
	Ordered     bool               `json:"ordered"`
	CreatedAt   time.Time          `json:"created_at"`
	Lane        delivery.LaneState `json:"lane"`
}

func (c *call) showSubscription(s Subscription) shownSubscription {
	r := c.session.redactor(false)
	shown := shownSubscription{
		ID: s.ID, URL: r.String(s.URL), Events: s.Events, Status: s.Status, Reason: r.String(s.Reason), Secrets: len(s.Secrets), Headers: r.Headers(s.Headers),
		Connections: s.Connections, Ordered: s.Ordered, CreatedAt: s.Created, Lane: c.session.lane(s.ID),
	}
	for i := range shown.Headers {
		shown.Headers[i][1] = redact.Mask // whatever it is, it was given to open a door
	}
	if shown.Events == nil {
		shown.Events = []string{}
	}
	if shown.Headers == nil {
		shown.Headers = [][2]string{}
	}
	return shown
}

func (s *Session) lane(id string) delivery.LaneState {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.dispatcher.Lane(id)
}

// subscriptionRequest is what a caller may say about a subscription; absent members stay as they are.
type subscriptionRequest struct {
	URL         *string          `json:"url"`
	Events      *[]string        `json:"events"`
	Secret      *string          `json:"secret"`
	VerifyToken *string          `json:"verify_token"`
	Headers     *schemas.Headers `json:"headers"`
	Status      *string          `json:"status"`
	Connections *int             `json:"connections"`
	Ordered     *bool            `json:"ordered"`
}

func (r subscriptionRequest) apply(s *Subscription) {
	set(&s.URL, r.URL)
	set(&s.Events, r.Events)
	set(&s.VerifyToken, r.VerifyToken)
	set(&s.Headers, r.Headers)
	set(&s.Status, r.Status)
	set(&s.Connections, r.Connections)
	set(&s.Ordered, r.Ordered)
	if r.Secret != nil {
		s.Secrets = []schemas.Secret{schemas.Secret(*r.Secret)}
	}
}

// set takes a value that was given.
func set[T any](place, given *T) {
	if given != nil {
		*place = *given
	}
}

func (c *call) listSubscriptions() (answer, error) {
	shown := []shownSubscription{}
	for _, sub := range c.session.Subscriptions() {
		shown = append(shown, c.showSubscription(sub))
	}
	return answer{http.StatusOK, map[string]any{"subscriptions": shown}}, nil
}

func (c *call) addSubscription() (answer, error) {
	var request subscriptionRequest
	if err := c.decode(&request); err != nil {
		return answer{}, err
	}
	var sub Subscription
	request.apply(&sub)
	added, err := c.session.Subscribe(c.Context(), sub)
	if err != nil {
		return answer{}, err
	}
	return answer{http.StatusCreated, c.withSecret(added)}, nil
}

// withSecret shows a subscription with its current secret, once.
func (c *call) withSecret(s Subscription) shownSubscription {
	shown := c.showSubscription(s)
	if len(s.Secrets) > 0 {
		shown.Secret = string(s.Secrets[0])
	}
	return shown
}

func (c *call) getSubscription() (answer, error) {
	sub, err := c.session.Subscription(c.PathValue("subscription"))
	if err != nil {
		return answer{}, err
	}
	return answer{http.StatusOK, c.showSubscription(sub)}, nil
}

func (c *call) editSubscription() (answer, error) {
	var request subscriptionRequest
	if err := c.decode(&request); err != nil {
		return answer{}, err
	}
	edited, err := c.session.Edit(c.Context(), c.PathValue("subscription"), request.apply)
	if err != nil {
		return answer{}, err
	}
	return answer{http.StatusOK, c.showSubscription(edited)}, nil
}

func (c *call) dropSubscription() (answer, error) {
	return answer{status: http.StatusNoContent}, c.session.Unsubscribe(c.Context(), c.PathValue("subscription"))
}

func (c *call) rotateSecret() (answer, error) {
	var body struct {
		Secret  string `json:"secret"`
		Overlap string `json:"overlap"`
	}
	if err := c.decode(&body); err != nil {
		return answer{}, err
	}
	overlap, err := span("overlap", body.Overlap)
	if err != nil {
		return answer{}, err
	}
	rotated, err := c.session.Rotate(c.Context(), c.PathValue("subscription"), schemas.Secret(body.Secret), overlap)
	if err != nil {
		return answer{}, err
	}
	return answer{http.StatusOK, c.withSecret(rotated)}, nil
}
