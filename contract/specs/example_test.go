package specs_test

import (
	"net/http"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/specs"
	"github.com/hookrig/hookrig/schemas"
)

// In a test file of a Ginkgo suite, at the top: one line makes every check a spec.
func ExampleDescribe() {
	catalog, err := schemas.Builtin("watsi")
	if err != nil {
		panic(err)
	}
	var handler http.Handler // yours
	_ = func() int {         // var _ = specs.Describe(…)
		return specs.Describe(specs.Config{Contract: contract.Config{
			Catalog: catalog, Handler: handler,
			Endpoints: []schemas.Endpoint{{Secrets: []schemas.Secret{"a secret of the tests"}}},
		}})
	}
	// Output:
}
