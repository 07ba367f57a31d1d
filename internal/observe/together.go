package observe

import (
	"context"
	"encoding/json"
)

// Together is several observers as one: it adds up their counts and takes the first value. An observer
// that cannot say makes them all unsure.
type Together []Observer

// Effects asks each observer for the key.
func (t Together) Effects(ctx context.Context, key string) (count int, value json.RawMessage, err error) {
	for _, observer := range t {
		n, v, err := observer.Effects(ctx, key)
		if err != nil {
			return 0, nil, err
		}
		count += n
		if value == nil {
			value = v
		}
	}
	return count, value, nil
}
