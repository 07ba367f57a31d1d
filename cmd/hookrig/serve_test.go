package main

import (
	"bytes"
	"context"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// output is what several goroutines write.
type output struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// background is a command that serves until it is stopped.
type background struct {
	url            string
	stdout, stderr output
	stop           func()
}

// inBackground runs serve or listen in this process.
func inBackground(t *testing.T, vars map[string]string, args ...string) *background {
	t.Helper()
	r, ctx, done := &background{}, context.Background(), make(chan int)
	ctx, cancel := context.WithCancel(ctx)
	port := freePort(t)
	e := &env{args: append(args, "-l", port), getenv: func(name string) string { return vars[name] }, environ: os.Environ, now: time.Now,
		stdin: strings.NewReader(""), stdout: &r.stdout, stderr: &r.stderr}
	go func() { done <- run(ctx, e) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		<-done
	})
	t.Cleanup(r.stop)
	r.url = "http://127.0.0.1:" + port
	for {
		reply, err := http.Get(r.url + "/healthz")
		if err == nil {
			reply.Body.Close()
			return r
		}
		select {
		case code := <-done:
			done <- code
			t.Fatalf("%v ended with %d: %s", args, code, &r.stderr)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// A consumer behind TLS is delivered to when its certificate is trusted, or when nobody looks, of which serve
// warns at every start.
func TestServeTLS(t *testing.T) {
	t.Parallel()
	app := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	app.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are what is tested
	app.StartTLS()
	defer app.Close()
	trusted := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(trusted, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: app.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	const warning = "nobody checks that the consumer is who it says"
	for _, test := range []struct {
		name  string
		flags []string
		code  int // of trigger
		warns bool
	}{
		{"unknown", nil, exitUnable, false}, // the retries go on
		{"trusted", []string{"--cacert", trusted}, exitGood, false},
		{"unchecked", []string{"--insecure"}, exitGood, true},
		{"unchecked again", []string{"--insecure"}, exitGood, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			vars := map[string]string{"HOOKRIG_SECRET": "watsi-test-secret"}
			serve := inBackground(t, vars, append([]string{"serve", "-p", "watsi", "--to", app.URL}, test.flags...)...)
			timeout := map[bool]string{true: "1m", false: "500ms"}[test.code == exitGood]
			if o := runHere(t, vars, "", "trigger", "contact.created", "--server", serve.url, "--timeout", timeout); o.code != test.code {
				t.Errorf("trigger ended with %d, want %d: %s%s", o.code, test.code, o.stdout, o.stderr)
			}
			serve.stop()
			if warns := strings.Contains(serve.stderr.String(), warning); warns != test.warns {
				t.Errorf("warns: %v, want %v: %s", warns, test.warns, &serve.stderr)
			}
		})
	}
}
