//go:build e2e

package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/hookrig/hookrig/mockprovider"
	"github.com/hookrig/hookrig/schemas"
)

// attemptsEach is how many attempts each scheme's verifier is shown: 10,000 over the four.
const attemptsEach = 2500

// special are texts that signatures fail over when a sender or a verifier does not keep to the bytes.
var special = []string{"👩‍👩‍👧‍👦 ✔️ información", strings.Repeat("ñ😀x", 150_000), "\u2028\u0000\t\"\\/", "{timestamp}.{body}"}

// What the mock provider really sent, retries, emoji and a body of a megabyte included, holds under the
// verifiers of the packages that consumers of those schemes use: four from npm and one in Go.
func TestForeignVerifiersAcceptWhatTheMockSent(t *testing.T) {
	verifier := startScript(t, "verify.mjs")
	verified, again := 0, 0
	for _, foreign := range foreignSchemes {
		t.Run(foreign.packageName, func(t *testing.T) {
			largest, emoji := 0, 0
			for _, attempt := range capture(t, foreign) {
				question := map[string]any{"scheme": foreign.packageName, "secret": string(foreign.secret), "headers": attempt.headers, "body": attempt.body}
				var answer validity
				if verifier.ask(question, &answer); !answer.Valid {
					t.Fatalf("%s refuses %v %s: %s", foreign.packageName, attempt.headers, attempt.body, answer.Errors)
				}
				if foreign.packageName == "standardwebhooks" {
					verifyInGo(t, foreign, attempt)
				}
				verified++
				again += attempt.again
				largest, emoji = max(largest, len(attempt.body)), emoji+strings.Count(attempt.body, "👩‍👩‍👧‍👦")
			}
			if largest < 1_000_000 || emoji == 0 {
				t.Errorf("the largest body has %d bytes, and %d have an emoji of many parts", largest, emoji)
			}
		})
	}
	if verified < 4*attemptsEach || again == 0 {
		t.Errorf("%d attempts were verified, %d of them retries", verified, again)
	}
	t.Logf("%d attempts verified, %d of them retries", verified, again)
}

// arrived is one attempt as the endpoint saw it.
type arrived struct {
	headers map[string]string
	body    string
	again   int // 1 when the same message came before
}

// capture lets a mock provider that signs by the scheme send a stream to an endpoint that refuses each
// tenth message the first time.
func capture(t *testing.T, foreign foreignScheme) []arrived {
	t.Helper()
	var mu sync.Mutex
	var all []arrived
	seen, done := map[string]int{}, make(chan struct{})
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the attempt was cut off; it comes again
		}
		mu.Lock()
		defer mu.Unlock()
		headers := map[string]string{}
		for name, values := range r.Header {
			headers[strings.ToLower(name)] = values[0]
		}
		before := seen[string(body)]
		seen[string(body)]++
		all = append(all, arrived{headers, string(body), min(before, 1)})
		if len(all) == attemptsEach {
			close(done)
		}
		if before == 0 && len(seen)%10 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer endpoint.Close()
	mock := mockprovider.Start(t, mockprovider.Config{Catalog: signedBy(t, foreign.scheme), Retries: &schemas.Retries{DelaysSeconds: []float64{0.02, 0.02}}})
	if _, err := mock.Subscribe(t.Context(), mockprovider.Subscription{URL: endpoint.URL, Secrets: []schemas.Secret{foreign.secret}}); err != nil {
		t.Fatal(err)
	}
	for i, text := range special {
		name, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		body := fmt.Sprintf(`{"id":"evt_special_%d","type":"contact.updated","created_at":"2025-03-15T10:30:00.000Z","data":{"name":%s}}`, i, name)
		if _, err := mock.Trigger(t.Context(), mockprovider.Trigger{Body: []byte(body)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := mock.StartStream(t.Context(), mockprovider.Stream{Backlog: true, Count: attemptsEach}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("the stream did not arrive within a minute")
	}
	mu.Lock()
	defer mu.Unlock()
	return all[:attemptsEach]
}

// signedBy is the first built-in provider, signing by another scheme.
func signedBy(t *testing.T, scheme string) *schemas.Catalog {
	t.Helper()
	var base *schemas.Catalog
	for _, c := range builtins(t) {
		if c.Provider.Signing != nil {
			base = c
		}
	}
	loaded, err := schemas.LoadScheme(scheme)
	if err != nil {
		t.Fatal(err)
	}
	described, err := json.Marshal(loaded.Provider())
	if err != nil {
		t.Fatal(err)
	}
	var ours, theirs map[string]json.RawMessage
	files := fstest.MapFS{}
	err = fs.WalkDir(base.Files(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(name, "vectors") {
			return err
		}
		text, err := fs.ReadFile(base.Files(), name)
		files[name] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(described, &theirs); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(files["provider.json"].Data, &ours); err != nil {
		t.Fatal(err)
	}
	ours["headers"], ours["signing"] = theirs["headers"], theirs["signing"]
	ours["sources"] = json.RawMessage(fmt.Sprintf(`{"": "made for this test: %s"}`, scheme))
	text, err := json.Marshal(ours)
	if err != nil {
		t.Fatal(err)
	}
	files["provider.json"] = &fstest.MapFile{Data: text}
	c, err := schemas.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func verifyInGo(t *testing.T, foreign foreignScheme, attempt arrived) {
	t.Helper()
	webhook, err := standardwebhooks.NewWebhook(string(foreign.secret))
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{}
	for name, value := range attempt.headers {
		header.Set(name, value)
	}
	if err := webhook.Verify([]byte(attempt.body), header); err != nil {
		t.Fatalf("standard-webhooks for Go refuses %v: %v", attempt.headers, err)
	}
}
