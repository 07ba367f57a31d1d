//go:build e2e

package e2e_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

// The commands of examples/compose.yaml do what they say, run as they stand but for names and ports that
// only containers have: the app is sent a message, answers it through the API, and hookrig sees it.
func TestComposeExample(t *testing.T) {
	var file struct {
		Services map[string]struct {
			Command     []string
			Environment map[string]string
		}
	}
	text, err := os.ReadFile("../examples/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	appPort, mockPort, folder := freePortOf(t), freePortOf(t), t.TempDir()
	here := strings.NewReplacer("http://app:4000", "http://127.0.0.1:"+appPort, "http://hookrig:4400", "http://127.0.0.1:"+mockPort,
		"0.0.0.0:4400", "0.0.0.0:"+mockPort, "/data/", folder+"/", "/app/server.js", "../examples/app/server.js", "--allow-host\x00app", "--allow-host\x00127.0.0.1")
	binary := filepath.Join(folder, "hookrig")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-C", "..", "-o", binary, "./cmd/hookrig").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	values := map[string]string{"HOOKRIG_SECRET": "compose-secret-0123456789", "HOOKRIG_TOKEN": "compose-token", "HOOKRIG_API_KEY": "compose-key"}
	begin := func(name string, port string) {
		service := file.Services[name]
		words := strings.Split(here.Replace(strings.Join(service.Command, "\x00")), "\x00")
		if name == "hookrig" {
			words = append([]string{binary}, words...)
		}
		command := exec.CommandContext(t.Context(), words[0], words[1:]...)
		command.Env = append(os.Environ(), "HOST=127.0.0.1")
		for key, value := range service.Environment {
			if variable, _, ok := strings.Cut(strings.TrimPrefix(value, "${"), ":?"); ok {
				value = values[variable]
			}
			if key == "PORT" {
				value = port
			}
			command.Env = append(command.Env, key+"="+here.Replace(value))
		}
		command.Stdout, command.Stderr = os.Stderr, os.Stderr
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = command.Process.Signal(os.Interrupt); _ = command.Wait() })
		awaitPort(t, port)
	}
	if !slices.Contains(file.Services["hookrig"].Command, "serve") {
		t.Fatal("the example serves nothing")
	}
	begin("app", appPort)
	begin("hookrig", mockPort)
	trigger := exec.CommandContext(t.Context(), binary, "trigger", "message.received", "--wait", "effect", "--timeout", "20s", "--server", "http://127.0.0.1:"+mockPort)
	trigger.Env = append(os.Environ(), "HOOKRIG_TOKEN=compose-token")
	out, err := trigger.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "delivered") || !strings.Contains(string(out), "effects: 1") {
		t.Errorf("trigger: %v\n%s", err, out)
	}
}

func freePortOf(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}

func awaitPort(t *testing.T, port string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	var dialer net.Dialer
	for ctx.Err() == nil {
		if conn, err := dialer.DialContext(ctx, "tcp", "127.0.0.1:"+port); err == nil {
			conn.Close()
			return
		}
	}
	t.Fatalf("nobody listens on %s", port)
}
