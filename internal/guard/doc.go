// Package guard decides who may be dialled.
//
// In goes a target and what the user allowed; out comes a connection, or a refusal that names the flag
// which would allow it. Loopback is always allowed, everything else must be named. A name is judged by
// what was allowed and, at each dial, by every address that it resolves to; what is dialled is the
// address that was judged. Whatever cannot be read with certainty is refused.
//
// It never follows redirects, never asks the environment for a proxy, and never retries.
package guard
