package load_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract/load"
)

// receiver answers at most so many messages per second: that many workers, each of which takes so long.
func receiver(t *testing.T, workers int, takes time.Duration) *httptest.Server {
	free := make(chan struct{}, workers)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the server does not see the end of the connection
		select {
		case free <- struct{}{}:
		case <-r.Context().Done():
			return // nobody waits for it any more
		}
		time.Sleep(takes)
		<-free
	}))
	t.Cleanup(server.Close)
	return server
}

func objectives(t *testing.T, text string) load.SLO {
	t.Helper()
	slo, err := load.ParseSLO(text)
	if err != nil {
		t.Fatal(err)
	}
	return slo
}

// A receiver of 100 messages per second never holds more, whatever the machine is busy with.
func TestSearchAgainstKnownCapacity(t *testing.T) {
	t.Parallel()
	cfg := config(t, receiver(t, 2, 20*time.Millisecond).URL, nil)
	cfg.SLO = objectives(t, "p99<250ms")
	found, err := load.FindRate(t.Context(), load.SearchConfig{Run: cfg, Step: 500 * time.Millisecond, First: 100, Gap: 2.5})
	if err != nil {
		t.Fatal(err)
	}
	limited := found.Ended == load.SearchOurLimit || found.Ended == load.SearchNotRecovered // a machine that is far too busy
	if found.Held > 100 || found.Broke > 200 || found.Broke <= found.Held && !limited {
		t.Errorf("of 100/s, %s held and %s broke (%s, %d steps)", found.Held, found.Broke, found.Ended, len(found.Steps))
	}
}

// A plan that goes above the capacity piles up what the stages above it bring, and its latency rises with
// the pile; the SLO that holds below the capacity breaks.
func TestStagesAgainstKnownCapacity(t *testing.T) {
	t.Parallel()
	server := receiver(t, 2, 20*time.Millisecond)
	plan, err := load.ParsePlan("20/s for 1s, 400/s for 500ms, →20/s in 500ms")
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(t, server.URL, plan)
	cfg.SLO, cfg.KeepGoing = objectives(t, "p99<400ms"), true
	r := run(t, cfg)
	// The stages bring 20 + 200 + 105 within 2 s, and the receiver needs 3.25 s for them.
	if r.Counts.Arrivals != 325 || r.Counts.Acknowledged != 325 || r.Kept() || r.Intended.Max() < 1200*time.Millisecond {
		t.Errorf("kept %v, at most %s, %+v", r.Kept(), r.Intended.Max(), r.Counts)
	}
	cfg.Plan, cfg.SLO = load.Constant(20, 500*time.Millisecond), objectives(t, "p50<10m, errors<=0%")
	if r := run(t, cfg); !r.Kept() {
		t.Errorf("a fifth of the capacity: %+v, failures %v", r.SLO, r.Failures)
	}
}
