package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract/load"
)

// A run that is interrupted ends within a second, with its report and its record.
func TestLoadInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the server does not see the end of the connection
		cancel()
		<-r.Context().Done()
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "r.json")
	var stdout, stderr bytes.Buffer
	e := &env{args: []string{"load", "-p", "sentsays", server.URL, "--rate", "100/s", "--duration", "1h", "--record", file},
		getenv: func(string) string { return "" }, environ: os.Environ, now: time.Now, stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr}
	began := time.Now()
	code := run(ctx, e)
	if took := time.Since(began); code != exitInterrupted || took > 5*time.Second {
		t.Errorf("exit %d after %s: %s", code, took, &stderr)
	}
	if !strings.Contains(stdout.String(), "the run ended early: interrupted") {
		t.Errorf("stdout %s", &stdout)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if r, err := load.Read(f); err != nil || r.Ended != load.EndedInterrupted || r.Counts.Sent == 0 {
		t.Errorf("the record is %+v, %v", r, err)
	}
}
