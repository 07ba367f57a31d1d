//go:build e2e

package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/hookrig/hookrig/mockprovider"
	"github.com/hookrig/hookrig/schemas"
)

// Nothing that a catalog, a message or a consumer says runs in the mock's page, in whatever part of it.
func TestMockPageRunsNothing(t *testing.T) {
	var asked atomic.Int64
	canary := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer canary.Close()
	payloads := xssPayloads(canary.URL)
	if len(payloads) < 40 {
		t.Fatalf("only %d payloads", len(payloads))
	}
	b := openBrowser(t)
	for chunk := range slices.Chunk(payloads, 6) {
		mock := hostileMock(t, chunk)
		b.do(t, chromedp.Navigate(mock.URL+"/_hookrig/"), chromedp.WaitVisible("#delivery-1"))
		opened := evaluate[int](t, b, `(async () => {
			for (const one of [...document.querySelectorAll("#delivery-rows button")].map((each) => each.id)) {
				document.getElementById(one).click();
				const title = "Delivery " + one.slice("delivery-".length) + " ";
				for (let i = 0; i < 2000 && !document.querySelector("#detail h3")?.textContent.startsWith(title); i++) await new Promise((done) => setTimeout(done, 5));
				if (!document.querySelector("#detail h3")?.textContent.startsWith(title)) return -1;
				`+provocation+`
			}
			return document.querySelectorAll("#delivery-rows button").length;
		})()`)
		if opened != len(chunk) {
			t.Fatalf("opened %d deliveries, want %d", opened, len(chunk))
		}
		for section, ready := range map[string]string{"trigger": `document.querySelector("#trigger-fields input")`, "subscriptions": `document.querySelector("#subscription-rows tr")`, "clock": "true"} {
			evaluate[bool](t, b, `location.hash = "`+section+`", true`)
			b.until(t, `!document.getElementById("`+section+`").hidden && `+ready)
			provoke(t, b)
		}
		evaluate[bool](t, b, `document.getElementById("advance-by").value = `+quoted(t, strings.Join(chunk, " "))+`, document.getElementById("advance-form").noValidate = true, document.getElementById("advance-form").requestSubmit(), true`)
		b.until(t, `!document.getElementById("notice").hidden`)
		provoke(t, b)
		harmless(t, b, chunk)
		b.forgive("/_hookrig/v1/clock/advance") // refused, as it should be
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("the canary was asked %d times", n)
	}
	b.quiet(t)
}

// hostileMock plays a provider whose catalog says the first payload, and has sent one message with each, to
// a consumer that says it back in every place it has.
func hostileMock(t *testing.T, payloads []string) *mockprovider.Server {
	t.Helper()
	folder := t.TempDir()
	hostileFolder(t, folder, payloads[0])
	catalog, err := schemas.Load(os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	mock := mockprovider.Start(t, mockprovider.Config{Catalog: catalog, Retries: &schemas.Retries{}})
	target := echo(t) + "/?" + url.QueryEscape(strings.Join(payloads, " ")) + "&x='\"><script>window.canary=true</script>"
	if _, err := mock.Subscribe(t.Context(), mockprovider.Subscription{URL: strings.ReplaceAll(target, " ", "+")}); err != nil {
		t.Fatal(err)
	}
	for _, payload := range payloads {
		body := fmt.Sprintf(`{"id":%s,"type":%s,%s:%s}`, quoted(t, payload), quoted(t, payload), quoted(t, payload+"!"), quoted(t, payload))
		accepted, err := mock.Trigger(t.Context(), mockprovider.Trigger{Body: []byte(body), Wait: mockprovider.WaitAcknowledged})
		if err != nil || len(accepted.Deliveries) != 1 || accepted.Deliveries[0].Answer != http.StatusInternalServerError {
			t.Fatalf("trigger %q = %+v, %v", payload, accepted.Deliveries, err)
		}
	}
	return mock
}

// echo is a consumer that refuses every message and says its id in the reason, in a header and in the body.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				r, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				var message struct{ ID string }
				if json.NewDecoder(r.Body).Decode(&message) != nil {
					return
				}
				line := strings.ReplaceAll(message.ID, "\n", " ")
				_, _ = io.WriteString(conn, "HTTP/1.1 500 "+line+"\r\nX-Hostile: "+line+"\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"+message.ID)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// provocation opens all that can be opened and lets every element feel what a hand could do to it.
const provocation = `
	for (const each of document.querySelectorAll("main details")) { each.open = true; each.dispatchEvent(new Event("toggle")); }
	for (const each of document.querySelectorAll("main *")) for (const name of ["mouseover", "focus", "error", "load"]) each.dispatchEvent(new Event(name));`

func provoke(t *testing.T, b *browser) {
	t.Helper()
	evaluate[bool](t, b, `(() => {`+provocation+` return true; })()`)
}

// harmless checks what has become of the payloads in the page: text, and nothing else.
func harmless(t *testing.T, b *browser, payloads []string) {
	t.Helper()
	if evaluate[bool](t, b, "window.canary === true") {
		t.Errorf("one of %q ran", payloads)
	}
	if scripts := evaluate[int](t, b, `document.scripts.length`); scripts != 1 {
		t.Errorf("%d scripts in the page, want our own", scripts)
	}
	if made := evaluate[int](t, b, `document.body.querySelectorAll("img, iframe, object, embed, video, audio, base, meta, link, math, template, style").length`); made != 0 {
		t.Errorf("%d elements in the page that we did not make", made)
	}
	if handlers := evaluate[int](t, b, `[...document.querySelectorAll("*")].filter((each) => [...each.attributes].some((a) => a.name.startsWith("on"))).length`); handlers != 0 {
		t.Errorf("%d elements have event handlers", handlers)
	}
	if links := evaluate[int](t, b, `[...document.querySelectorAll("a")].filter((each) => each.origin !== location.origin).length`); links != 0 {
		t.Errorf("%d links lead elsewhere", links)
	}
	text := evaluate[string](t, b, `document.body.textContent`)
	if n := strings.Count(text, payloads[0]); n < 6 {
		t.Errorf("%q stands in %d places of the page, want it in 6 or more", payloads[0], n)
	}
}

func quoted(t *testing.T, text string) string {
	t.Helper()
	encoded, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}
