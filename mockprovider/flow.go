package mockprovider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const (
	pullPage  = 100              // messages read from the journal at once
	heartbeat = 15 * time.Second // between signs of life
	slowest   = 10 * time.Second // for a client to take what is written; a slower one is left
)

// flow is an answer that goes on: server-sent events, or lines of JSON. It holds no more than what is
// being written, so a slow client costs nothing but its connection.
type flow struct {
	w       http.ResponseWriter
	control *http.ResponseController
	events  bool
}

func newFlow(w http.ResponseWriter, accept string) *flow {
	f := &flow{w: w, control: http.NewResponseController(w), events: strings.Contains(accept, "text/event-stream")}
	kind := "application/x-ndjson"
	if f.events {
		kind = "text/event-stream"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	return f
}

// send writes one value; id is 0 for those that cannot be resumed after.
func (f *flow) send(id int64, event string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_ = f.control.SetWriteDeadline(time.Now().Add(slowest)) // where unsupported, the connection decides
	switch {
	case !f.events:
		_, err = fmt.Fprintf(f.w, "%s\n", text)
	case id > 0:
		_, err = fmt.Fprintf(f.w, "id: %d\nevent: %s\ndata: %s\n\n", id, event, text)
	default:
		_, err = fmt.Fprintf(f.w, "event: %s\ndata: %s\n\n", event, text)
	}
	return err
}

// flush hands over what was written.
func (f *flow) flush() error { return f.control.Flush() }

// beat is a sign of life that readers skip.
func (f *flow) beat() error {
	_ = f.control.SetWriteDeadline(time.Now().Add(slowest)) // as in send
	beat := "\n"
	if f.events {
		beat = ":\n\n"
	}
	if _, err := f.w.Write([]byte(beat)); err != nil {
		return err
	}
	return f.flush()
}
