package contract

import (
	"context"
	"encoding/json"
	"maps"
	"sync"

	"github.com/hookrig/hookrig/contract/checks"
)

// ledger is an Observer over another, in which a sabotage acts in the consumer's place. Safe for
// concurrent use.
type ledger struct {
	inner checks.Observer

	mu       sync.Mutex // guards all below
	added    map[string]int
	total    int
	values   map[string]json.RawMessage
	volatile map[string]bool
	lost     map[string]bool
}

func newLedger(inner checks.Observer) *ledger {
	return &ledger{
		inner: inner, added: map[string]int{}, values: map[string]json.RawMessage{},
		volatile: map[string]bool{}, lost: map[string]bool{},
	}
}

// Act adds n effects to the key; a negative n hides as many.
func (l *ledger) Act(key string, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.added[key] += n
	l.total += n
}

// Volatile makes the effects of the key vanish when the consumer is restarted.
func (l *ledger) Volatile(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.volatile[key] = true
}

// Put makes the JSON value what the entity is now.
func (l *ledger) Put(key string, value []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.values[key] = value
}

// restarted forgets what was volatile.
func (l *ledger) restarted() {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.Copy(l.lost, l.volatile)
	clear(l.volatile)
}

// Effects is what the consumer did, as the sabotage lets it appear.
func (l *ledger) Effects(ctx context.Context, key string) (count int, value json.RawMessage, err error) {
	count, value, err = l.inner.Effects(ctx, key)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost[key] {
		return 0, nil, err
	}
	n := l.added[key]
	if l.Total() {
		n = l.total
	}
	if put := l.values[key]; put != nil {
		value = put
	}
	return max(count+n, 0), value, err
}

// Total reports whether the observer below knows one counter only.
func (l *ledger) Total() bool {
	total, ok := l.inner.(checks.TotalObserver)
	return ok && total.Total()
}
