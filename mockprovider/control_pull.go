package mockprovider

import (
	"fmt"
	"net/http"
	"time"
)

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
		masks := c.session.redactor(false)
		for _, m := range messages {
			if flow.send(m.Seq, "message", showMessage(m, masks)) != nil {
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
