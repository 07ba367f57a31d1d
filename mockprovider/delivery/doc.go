// Package delivery brings messages to endpoints: at least once, each subscription in a lane of its own,
// with retries by the provider's policy on the provider's clock.
//
// In go deliveries that the journal holds already; out go signed requests, and what became of them goes
// back into the journal before the lane takes its next job. A lane that is slow, stalled or closed by
// its breaker delays no other: it has its own queue, its own connections and its own cap.
//
// Retry times run on the provider's clock, which may be fast or frozen. Deadlines and the timestamps
// that are signed are the machine's, because the consumer on the other side lives there.
package delivery
