//go:build e2e

package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// hookrigBinary builds the command once.
var hookrigBinary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "hookrig-e2e-*")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "hookrig")
	command := exec.Command("go", "build", "-o", binary, "./cmd/hookrig")
	command.Dir = ".."
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build hookrig: %w\n%s", err, out)
	}
	return binary, nil
})

// testReport is what the tests read of a JSON report.
type testReport struct {
	Exit    int    `json:"exit"`
	Verdict string `json:"verdict"`
	Results []struct {
		Check   string `json:"check"`
		Event   string `json:"event"`
		Level   string `json:"level"`
		Verdict string `json:"verdict"`
		Reason  string `json:"reason"`
		Finding *struct {
			Rule string `json:"rule"`
			Got  string `json:"got"`
		} `json:"finding"`
	} `json:"results"`
}

// findings are the checks that found something: "fail" or "advisory" by check.
func (r testReport) findings() map[string]string {
	found := map[string]string{}
	for _, result := range r.Results {
		if result.Verdict == "fail" || result.Verdict == "advisory" && found[result.Check] == "" {
			found[result.Check] = result.Verdict
		}
	}
	return found
}

// deaths counts the findings of a consumer that went down for good.
func (r testReport) deaths() int {
	count := 0
	for _, result := range r.Results {
		if result.Verdict == "fail" && result.Finding != nil && strings.Contains(result.Finding.Got, "no connection any more") {
			count++
		}
	}
	return count
}

// explain prints what each finding says, for the one who keeps the table.
func (r testReport) explain(t *testing.T) {
	t.Helper()
	for _, result := range r.Results {
		if result.Finding != nil && (result.Verdict == "fail" || result.Verdict == "advisory") {
			t.Logf("%s %s %s: %s; got %s", result.Verdict, result.Check, result.Event, result.Finding.Rule, result.Finding.Got)
		}
	}
}

// passes reports whether the check passed on the event.
func (r testReport) passes(check, event string) bool {
	for _, result := range r.Results {
		if result.Check == check && result.Event == event {
			return result.Verdict == "pass"
		}
	}
	return false
}

// assessed counts the results that are more than not-assessed.
func (r testReport) assessed() int {
	count := 0
	for _, result := range r.Results {
		if result.Verdict != "not-assessed" {
			count++
		}
	}
	return count
}

// hookrigTest runs `hookrig test` in a folder of its own and reads the report.
func hookrigTest(t *testing.T, secret string, args ...string) testReport {
	t.Helper()
	binary, err := hookrigBinary()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	file := filepath.Join(t.TempDir(), "report.json")
	// Deadline and size are given, so that no verdict rests on an assumption.
	args = append([]string{"test", "--timeout", "5s", "--report", "json=" + file}, args...)
	command := exec.CommandContext(ctx, binary, args...)
	command.Dir = t.TempDir()
	command.Env = append(os.Environ(), "HOOKRIG_SECRET="+secret, "NO_COLOR=1")
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	err = command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("hookrig %s: %v", strings.Join(args, " "), err)
	}
	var report testReport
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &report)
	}
	if err != nil {
		t.Fatalf("hookrig %s: exit %d, %v\n%s", strings.Join(args, " "), command.ProcessState.ExitCode(), err, out.String())
	}
	if report.Exit != command.ProcessState.ExitCode() {
		t.Errorf("exit %d, the report says %d", command.ProcessState.ExitCode(), report.Exit)
	}
	if report.assessed() == 0 {
		t.Errorf("nothing was assessed\n%s", out.String())
	}
	return report
}

// startNode starts a consumer of node/consumers that prints its port, and ends it with the test.
func startNode(t *testing.T, name string, env ...string) (address string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "node", "consumers/"+name+".mjs")
	command.Dir, command.Stderr = "node", os.Stderr
	command.Env = append(os.Environ(), env...)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	t.Cleanup(func() { stop(command) })
	line, err := bufio.NewReader(out).ReadString('\n')
	port, convErr := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || convErr != nil {
		t.Fatalf("start %s: it printed %q (%v)", name, line, errors.Join(err, convErr))
	}
	return "http://127.0.0.1:" + strconv.Itoa(port)
}

// startPHP starts the PHP consumer under the server that PHP brings along.
func startPHP(t *testing.T, env ...string) (address string) {
	t.Helper()
	host := "127.0.0.1:" + freePort(t)
	script, err := filepath.Abs("node/consumers/webhook.php")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "php", "-S", host, script)
	command.Dir = t.TempDir()
	command.Env = append(os.Environ(), append(env, "STATE="+t.TempDir(), "PHP_CLI_SERVER_WORKERS=4")...)
	if err := command.Start(); err != nil {
		t.Fatalf("start php: %v", err)
	}
	t.Cleanup(func() { stop(command) })
	for range 200 {
		if conn, err := net.Dial("tcp", host); err == nil {
			conn.Close()
			return "http://" + host
		}
		select {
		case <-time.After(25 * time.Millisecond):
		case <-t.Context().Done():
		}
	}
	t.Fatal("php does not listen")
	return ""
}

// freePort is a port that nobody uses, for programs that cannot choose their own.
func freePort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	return port
}

func stop(command *exec.Cmd) {
	_ = command.Process.Kill() // it may have ended by itself
	_ = command.Wait()         // killed: never nil
}

// expect holds the findings of a run against the golden table.
func expect(t *testing.T, report testReport, want map[string]finding) {
	t.Helper()
	got := report.findings()
	for _, check := range slices.Sorted(maps.Keys(got)) {
		if want[check].verdict != got[check] {
			t.Errorf("%s: %s, want %q", check, got[check], want[check].verdict)
		}
	}
	for _, check := range slices.Sorted(maps.Keys(want)) {
		if got[check] == "" {
			t.Errorf("%s: not found, want %s: %s", check, want[check].verdict, want[check].because)
		}
	}
	if t.Failed() {
		report.explain(t)
	}
}

// finding is a row of the golden table: a verdict, and why it is right.
type finding struct{ verdict, because string }
