//go:build e2e

package e2e_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is a headless Chromium with one page, and what the page did that a good one does not do.
type browser struct {
	ctx context.Context

	mu       sync.Mutex // guards the lists
	errors   []string   // console errors and uncaught exceptions
	dialogs  []string   // alert, confirm, prompt
	outside  []string   // requests to anything but loopback, files and data
	requests []string   // every request
}

// openBrowser starts Chromium and closes it with the test.
func openBrowser(t *testing.T) *browser {
	t.Helper()
	b := &browser{}
	allocator, stop := chromedp.NewExecAllocator(t.Context(),
		chromedp.NoSandbox, chromedp.Headless, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-dev-shm-usage", true))
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithListener(b.listen))
	ctx, timeout := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(func() { timeout(); cancel(); stop() })
	b.ctx = ctx
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	return b
}

func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch event := event.(type) {
	case *runtime.EventExceptionThrown:
		b.errors = append(b.errors, exceptionText(event.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		if event.Type == runtime.ConsoleAPICalledTypeError {
			b.errors = append(b.errors, fmt.Sprint(consoleText(event)))
		}
	case *log.EventEntryAdded:
		if event.Entry.Level == log.EntryLevelError {
			b.errors = append(b.errors, event.Entry.Text+" "+event.Entry.URL)
		}
	case *page.EventJavascriptDialogOpening:
		b.dialogs = append(b.dialogs, event.Message)
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, event.Request.URL)
		if !atHome(event.Request.URL) {
			b.outside = append(b.outside, event.Request.URL)
		}
	}
}

func exceptionText(details *runtime.ExceptionDetails) string {
	if details.Exception != nil {
		return details.Text + " " + details.Exception.Description
	}
	return details.Text
}

func consoleText(event *runtime.EventConsoleAPICalled) string {
	var parts []string
	for _, argument := range event.Args {
		parts = append(parts, string(argument.Value)+argument.Description)
	}
	return strings.Join(parts, " ")
}

func atHome(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	switch u.Scheme {
	case "file", "data", "blob", "about":
		return true
	}
	return u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost"
}

// do runs actions, or ends the test.
func (b *browser) do(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		t.Fatalf("browser: %v (console: %v)", err, b.errors)
	}
}

// evaluate runs an expression in the page and returns its value.
func evaluate[T any](t *testing.T, b *browser, expression string) T {
	t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("evaluate %s: %v", expression, err)
	}
	return value
}

// fill puts text into fields, as {selector, text} pairs. It does so by script: key strokes of a driver hang in
// some headless Chromiums.
func (b *browser) fill(t *testing.T, fields ...[2]string) {
	t.Helper()
	for _, field := range fields {
		evaluate[bool](t, b, fmt.Sprintf(`(() => {
			const field = document.querySelector(%q);
			field.focus();
			field.value = %q;
			for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
			return true;
		})()`, field[0], field[1]))
	}
}

// forgive takes what names an address out of the lists.
func (b *browser) forgive(address string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	names := func(text string) bool { return strings.Contains(text, address) }
	b.errors, b.outside = slices.DeleteFunc(b.errors, names), slices.DeleteFunc(b.outside, names)
}

// quiet fails the test when the page wrote an error, opened a dialog or asked for something outside.
func (b *browser) quiet(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for what, seen := range map[string][]string{"console errors": b.errors, "dialogs": b.dialogs, "outside requests": b.outside} {
		if len(seen) > 0 {
			t.Errorf("the page has %s: %q", what, seen)
		}
	}
}
