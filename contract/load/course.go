package load

import (
	"strings"
	"time"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// mostParked bounds the messages that wait for the one before them of their life.
const mostParked = 3072

// course is the messages of a run in their lawful order, and the times at which they are due. A message
// is ready when none of its life is under way. An arrival that finds the next message not ready takes
// the one after it, so that order never costs time while there is another life to speak of.
// Not safe for concurrent use.
type course struct {
	provider *schemas.Provider
	stream   *generators.Stream
	schedule *Schedule // nil: closed loop, always due
	events   map[*schemas.Event]int
	reads    bool // the envelope needs the message's id
	names    names

	seats  []seat
	parked int
	ready  queue
	free   queue
	dues   dues // of the messages drawn and not yet taken
	again  *retries
	drawn  uint64
	over   bool // no more to draw
	dry    bool // because the stream has no more
}

// parcel is a message drawn from the stream.
type parcel struct {
	message schemas.Message
	event   int
	seat    uint64
	at      generators.Coordinate
	number  uint64 // in the order in which they are drawn
	attempt int    // from 1
	seated  bool   // its life waits for it
	late    bool   // it was due in an outage
	next    *parcel
}

// seat is a place for one life at a time.
type seat struct {
	busy    bool // a message is ready or under way
	waiting queue
}

func newCourse(cfg *Config, stream *generators.Stream, schedule *Schedule) *course {
	c := &course{provider: cfg.Catalog.Provider, stream: stream, schedule: schedule, names: newNames(cfg), again: newRetries(cfg),
		seats: make([]seat, cfg.Lives), events: map[*schemas.Event]int{}}
	for i, e := range cfg.Catalog.Events() {
		c.events[e] = i
	}
	c.reads = len(c.provider.HeaderNames("id")) > 0 || c.provider.Signing != nil && strings.Contains(c.provider.Signing.Signs, "{id}")
	return c
}

// prepare draws until a message is ready, as far as there is any.
func (c *course) prepare() {
	for c.ready.first == nil && !c.over && c.parked < mostParked {
		c.draw()
	}
}

// draw takes the next message of the stream.
func (c *course) draw() {
	p := c.free.pop()
	if p == nil {
		p = &parcel{}
	}
	body, meta, ok := c.stream.Next(p.message.Body[:0])
	c.dry = !ok
	var due dueTime
	if ok && c.schedule != nil {
		due.at, due.late, ok = c.schedule.arrivalAt(c.stream.Passed() - 1)
	}
	if !ok {
		c.over = true
		return
	}
	if c.schedule != nil {
		c.dues.push(due)
	}
	p.message = schemas.Message{Event: meta.Event.Name, Body: body}
	if c.reads {
		p.message.ID = c.provider.MessageID(body)
	}
	p.event, p.at, p.seat = c.events[meta.Event], meta.Coordinate, meta.Coordinate.Life%uint64(len(c.seats))
	p.number, p.attempt, p.seated, p.late = c.drawn, 1, true, false
	c.drawn++
	if s := &c.seats[p.seat]; s.busy {
		s.waiting.push(p)
		c.parked++
		return
	}
	c.seats[p.seat].busy = true
	c.ready.push(p)
}

// due is when the next arrival is; false when there is none to come, as far as can be told.
func (c *course) due() (time.Duration, bool) {
	c.prepare()
	first, any := c.dues.peek()
	if second, again := c.again.peek(); again && (!any || second < first.at) {
		return second, true
	}
	return first.at, any
}

// take hands out the message of the next arrival, or of a retry that is due before it. The caller has seen
// that it is due; nil when no life is free to speak.
func (c *course) take(now time.Duration) (*parcel, time.Duration) {
	c.prepare()
	first, any := c.dues.peek()
	if due, again := c.again.peek(); again && due <= now && (!any || due < first.at || c.ready.first == nil) {
		return c.again.take()
	}
	p := c.ready.pop()
	if p == nil {
		return nil, 0
	}
	due := c.dues.pop()
	p.late = due.late
	return p, due.at
}

// finish makes a message's life free for its next one.
func (c *course) finish(p *parcel) {
	c.leave(p)
	c.free.push(p)
}

// repeat keeps a message that is sent once more; false when it is not. Unless the provider keeps the order,
// its life does not wait.
func (c *course) repeat(p *parcel, status int, now time.Duration) bool {
	if !c.again.keep(p, status, now) {
		return false
	}
	if !c.again.ordered {
		c.leave(p)
	}
	return true
}

// leave gives up a message's place.
func (c *course) leave(p *parcel) {
	if !p.seated {
		return
	}
	p.seated = false
	s := &c.seats[p.seat]
	if next := s.waiting.pop(); next != nil {
		c.parked--
		c.ready.push(next)
	} else {
		s.busy = false
	}
}

// queue is parcels, first in, first out. The zero value is empty.
type queue struct{ first, last *parcel }

func (q *queue) push(p *parcel) {
	p.next = nil
	if q.first == nil {
		q.first = p
	} else {
		q.last.next = p
	}
	q.last = p
}

func (q *queue) pop() *parcel {
	p := q.first
	if p != nil {
		q.first, p.next = p.next, nil
	}
	return p
}

// dues is a queue of times in a ring that grows to what is drawn ahead.
type dues struct {
	ring        []dueTime
	first, size int
}

// dueTime is when an arrival is due, and whether an outage has held it back.
type dueTime struct {
	at   time.Duration
	late bool
}

func (d *dues) push(at dueTime) {
	if d.size == len(d.ring) {
		larger := make([]dueTime, max(64, 2*len(d.ring)))
		n := copy(larger, d.ring[d.first:])
		copy(larger[n:], d.ring[:d.first])
		d.ring, d.first = larger, 0
	}
	d.ring[(d.first+d.size)%len(d.ring)] = at
	d.size++
}

func (d *dues) peek() (dueTime, bool) {
	if d.size == 0 {
		return dueTime{}, false
	}
	return d.ring[d.first], true
}

func (d *dues) pop() dueTime {
	at, ok := d.peek()
	if ok {
		d.first, d.size = (d.first+1)%len(d.ring), d.size-1
	}
	return at
}
