package load_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract/load"
)

// A receiver that slows to nothing: what was answered before stays told, what is due goes on being due, and
// the run ends in time.
func TestTargetSlowsToNothing(t *testing.T) {
	t.Parallel()
	var seen atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the server does not see the end of the connection
		if seen.Add(1) > 50 {
			<-r.Context().Done()
		}
	}))
	defer server.Close()
	cfg := config(t, server.URL, load.Constant(200, time.Second))
	cfg.Connections = 20
	r := run(t, load.Hasty(cfg))
	if r.Counts.Arrivals != 200 || r.Counts.Acknowledged != 50 || r.Counts.Unsent < 100 || r.ErrorRatio() != 0.75 || len(r.Warnings) == 0 {
		t.Errorf("%+v, failures %v, warnings %v", r.Counts, r.Failures, r.Warnings)
	}
}

// A receiver that answers garbage as fast as it can is counted, and nothing of it is a yes.
func TestGarbageAtFullRate(t *testing.T) {
	t.Parallel()
	target := listen(t, func(c net.Conn) { answer(c, "\x16\x03\x01 what is this?\r\n\r\n") })
	cfg := config(t, "http://"+target, nil)
	cfg.Length, cfg.Connections = 500*time.Millisecond, 8
	cfg.SLO = objectives(t, "errors<1%")
	r := run(t, cfg)
	if r.Counts.Sent == 0 || r.Counts.Acknowledged != 0 || r.Failures["malformed-reply"] == 0 || r.Kept() {
		t.Errorf("%+v, failures %v", r.Counts, r.Failures)
	}
}
