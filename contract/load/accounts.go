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

// learn finds out how many effects a message of each event raises: what most entities show that only
// messages of that event are about, and then what remains where events share an entity. An event of which
// none is ever seen raises none, as far as anybody can tell.
func (a *accounts) learn() {
	votes := make([]map[int]int, len(a.events))
	for i := range votes {
		votes[i] = map[int]int{}
	}
	for _, of := range a.list {
		if len(of.parts) == 1 && !of.unread && of.effects > 0 && of.parts[0].sent == of.parts[0].acknowledged {
			vote(votes, of.parts[0], of.effects)
		}
	}
	for event := range votes {
		a.units[event] = winner(votes[event])
		votes[event] = map[int]int{}
	}
	for _, of := range a.list {
		if unknown, rest, one := a.remains(of); one && !of.unread {
			vote(votes, unknown, rest)
		}
	}
	for event := range votes {
		if a.units[event] == 0 {
			a.units[event] = winner(votes[event])
		}
	}
}

// vote notes how many effects a message of the part has raised, where that is a whole number.
func vote(votes []map[int]int, of part, effects int) {
	if n := of.acknowledged; n > 0 && effects%n == 0 {
		votes[of.event][effects/n]++
	}
}

// winner is the number with the most votes, of equals the smallest.
func winner(votes map[int]int) int {
	best, most := 0, 0
	for _, n := range sortedKeys(votes) {
		if votes[n] > most {
			best, most = n, votes[n]
		}
	}
	return best
}

// remains is what an account shows beside what its known events explain; false unless one event alone is
// unknown among several.
func (a *accounts) remains(of *account) (unknown part, rest int, one bool) {
	if len(of.parts) < 2 {
		return part{}, 0, false
	}
	rest, found := of.effects, 0
	for _, p := range of.parts {
		if p.sent != p.acknowledged {
			return part{}, 0, false
		}
		if unit := a.units[p.event]; unit > 0 {
			rest -= unit * p.acknowledged
			continue
		}
		unknown, found = p, found+1
	}
	return unknown, max(0, rest), found == 1
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
