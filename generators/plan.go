package generators

import "github.com/hookrig/hookrig/schemas"

// plan makes the messages of one event: its schema, compiled once.
type plan struct {
	event     *schemas.Event
	ops       block
	decisions []decision
}

// block is a run of operations.
type block []op

// verb is what an operation does.
type verb uint8

const (
	opText   verb = iota // append constant bytes
	opComma              // append a comma, unless an object or array has just been opened
	opValue              // append a value
	opNumber             // append a number
	opOneOf              // append one of the texts
	opMaybe              // run the first block, or not
	opChoose             // run one of the blocks
	opBound              // run the first block; the others only when forced: values on a bound
	opArray              // append elements
	opRegex              // append a text that a pattern matches
)

// op is one operation, on a cache line of its own. Which fields it uses depends on the verb.
type op struct {
	verb     verb
	escapes  uint8 // how often what a value or pattern makes is escaped beyond what it is by itself
	decision int32 // -1: none
	text     string
	blocks   []block
	value    *value
	detail   *detail
}

// detail is what only some verbs need.
type detail struct {
	chance  uint64 // of opMaybe, of 2^32
	texts   []string
	weights []uint64 // of blocks: running sum of their shares, of 2^32; nil: all alike
	number  *number
	regex   *regex
	array   *array
}

// array is how an array's elements are made.
type array struct {
	first       []block // elements with a block of their own
	rest        block   // each further element
	least, most int
	usual       int // most elements when nothing is forced
}

// decision is a place where messages differ in kind. Option names are those of Point.What.
type decision struct {
	place   string
	options []string
	points  bool // its options are schema points
	parent  int  // decision that must have taken the option for this one to be met; -1: none
	option  int
}

// run appends the block's output. It allocates nothing but what dst needs.
func (m *maker) run(dst []byte, b block) []byte {
	for i := range b {
		o := &b[i]
		switch o.verb {
		case opText:
			dst = append(dst, o.text...)
		case opComma:
			if c := dst[len(dst)-1]; c != '{' && c != '[' {
				dst = append(dst, ',')
			}
		case opValue:
			start := len(dst)
			if dst = o.value.append(dst, m); o.escapes > 0 {
				dst = escapeTimes(dst, start, o.escapes, m.world.style)
			}
		case opNumber:
			dst = m.number(dst, o)
		case opOneOf:
			dst = append(dst, o.detail.texts[m.decide(o, uint64(len(o.detail.texts)))]...)
		case opMaybe:
			if m.maybe(o) {
				dst = m.run(dst, o.blocks[0])
			}
		case opChoose:
			dst = m.run(dst, o.blocks[m.decide(o, uint64(len(o.blocks)))])
		case opBound:
			dst = m.run(dst, o.blocks[m.bound(o)])
		case opArray:
			dst = m.elements(dst, o)
		case opRegex:
			start := len(dst)
			dst = escapeTimes(o.detail.regex.append(dst, &m.salt), start, o.escapes, m.world.style)
		}
	}
	return dst
}

// decide takes one of n options, by weight or all alike in chance.
func (m *maker) decide(o *op, n uint64) int {
	weights := o.detail.weights
	if weights == nil {
		return m.settle(o.decision, int(m.shape.below(n)))
	}
	share, option := m.shape.pcg.Uint64()>>32, 0
	for option < len(weights)-1 && share >= weights[option] {
		option++
	}
	return m.settle(o.decision, option)
}

// maybe takes present or absent. Options: 0 present, 1 absent.
func (m *maker) maybe(o *op) bool {
	option := 1
	if m.shape.pcg.Uint64()>>32 < o.detail.chance {
		option = 0
	}
	return m.settle(o.decision, option) == 0
}

// bound takes the usual value, option 0, unless another is forced.
func (m *maker) bound(o *op) int { return m.settle(o.decision, 0) }

// settle lets a forced option win and notes what was taken.
func (m *maker) settle(decision int32, option int) int {
	if m.forced == nil || decision < 0 {
		return option
	}
	if f := m.forced[decision]; f >= 0 {
		option = int(f)
	}
	if m.trace != nil {
		m.trace[decision] = int16(option)
	}
	return option
}

// optionSome is the option of an array that it has elements.
const optionSome = 3

// elements appends an array. Options: 0 as it comes, 1 as few, 2 as many as allowed, 3 at least one.
func (m *maker) elements(dst []byte, o *op) []byte {
	a := o.detail.array
	n := a.least
	if a.usual > a.least {
		n += int(m.shape.below(uint64(a.usual - a.least + 1)))
	}
	switch m.bound(o) {
	case 1:
		n = a.least
	case 2:
		n = a.most
	case optionSome:
		n = max(n, 1)
	}
	dst = append(dst, '[')
	outer := m.item
	m.depth++
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		if m.depth == 1 {
			m.item = i
		}
		if i < len(a.first) {
			dst = m.run(dst, a.first[i])
		} else {
			dst = m.run(dst, a.rest)
		}
	}
	m.depth--
	m.item = outer
	return append(dst, ']')
}
