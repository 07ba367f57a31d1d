package load

import "sync/atomic"

// mostReconciled is how many messages of a run a ledger knows apart.
const mostReconciled = 1 << 20

// mark is what became of a message.
type mark uint8

// The marks. A message that is sent again keeps its best.
const (
	markUnsent mark = iota
	markSent        // and perhaps received
	markAcknowledged
)

// ledger knows what became of each message by its number in the stream: a byte each, and the rest is made
// again from the stream when it is needed. Messages may be noted side by side, each by one goroutine.
type ledger struct {
	marks  []mark
	beyond atomic.Int64 // messages past its end
}

func newLedger() *ledger { return &ledger{marks: make([]mark, mostReconciled)} }

// note notes what became of the n-th message drawn from the stream. Nil notes nothing.
func (l *ledger) note(n uint64, acknowledged bool) {
	switch {
	case l == nil:
	case n >= uint64(len(l.marks)):
		l.beyond.Add(1)
	case acknowledged:
		l.marks[n] = markAcknowledged
	default:
		l.marks[n] = max(l.marks[n], markSent)
	}
}

// end is the number after the last message that was sent.
func (l *ledger) end() uint64 {
	for n := len(l.marks); n > 0; n-- {
		if l.marks[n-1] != markUnsent {
			return uint64(n)
		}
	}
	return 0
}
