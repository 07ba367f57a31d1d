// Package hookrig is the map of the module: contract testing for webhook consumers, and a mock of the
// platforms that call them.
//
//	schemas       what a provider promises on the wire: catalogs, signing, validation
//	generators    a catalog and a seed become messages, journeys, mutations, tampers, encodings
//	contract      is the consumer keeping the promise? checks, runner, reports, load
//	mockprovider  a provider you can hold: server, deliveries, retries, faults, journal
//	cmd/hookrig   the command line, one file per command
//
// Import the package you need; this one holds the published document alone.
package hookrig

import _ "embed"

//go:embed openapi.yaml
var openAPI string

// OpenAPI is openapi.yaml: OpenAPI 3.1, a webhook for every event of every built-in provider that
// extends no other, and the control API of the mock provider.
func OpenAPI() string { return openAPI }
