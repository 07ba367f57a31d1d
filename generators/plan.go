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
	opString             // run the block and make its output a JSON string
	opRegex              // append a string that a pattern matches
)

// op is one operation. Which fields it uses depends on the verb.
type op struct {
	verb     verb
	quote    bool
	escape   bool
	decision int // -1: none
	chance   uint64
	text     []byte
	texts    [][]byte
	blocks   []block
	weights  []uint64 // of blocks: running sum of their shares, of 2^32; nil: all alike
	value    *value
	number   *number
	regex    *regex
	array    *array
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
			if !o.quote {
				dst = o.value.append(dst, m)
				continue
			}
			dst = append(o.value.append(append(dst, '"'), m), '"')
		case opNumber:
			dst = m.number(dst, o)
		case opOneOf:
			dst = append(dst, o.texts[m.decide(o, uint64(len(o.texts)))]...)
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
		case opString:
			dst = append(dst, '"')
			start := len(dst)
			dst = m.run(dst, o.blocks[0])
			dst = append(escapeFrom(dst, start, m.world.style), '"')
		case opRegex:
			dst = append(dst, '"')
			start := len(dst)
			dst = o.regex.append(dst, &m.salt)
			if o.escape {
				dst = escapeFrom(dst, start, m.world.style)
			}
			dst = append(dst, '"')
		}
	}
	return dst
}

// decide takes one of n options, by weight or all alike in chance.
func (m *maker) decide(o *op, n uint64) uint64 {
	if o.weights == nil {
		return uint64(m.settle(o.decision, int(m.shape.below(n))))
	}
	share, option := m.shape.pcg.Uint64()>>32, 0
	for option < len(o.weights)-1 && share >= o.weights[option] {
		option++
	}
	return uint64(m.settle(o.decision, option))
}

// maybe takes present or absent. Options: 0 present, 1 absent.
func (m *maker) maybe(o *op) bool {
	option := 1
	if m.shape.pcg.Uint64()>>32 < o.chance {
		option = 0
	}
	return m.settle(o.decision, option) == 0
}

// bound takes the usual value, option 0, unless another is forced.
func (m *maker) bound(o *op) int { return m.settle(o.decision, 0) }

// settle lets a forced option win and notes what was taken.
func (m *maker) settle(decision, option int) int {
	if decision < 0 || m.forced == nil {
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
	a := o.array
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
