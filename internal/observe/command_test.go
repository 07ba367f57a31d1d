package observe_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hookrig/hookrig/internal/observe"
)

// TestMain lets the test binary play the observer program: it prints what PLAY says.
func TestMain(m *testing.M) {
	switch play := os.Getenv("OBSERVE_TEST_PLAY"); play {
	case "":
		os.Exit(m.Run())
	case "hang":
		time.Sleep(time.Minute)
	case "fail":
		fmt.Fprintln(os.Stderr, "no database")
		os.Exit(4)
	case "arguments":
		fmt.Printf(`{"effects": %d, "value": %q}`, len(os.Args)-1, strings.Join(os.Args[1:], "|"))
	default:
		fmt.Print(play)
	}
}

func program(t *testing.T, arguments, play string, timeout time.Duration) *observe.Command {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	observer, err := observe.NewCommand(observe.CommandConfig{
		Line: self + " " + arguments, Env: append(os.Environ(), "OBSERVE_TEST_PLAY="+play), Timeout: timeout,
	})
	if err != nil {
		t.Fatal(err)
	}
	return observer
}

func TestCommandEffects(t *testing.T) {
	for _, tt := range []struct {
		name, play string
		count      int
		value, err string
	}{
		{"number", "2", 2, "", ""},
		{"object", `{"effects":1,"value":"a"}`, 1, `"a"`, ""},
		{"fails", "fail", 0, "", "exit status 4: no database"},
		{"says nothing", " ", 0, "", "it is empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			count, value, err := program(t, "{key}", tt.play, 0).Effects(t.Context(), "k")
			if count != tt.count || string(value) != tt.value || (err == nil) != (tt.err == "") {
				t.Errorf("Effects = %d, %s, %v; want %d, %s, %q", count, value, err, tt.count, tt.value, tt.err)
			}
			if err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("Effects error = %q, want %q in it", err, tt.err)
			}
		})
	}
}

// TestCommandKey: the key reaches the program as it is, whatever a shell would make of it.
func TestCommandKey(t *testing.T) {
	key := `a b; $(touch x) "'`
	_, value, err := program(t, "of {key} x{key}", "arguments", 0).Effects(t.Context(), key)
	if want := fmt.Sprintf("%q", "of|"+key+"|x"+key); err != nil || string(value) != want {
		t.Errorf("Effects = %s, %v; want %s", value, err, want)
	}
}

func TestCommandTimeout(t *testing.T) {
	start := time.Now()
	_, _, err := program(t, "{key}", "hang", 50*time.Millisecond).Effects(t.Context(), "k")
	if err == nil || !strings.Contains(err.Error(), "not done after 50ms") || time.Since(start) > 10*time.Second {
		t.Errorf("Effects = %v after %v, want an end after 50ms", err, time.Since(start))
	}
}

func TestCommandIdle(t *testing.T) {
	for play, want := range map[string]bool{"0": true, "3": false} {
		if idle, err := program(t, "", play, 0).Idle(t.Context()); idle != want || err != nil {
			t.Errorf("Idle of %s = %v, %v; want %v", play, idle, err, want)
		}
	}
	if _, err := program(t, "", "fail", 0).Idle(t.Context()); err == nil {
		t.Error("Idle of a failing program = nil, want an error")
	}
}

func TestNewCommand(t *testing.T) {
	for _, line := range []string{"", "  ", "{key} a", "no-such-program-here {key}"} {
		if _, err := observe.NewCommand(observe.CommandConfig{Line: line}); err == nil {
			t.Errorf("NewCommand(%q) = nil, want an error", line)
		}
	}
}
