// Package wire does one HTTP/1.1 exchange with exact bytes and exact timing.
//
// In goes a request as header lines and body bytes; out comes what the peer did, with the time of each
// stage. It never follows redirects, never retries, never reads more than its bounds, and decides
// nothing about right and wrong.
//
//	client := wire.Client{Dial: policy.DialContext, Timeout: 10 * time.Second}
//	exchange := client.Do(ctx, wire.Request{URL: target, Headers: headers, Body: body})
//	if exchange.Failure != "" {
//		return exchange.Err
//	}
//
// Bounds: a reply's header (interim replies and trailers included) ends at 64 KiB, its body is kept up to
// Client.BodyLimit and read on, discarding, until it ends or the deadline passes.
package wire
