package generators

import "time"

// walk runs the threads of many lives on a virtual clock. A seat is a place for one life at a time:
// when a life ends, another with a new number takes its seat. All state is a few words for each seat
// and thread, in chunks that never move.
type walk struct {
	generator *Generator
	script    *script
	lives     uint64 // seats in the whole stream
	tenants   uint64
	arriving  uint64 // seat that arrives next
	end       uint64 // seats that arrive, from the first on
	hours     *delay // when lives begin
	rest      *delay // how long a seat stays empty
	heap      heap
	threads   slab[thread]
	seats     slab[seat]
	first     uint64 // number of seats[0]
	current   uint32 // thread in hand
	busy      bool   // there is one
	now       int64
	maker     maker
}

// seat is the state of the life in it.
type seat struct {
	life    uint64
	edits   uint64
	steps   uint32 // messages emitted
	emitted uint32 // step of the message in hand
	spawned uint32 // threads begun
	alive   uint32 // threads not ended
	parked  uint32 // thread that waits for the others, plus one
	kind    uint8
}

// thread is one line of a life's story: its journeys, or a fork.
type thread struct {
	regs   [scopes]uint64
	key    uint64 // of its chances
	seat   uint32
	serial uint32 // chances taken
	pc     uint32
	order  uint32 // among the threads of its life
}

// Arrivals: all lives of a stream begin within a day, or one every five minutes when they are few.
const (
	arrivalDay = 24 * time.Hour
	arrivalGap = 5 * time.Minute
)

func newWalk(g *Generator, s *script, cfg StreamConfig, from, end uint64) *walk {
	w := &walk{
		generator: g, script: s, lives: uint64(cfg.Lives), tenants: uint64(cfg.Tenants),
		arriving: from, first: from, end: end,
		hours: constantDelay(0).within(7*60+30, 22*60+30),
		rest:  lognormalDelay(3*time.Hour, 24*time.Hour).within(8*60, 22*60),
	}
	w.maker.world, w.maker.start = g.world, g.cast.start
	return w
}

// next runs on until a message is to be made. It gives the instruction; the walk stands at it.
func (w *walk) next() (*instruction, bool) {
	for {
		if !w.busy && !w.take() {
			return nil, false
		}
		if i := w.run(); i != nil {
			return i, true
		}
	}
}

// take takes the thread whose time comes first, after letting in the seats that arrive before it.
func (w *walk) take() bool {
	for w.arriving < w.end && (len(w.heap.entries) == 0 || w.arrival(w.arriving) <= w.heap.entries[0].at) {
		w.arrive()
	}
	if len(w.heap.entries) == 0 {
		return false
	}
	e := w.heap.pop()
	w.now, w.current, w.busy = e.at, e.thread, true
	return true
}

// arrival is when a seat is taken first, at the earliest. It grows with the seat's number.
func (w *walk) arrival(n uint64) int64 {
	span := uint64(arrivalDay.Milliseconds())
	lives := max(w.lives, uint64(arrivalDay/arrivalGap))
	jitter := share(mix(join(w.generator.cast.seed, ^n)), span/lives+1)
	return w.generator.cast.start + int64(n*span/lives+jitter)
}

func (w *walk) arrive() {
	n := w.arriving
	w.arriving++
	s := w.seats.at(w.seats.add())
	s.life = n
	w.begin(uint32(n-w.first), w.arrival(n), w.hours)
}

// begin starts the life of a seat.
func (w *walk) begin(n uint32, now int64, wait *delay) {
	s := w.seats.at(n)
	s.steps, s.spawned, s.alive, s.parked, s.edits = 0, 0, 0, 0, 0
	key := join(join(w.generator.cast.seed, s.life), 0x6c696665)
	at := wait.draw(now, mix(key), w.offset(s.life))
	o := choose(w.script.firsts, mix(key+1))
	for i := range w.script.kinds {
		if w.script.kinds[i].name == o.journey.Life {
			s.kind = uint8(i)
		}
	}
	t := w.spawn(n, key, at)
	t.pc = o.target
	t.regs[0] = uint64(at-w.generator.cast.start)<<bornShift | mix(key)&(1<<bornShift-1)
}

// choose takes an opening by weight.
func choose(list []opening, key uint64) *opening {
	n := key >> 32
	for i := range list {
		if n < list[i].upto {
			return &list[i]
		}
	}
	return &list[len(list)-1]
}

// spawn puts a new thread of a seat on the clock.
func (w *walk) spawn(n uint32, key uint64, at int64) *thread {
	s := w.seats.at(n)
	id := w.threads.add()
	t := w.threads.at(id)
	*t = thread{seat: n, key: key, order: s.spawned}
	s.spawned++
	s.alive++
	w.heap.push(entry{at, uint64(n)<<32 | uint64(t.order), id})
	return t
}

// offset is the zone of a life's tenant, in minutes.
func (w *walk) offset(life uint64) int64 {
	zones := w.generator.world.zones
	return zones[tenantOf(life, w.tenants)%uint64(len(zones))].OffsetMinutes
}

// chance is the next chance of a thread.
func (t *thread) chance() uint64 {
	t.serial++
	return mix(t.key + uint64(t.serial)*0x9e3779b97f4a7c15)
}

// wait puts the thread in hand back on the clock.
func (w *walk) wait(t *thread, d *delay) {
	life := w.seats.at(t.seat).life
	w.heap.push(entry{d.draw(w.now, t.chance(), w.offset(life)), uint64(t.seat)<<32 | uint64(t.order), w.current})
	w.busy = false
}

// run runs the thread in hand until it waits, ends or emits.
func (w *walk) run() *instruction {
	t := w.threads.at(w.current)
	for {
		i := &w.script.code[t.pc]
		t.pc++
		switch i.code {
		case codeWait:
			w.wait(t, i.wait)
			return nil
		case codeEmit:
			s := w.seats.at(t.seat)
			s.emitted = s.steps
			s.steps++
			return i
		case codeLet:
			t.regs[i.reg] = uint64(w.now-w.generator.cast.start)<<bornShift | t.chance()&(1<<bornShift-1)
		case codeLoop:
			n := uint64(i.least) + share(t.chance(), uint64(i.most-i.least)+1)
			if t.regs[i.reg] = n; n == 0 {
				t.pc = i.target
			}
		case codeAgain:
			if t.regs[i.reg]--; t.regs[i.reg] > 0 {
				t.pc = i.target
			}
		case codePick:
			t.pc = i.pick(t.chance())
		case codeJump:
			t.pc = i.target
		case codeFork:
			w.fork(t)
			t.pc = i.target
		case codeEdit:
			w.edit(t, i)
		case codeEnd:
			w.finish(t)
			return nil
		case codeNext:
			w.follow(t)
			return nil
		case codeOver:
			w.over(t)
			return nil
		}
	}
}

func (i *instruction) pick(key uint64) uint32 {
	n := key >> 32
	for _, p := range i.picks {
		if n < p.upto {
			return p.target
		}
	}
	return i.picks[len(i.picks)-1].target
}

// fork begins a thread at the next instruction, with the scopes of this one.
func (w *walk) fork(t *thread) {
	regs, pc, key := t.regs, t.pc, t.chance()
	child := w.spawn(t.seat, mix(key), w.now)
	child.regs, child.pc = regs, pc
}

// edit counts a change of a variable, up to what a byte holds.
func (w *walk) edit(t *thread, i *instruction) {
	s := w.seats.at(t.seat)
	if shift := 8 * i.edit; s.edits>>shift&0xff < 0xff {
		s.edits += 1 << shift
	}
}

// finish ends a fork; the last one wakes the thread that waits for it.
func (w *walk) finish(t *thread) {
	s := w.seats.at(t.seat)
	w.threads.free(w.current)
	w.busy = false
	if s.alive--; s.alive == 1 && s.parked > 0 {
		parked := s.parked - 1
		s.parked = 0
		other := w.threads.at(parked)
		w.heap.push(entry{w.now, uint64(other.seat)<<32 | uint64(other.order), parked})
	}
}

// park lets the main thread wait until its forks have ended; it says false when there are none.
func (w *walk) park(t *thread) bool {
	s := w.seats.at(t.seat)
	if s.alive == 1 {
		return false
	}
	t.pc--
	s.parked = w.current + 1
	w.busy = false
	return true
}

// follow lets the life go on with another journey, once all forks have ended.
func (w *walk) follow(t *thread) {
	if w.park(t) {
		return
	}
	later := w.script.kinds[w.seats.at(t.seat).kind].later
	if len(later) == 0 {
		w.over(t)
		return
	}
	o := choose(later, t.chance())
	t.pc = o.target
	w.wait(t, o.wait)
}

// over ends a life, once all forks have ended, and gives its seat to another.
func (w *walk) over(t *thread) {
	if w.park(t) {
		return
	}
	n := t.seat
	w.threads.free(w.current)
	w.busy = false
	w.seats.at(n).life += w.lives
	w.begin(n, w.now, w.rest)
}

// coordinate is that of the message in hand.
func (w *walk) coordinate() Coordinate {
	if !w.busy {
		return Coordinate{}
	}
	s := w.seats.at(w.threads.at(w.current).seat)
	return Coordinate{s.life, uint64(s.emitted)}
}

// append makes the message in hand.
func (w *walk) append(dst []byte, i *instruction) []byte {
	t := w.threads.at(w.current)
	m := &w.maker
	m.now, m.regs, m.edits = w.now, t.regs, w.seats.at(t.seat).edits
	m.place(w.generator.cast.seed, w.generator.cast.run, w.coordinate(), w.tenants)
	return m.run(dst, i.plan.ops)
}

func (w *walk) meta(i *instruction) Meta {
	return Meta{Event: i.plan.event, Coordinate: w.coordinate(), Journey: i.journey.Name, Time: time.UnixMilli(w.now).UTC()}
}
