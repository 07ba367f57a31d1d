// Package schemas says what a provider promises on the wire.
//
// A provider folder goes in (provider.json, event schemas, examples, signature vectors); a checked,
// compiled, read-only [Catalog] comes out. [Load] reads a folder of yours and says everything that is
// wrong with it, by file, line and JSON Pointer; [Builtin] gives one that comes with hookrig. From
// then on the package works in both directions: [Provider.Envelope] turns a [Message] into the one
// signed HTTP request that the provider would send, and [Provider.Open] turns what a consumer received
// back into the message, or says why it must be refused. A [Signer] does the first for many messages
// to one endpoint without allocating.
//
//	catalog, err := schemas.Builtin("watsi")
//	message, err := catalog.Provider.Read(catalog.Events()[0].Examples[0].Body)
//	envelope, err := catalog.Provider.Envelope(message, endpoint, attempt)
//
// Everything that differs between providers is data (provider.schema.json describes it): where a
// body carries its id, how it is signed, what acknowledges, when it is tried again, how an endpoint is
// checked before it is used ([Handshake]), and which calls a consumer answers by ([API]). A [Scheme]
// is the signing part alone. [Diff] compares two catalogs as the consumer sees them.
//
// The package has no clock, no randomness and no network, reads files only through [io/fs.FS], and
// never sends, logs or prints. What it reads may be hostile: sizes, depth, numbers and the number of
// violations are bounded, and secrets are masked wherever they are printed.
package schemas
