package consumer

import (
	"encoding/json"
	"sync"
)

// book is what a Bot keeps: which messages it has seen, and what it knows of each customer.
type book struct {
	mu     sync.Mutex // guards seen and order
	limit  int
	fixed  bool
	seen   map[string]struct{}
	order  []string // identities by age
	ledger *ledger  // what is known, newest by time
	latest sync.Map // key → value as it came last; used unless fixed
}

func newBook(limit int, fixed bool) *book {
	known, _ := openLedger("", limit) // in memory: cannot fail
	return &book{limit: limit, fixed: fixed, seen: map[string]struct{}{}, ledger: known}
}

// isNew reports whether a message has not been seen. The fixed book notes it down in the same step; the other
// one only looks, and a copy that comes before the first is done is new too: the first mistake.
func (b *book) isNew(identity string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, seen := b.seen[identity]; seen {
		return false
	}
	if b.fixed {
		b.add(identity)
	}
	return true
}

// done notes down that a message was worked on.
func (b *book) done(identity string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(identity)
}

// forget takes a message back that could not be worked on.
func (b *book) forget(identity string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.seen, identity)
}

func (b *book) add(identity string) {
	if _, seen := b.seen[identity]; seen {
		return
	}
	b.seen[identity] = struct{}{}
	if b.order = append(b.order, identity); len(b.order) > b.limit {
		delete(b.seen, b.order[0])
		b.order = b.order[1:]
	}
}

// note writes down what was said. The fixed book keeps the newest by the provider's time; the other one
// what came last: the second mistake.
func (b *book) note(it item) {
	if !b.fixed {
		b.latest.Store(it.Key, it.Value)
	}
	_ = b.ledger.record([]item{it}) // in memory: cannot fail
}

// look returns how often something was noted about the key, and what is known.
func (b *book) look(key string) (int, json.RawMessage) {
	count, value := b.ledger.read(key)
	if latest, ok := b.latest.Load(key); ok {
		value, _ = latest.(json.RawMessage)
	}
	return count, value
}
