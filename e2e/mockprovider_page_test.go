//go:build e2e

package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/hookrig/hookrig/mockprovider"
	"github.com/hookrig/hookrig/schemas"
)

// startMock plays Watsi with two quick retries.
func startMock(t *testing.T) *mockprovider.Server {
	t.Helper()
	catalog, err := schemas.Builtin("watsi")
	if err != nil {
		t.Fatal(err)
	}
	return mockprovider.Start(t, mockprovider.Config{Catalog: catalog, Retries: &schemas.Retries{DelaysSeconds: []float64{0.05}}})
}

// prefer sets the colours that the page is asked to have.
func (b *browser) prefer(t *testing.T, scheme string) {
	t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	if err != nil {
		t.Fatalf("prefer %s: %v", scheme, err)
	}
}

// until waits until an expression is true in the page.
func (b *browser) until(t *testing.T, expression string) {
	t.Helper()
	ok := evaluate[bool](t, b, `(async () => { for (let i = 0; i < 400; i++) { if (`+expression+`) return true; await new Promise((r) => setTimeout(r, 25)); } return false; })()`)
	if !ok {
		t.Fatalf("never true in the page: %s\nthe page says: %s", expression, evaluate[string](t, b, "document.body.innerText"))
	}
}

// A person subscribes a consumer, triggers an event, sees it fail, replays it and sees it pass.
func TestMockPageFromSubscriptionToReplay(t *testing.T) {
	var good atomic.Bool
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if !good.Load() {
			http.Error(w, "<script>alert(1)</script><img src=x onerror=alert(2)>", http.StatusInternalServerError)
		}
	}))
	defer app.Close()
	mock := startMock(t)
	b := openBrowser(t)
	b.do(t, chromedp.Navigate(mock.URL+"/_hookrig/#subscriptions"), chromedp.WaitVisible("#subscribe-url"))
	b.fill(t, [2]string{"#subscribe-url", app.URL + "/webhooks"}, [2]string{"#subscribe-events", "message.*"})
	b.do(t, chromedp.Click("#subscribe-form button"))
	b.until(t, `document.querySelectorAll("#subscription-rows tr").length === 1 && document.querySelector("#subscribe-result code")`)

	b.do(t, chromedp.Navigate(mock.URL+"/_hookrig/#trigger"), chromedp.WaitVisible("#trigger-send"))
	b.until(t, `document.querySelectorAll("#trigger-fields input").length > 3`)
	b.fill(t, [2]string{"#field-data-body", "Hola <b>mundo</b>"})
	b.do(t, chromedp.Click("#trigger-send"))
	b.until(t, `document.querySelector("#trigger-result a")`)
	b.do(t, chromedp.Click("#trigger-result a"), chromedp.WaitVisible("#delivery-1"))
	b.until(t, `document.querySelector("#delivery-rows .badge").textContent === "dead"`)
	b.until(t, `document.querySelectorAll("#detail details summary").length > 4 && document.querySelector("#detail").innerText.includes("Attempt 2: 500")`)
	text := evaluate[string](t, b, `document.querySelector("#detail").textContent`)
	for _, want := range []string{"Hola <b>mundo</b>", "<script>alert(1)</script>", "X-Watsi-Signature: ", "Take the secret", "matches", "step by step"} {
		if !strings.Contains(text, want) {
			t.Errorf("the delivery does not show %q", want)
		}
	}

	good.Store(true)
	evaluate[bool](t, b, `[...document.querySelectorAll("#detail button")].find((e) => e.textContent === "Replay").click(), true`)
	b.until(t, `document.querySelector("#delivery-rows .badge").textContent === "delivered" && document.querySelector("#detail").innerText.includes("Attempt 3: 200")`)
	b.quiet(t)
}

// Journeys play, faults begin and end, the clock turns, sessions are apart: all by keyboard and mouse,
// without an error in the console or a request to anywhere else.
func TestMockPageControls(t *testing.T) {
	mock := startMock(t)
	app := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer app.Close()
	if _, err := mock.Subscribe(t.Context(), mockprovider.Subscription{URL: app.URL}); err != nil {
		t.Fatal(err)
	}
	b := openBrowser(t)
	b.do(t, chromedp.Navigate(mock.URL+"/_hookrig/#journeys"), chromedp.WaitVisible("#journey-rows button"))
	evaluate[bool](t, b, `document.querySelector("#journey-speed").value = 100000, document.querySelector("#journey-rows button").focus(), document.activeElement.click(), true`)
	b.until(t, `document.querySelectorAll("#stream-rows tr").length === 1`)
	b.until(t, `document.querySelectorAll("#delivery-rows tr").length > 1`)

	b.do(t, chromedp.Navigate(mock.URL+"/_hookrig/#faults"), chromedp.WaitVisible("#fault-form button"), chromedp.Click("#fault-form button"))
	b.until(t, `document.querySelectorAll("#fault-rows tr").length === 1`)
	evaluate[bool](t, b, `document.querySelector("#fault-rows button").click(), true`)
	b.until(t, `document.querySelectorAll("#fault-rows tr").length === 0`)

	before := mock.Clock().Now
	b.do(t, chromedp.Navigate(mock.URL+"/_hookrig/#clock"), chromedp.WaitVisible("#clock-freeze"), chromedp.Click("#clock-freeze"))
	b.until(t, `document.querySelector("#clock-detail").textContent.includes("frozen")`)
	b.do(t, chromedp.Click("#advance-form button"))
	b.until(t, `document.querySelector("#clock-detail").textContent.includes("frozen")`)
	b.until(t, `document.querySelector("#clock-detail").textContent > "`+before.Add(time.Hour).UTC().Format("2006-01-02T15:04")+`"`)

	b.do(t, chromedp.Navigate(mock.URL+"/_hookrig/#sessions"), chromedp.WaitVisible("#session-name"))
	b.fill(t, [2]string{"#session-name", "worker-1"})
	b.do(t, chromedp.Click("#session-form button"))
	b.until(t, `document.querySelectorAll("#session-rows tr").length === 2 && document.querySelector("#session-result code")`)
	b.quiet(t)
}

// axe-core finds nothing serious in any section, in light and in dark.
func TestMockPageIsAccessible(t *testing.T) {
	mock := startMock(t)
	app := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer app.Close()
	if _, err := mock.Subscribe(t.Context(), mockprovider.Subscription{URL: app.URL}); err != nil {
		t.Fatal(err)
	}
	if _, err := mock.Trigger(t.Context(), mockprovider.Trigger{Event: "message.received", Wait: mockprovider.WaitAcknowledged}); err != nil {
		t.Fatal(err)
	}
	axe, err := os.ReadFile("node/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	b := openBrowser(t)
	b.do(t, chromedp.Navigate(mock.URL+"/_hookrig/"), chromedp.WaitVisible("#delivery-1"), chromedp.Click("#delivery-1"))
	b.until(t, `document.querySelector("#detail details")`)
	for _, scheme := range []string{"light", "dark"} {
		b.prefer(t, scheme)
		for _, section := range []string{"deliveries", "trigger", "journeys", "subscriptions", "faults", "clock", "sessions"} {
			evaluate[bool](t, b, `location.hash = "`+section+`", true`)
			b.until(t, `!document.getElementById("`+section+`").hidden`)
			for _, problem := range seriousProblems(t, b, string(axe)) {
				t.Errorf("%s, %s: %s", section, scheme, problem)
			}
		}
	}
}

// Single keys walk through deliveries and sections, replay, and stay silent while one types or has switched
// them off.
func TestMockPageKeys(t *testing.T) {
	mock := startMock(t)
	app := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer app.Close()
	if _, err := mock.Subscribe(t.Context(), mockprovider.Subscription{URL: app.URL}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := mock.Trigger(t.Context(), mockprovider.Trigger{Event: "message.received", Wait: mockprovider.WaitAcknowledged}); err != nil {
			t.Fatal(err)
		}
	}
	b := openBrowser(t)
	press := func(key, at string) {
		evaluate[bool](t, b, `(document.querySelector("`+at+`")).dispatchEvent(new KeyboardEvent("keydown", { key: "`+key+`", bubbles: true, cancelable: true })), true`)
	}
	selected := func(n string) string {
		return `document.querySelector("#detail h3")?.textContent.startsWith("Delivery ` + n + ` ") && document.activeElement.id === "delivery-` + n + `"`
	}
	b.do(t, chromedp.Navigate(mock.URL+"/_hookrig/"), chromedp.WaitVisible("#delivery-3"))
	for _, one := range []struct{ key, then string }{
		{"j", selected("3")}, {"j", selected("2")}, {"k", selected("3")}, {"k", selected("3")},
		{"r", `document.querySelector("#detail").innerText.includes("Attempt 2: 200")`},
		{"4", `!document.querySelector("#subscriptions").hidden`}, {"j", `!document.querySelector("#deliveries").hidden && ` + selected("2")},
		{"f", `document.activeElement.id === "filter-status"`}, {"?", `document.querySelector("#keys").open`},
	} {
		press(one.key, "body")
		b.until(t, one.then)
	}
	press("6", "#filter-status") // silent: a field has the focus
	evaluate[bool](t, b, `document.querySelector("#keys-on").click(), true`)
	press("6", "body") // silent: switched off
	b.until(t, `location.hash === "#deliveries" && document.querySelector("#clock").hidden`)
	b.quiet(t)
}
