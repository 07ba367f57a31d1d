// Package consumer is the webhook consumer that does everything right.
//
// In go a provider's description and secrets; out comes an [http.Handler] that verifies before it parses,
// acts once on each message however often and in whatever order it arrives, takes batches item by item,
// tolerates what it does not know, answers at once, and tells through [Consumer.Effects] what it has done.
// It is what the checks are proved against: green as it is, red when a check sabotages it.
//
// It works from the description alone and never asks which provider it serves. It is not a library for
// consumers: its memory is bounded and forgets the oldest first.
package consumer
