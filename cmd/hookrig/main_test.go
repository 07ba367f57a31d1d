package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/hookrig/hookrig/internal/consumer"
	"github.com/hookrig/hookrig/schemas"
)

// TestMain lets scripts run hookrig, a consumer that is right, and peers that are not.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"hookrig": main, "consumer": rightConsumer, "peer": strangePeer, "ask": ask})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("PORT", freePort(t))
			e.Setenv("API_PORT", freePort(t))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"waitport": waitPort, "unused": unusedPort, "json": jsonLines, "screen": onOneScreen,
		},
	})
}

// freePort is a port of loopback that nobody listens on just now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// waitport PORT waits until somebody listens there.
func waitPort(ts *testscript.TestScript, _ bool, args []string) {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		if conn, err := net.Dial("tcp", "127.0.0.1:"+args[0]); err == nil {
			conn.Close()
			return
		}
	}
	ts.Fatalf("nobody listens on port %s", args[0])
}

// unused PORT fails when somebody listens there still.
func unusedPort(ts *testscript.TestScript, _ bool, args []string) {
	for end := time.Now().Add(3 * time.Second); ; {
		conn, err := net.Dial("tcp", "127.0.0.1:"+args[0])
		if err != nil {
			return
		}
		conn.Close()
		if time.Now().After(end) {
			ts.Fatalf("somebody listens on port %s still", args[0])
		}
	}
}

// json N fails unless stdout is N lines of JSON.
func jsonLines(ts *testscript.TestScript, _ bool, args []string) {
	lines := strings.Split(strings.TrimSpace(ts.ReadFile("stdout")), "\n")
	for i, line := range lines {
		if !json.Valid([]byte(line)) {
			ts.Fatalf("line %d is not JSON: %s", i+1, line)
		}
	}
	if fmt.Sprint(len(lines)) != args[0] {
		ts.Fatalf("%d lines, want %s", len(lines), args[0])
	}
}

// screen LINES COLUMNS fails unless stdout fits.
func onOneScreen(ts *testscript.TestScript, _ bool, args []string) {
	lines := strings.Split(strings.TrimSpace(ts.ReadFile("stdout")), "\n")
	most, err := strconv.Atoi(args[0])
	widest, err2 := strconv.Atoi(args[1])
	ts.Check(errors.Join(err, err2))
	if len(lines) > most {
		ts.Fatalf("%d lines, want at most %d", len(lines), most)
	}
	for i, line := range lines {
		if width := utf8.RuneCountInString(line); width > widest {
			ts.Fatalf("line %d is %d columns wide, want at most %d: %s", i+1, width, widest, line)
		}
	}
}

// ask is `ask METHOD URL`, which prints what comes back, or `ask say TEXT`.
func ask() {
	if os.Args[1] == "say" {
		fmt.Println(os.Args[2])
		return
	}
	r, err := http.NewRequest(os.Args[1], os.Args[2], nil)
	if err != nil {
		panic(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(os.Stdout, answer.Body)
}

// rightConsumer is `consumer PROVIDER [SECRET_ENV] [OPTION]`: it listens on $PORT, keeps what it did in the
// file $JOURNAL where there is one, and tells effects at /_seen/effects/{key}. With -child it leaves a child
// behind that listens on $API_PORT; with -register it registers itself at the provider's API; with -two it
// takes the secret at /hook, and at /eu that of $TWO.
func rightConsumer() {
	secret := "HOOKRIG_SECRET"
	if len(os.Args) > 2 {
		secret = os.Args[2]
	}
	c, err := schemas.Builtin(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "the consumer cannot start:", err)
		os.Exit(1)
	}
	option := strings.Join(os.Args[min(3, len(os.Args)):], " ")
	cfg := consumer.Config{Catalog: c, Journal: os.Getenv("JOURNAL"), Secrets: []schemas.Secret{schemas.Secret(os.Getenv(secret))}}
	if option == "-two" {
		cfg.Endpoints = []consumer.Endpoint{{Path: "/hook", Secrets: cfg.Secrets}, {Path: "/eu", Secrets: []schemas.Secret{schemas.Secret(os.Getenv("TWO"))}}}
		cfg.Secrets = nil
	}
	right, err := consumer.New(cfg)
	if err != nil {
		panic(err)
	}
	if option == "-child" {
		if err := exec.Command("peer", "hang", os.Getenv("API_PORT")).Start(); err != nil {
			panic(err)
		}
	}
	fmt.Fprintln(os.Stderr, "the consumer is ready")
	if option == "-register" {
		go register(c.Provider.API, os.Getenv(secret))
	}
	mux := http.NewServeMux()
	mux.Handle("/", right)
	mux.Handle("/_seen/", http.StripPrefix("/_seen", right.Observation()))
	if err := http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), mux); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// register tells the provider's API where this consumer is to be found.
func register(api *schemas.API, secret string) {
	body, _ := json.Marshal(map[string]any{"url": "http://127.0.0.1:" + os.Getenv("PORT") + "/hook", "events": []string{"message.received"}, "secret": secret})
	r, err := http.NewRequest(api.Subscription.Method, os.Getenv("HOOKRIG_API_URL")+api.Subscription.Path, bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Authorization", "Bearer key")
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil || answer.StatusCode/100 != 2 {
		fmt.Fprintln(os.Stderr, "not registered:", err, answer)
		os.Exit(1)
	}
	answer.Body.Close()
}

// strangePeer is `peer KIND PORT`: it takes connections and does what no consumer should.
func strangePeer() {
	if os.Args[1] == "zero" { // no peer, but an observer that has seen nothing
		fmt.Println(0)
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:"+os.Args[2])
	if err != nil {
		panic(err)
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go misbehave(os.Args[1], conn.(*net.TCPConn))
	}
}

func misbehave(kind string, conn *net.TCPConn) {
	defer conn.Close()
	if kind == "reset" {
		_ = conn.SetLinger(0)
		return
	}
	_, _ = conn.Read(make([]byte, 64<<10))
	switch kind {
	case "hang":
		_, _ = io.Copy(io.Discard, conn)
	case "believes": // anything, signed or not
		_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
	case "yes":
		_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
	case "garbage":
		_, _ = conn.Write([]byte("\x16\x03\x01 what is this?\r\n\r\n"))
	case "endless-headers":
		_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\n"))
		for i := 0; ; i++ {
			if _, err := fmt.Fprintf(conn, "X-%d: %s\r\n", i, strings.Repeat("x", 1000)); err != nil {
				return
			}
		}
	case "endless-body":
		_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))
		for {
			if _, err := conn.Write([]byte("1000\r\n" + strings.Repeat("x", 4096) + "\r\n")); err != nil {
				return
			}
		}
	}
}

// outcome is what a run of the program left behind.
type outcome struct {
	code           int
	stdout, stderr string
	took           time.Duration
}

// runHere runs the program in this process, in the current folder.
func runHere(t *testing.T, vars map[string]string, stdin string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	e := &env{args: args, getenv: func(name string) string { return vars[name] }, environ: os.Environ, now: time.Now,
		stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	began := time.Now()
	code := run(ctx, e)
	return outcome{code, stdout.String(), stderr.String(), time.Since(began)}
}

func BenchmarkVersion(b *testing.B) {
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		p, err := os.StartProcess(program, []string{"hookrig", "version"}, &os.ProcAttr{Files: []*os.File{nil, nil, nil}})
		if err != nil {
			b.Fatal(err)
		}
		if state, err := p.Wait(); err != nil || !state.Success() {
			b.Fatal(state, err)
		}
	}
}

// BenchmarkFirstRequest is the time from the start of the program to its first request.
func BenchmarkFirstRequest(b *testing.B) {
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	first := make(chan struct{}, 1024)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	server := consumer.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		select {
		case first <- struct{}{}:
		default:
		}
	}))
	go func() { _ = server.Serve(l) }()
	dir := b.TempDir()
	for b.Loop() {
		for len(first) > 0 {
			<-first
		}
		p, err := os.StartProcess(program, []string{"hookrig", "test", "-p", "watsi", "http://" + l.Addr().String() + "/"},
			&os.ProcAttr{Dir: dir, Env: append(os.Environ(), "HOOKRIG_SECRET=x"), Files: []*os.File{nil, nil, nil}})
		if err != nil {
			b.Fatal(err)
		}
		<-first
		b.StopTimer()
		_ = p.Kill()
		_, _ = p.Wait()
		b.StartTimer()
	}
}
