package load_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract/load"
)

// A run whose verdict is known ends there, unless it is told to go on.
func TestHopelessRunEndsEarly(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer server.Close()
	slo, err := load.ParseSLO("errors<1%")
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(t, server.URL, load.Constant(20, 5*time.Minute))
	cfg.SLO = slo
	r, err := load.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	balanced(t, r)
	if r.Ended != load.EndedHopeless || r.Kept() || r.Counts.Arrivals >= 6000 {
		t.Errorf("ended %s, kept %v, %+v", r.Ended, r.Kept(), r.Counts)
	}
	cfg.Plan, cfg.KeepGoing = load.Constant(20, 2200*time.Millisecond), true
	if r := run(t, cfg); r.Ended != load.EndedWhole || r.Counts.Arrivals != 44 {
		t.Errorf("told to go on: ended %s, %+v", r.Ended, r.Counts)
	}
}
