// Package curl writes down how a finding's requests are sent again from a shell.
//
// In go exchanges; out comes a script for a POSIX shell that sends the same bodies under the same
// headers, signed afresh with openssl by the secret in $HOOKRIG_SECRET; a header that the user gave, X-Key say,
// is taken from $X_KEY. It needs curl; for what curl
// cannot do, a body that comes in pieces or breaks off, it needs perl. No secret and no signature that
// one has made stands in it. The package runs nothing.
package curl
