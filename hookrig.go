// Package hookrig is the map of the module: contract testing for webhook consumers, and a mock of the
// platforms that call them.
//
//	schemas       what a provider promises on the wire: catalogs, signing, validation
//	generators    a catalog and a seed become messages, journeys, mutations, tampers, encodings
//	contract      is the consumer keeping the promise? checks, runner, reports, load
//	mockprovider  a provider you can hold: server, deliveries, retries, faults, journal
//	cmd/hookrig   the command line, one file per command
//
// It holds no code of its own: import the package you need.
package hookrig
