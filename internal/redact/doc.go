// Package redact keeps secrets out of what people read.
//
// In go texts, header lines and the secrets of a run; out come the same texts with every secret masked,
// whole or in pieces of eight bytes and more, raw or encoded.
//
// Mask values before they are put into JSON, HTML or XML: a mask that cuts through an escape would break
// the document. The package never logs and never keeps what passed through it.
package redact
