// Package generators turns a catalog and a seed into messages: valid ones, journeys of them, and every
// way to break or respell them.
//
// [New] compiles each event's schema into a plan, runs of constant bytes and slots, and from then on
// a [Generator] appends messages to the caller's buffer without reflection or allocation. A message is
// a pure function of its [Coordinate] and the [Config]: same seed, run id and start, same bytes. A
// [Stream] tells the catalog's journeys, those of many lives at once, on a virtual clock; [Load]
// checks journeys and laws. [Generator.Cover] touches every point of a schema,
// [Generator.Mutations] breaks it at every place, [Tampers] change an envelope, [Encodings] respell a
// body.
//
// The package has no clock, no global randomness and no network, and never writes to anybody real:
// phone numbers come from ranges reserved for fiction, e-mail addresses from example.com. What it
// cannot make by the rules of a schema is an error when the plan is compiled, never a wrong message.
package generators
