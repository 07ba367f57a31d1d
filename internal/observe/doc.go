// Package observe sees what a consumer has done, without touching it.
//
// In goes the key of an entity; out come the number of times the consumer has acted on it and what the
// entity is now. [URL] asks an address, [Command] a program; [API] serves the provider's own API, so that
// a consumer which answers its messages is counted by its own calls. [Settle] waits until nothing more
// happens.
//
// A URL and a command say {"effects": n, "value": any}, or a bare number. What cannot be read is an error,
// never a zero.
package observe
