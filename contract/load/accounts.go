package load

import (
	"time"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// account is the messages of a run about one entity, and what the consumer did about it.
type account struct {
	key     string
	parts   []part
	effects int
	unread  bool          // the observer could not say
	after   time.Duration // when the last of what was due was seen, since the end of the run; 0: at once
}

// part is the messages of one event in an account.
type part struct {
	event        int
	sent         int // different messages
	acknowledged int
}

// accounts are all entities of a run, in the order in which they were first sent.
type accounts struct {
	events   []*schemas.Event
	byKey    map[string]*account
	list     []*account
	happened []bool // by event: a message of it was acknowledged
	units    []int  // by event: effects of one message; 0 where none was ever seen
}

// replay walks the messages that were sent, made again from the stream. Copies that a fault made come with
// the mark of all copies so far and are not fresh.
func replay(cfg *Config, l *ledger, visit func(m schemas.Message, meta generators.Meta, mark mark, fresh bool)) error {
	stream, err := cfg.stream()
	if err != nil {
		return err
	}
	var seen map[generators.Coordinate]mark // nil: each message is sent once
	if cfg.Faults.Duplicate > 0 {
		seen = map[generators.Coordinate]mark{}
	}
	var body []byte
	for n := range l.end() {
		var meta generators.Meta
		var ok bool
		if body, meta, ok = stream.Next(body[:0]); !ok {
			return nil
		}
		now := l.marks[n]
		before, known := seen[meta.Coordinate]
		now = max(now, before)
		if seen != nil {
			seen[meta.Coordinate] = now
		}
		if now == before {
			continue // unsent, or a copy that changes nothing
		}
		m, err := cfg.Catalog.Provider.Read(body)
		if err != nil {
			return err
		}
		visit(m, meta, now, !known || before == markUnsent)
	}
	return nil
}

// openAccounts adds up the messages by entity.
func openAccounts(cfg *Config, l *ledger) (*accounts, error) {
	a := &accounts{events: cfg.Catalog.Events(), byKey: map[string]*account{}}
	index := map[*schemas.Event]int{}
	for i, e := range a.events {
		index[e] = i
	}
	a.units, a.happened = make([]int, len(a.events)), make([]bool, len(a.events))
	err := replay(cfg, l, func(m schemas.Message, meta generators.Meta, mark mark, fresh bool) {
		event := index[meta.Event]
		a.happened[event] = a.happened[event] || mark == markAcknowledged
		for _, key := range cfg.keys(m) {
			a.add(key, event, mark, fresh)
		}
	})
	return a, err
}

// keys are what the observer counts the message by.
func (c *Config) keys(m schemas.Message) []string {
	if o, ok := c.Observer.(KeyedObserver); ok {
		return o.Keys(m)
	}
	return m.Entities
}

func (a *accounts) add(key string, event int, mark mark, fresh bool) {
	of := a.byKey[key]
	if of == nil {
		of = &account{key: key}
		a.byKey[key], a.list = of, append(a.list, of)
	}
	at := -1
	for i := range of.parts {
		if of.parts[i].event == event {
			at = i
		}
	}
	if at < 0 {
		of.parts, at = append(of.parts, part{event: event}), len(of.parts)
	}
	if fresh {
		of.parts[at].sent++
	}
	if mark == markAcknowledged {
		of.parts[at].acknowledged++
	}
}

// learn finds out how many effects a message of each event raises, in steps: (1) what most entities show
// that only messages of one event are about, none if all of them show none, (2) of the events that only
// share entities, the one that explains most of what remains, and so on. An event of which none is ever seen
// raises none, as far as anybody can tell.
func (a *accounts) learn() {
	known := make([]bool, len(a.events))
	clear(a.units)
	alone := make([]ballot, len(a.events))
	for _, of := range a.list {
		if len(of.parts) == 1 && of.plain() {
			alone[of.parts[0].event].vote(of.parts[0], of.effects)
		}
	}
	for event, votes := range alone {
		known[event] = votes.cast > 0
		a.units[event], _ = votes.winner()
	}
	for {
		event, unit := a.explains(known)
		if unit == 0 {
			return
		}
		known[event], a.units[event] = true, unit
	}
}

// explains is the unknown event that explains most of what the known ones leave over, and how many effects
// of it; 0 when none does.
func (a *accounts) explains(known []bool) (event, unit int) {
	shared := make([]ballot, len(a.events))
	for _, of := range a.list {
		if len(of.parts) < 2 || !of.plain() {
			continue
		}
		rest := of.effects
		for _, p := range of.parts {
			rest -= a.units[p.event] * p.acknowledged
		}
		for _, p := range of.parts {
			if !known[p.event] {
				shared[p.event].vote(p, max(0, rest))
			}
		}
	}
	best := 0.0
	for e, votes := range shared {
		if n, share := votes.winner(); n > 0 && share > best {
			event, unit, best = e, n, share
		}
	}
	return event, unit
}

// plain says whether an account shows what its messages raise: it could be read, and all of them were
// acknowledged.
func (of *account) plain() bool {
	for _, p := range of.parts {
		if p.sent != p.acknowledged {
			return false
		}
	}
	return !of.unread
}

// ballot is what accounts say of how many effects a message raises.
type ballot struct {
	votes map[int]int // by the number of effects, which is above 0
	cast  int         // the others said none, or no whole number
}

// vote notes how many effects a message of the part has raised.
func (b *ballot) vote(of part, effects int) {
	if of.acknowledged == 0 {
		return
	}
	b.cast++
	if effects > 0 && effects%of.acknowledged == 0 {
		if b.votes == nil {
			b.votes = map[int]int{}
		}
		b.votes[effects/of.acknowledged]++
	}
}

// winner is the number with the most votes, of equals the smallest, and its part of all; 0 without any.
func (b *ballot) winner() (effects int, share float64) {
	most := 0
	for _, n := range sortedKeys(b.votes) {
		if b.votes[n] > most {
			effects, most = n, b.votes[n]
		}
	}
	return effects, float64(most) / float64(max(1, b.cast))
}

// due is how many effects an account must show, and how many it may.
func (a *accounts) due(of *account) (least, most int) {
	for _, p := range of.parts {
		least += a.units[p.event] * p.acknowledged
		most += a.units[p.event] * p.sent
	}
	return least, most
}

// missing are the accounts that lack effects, by what is known so far.
func (a *accounts) missing() []*account {
	var list []*account
	for _, of := range a.list {
		if least, _ := a.due(of); of.unread || of.effects < least {
			list = append(list, of)
		}
	}
	return list
}

// shy are a few accounts of each event that has raised no effect so far.
func (a *accounts) shy() []*account {
	var list []*account
	taken := make([]int, len(a.events))
	for _, of := range a.list {
		for _, p := range of.parts {
			if a.units[p.event] == 0 && p.acknowledged > 0 && taken[p.event] < shySample {
				taken[p.event]++
				list = append(list, of)
				break
			}
		}
	}
	return list
}
