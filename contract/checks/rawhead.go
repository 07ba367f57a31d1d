package checks

import "context"

// rawHead is the key of a request's head, as it came over the wire, in its context.
type rawHead struct{}

// WithRawHead keeps the head of a request, as it came over the wire, for handlers. net/http respells
// header names, and some defects lie in their spelling.
func WithRawHead(ctx context.Context, head func() []byte) context.Context {
	return context.WithValue(ctx, rawHead{}, head)
}

// RawHead returns the head of the request that the context belongs to, nil when nobody kept it.
func RawHead(ctx context.Context) []byte {
	if head, ok := ctx.Value(rawHead{}).(func() []byte); ok {
		return head()
	}
	return nil
}
