package contract_test

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/internal/consumer"
	"github.com/hookrig/hookrig/schemas"
)

// subject names the environment variable that tells a child of this test which consumer to test.
const subject = "HOOKRIG_TEST_SUBJECT"

// TestContract is our own acceptance: the reference consumer keeps the contract of every provider. In a
// child of TestContractFails it tests one that does not.
func TestContract(t *testing.T) {
	for _, name := range schemas.Builtins() {
		t.Run(name, func(t *testing.T) {
			c, err := schemas.Builtin(name)
			if err != nil {
				t.Fatal(err)
			}
			good, err := consumer.New(consumer.Config{Catalog: c, Secrets: []schemas.Secret{testSecret}})
			if err != nil {
				t.Fatal(err)
			}
			defer good.Close()
			cfg := contract.Config{Catalog: c, Handler: good, Timeout: 5 * time.Second, MaxBody: 64 << 10,
				Checks: []string{"sig-*", "valid-rejected", "unknown-field-rejected", "content-type-too-strict"}}
			if c.Provider.Signing != nil {
				cfg.Endpoints = []schemas.Endpoint{{Secrets: []schemas.Secret{testSecret}}}
			}
			switch os.Getenv(subject) {
			case "believes everything":
				cfg.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
			case "refuses everything":
				cfg.Handler = http.NotFoundHandler()
			case "waived":
				cfg.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
				cfg.Gate.Waivers = []contract.Waiver{{Check: "sig-*", Reason: "ticket 812", Until: "2999-12-31"}}
			}
			contract.Test(t, cfg)
		})
	}
}

func TestContractFails(t *testing.T) {
	tests := []struct {
		consumer string
		passes   bool
		says     []string
	}{
		{"believes everything", false, []string{"--- FAIL: TestContract/watsi/message.received/sig-missing-accepted", "why: ", "fix: ", "replay: hookrig replay hr1_"}},
		{"refuses everything", false, []string{"--- FAIL: TestContract/watsi/contact.created/valid-rejected", "no event is acknowledged"}},
		{"waived", true, []string{"waived until 2999-12-31: ticket 812"}},
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.consumer, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestContract$/^watsi$", "-test.v")
			cmd.Env = append(os.Environ(), subject+"="+test.consumer)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if failed := errors.As(err, &exit); failed == test.passes || err != nil && !failed {
				t.Fatalf("the test ends with %v: %.3000s", err, out)
			}
			for _, said := range test.says {
				if !strings.Contains(string(out), said) {
					t.Errorf("the test does not say %q: %.3000s", said, out)
				}
			}
		})
	}
}

// In a test of your own: the handler is served in memory, and each check is a subtest.
func ExampleTest() {
	catalog, err := schemas.Builtin("watsi")
	if err != nil {
		panic(err)
	}
	var handler http.Handler // yours
	_ = func(t *testing.T) { // func TestWebhooks(t *testing.T) {
		contract.Test(t, contract.Config{
			Catalog: catalog, Handler: handler,
			Endpoints: []schemas.Endpoint{{Secrets: []schemas.Secret{"a secret of the tests"}}},
		})
	}
	// Output:
}
