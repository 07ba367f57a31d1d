//go:build e2e

package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const hostileSecret = "canary-4f7c2b91d6e8a035"

// TestHostileConsumers: whatever the consumer does, the run ends in time and says what is wrong, and
// nothing that it said reaches the terminal as more than text, nor the secret anybody.
func TestHostileConsumers(t *testing.T) {
	binary, err := hookrigBinary()
	if err != nil {
		t.Fatal(err)
	}
	var visits atomic.Int32
	canary := hostile(t, func(conn net.Conn, _ int) { visits.Add(1); reply(conn, "200 OK", "", "") })
	nasty := "\x1b]0;owned\x07\x1b[31m\u202eevil\r\n::error::owned\n##[error]owned\n<script>alert(1)</script>"

	for _, tt := range []struct {
		name  string
		serve func(conn net.Conn, number int)
		want  string // the check that must find it; "" for a death, which is the finding of whatever was in flight
	}{
		{"answers", func(conn net.Conn, _ int) { reply(conn, "200 OK", "", "") }, "sig-not-verified"},
		{"hangs", func(net.Conn, int) {}, "ack-hang"},
		{"resets", func(conn net.Conn, _ int) { conn.(*net.TCPConn).SetLinger(0); conn.Close() }, "valid-rejected"},
		{"closes", func(conn net.Conn, _ int) { conn.Close() }, "valid-rejected"},
		{"drips", func(conn net.Conn, _ int) { drip(t, conn, "HTTP/1.1 200 OK\r\n", "X: y\r\n") }, "ack-hang"},
		{"never ends", func(conn net.Conn, _ int) { drip(t, conn, "HTTP/1.1 200 OK\r\n\r\n", strings.Repeat("x", 1<<16)) }, "ack-hang"},
		{"gigantic header", func(conn net.Conn, _ int) {
			drip(t, conn, "HTTP/1.1 200 OK\r\n", "X: "+strings.Repeat("x", 1<<16)+"\r\n")
		}, "valid-rejected"},
		{"not HTTP", func(conn net.Conn, _ int) { io.WriteString(conn, "220 mail ready\r\n"); conn.Close() }, "valid-rejected"},
		{"redirects", func(conn net.Conn, _ int) { reply(conn, "307 Elsewhere", "Location: "+canary+"/x\r\n", "") }, "ack-redirect-or-login"},
		{"dies", func(conn net.Conn, number int) {
			if number > 40 {
				conn.(*net.TCPConn).SetLinger(0)
				conn.Close()
				return
			}
			reply(conn, "200 OK", "", "")
		}, ""},
		{"speaks evil", func(conn net.Conn, _ int) {
			reply(conn, "500 \x1b[31m::error::owned", "X-Evil: \x1b]0;owned\x07\r\n", nasty)
		}, "valid-rejected"},
		{"tells the secret", func(conn net.Conn, _ int) { reply(conn, "500 Oops", "", "key="+hostileSecret) }, "error-leaks-internals"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			address := hostile(t, tt.serve)
			report := t.TempDir() + "/report.json"
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			command := exec.CommandContext(ctx, binary, "test", "-p", "watsi", address+"/webhooks/watsi",
				"--timeout", "300ms", "--max-body", "65536", "--max-time", "20s", "--report", "github,json="+report)
			command.Dir = t.TempDir()
			command.Env = append(os.Environ(), "HOOKRIG_SECRET="+hostileSecret, "NO_COLOR=1")
			var out bytes.Buffer
			command.Stdout, command.Stderr = &out, &out
			start := time.Now()
			err := command.Run()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			code := command.ProcessState.ExitCode()
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("the run took %v", took)
			}
			if code != 1 {
				t.Errorf("exit %d, want 1: there is a finding", code)
			}
			written, err := os.ReadFile(report)
			var seen testReport
			if err == nil {
				err = json.Unmarshal(written, &seen)
			}
			if tt.want == "" && err == nil && seen.deaths() != 1 {
				t.Errorf("findings %v, want one death among them", seen.findings())
			}
			if err != nil || tt.want != "" && seen.findings()[tt.want] != "fail" {
				t.Errorf("findings %v (%v), want %s among them", seen.findings(), err, tt.want)
			}
			quiet(t, "output", out.Bytes())
			for name, text := range map[string][]byte{"output": out.Bytes(), "report": written} {
				if bytes.Contains(text, []byte(hostileSecret)) {
					t.Errorf("the secret stands in the %s", name)
				}
			}
		})
	}
	t.Cleanup(func() {
		if n := visits.Load(); n != 0 {
			t.Errorf("a redirect was followed %d times", n)
		}
	})
}

// quiet holds output against everything that a terminal or a CI runner acts on. Workflow commands of our
// own annotate; those of the consumer must not.
func quiet(t *testing.T, name string, text []byte) {
	t.Helper()
	for _, c := range text {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			t.Errorf("the %s holds the byte %#x", name, c)
			return
		}
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "::error::owned") || strings.Contains(line, "##[") || strings.Contains(line, "\u202e") {
			t.Errorf("the %s holds the line %q", name, line)
		}
	}
}

// hostile serves raw connections. serve gets each once a request's first bytes are there, with its number.
func hostile(t *testing.T, serve func(conn net.Conn, number int)) (address string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	var count atomic.Int32
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
			go func() {
				number := int(count.Add(1))
				if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					io.Copy(io.Discard, io.LimitReader(r.Body, 1<<20))
				}
				serve(conn, number)
			}()
		}
	}()
	return "http://" + ln.Addr().String()
}

func reply(conn net.Conn, status, header, body string) {
	io.WriteString(conn, "HTTP/1.1 "+status+"\r\n"+header+"Content-Type: text/html\r\nConnection: close\r\n\r\n"+body)
	conn.Close()
}

// drip writes the head, then the tail again and again.
func drip(t *testing.T, conn net.Conn, head, tail string) {
	defer conn.Close()
	io.WriteString(conn, head)
	for t.Context().Err() == nil {
		if _, err := io.WriteString(conn, tail); err != nil {
			return
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-t.Context().Done():
		}
	}
}
