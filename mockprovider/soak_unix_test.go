//go:build unix

package mockprovider_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hookrig/hookrig/mockprovider"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

// A full queue says so, with 429 and Retry-After, and drops nothing of what it has: once the receiver goes on,
// exactly what was accepted is delivered.
func TestBackPressure(t *testing.T) {
	room, extra := rounds(500, 20_000), rounds(200, 80_000)
	gate := make(chan struct{})
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-gate:
		case <-r.Context().Done():
		}
	}))
	defer app.Close()
	open := sync.OnceFunc(func() { close(gate) })
	defer open()
	mock := start(t, func(c *mockprovider.Config) { c.MaxPending, c.Timeout = room, time.Hour })
	subscribe(t, mock.Session, app.URL)
	accepted, refused := 0, 0
	for range room + extra {
		reply, text := ask(t, mock, "POST", v1+"/trigger", `{"event":"contact.created"}`)
		switch reply.StatusCode {
		case http.StatusAccepted:
			accepted++
		case http.StatusTooManyRequests:
			refused++
			if reply.Header.Get("Retry-After") == "" {
				t.Error("429 without Retry-After")
			}
		default:
			t.Fatalf("trigger = %d %s", reply.StatusCode, text)
		}
	}
	if accepted != room || refused != extra {
		t.Errorf("accepted %d and refused %d, want %d and %d", accepted, refused, room, extra)
	}
	if n := count(t, mock.Session, journal.Pending); n != room || mock.Info().Pending != room {
		t.Errorf("%d pending in the journal, %d in the queue, want %d", n, mock.Info().Pending, room)
	}
	if used := residentMiB(t); os.Getenv("HOOKRIG_SOAK") != "" && used > 256 {
		t.Errorf("the process holds %.0f MiB, want at most 256", used)
	}
	open()
	eventually(t, func() error {
		if n := mock.Info().Pending; n > 0 {
			return fmt.Errorf("%d pending", n)
		}
		return nil
	})
	if n := count(t, mock.Session, journal.Delivered); n != accepted {
		t.Errorf("%d delivered, want the %d accepted", n, accepted)
	}
}

// count counts the session's deliveries in a state.
func count(t *testing.T, s *mockprovider.Session, status journal.Status) (n int) {
	t.Helper()
	for f := (journal.Filter{Status: status, Limit: 1000}); ; {
		page, err := s.Deliveries(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if n += len(page); len(page) < f.Limit {
			return n
		}
		f.Before = page[len(page)-1].Seq
	}
}

// Twenty subscribers, a tenth of whose answers are failures, over a time: the process does not grow, and in the
// end nothing of it is left over. Two seconds show the second; make soak gives it half an hour.
func TestNothingGrows(t *testing.T) {
	span := time.Duration(rounds(2, 30*60)) * time.Second
	goroutines, descriptors := runtime.NumGoroutine(), openFiles(t)
	var n atomic.Int64
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if n.Add(1)%10 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	mock, err := mockprovider.New(mockprovider.Config{Catalog: catalog(t, "watsi"), KeepBytes: 32 << 20, Retries: &schemas.Retries{DelaysSeconds: []float64{0.5, 1, 2}}})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		subscribe(t, mock.Session, app.URL)
	}
	if _, err := mock.StartStream(t.Context(), mockprovider.Stream{Rate: 25}); err != nil {
		t.Fatal(err)
	}
	const samples = 20
	var used []float64 // MiB, at even distances
	for range samples {
		time.Sleep(span / samples)
		used = append(used, residentMiB(t))
	}
	if err := mock.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	app.Close()
	if n.Load() == 0 {
		t.Error("nothing was delivered")
	}
	eventually(t, func() error {
		if more, files := runtime.NumGoroutine()-goroutines, openFiles(t)-descriptors; more > 5 || files > 5 {
			return fmt.Errorf("%d goroutines and %d files are left over", more, files)
		}
		return nil
	})
	if grows := slope(used[samples/3:]) * samples * float64(10*time.Minute) / float64(span); os.Getenv("HOOKRIG_SOAK") != "" && grows >= 1 {
		t.Errorf("it grows by %.2f MiB in ten minutes, want less than 1: %.1f", grows, used)
	}
}

// slope is by how much each value is larger than the one before, by least squares.
func slope(values []float64) float64 {
	var x, y, xx, xy float64
	for i, v := range values {
		x, y, xx, xy = x+float64(i), y+v, xx+float64(i)*float64(i), xy+float64(i)*v
	}
	n := float64(len(values))
	return (n*xy - x*y) / (n*xx - x*x)
}

// openFiles counts the process's descriptors, by /proc; 0 where there is none.
func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(files)
}
