// Package schemas says what a provider promises on the wire.
//
// A provider folder goes in (provider.json, event schemas, examples); a checked, compiled, read-only
// [Catalog] comes out. From then on the package works in both directions: [Provider.Envelope] turns a
// [Message] into the one signed HTTP request that the provider would send, and [Provider.Open] turns
// what a consumer received back into the message, or says why it must be refused.
//
// Everything that differs between providers is data. The package has no clock, no randomness and no
// network, reads files only through [io/fs.FS], and never sends, logs or prints.
package schemas
