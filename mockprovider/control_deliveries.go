package mockprovider

import (
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hookrig/hookrig/internal/redact"
	"github.com/hookrig/hookrig/mockprovider/journal"
)

// shownMessage is a message as the control API shows it.
type shownMessage struct {
	Number     int64     `json:"number"`
	Event      string    `json:"event"`
	ID         string    `json:"id,omitempty"`
	Entity     string    `json:"entity,omitempty"`
	Origin     string    `json:"origin"`
	At         time.Time `json:"at"`
	Body       string    `json:"body,omitempty"`
	BodyBase64 []byte    `json:"body_base64,omitempty"` // instead of Body, when that is not UTF-8
}

// shownDelivery is a delivery as the control API shows it.
type shownDelivery struct {
	ID           int64          `json:"id"`
	Message      int64          `json:"message"`
	Event        string         `json:"event"`
	Subscription string         `json:"subscription"`
	Status       journal.Status `json:"status"`
	Attempts     int            `json:"attempts"`
	Answer       int            `json:"answer,omitempty"`
	CreatedAt    time.Time      `json:"created_at"`
	DueAt        time.Time      `json:"due_at"`
	Faults       []string       `json:"faults"`
}

// shownAttempt is an attempt as the control API shows it.
type shownAttempt struct {
	Number     int        `json:"number"`
	At         time.Time  `json:"at"`
	SentAt     time.Time  `json:"sent_at"`
	DurationMS float64    `json:"duration_ms"`
	Outcome    string     `json:"outcome"`
	Cause      string     `json:"cause,omitempty"`
	Failure    string     `json:"failure,omitempty"`
	Faults     []string   `json:"faults"`
	Request    shownHTTP  `json:"request"`
	Response   *shownHTTP `json:"response"` // null when none arrived
}

// shownHTTP is one half of an exchange.
type shownHTTP struct {
	Line       string      `json:"line"`
	Status     int         `json:"status,omitempty"`
	Headers    [][2]string `json:"headers"`
	Body       string      `json:"body"`
	BodyBase64 []byte      `json:"body_base64,omitempty"`
}

func showMessage(m journal.Message, r *redact.Redactor) shownMessage {
	shown := shownMessage{Number: m.Seq, Event: m.Event, ID: r.String(m.ID), Entity: r.String(m.Entity), Origin: m.Origin, At: m.At.UTC()}
	shown.Body, shown.BodyBase64 = textOrBytes(r.Bytes(m.Body))
	return shown
}

func textOrBytes(body []byte) (string, []byte) {
	if utf8.Valid(body) {
		return string(body), nil
	}
	return "", body
}

func showDelivery(d journal.Delivery) shownDelivery {
	return shownDelivery{d.Seq, d.Message, d.Event, d.Subscription, d.Status, d.Attempts, d.Answer, d.Created.UTC(), d.Due.UTC(), d.Faults()}
}

func showDeliveries(deliveries []journal.Delivery) []shownDelivery {
	shown := make([]shownDelivery, 0, len(deliveries))
	for _, d := range deliveries {
		shown = append(shown, showDelivery(d))
	}
	return shown
}

// showHTTP splits a header as it was kept, and masks what must not be shown. Signature headers come
// unmasked when raw: they are put back after the masking of headers that look like credentials.
func showHTTP(head, body []byte, r *redact.Redactor, raw []string) shownHTTP {
	first, rest, _ := strings.Cut(string(head), "\r\n")
	shown := shownHTTP{Line: r.String(first), Headers: [][2]string{}}
	for line := range strings.SplitSeq(strings.TrimSuffix(rest, "\r\n"), "\r\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			shown.Headers = append(shown.Headers, [2]string{name, value})
		}
	}
	masked := r.Headers(shown.Headers)
	for i, line := range shown.Headers {
		for _, name := range raw {
			if strings.EqualFold(name, line[0]) {
				masked[i][1] = r.String(line[1])
			}
		}
	}
	shown.Headers = masked
	shown.Body, shown.BodyBase64 = textOrBytes(r.Bytes(body))
	return shown
}

func (c *call) listDeliveries() (answer, error) {
	query := c.URL.Query()
	f := journal.Filter{Status: journal.Status(query.Get("status")), Event: query.Get("event"), Subscription: query.Get("subscription")}
	f.Failed, f.Fault = query.Get("failed") == "true", query.Get("fault") == "true"
	var err error
	if f.Message, err = c.number("message"); err != nil {
		return answer{}, err
	}
	if f.Before, err = c.number("before"); err != nil {
		return answer{}, err
	}
	limit, err := c.number("limit")
	if err != nil {
		return answer{}, err
	}
	if f.Limit = int(limit); f.Limit == 0 {
		f.Limit = 50
	}
	if f.Limit > 1000 {
		return answer{}, fmt.Errorf("%w: limit %d: at most 1000", ErrInvalid, f.Limit)
	}
	found, err := c.session.Deliveries(c.Context(), f)
	if err != nil {
		return answer{}, err
	}
	body := map[string]any{"deliveries": showDeliveries(found), "next": nil}
	if len(found) == f.Limit {
		body["next"] = found[len(found)-1].Seq // as before=
	}
	return answer{http.StatusOK, body}, nil
}

func (c *call) getDelivery() (answer, error) {
	seq, err := c.number("delivery")
	if err != nil {
		return answer{}, err
	}
	d, m, attempts, err := c.session.Delivery(c.Context(), seq)
	if err != nil {
		return answer{}, err
	}
	var raw []string
	if c.URL.Query().Get("raw") == "true" {
		raw = c.server.provider.HeaderNames("signatures")
	}
	r := c.session.redactor(raw != nil)
	shown := []shownAttempt{}
	for _, a := range attempts {
		shown = append(shown, showAttempt(a, m.Body, r, raw))
	}
	return answer{http.StatusOK, map[string]any{"delivery": showDelivery(d), "message": showMessage(m, r), "attempts": shown}}, nil
}

func showAttempt(a journal.Attempt, body []byte, r *redact.Redactor, raw []string) shownAttempt {
	if a.RequestBody != nil {
		body = a.RequestBody
	}
	shown := shownAttempt{Number: a.Number, At: a.At, SentAt: a.Sent, DurationMS: float64(a.Duration.Microseconds()) / 1000,
		Outcome: a.Outcome, Cause: r.String(a.Cause), Failure: a.Failure, Faults: a.Faults(), Request: showHTTP(a.RequestHeader, body, r, raw)}
	if a.Status != 0 {
		response := showHTTP(a.ReplyHeader, a.ReplyBody, r, nil)
		response.Status = a.Status
		shown.Response = &response
	}
	return shown
}

func (c *call) replayOne() (answer, error) {
	seq, err := c.number("delivery")
	if err != nil {
		return answer{}, err
	}
	d, err := c.session.Replay(c.Context(), seq)
	return answer{http.StatusAccepted, showDelivery(d)}, err
}

// replayMany replays those that are named, or those that a filter selects, at most a thousand at once.
func (c *call) replayMany() (answer, error) {
	var body struct {
		IDs          []int64        `json:"ids"`
		Status       journal.Status `json:"status"`
		Event        string         `json:"event"`
		Subscription string         `json:"subscription"`
	}
	if err := c.decode(&body); err != nil {
		return answer{}, err
	}
	if len(body.IDs) > 1000 {
		return answer{}, fmt.Errorf("%w: ids: at most 1000 at once", ErrInvalid)
	}
	if body.IDs == nil {
		if body.Status == "" {
			body.Status = journal.Dead
		}
		found, err := c.session.Deliveries(c.Context(), journal.Filter{Status: body.Status, Event: body.Event, Subscription: body.Subscription, Limit: 1000})
		if err != nil {
			return answer{}, err
		}
		for _, d := range found {
			body.IDs = append(body.IDs, d.Seq)
		}
	}
	replayed, refused := []int64{}, map[string]string{}
	for _, id := range body.IDs {
		if _, err := c.session.Replay(c.Context(), id); err != nil {
			refused[fmt.Sprint(id)] = err.Error()
			continue
		}
		replayed = append(replayed, id)
	}
	return answer{http.StatusAccepted, map[string]any{"replayed": replayed, "refused": refused}}, nil
}
