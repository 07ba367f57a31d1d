//go:build e2e

package e2e_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/hookrig/hookrig/schemas"
)

const streamSecret = "stream-outputs-secret"

// collector is a consumer that opens every delivery and keeps the messages.
type collector struct {
	*httptest.Server
	mu       sync.Mutex // guards messages and refused
	messages []schemas.Message
	refused  []error
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	catalog, err := schemas.Builtin("watsi")
	if err != nil {
		t.Fatal(err)
	}
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			var message schemas.Message
			if message, err = catalog.Provider.Open(schemas.Received{Header: r.Header, Body: body}, []schemas.Secret{streamSecret}, time.Now()); err == nil {
				err = catalog.Validate(message.Body)
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.messages = append(c.messages, message)
		}
		if err != nil {
			c.refused = append(c.refused, err)
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// got fails the test unless so many different messages came, each genuine and valid.
func (c *collector) got(t *testing.T, want int) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	different := map[string]bool{}
	for _, message := range c.messages {
		different[message.ID] = true
	}
	if len(c.refused) > 0 || len(c.messages) != want || len(different) != want {
		t.Errorf("%d messages came, %d of them different, want %d; refused: %v", len(c.messages), len(different), want, c.refused)
	}
}

func streamOutput(t *testing.T, args ...string) []byte {
	t.Helper()
	binary, err := hookrigBinary()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), binary, append([]string{"stream", "-p", "watsi"}, args...)...)
	command.Env = append(os.Environ(), "HOOKRIG_SECRET="+streamSecret)
	var talk bytes.Buffer
	command.Stderr = &talk
	out, err := command.Output()
	if err != nil {
		t.Fatalf("stream: %v: %s", err, talk.String())
	}
	return out
}

// What --output vegeta prints really drives vegeta.
func TestVegetaOutputDrivesVegeta(t *testing.T) {
	consumer := newCollector(t)
	const n = 200
	targets := streamOutput(t, "-n", "200", "--output", "vegeta", "--url", consumer.URL)
	attacker := vegeta.NewAttacker(vegeta.Workers(4), vegeta.MaxWorkers(4))
	sent := 0
	for result := range attacker.Attack(vegeta.NewJSONTargeter(bytes.NewReader(targets), nil, nil), vegeta.Rate{Freq: 1000, Per: time.Second}, n*time.Millisecond, "stream") {
		if result.Code != http.StatusOK {
			t.Fatalf("vegeta got %d %s", result.Code, result.Error)
		}
		sent++
	}
	if sent != n {
		t.Errorf("vegeta sent %d", sent)
	}
	consumer.got(t, n)
}

// What --output curl prints really runs in a shell.
func TestCurlOutputRuns(t *testing.T) {
	consumer := newCollector(t)
	script := streamOutput(t, "-n", "20", "--output", "curl", "--url", consumer.URL)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	shell := exec.CommandContext(ctx, "sh", "-e")
	shell.Stdin = bytes.NewReader(script)
	if out, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("sh: %v\n%s", err, out)
	}
	consumer.got(t, 20)
}
