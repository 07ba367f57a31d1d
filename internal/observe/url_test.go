package observe_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hookrig/hookrig/internal/observe"
)

// answers serves text with a status, for every address.
func answers(t *testing.T, status int, text string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		io.WriteString(w, text)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestURLEffects(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		reply  string
		count  int
		value  string
		err    string // part of it; "" when none
	}{
		{"object", 200, `{"effects": 2, "value": {"name": "Ana"}}`, 2, `{"name": "Ana"}`, ""},
		{"no value", 200, `{"effects": 1}`, 1, "", ""},
		{"null value", 200, `{"effects": 1, "value": null}`, 1, "", ""},
		{"more than asked", 201, `{"effects": 1, "at": 5}`, 1, "", ""},
		{"bare number", 200, " 3\n", 3, "", ""},
		{"not found", 404, "whatever", 0, "", ""},

		{"redirect", 302, `{"effects": 1}`, 0, "", "status 302"},
		{"broken", 500, `{"effects": 1}`, 0, "", "status 500"},
		{"empty", 200, "", 0, "", "it is empty"},
		{"page", 200, "<html>", 0, "", "want {"},
		{"no effects", 200, `{"value": 1}`, 0, "", `no "effects"`},
		{"null", 200, `null`, 0, "", "it is null"},
		{"fraction", 200, `1.5`, 0, "", "want {"},
		{"string", 200, `{"effects": "1"}`, 0, "", "want {"},
		{"negative", 200, `-1`, 0, "", "counts -1"},
		{"two numbers", 200, `1 2`, 0, "", "want {"},
		{"too large", 200, `{"effects": 1, "value": "` + strings.Repeat("x", 2<<20) + `"}`, 0, "", "larger than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			observer, err := observe.NewURL(observe.URLConfig{Template: answers(t, tt.status, tt.reply) + "/{key}"})
			if err != nil {
				t.Fatal(err)
			}
			count, value, err := observer.Effects(t.Context(), "k")
			if count != tt.count || string(value) != tt.value || (err == nil) != (tt.err == "") {
				t.Errorf("Effects = %d, %s, %v; want %d, %s, %q", count, value, err, tt.count, tt.value, tt.err)
			}
			if err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("Effects error = %q, want %q in it", err, tt.err)
			}
		})
	}
}

// TestURLKey: whatever a key holds, it stays one piece of the address.
func TestURLKey(t *testing.T) {
	var asked string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.RequestURI
		fmt.Fprint(w, 1)
	}))
	t.Cleanup(server.Close)
	for _, tt := range []struct{ template, key, want string }{
		{"/effects/{key}", "wamid.HBgL/+=?&#", "/effects/wamid.HBgL%2F%2B%3D%3F%26%23"},
		{"/effects?of={key}", "+52 155", "/effects?of=%2B52%20155"},
		{"/effects/{key}", "A-Za-z0-9-._~", "/effects/A-Za-z0-9-._~"},
		{"/effects/{key}", "é\x00", "/effects/%C3%A9%00"},
		{"/effects/{key}/x/{key}", "a", "/effects/a/x/a"},
		{"/total", "a", "/total"},
	} {
		observer, err := observe.NewURL(observe.URLConfig{Template: server.URL + tt.template})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := observer.Effects(t.Context(), tt.key); err != nil || asked != tt.want {
			t.Errorf("Effects(%q) with %q asked %q (%v), want %q", tt.key, tt.template, asked, err, tt.want)
		}
		if observer.Total() == strings.Contains(tt.template, "{key}") {
			t.Errorf("Total of %q = %v", tt.template, observer.Total())
		}
	}
}

func TestURLDialIsAsked(t *testing.T) {
	observer, err := observe.NewURL(observe.URLConfig{
		Template: answers(t, 200, "1"),
		Dial:     func(context.Context, string, string) (net.Conn, error) { return nil, fmt.Errorf("not allowed") },
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := observer.Effects(t.Context(), "a"); err == nil || !strings.Contains(err.Error(), "not allowed") {
		t.Errorf("Effects = %v, want the dialler's refusal", err)
	}
}

func TestURLTimeout(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	observer, err := observe.NewURL(observe.URLConfig{Template: server.URL, Timeout: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := observer.Effects(t.Context(), "a"); err == nil {
		t.Error("Effects of a silent observer = nil, want an error")
	}
}

func TestNewURL(t *testing.T) {
	for _, template := range []string{"", "/effects/{key}", "ftp://h/{key}", "http://{key}/", "http://h:{key}/", "http://[::1/{key}"} {
		if _, err := observe.NewURL(observe.URLConfig{Template: template}); err == nil {
			t.Errorf("NewURL(%q) = nil, want an error", template)
		}
	}
}
