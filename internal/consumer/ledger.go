package consumer

import (
	"encoding/json"
	"sync"
	"time"
)

// ledger remembers what was done. Deciding that something is new and doing it are one step under its
// lock, so that two copies of a message can never both be new.
type ledger struct {
	mu      sync.Mutex // guards all below
	limit   int
	seen    map[string]struct{}
	oldest  []string // identities in the order of their arrival
	things  map[string]*thing
	order   []string // keys in the order of their arrival
	total   int
	journal *journal // nil: memory only
}

// thing is what is known about one entity.
type thing struct {
	count int
	at    time.Time
	value json.RawMessage
}

func openLedger(path string, limit int) (*ledger, error) {
	l := &ledger{limit: limit, seen: map[string]struct{}{}, things: map[string]*thing{}}
	if path == "" {
		return l, nil
	}
	journal, err := openJournal(path, func(it item) { l.apply(it) })
	l.journal = journal
	return l, err
}

// record does once what is new among the items: first on disk, then in memory, all or nothing.
func (l *ledger) record(items []item) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var fresh []item
	twice := map[string]bool{}
	for _, it := range items {
		if _, seen := l.seen[it.Identity]; !seen && !twice[it.Identity] {
			fresh = append(fresh, it)
			twice[it.Identity] = true
		}
	}
	if l.journal != nil && len(fresh) > 0 {
		if err := l.journal.append(fresh); err != nil {
			return err
		}
	}
	for _, it := range fresh {
		l.apply(it)
	}
	return nil
}

// apply acts on one item. An older message about an entity counts, but does not replace a newer one.
func (l *ledger) apply(it item) {
	if _, seen := l.seen[it.Identity]; seen {
		return
	}
	l.seen[it.Identity] = struct{}{}
	if l.oldest = append(l.oldest, it.Identity); len(l.oldest) > l.limit {
		delete(l.seen, l.oldest[0])
		l.oldest = l.oldest[1:]
	}
	l.total++
	known := l.things[it.Key]
	if known == nil {
		known = &thing{}
		l.things[it.Key] = known
		if l.order = append(l.order, it.Key); len(l.order) > l.limit {
			delete(l.things, l.order[0])
			l.order = l.order[1:]
		}
	}
	known.count++
	if known.value == nil || !it.At.Before(known.at) {
		known.at, known.value = it.At, it.Value
	}
}

func (l *ledger) read(key string) (int, json.RawMessage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if key == "" {
		return l.total, nil
	}
	if known := l.things[key]; known != nil {
		return known.count, known.value
	}
	return 0, nil
}

func (l *ledger) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.journal == nil {
		return nil
	}
	return l.journal.close()
}
