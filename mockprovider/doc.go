// Package mockprovider is a provider you can hold: on localhost it does what the real one does.
//
// In go a catalog and, through the provider's own API, the consumers that register themselves; out come
// signed deliveries, retried by the provider's policy, each in a journal with every attempt. A control
// API and a page at /_hookrig/ trigger events, play journeys, run streams, do faults on purpose and turn
// the clock; all of it in sessions that do not see each other.
//
//	mock := mockprovider.Start(t, mockprovider.Config{Catalog: catalog})
//	mock.Subscribe(ctx, mockprovider.Subscription{URL: consumer.URL})
//	accepted, err := mock.Trigger(ctx, mockprovider.Trigger{Event: "message.received", Wait: mockprovider.WaitAcknowledged})
//
// It sends to loopback only, unless a host is allowed by name, and never shows a secret after the call
// that made it.
package mockprovider
