package mockprovider_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/hookrig/hookrig/mockprovider"
	"github.com/hookrig/hookrig/schemas"
)

// catalogWith is a built-in catalog with another value for a member of its provider.json.
func catalogWith(t *testing.T, name, member, value string) *schemas.Catalog {
	t.Helper()
	base := catalog(t, name)
	files := fstest.MapFS{}
	err := fs.WalkDir(base.Files(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(base.Files(), path)
		files[path] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var provider map[string]any
	if err := json.Unmarshal(files["provider.json"].Data, &provider); err != nil {
		t.Fatal(err)
	}
	provider[member] = json.RawMessage(value)
	provider["sources"].(map[string]any)["/"+member] = "made for this test"
	if files["provider.json"].Data, err = json.Marshal(provider); err != nil {
		t.Fatal(err)
	}
	c, err := schemas.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// An endpoint is delivered to once it has answered the provider's handshake, and not before.
func TestHandshake(t *testing.T) {
	const token = "verify-me-4711"
	c := catalogWith(t, "watsi", "handshake", `{"method":"GET","query":{"hub.verify_token":"{token}","hub.challenge":"{challenge}"},
		"signed":false,"guarded":true,"answers":[{"statuses":["2xx"],"body":"{challenge}"}]}`)
	var asked, delivered atomic.Int64
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			delivered.Add(1)
			return
		}
		asked.Add(1)
		if r.URL.Path != "/hook" || r.FormValue("hub.verify_token") != token {
			http.Error(w, "who are you?", http.StatusForbidden)
			return
		}
		_, _ = io.WriteString(w, r.FormValue("hub.challenge"))
	}))
	defer app.Close()
	mock := start(t, func(cfg *mockprovider.Config) { cfg.Catalog = c })
	for _, test := range []struct {
		name, url, token, want string
		asked                  int64
	}{
		{"no token", app.URL + "/hook", "", "verify_token", 0},
		{"wrong token", app.URL + "/hook", "other", "status 403, want 2xx", 1},
		{"nobody there", "http://127.0.0.1:9/", token, "no answer to the handshake", 0},
		{"not allowed", "http://10.0.0.1/", token, "--allow-host", 0},
		{"right", app.URL + "/hook", token, "", 1},
	} {
		before := asked.Load()
		_, err := mock.Subscribe(t.Context(), mockprovider.Subscription{URL: test.url, VerifyToken: test.token})
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: Subscribe = %v", test.name, err)
		case test.want != "" && (!errors.Is(err, mockprovider.ErrInvalid) || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: Subscribe = %v, want %v with %q", test.name, err, mockprovider.ErrInvalid, test.want)
		}
		if n := asked.Load() - before; n != test.asked {
			t.Errorf("%s: asked %d times, want %d", test.name, n, test.asked)
		}
	}
	subs := mock.Subscriptions()
	if len(subs) != 1 {
		t.Fatalf("%d subscriptions, want 1", len(subs))
	}
	trigger(t, mock.Session, "contact.created")
	if delivered.Load() != 1 {
		t.Errorf("%d deliveries, want 1", delivered.Load())
	}
	if _, err := mock.Edit(t.Context(), subs[0].ID, func(s *mockprovider.Subscription) { s.URL = app.URL + "/elsewhere" }); !errors.Is(err, mockprovider.ErrInvalid) {
		t.Errorf("Edit to a URL that refuses = %v, want %v", err, mockprovider.ErrInvalid)
	}
	if now, err := mock.Subscription(subs[0].ID); err != nil || now.URL != app.URL+"/hook" {
		t.Errorf("it leads to %s, %v now", now.URL, err)
	}
	if _, text := ask(t, mock, "GET", v1+"/subscriptions", ""); strings.Contains(text, token) {
		t.Error("the API shows the verify token")
	}
}
