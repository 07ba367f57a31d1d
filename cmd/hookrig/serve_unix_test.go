//go:build unix

package main

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// The first signal lets serve finish what is under way; the second one ends it at once, and what was under way
// is delivered by the next serve of the same journal.
func TestServeSecondSignal(t *testing.T) {
	t.Parallel()
	var hang atomic.Bool
	hang.Store(true)
	arrived, stop := make(chan string, 16), make(chan struct{})
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		arrived <- r.Header.Get("X-Watsi-Delivery-Id")
		if hang.Load() {
			select {
			case <-stop:
			case <-r.Context().Done():
			}
		}
	}))
	defer app.Close()
	defer close(stop)
	data := filepath.Join(t.TempDir(), "journal.db")

	first, url := startServe(t, "--to", app.URL, "--data", data)
	reply, err := http.Post(url+"/_hookrig/v1/trigger", "application/json", strings.NewReader(`{"event":"message.received"}`))
	if err != nil || reply.StatusCode != http.StatusAccepted {
		t.Fatalf("trigger = %v, %v", reply, err)
	}
	reply.Body.Close()
	id := <-arrived
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} { // two kinds, so that neither swallows the other
		if err := first.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
	}
	_ = first.Wait() // its exit code says how
	if code := first.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit %d after two signals, want %d", code, exitInterrupted)
	}

	hang.Store(false)
	again, _ := startServe(t, "--data", data)
	if got := <-arrived; got != id {
		t.Errorf("delivery %q after the restart, want %q", got, id)
	}
	if err := again.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := again.Wait(); err != nil {
		t.Errorf("one signal: %v, want exit 0", err)
	}
}

// startServe starts hookrig serve in a process of its own and reads where it listens.
func startServe(t *testing.T, args ...string) (*exec.Cmd, string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := &exec.Cmd{Path: program, Args: append([]string{"hookrig", "serve", "-p", "watsi", "-l", "0"}, args...),
		Env: append(os.Environ(), "HOOKRIG_SECRET=watsi-test-secret"), Stderr: t.Output()}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() }) // long gone, unless the test has failed
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("serve says nothing: %v", err)
	}
	return command, strings.TrimSuffix(strings.TrimSpace(line), "/_hookrig/")
}
