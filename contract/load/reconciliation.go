package load

import (
	"cmp"
	"slices"
)

// The bounds of what a reconciliation lists.
const (
	mostListed   = 100 // of each kind of trouble
	mostMessages = 10  // of one entity
)

// Reconciliation says whether what was acknowledged was also done. Effects are counted by entity: an
// entity must show those of its acknowledged messages, and may show those of all that were sent.
type Reconciliation struct {
	Messages int64    `json:"messages"` // that were acknowledged
	Entities int64    `json:"entities"` // that they are about
	Due      int64    `json:"effects_due"`
	Seen     int64    `json:"effects_seen"` // of those due
	Lost     int64    `json:"effects_lost"`
	Doubled  int64    `json:"effects_doubled"`
	Late     int64    `json:"effects_late"`      // seen only some time after the run
	Unread   int64    `json:"entities_unread"`   // of which the observer could not say
	Beyond   int64    `json:"messages_beyond"`   // that were too many to be known apart
	Active   []string `json:"events_active"`     // that raise effects
	Unseen   []string `json:"events_unseen"`     // of which none ever did: nothing is known of them
	DrainNS  int64    `json:"drain_ns"`          // from the end of the run until the last effect that was due was seen
	Settled  bool     `json:"settled"`           // nothing was missing any more, or the consumer had nothing left to do
	Trouble  string   `json:"trouble,omitempty"` // why nothing, or not all, could be seen

	LostList    []Entry `json:"lost"` // the first of each
	DoubledList []Entry `json:"doubled"`
	LateList    []Entry `json:"late"` // the latest
}

// Entry is an entity of which effects are lost, doubled or late.
type Entry struct {
	Key      string       `json:"key"`
	Due      int          `json:"effects_due"`
	Effects  int          `json:"effects"`
	AfterNS  int64        `json:"after_ns,omitempty"` // of a late one: since the end of the run
	Messages []SentFigure `json:"messages"`           // that it is about; the first ten
}

// SentFigure is a message of an Entry.
type SentFigure struct {
	Event        string `json:"event"`
	ID           string `json:"id"`
	Acknowledged bool   `json:"acknowledged"`
}

// Whole says whether every effect that was due was seen once.
func (r *Reconciliation) Whole() bool {
	return r == nil || r.Lost == 0 && r.Doubled == 0 && r.Trouble == ""
}

// with is the reconciliations of two shards together: an event that one has seen raise effects raises them.
func (r *Reconciliation) with(o *Reconciliation) *Reconciliation {
	if r == nil || o == nil {
		return cmp.Or(r, o)
	}
	both := &Reconciliation{Messages: r.Messages + o.Messages, Entities: r.Entities + o.Entities, Due: r.Due + o.Due, Seen: r.Seen + o.Seen,
		Lost: r.Lost + o.Lost, Doubled: r.Doubled + o.Doubled, Late: r.Late + o.Late, Unread: r.Unread + o.Unread, Beyond: r.Beyond + o.Beyond,
		DrainNS: max(r.DrainNS, o.DrainNS), Settled: r.Settled && o.Settled, Trouble: cmp.Or(r.Trouble, o.Trouble), Unseen: []string{}}
	both.Active = slices.Compact(slices.Sorted(slices.Values(slices.Concat(r.Active, o.Active))))
	for _, event := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(r.Unseen, o.Unseen)))) {
		if !slices.Contains(both.Active, event) {
			both.Unseen = append(both.Unseen, event)
		}
	}
	both.LostList, both.DoubledList = listed(r.LostList, o.LostList), listed(r.DoubledList, o.DoubledList)
	both.LateList = slices.Concat(r.LateList, o.LateList)
	slices.SortStableFunc(both.LateList, func(a, b Entry) int { return cmp.Compare(b.AfterNS, a.AfterNS) })
	both.LateList = listed(both.LateList, nil)
	return both
}

// listed is both lists, as far as there is room.
func listed(a, b []Entry) []Entry {
	both := slices.Concat(a, b)
	return both[:min(len(both), mostListed)]
}
