package checks

import (
	"context"
	"encoding/json"
)

// Observer sees what a consumer has done. Calls come one at a time or side by side.
type Observer interface {
	// Effects returns how often the consumer has acted on the key so far, and what the entity is now
	// (nil when unknown). A key that it has never seen counts 0.
	Effects(ctx context.Context, key string) (count int, value json.RawMessage, err error)
}

// TotalObserver is an Observer that may know one counter only, whatever the key. While Total is true,
// cases that need effects run alone.
type TotalObserver interface {
	Observer
	Total() bool
}
