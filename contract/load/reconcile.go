package load

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// Observer sees what a consumer has done: how often it has acted on the key so far. Calls come side by
// side.
type Observer interface {
	Effects(ctx context.Context, key string) (count int, value json.RawMessage, err error)
}

// KeyedObserver is an Observer that counts by other keys than the entities of a message.
type KeyedObserver interface {
	Observer
	Keys(m schemas.Message) []string
}

// counterOnly says whether the observer knows one counter, whatever the key.
func counterOnly(o Observer) bool {
	counter, ok := o.(interface{ Total() bool })
	return ok && counter.Total()
}

// The bounds of a reconciliation.
const (
	askedAtOnce  = 16               // questions to the observer
	patience     = 100              // first answers that may all be errors
	readingLimit = 10 * time.Minute // of all questions together
	pollEvery    = 50 * time.Millisecond
	shyWait      = 2 * time.Second // for the first effect of an event, once nothing else is missing
	shySample    = 64              // entities of such an event that are asked about
)

// reconciler asks an observer about everything that a run sent.
type reconciler struct {
	config *Config
	ledger *ledger
	books  *accounts
	began  time.Time // the end of the run
	errors atomic.Int64
	asked  atomic.Int64
	said   sync.Once
	says   string // the first error
}

// reconcile works in steps: (1) the messages are made again and added up by entity, (2) the observer is
// asked about each, (3) again about those that lack something, until nothing does or the time is over,
// (4) once more about all, for what is done twice late, (5) the messages of the troubled ones are found.
func reconcile(ctx context.Context, cfg *Config, l *ledger, ended time.Time) *Reconciliation {
	r := &reconciler{config: cfg, ledger: l, began: ended}
	result := &Reconciliation{Beyond: l.beyond.Load(), Active: []string{}, Unseen: []string{}, LostList: []Entry{}, DoubledList: []Entry{}, LateList: []Entry{}}
	for _, m := range l.marks {
		result.Messages += count(m == markAcknowledged)
	}
	var err error
	if r.books, err = openAccounts(cfg, l); err != nil {
		result.Trouble = err.Error()
		return result
	}
	result.Entities = int64(len(r.books.list))
	ctx, cancel := context.WithTimeout(ctx, readingLimit)
	defer cancel()
	if r.read(ctx, r.books.list); r.deaf() {
		result.Trouble = "the observer does not answer: " + r.says
		return result
	}
	result.Settled = r.settle(ctx)
	r.read(ctx, r.books.list)
	r.books.learn()
	r.sum(result)
	if err := r.name(result); err != nil {
		result.Trouble = err.Error()
	}
	return result
}

// read asks about each of the accounts.
func (r *reconciler) read(ctx context.Context, list []*account) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(askedAtOnce, len(list)) {
		group.Go(func() {
			for !r.deaf() {
				i := int(next.Add(1)) - 1
				if i >= len(list) {
					return
				}
				r.ask(ctx, list[i])
			}
		})
	}
	group.Wait()
}

// ask asks about one account. What could once be read stays read.
func (r *reconciler) ask(ctx context.Context, of *account) {
	r.asked.Add(1)
	n, _, err := r.config.Observer.Effects(ctx, of.key)
	if err != nil {
		r.errors.Add(1)
		r.said.Do(func() { r.says = err.Error() })
		of.unread = of.unread || of.effects == 0
		return
	}
	if n > of.effects {
		of.after = time.Since(r.began)
	}
	of.effects, of.unread = n, false
}

// deaf says whether the observer has answered nothing so far.
func (r *reconciler) deaf() bool {
	errors := r.errors.Load()
	return errors > 0 && errors == r.asked.Load() && errors >= min(patience, int64(len(r.books.list)))
}

// settle waits for the effects that are missing. Those that are there already are early, however long it
// took to ask about them all.
func (r *reconciler) settle(ctx context.Context) bool {
	for _, of := range r.books.list {
		of.after = 0
	}
	began := time.Now()
	for {
		r.books.learn()
		missing := r.books.missing()
		waited := time.Since(began)
		switch {
		case len(missing) == 0 && (waited >= min(shyWait, r.config.Settle) || len(r.books.shy()) == 0):
			return true
		case r.idle(ctx):
			r.read(ctx, missing)
			return true
		case waited >= r.config.Settle || ctx.Err() != nil:
			return false
		}
		timer := time.NewTimer(pollEvery)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
		if len(missing) == 0 {
			r.read(ctx, r.books.shy())
			continue
		}
		r.read(ctx, missing)
	}
}

// idle says whether the consumer has nothing left to do, as far as anybody can say.
func (r *reconciler) idle(ctx context.Context) bool {
	if r.config.Idle == nil {
		return false
	}
	idle, err := r.config.Idle(ctx)
	return err == nil && idle
}

// sum counts what is there and what is not.
func (r *reconciler) sum(result *Reconciliation) {
	for _, of := range r.books.list {
		if of.unread {
			result.Unread++
			continue
		}
		least, most := r.books.due(of)
		result.Due += int64(least)
		result.Seen += int64(min(least, of.effects))
		result.Lost += int64(max(0, least-of.effects))
		if most > 0 {
			result.Doubled += int64(max(0, of.effects-most))
		}
		if of.after > 0 && least > 0 && of.effects >= least {
			result.Late++
			result.DrainNS = max(result.DrainNS, int64(of.after))
		}
	}
	for event, e := range r.books.events {
		switch {
		case r.books.units[event] > 0:
			result.Active = append(result.Active, e.Name)
		case r.books.happened[event]:
			result.Unseen = append(result.Unseen, e.Name)
		}
	}
	if result.Unread > 0 {
		result.Trouble = fmt.Sprintf("the observer could not say of %d of %d entities: %s", result.Unread, result.Entities, r.says)
	}
}

// name lists the troubled entities with their messages, which are made once more.
func (r *reconciler) name(result *Reconciliation) error {
	late := slices.Clone(r.books.list)
	slices.SortStableFunc(late, func(a, b *account) int { return cmp.Compare(b.after, a.after) })
	entries := map[string][]*Entry{}
	list := func(from []*account, into *[]Entry, troubled func(of *account, least, most int) bool) {
		for _, of := range from {
			least, most := r.books.due(of)
			if most == 0 || of.unread || !troubled(of, least, most) {
				continue
			}
			if len(*into) == mostListed {
				break
			}
			*into = append(*into, Entry{Key: of.key, Due: least, Effects: of.effects, Messages: []SentFigure{}})
		}
	}
	list(r.books.list, &result.LostList, func(of *account, least, _ int) bool { return of.effects < least })
	list(r.books.list, &result.DoubledList, func(of *account, _, most int) bool { return of.effects > most })
	list(late, &result.LateList, func(of *account, least, _ int) bool { return of.after > 0 && least > 0 && of.effects >= least })
	for _, all := range [][]Entry{result.LostList, result.DoubledList, result.LateList} {
		for i := range all {
			entries[all[i].Key] = append(entries[all[i].Key], &all[i])
		}
	}
	for i := range result.LateList {
		e := &result.LateList[i]
		e.AfterNS = int64(r.books.byKey[e.Key].after)
	}
	if len(entries) == 0 {
		return nil
	}
	return replay(r.config, r.ledger, func(m schemas.Message, _ generators.Meta, mark mark, _ bool) {
		for _, key := range r.config.keys(m) {
			for _, e := range entries[key] {
				if len(e.Messages) < mostMessages {
					e.Messages = append(e.Messages, SentFigure{Event: m.Event, ID: m.ID, Acknowledged: mark == markAcknowledged})
				}
			}
		}
	})
}
