// Package generators turns a catalog and a seed into messages: valid ones, journeys of them, and every
// way to break or respell them.
//
// A message is a pure function of its coordinate (seed, run id, life, step). The package has no clock,
// no global randomness and no network, and never writes to anybody real: phone numbers come from
// ranges reserved for fiction, e-mail addresses from example.com.
package generators
