package checks

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// Bounds of playing a lifecycle in other orders.
const (
	orderRounds = 3 // of sending again what was refused
	orderAlone  = 3 // pairs that are tried alone
	orderLooks  = 3 // times that the pair must show it
)

// order is a course: a lifecycle in its own order, then in others that may happen, each time with fresh ids.
// What a consumer does and knows in the end must be the same.
type order struct {
	bench   Bench
	subject *Subject
	life    []scene
	judge   func(o *order, right [2]*performance, other *performance) *orderFlaw
	played  int // performances so far: each has a run id of its own
	seen    int // orders of which something could be judged
	check   string
}

// performance is one play of some messages of the lifecycle.
type performance struct {
	indices   []int             // of its messages in the lifecycle, as they were sent
	messages  []schemas.Message // of the whole lifecycle, with the ids of this play
	exchanges []Exchange        // one a message, as they were sent
	taken     map[int]bool      // messages that were acknowledged in the end
	readings  map[string]Reading
	ids       *strings.Replacer // puts the lifecycle's ids in place of the play's; made when first needed
}

// orderFlaw is what an order has shown.
type orderFlaw struct {
	Flaw
	message int // of the lifecycle: the message, or one about the entity, that shows it
}

// staleLifecycle judges what an entity is in the end.
func staleLifecycle(ctx context.Context, b Bench) Outcome {
	s := b.Subject()
	if s.Counter {
		return Outcome{Reason: "one counter for all keys does not show what a thing is"}
	}
	return playOrders(ctx, b, "stale", (*order).stale, datable(s.lifecycle(func(first, second scene) bool {
		return (first.message.Event == s.Event.Name || second.message.Event == s.Event.Name) && first.overtakes(second)
	})), "the journeys tell nothing twice of what the event is about, with a time to tell the newer by")
}

// orphanLifecycle judges the answers, and effects that are lost or too many.
func orphanLifecycle(ctx context.Context, b Bench) Outcome {
	s := b.Subject()
	return playOrders(ctx, b, "orphan", (*order).orphaned, s.lifecycle(func(first, second scene) bool {
		return second.message.Event == s.Event.Name && second.refersTo(first)
	}), "the journeys tell of nothing that the event refers to")
}

// playOrders works in steps: (1) a lifecycle that has a pair which may come the other way round; (2) its
// own order, backwards, shuffled; (3) of an order that shows a flaw the one pair that matters; (4) that pair
// alone, three times.
func playOrders(ctx context.Context, b Bench, check string, judge func(*order, [2]*performance, *performance) *orderFlaw,
	life []scene, none string,
) Outcome {
	s := b.Subject()
	if s.Provider.Policy.Ordered {
		return Outcome{Reason: "the provider keeps order"}
	}
	if len(life) < 2 {
		return Outcome{Reason: none}
	}
	o := &order{bench: b, subject: s, life: life, judge: judge, check: check}
	all := sequence(len(life))
	tried, reason := o.rehearse(ctx, all, o.others(all)...)
	if reason != "" {
		return Outcome{Reason: reason}
	}
	if o.seen == 0 {
		return Outcome{Reason: "the value that the hook tells of a thing shows nothing of the messages about it"}
	}
	out := Outcome{Cases: len(tried)}
	for _, one := range tried {
		if one.flaw != nil {
			o.narrow(ctx, one, &out)
			break
		}
	}
	return out
}

// rehearsed is one order and what it has shown.
type rehearsed struct {
	indices     []int
	performance *performance
	flaw        *orderFlaw // nil: nothing
}

// rehearse plays the messages in their own order, in each of the others, and in their own again: what
// differs between the first and the last is a matter of time, not of order. A reason says why nothing can
// be judged.
func (o *order) rehearse(ctx context.Context, own []int, others ...[]int) ([]rehearsed, string) {
	var plays []*performance
	for _, indices := range slices.Concat([][]int{own}, others, [][]int{own}) {
		p, err := o.play(ctx, indices)
		if err != nil {
			return nil, "make the journey again: " + err.Error()
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx).Error()
		}
		plays = append(plays, p)
	}
	right := [2]*performance{plays[0], plays[len(plays)-1]}
	for _, p := range right {
		for _, i := range own {
			if !p.taken[i] {
				return nil, fmt.Sprintf("in its own order, %s of a journey is not acknowledged", o.life[i].message.Event)
			}
		}
	}
	o.look(ctx, plays)
	var tried []rehearsed
	for i, indices := range others {
		tried = append(tried, rehearsed{indices, plays[i+1], o.judge(o, right, plays[i+1])})
	}
	return tried, ""
}

// play sends messages of the lifecycle in that order, with fresh ids, and again at the end what was refused:
// 404 and 409 are right answers to what cannot be known yet.
func (o *order) play(ctx context.Context, indices []int) (*performance, error) {
	o.played++
	runID := fmt.Sprintf("%s.order-%s.%s.%d", o.subject.RunID, o.check, o.subject.Event.Name, o.played)
	messages, err := o.subject.Journeys.retold(o.life, runID)
	if err != nil {
		return nil, err
	}
	p := &performance{indices: indices, messages: messages, taken: map[int]bool{}, readings: map[string]Reading{}}
	waiting := indices
	for attempt := 1; attempt <= orderRounds && len(waiting) > 0; attempt++ {
		var steps []Step
		for _, i := range waiting {
			steps = append(steps, Step{Event: messages[i].Event, Body: messages[i].Body, Attempt: attempt})
		}
		sent := o.bench.Send(ctx, steps...)
		if attempt == 1 {
			p.exchanges = sent
		}
		var refused []int
		for k, x := range sent {
			if p.taken[waiting[k]] = x.Reply.Acknowledged(o.subject.Provider.Policy); !p.taken[waiting[k]] {
				refused = append(refused, waiting[k])
			}
		}
		waiting = refused
	}
	return p, nil
}

// look reads the effects of everything that was played, at once.
func (o *order) look(ctx context.Context, plays []*performance) {
	if !o.subject.Observed || o.subject.Counter {
		return
	}
	var keys []string
	for _, p := range plays {
		for _, i := range p.indices {
			keys = append(keys, p.messages[i].Entities...)
		}
	}
	byKey := map[string]Reading{}
	for _, reading := range o.bench.Settle(ctx, keys...) {
		byKey[reading.Key] = reading
	}
	for _, p := range plays {
		p.readings = byKey
	}
}

// others are orders that may happen beside the messages' own: backwards, and shuffled.
func (o *order) others(own []int) [][]int {
	backwards := slices.Clone(own)
	slices.Reverse(backwards)
	others := [][]int{backwards}
	shuffled := slices.Clone(own)
	o.subject.Random.Shuffle(len(shuffled), func(i, k int) { shuffled[i], shuffled[k] = shuffled[k], shuffled[i] })
	if !slices.Equal(shuffled, own) && !slices.Equal(shuffled, backwards) {
		others = append(others, shuffled)
	}
	return others
}

// narrow finds the pair whose change of places is all that matters, and looks at it again.
func (o *order) narrow(ctx context.Context, shown rehearsed, out *Outcome) {
	all := sequence(len(o.life))
	pairs := o.pairs(shown)
	var orders [][]int
	for _, pair := range pairs {
		orders = append(orders, inverted(all, pair))
	}
	least := shown
	tried, reason := o.rehearse(ctx, all, orders...)
	if reason == "" {
		out.Cases += len(tried)
	}
	alone := 0
	for i, one := range tried {
		if one.flaw == nil || one.flaw.Rule != shown.flaw.Rule || alone == orderAlone {
			continue
		}
		if alone++; alone == 1 {
			least = one
		}
		if o.confirm(ctx, pairs[i][:], []int{pairs[i][1], pairs[i][0]}, shown.flaw, out) {
			return // the pair alone shows it
		}
	}
	if !o.confirm(ctx, all, least.indices, shown.flaw, out) {
		o.file(least, 1, orderLooks, out) // flaky
	}
}

// confirm looks at an order three times, and files what it shows when it does so each time.
func (o *order) confirm(ctx context.Context, own, other []int, flaw *orderFlaw, out *Outcome) bool {
	again := make([][]int, orderLooks)
	for i := range again {
		again[i] = other
	}
	tried, reason := o.rehearse(ctx, own, again...)
	if reason != "" {
		return false
	}
	out.Cases += len(tried)
	for _, one := range tried {
		if one.flaw == nil || one.flaw.Rule != flaw.Rule || one.flaw.Got != tried[0].flaw.Got {
			return false
		}
	}
	o.file(tried[len(tried)-1], orderLooks, orderLooks, out)
	return true
}

// file writes what an order has shown into the outcome.
func (o *order) file(shown rehearsed, observed, of int, out *Outcome) {
	flaw := shown.flaw.Flaw
	flaw.Kind = Availability
	flaw.Index = max(0, slices.Index(shown.indices, shown.flaw.message))
	out.Flaw, out.Observed, out.Of = &flaw, observed, of
	out.Case = Case{Name: o.describe(shown.indices)}
	out.Evidence = Evidence{Exchanges: shown.performance.exchanges}
	for _, i := range shown.indices {
		for _, key := range shown.performance.messages[i].Entities {
			if reading, ok := shown.performance.readings[key]; ok {
				out.Evidence.Readings = append(out.Evidence.Readings, reading)
			}
		}
	}
	if left := len(o.life) - len(shown.indices); left > 0 {
		out.Shrunk = fmt.Sprintf("%d messages to %d", len(o.life), len(shown.indices))
	}
}

// pairs lists the pairs that an order has the other way round: neighbours first, because to move a message
// further is to move it past others; of these first what is about what the order has shown.
func (o *order) pairs(shown rehearsed) [][2]int {
	var pairs [][2]int
	for k, later := range shown.indices {
		for _, earlier := range shown.indices[k+1:] {
			if earlier < later {
				pairs = append(pairs, [2]int{earlier, later})
			}
		}
	}
	about := o.life[shown.flaw.message]
	rank := func(pair [2]int) int {
		first, second := o.life[pair[0]], o.life[pair[1]]
		switch {
		case first.about(about) && second.about(about):
			return 0
		case second.refersTo(first):
			return 1
		}
		return 2
	}
	slices.SortStableFunc(pairs, func(a, b [2]int) int { return cmp.Or((a[1]-a[0])-(b[1]-b[0]), rank(a)-rank(b)) })
	return pairs
}

// describe says an order in words: what came first that should not have.
func (o *order) describe(indices []int) string {
	var words []string
	for _, i := range indices {
		words = append(words, o.called(i, indices))
	}
	return strings.Join(words, " before ")
}

// called is a message's event, with the first text in which it differs from another of its event.
func (o *order) called(i int, among []int) string {
	m := o.life[i].message
	for _, k := range among {
		other := o.life[k].message
		if k == i || other.Event != m.Event {
			continue
		}
		for _, leaf := range leaves(m.Body) {
			text, ok := stringAt(m.Body, leaf.place)
			theirs, both := stringAt(other.Body, leaf.place)
			if ok && both && text != theirs && len(text) < 24 && !o.subject.identifies(leaf.place) && !strings.ContainsAny(text, "0123456789") {
				return fmt.Sprintf("%s %q", m.Event, text)
			}
		}
	}
	return m.Event
}

// inverted is the order with the second of the pair moved right before the first.
func inverted(own []int, pair [2]int) []int {
	var order []int
	for _, i := range own {
		switch i {
		case pair[1]:
		case pair[0]:
			order = append(order, pair[1], pair[0])
		default:
			order = append(order, i)
		}
	}
	return order
}

func sequence(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
