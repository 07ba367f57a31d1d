package checks

import (
	"context"
)

// Bench is what a run lends to a check with a course of its own. Its sends are counted, bounded and
// recorded like all others.
type Bench interface {
	Subject() *Subject
	// Send sends the steps one after another, each on a connection of its own.
	Send(ctx context.Context, steps ...Step) []Exchange
	// SendTogether sends the steps at one instant.
	SendTogether(ctx context.Context, steps ...Step) []Exchange
	// SendKept sends the steps one after another on one connection.
	SendKept(ctx context.Context, steps ...Step) []Exchange
	// Control sends a plain message and reports whether it was acknowledged.
	Control(ctx context.Context) (Exchange, bool)
	// Settle waits until the consumer has settled, then reads the keys.
	Settle(ctx context.Context, keys ...string) []Reading
	// Restart kills and restarts the consumer and waits until it answers.
	Restart(ctx context.Context) error
	// Drip holds so many connections open that send a byte a second, while fn runs.
	Drip(ctx context.Context, connections int, fn func(ctx context.Context)) error
}
