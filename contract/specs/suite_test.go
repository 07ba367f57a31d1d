package specs_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/specs"
	"github.com/hookrig/hookrig/internal/consumer"
	"github.com/hookrig/hookrig/schemas"
)

const secret = schemas.Secret("specs-test-secret")

func TestSpecs(t *testing.T) {
	gomega.RegisterFailHandler(ginkgo.Fail)
	ginkgo.RunSpecs(t, "acceptance")
}

func TestSuiteFails(t *testing.T) {
	tests := []struct {
		consumer string
		says     []string
	}{
		{"believes everything", []string{"sig-missing-accepted", "replay: hookrig replay hr1_", "1 Failed"}},
		{"refuses everything", []string{"valid-rejected", "no event is acknowledged"}},
		{"no specs", []string{"there are none: ", "no-such-check", "1 Failed"}},
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.consumer, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestSpecs$", "-ginkgo.no-color")
			cmd.Env = append(os.Environ(), subject+"="+test.consumer)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Fatalf("the suite ends with %v, want exit code 1: %s", err, out)
			}
			for _, said := range test.says {
				if !strings.Contains(string(out), said) {
					t.Errorf("the suite does not say %q: %.3000s", said, out)
				}
			}
		})
	}
}

func catalog() *schemas.Catalog {
	c, err := schemas.Builtin("watsi")
	if err != nil {
		panic(err) // the tree cannot be built
	}
	return c
}

func reference(c *schemas.Catalog) *consumer.Consumer {
	r, err := consumer.New(consumer.Config{Catalog: c, Secrets: []schemas.Secret{secret}})
	if err != nil {
		panic(err) // the tree cannot be built
	}
	return r
}

// subject names the environment variable that tells a child of this test which consumer to test.
const subject = "HOOKRIG_TEST_SPECS"

// underTest is the contract of the reference consumer in memory; in a child, of one that is not right.
func underTest() contract.Config {
	c := catalog()
	good := reference(c)
	cfg := contract.Config{Catalog: c, Handler: good, Observer: good, Timeout: 5 * time.Second, MaxBody: 64 << 10,
		Endpoints: []schemas.Endpoint{{Secrets: []schemas.Secret{secret}}}}
	switch os.Getenv(subject) {
	case "believes everything":
		cfg.Handler, cfg.Observer = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }), nil
		cfg.Checks = []string{"sig-missing-accepted", "valid-rejected"}
	case "no specs":
		cfg.Checks = []string{"no-such-check"}
	case "refuses everything":
		cfg.Handler, cfg.Observer = http.NotFoundHandler(), nil
	}
	return cfg
}

var registered = specs.Describe(specs.Config{Text: "the consumer in memory", Contract: underTest()})

var _ = ginkgo.Describe("specs", func() {
	ginkgo.It("stand for every check and event", func() {
		if os.Getenv(subject) == "" {
			gomega.Expect(registered).To(gomega.BeNumerically(">", 100))
		}
	})

	// A server that exists only once the suite runs.
	var server *httptest.Server
	specs.Describe(specs.Config{
		Text:     "the reference consumer behind an address",
		Contract: contract.Config{Catalog: catalog(), Checks: []string{"sig-*", "valid-rejected"}, Timeout: 5 * time.Second},
		Prepare: func(ctx ginkgo.SpecContext, cfg *contract.Config) error {
			server = httptest.NewServer(reference(cfg.Catalog))
			ginkgo.DeferCleanup(func(context.Context) { server.Close() })
			cfg.Endpoints = []schemas.Endpoint{{URL: server.URL, Secrets: []schemas.Secret{secret}}}
			return ctx.Err()
		},
	})
})
