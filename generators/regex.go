package generators

import (
	"fmt"
	"regexp/syntax"
	"unicode/utf8"
)

// regex makes texts that a pattern matches, of a length within bounds (code points).
type regex struct {
	root        part
	least, most int
}

// part is a piece of a pattern: what it matches is from least to most code points long.
type part struct {
	op          partOp
	runes       []rune // pairs, for a class; the text itself, for a literal
	count       uint64 // of runes in a class
	kids        []part
	from, to    int // of a repeat
	least, most int
}

type partOp uint8

const (
	partLiteral partOp = iota
	partClass
	partSequence
	partEither
	partRepeat
)

// loose is how far a repeat without an end goes beyond its start when no length asks for more.
const loose = 8

// newRegex compiles the pattern for texts of minLen to maxLen code points (-1: no bound).
func newRegex(pattern string, minLen, maxLen int) (*regex, error) {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("read pattern %q: %w", pattern, err)
	}
	b := partBuilder{spare: max(loose, minLen)}
	root, err := b.build(parsed)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", pattern, err)
	}
	if root.least+root.most > 0 && root.most < minLen && !endsAnchored(parsed) {
		tail := part{op: partRepeat, kids: []part{classPart([]rune{'a', 'z'})}, to: minLen - root.least, most: minLen - root.least}
		root = sequence([]part{root, tail})
	}
	r := &regex{root: root, least: max(root.least, minLen), most: root.most}
	if maxLen >= 0 {
		r.most = min(r.most, maxLen)
	}
	if r.least > r.most {
		return nil, errEmpty
	}
	return r, nil
}

func endsAnchored(r *syntax.Regexp) bool {
	switch r.Op {
	case syntax.OpEndText, syntax.OpEndLine:
		return true
	case syntax.OpConcat, syntax.OpCapture:
		return len(r.Sub) > 0 && endsAnchored(r.Sub[len(r.Sub)-1])
	}
	return false
}

// partBuilder turns a parsed pattern into parts.
type partBuilder struct{ spare int }

func (b partBuilder) build(r *syntax.Regexp) (part, error) {
	switch r.Op {
	case syntax.OpLiteral:
		return part{op: partLiteral, runes: r.Rune, least: len(r.Rune), most: len(r.Rune)}, nil
	case syntax.OpCharClass:
		return classPart(r.Rune), nil
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return classPart([]rune{'0', '9', 'a', 'z'}), nil
	case syntax.OpEmptyMatch, syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return part{op: partLiteral}, nil
	case syntax.OpCapture:
		return b.build(r.Sub[0])
	case syntax.OpStar:
		return b.repeat(r, 0, -1)
	case syntax.OpPlus:
		return b.repeat(r, 1, -1)
	case syntax.OpQuest:
		return b.repeat(r, 0, 1)
	case syntax.OpRepeat:
		return b.repeat(r, r.Min, r.Max)
	case syntax.OpConcat, syntax.OpAlternate:
		var kids []part
		for _, sub := range r.Sub {
			kid, err := b.build(sub)
			if err != nil {
				return part{}, err
			}
			kids = append(kids, kid)
		}
		if r.Op == syntax.OpConcat {
			return sequence(kids), nil
		}
		return either(kids), nil
	}
	return part{}, errEmpty
}

func (b partBuilder) repeat(r *syntax.Regexp, from, to int) (part, error) {
	kid, err := b.build(r.Sub[0])
	if err != nil {
		return part{}, err
	}
	if to < 0 {
		to = from + b.spare
	}
	return part{op: partRepeat, kids: []part{kid}, from: from, to: to, least: from * kid.least, most: to * kid.most}, nil
}

func sequence(kids []part) part {
	p := part{op: partSequence, kids: kids}
	for _, kid := range kids {
		p.least += kid.least
		p.most += kid.most
	}
	return p
}

func either(kids []part) part {
	p := part{op: partEither, kids: kids, least: kids[0].least}
	for _, kid := range kids {
		p.least, p.most = min(p.least, kid.least), max(p.most, kid.most)
	}
	return p
}

// classPart keeps of a class what people would write: letters and digits where it has them, else
// printable ASCII, else all of it.
func classPart(pairs []rune) part {
	for _, allowed := range [][]rune{{'0', '9', 'A', 'Z', 'a', 'z'}, {' ', '~'}, {0x20, 0xd7ff, 0xe000, 0xffff}} {
		if kept := intersect(pairs, allowed); len(kept) > 0 {
			pairs = kept
			break
		}
	}
	p := part{op: partClass, runes: pairs, least: 1, most: 1}
	for i := 0; i < len(pairs); i += 2 {
		p.count += uint64(pairs[i+1] - pairs[i] + 1)
	}
	return p
}

func intersect(a, b []rune) []rune {
	var both []rune
	for i := 0; i < len(a); i += 2 {
		for j := 0; j < len(b); j += 2 {
			if low, high := max(a[i], b[j]), min(a[i+1], b[j+1]); low <= high {
				both = append(both, low, high)
			}
		}
	}
	return both
}

// append appends a text of a length by chance, mostly a short one.
func (r *regex) append(dst []byte, d *dice) []byte {
	most := min(r.most, r.least+2*loose)
	return r.root.append(dst, d, r.least+int(d.below(uint64(most-r.least)+1)))
}

// append aims at a length; what it appends may miss it where repeats cannot add up to it.
func (p *part) append(dst []byte, d *dice, length int) []byte {
	switch p.op {
	case partLiteral:
		for _, c := range p.runes {
			dst = utf8.AppendRune(dst, c)
		}
	case partClass:
		n := rune(d.below(p.count))
		for i := 0; ; i += 2 {
			if width := p.runes[i+1] - p.runes[i] + 1; n >= width {
				n -= width
				continue
			}
			return utf8.AppendRune(dst, p.runes[i]+n)
		}
	case partSequence:
		dst = appendShared(dst, d, length-p.least, p.most-p.least, len(p.kids), func(i int) *part { return &p.kids[i] })
	case partEither:
		// Of the branches that can be this long, any; else the nearest.
		fits := 0
		for i := range p.kids {
			if k := &p.kids[i]; k.least <= length && length <= k.most {
				fits++
			}
		}
		if fits == 0 {
			k := &p.kids[d.below(uint64(len(p.kids)))]
			return k.append(dst, d, min(max(length, k.least), k.most))
		}
		n := int(d.below(uint64(fits)))
		for i := range p.kids {
			if k := &p.kids[i]; k.least <= length && length <= k.most {
				if n == 0 {
					return k.append(dst, d, length)
				}
				n--
			}
		}
	case partRepeat:
		return p.repeat(dst, d, length)
	}
	return dst
}

func (p *part) repeat(dst []byte, d *dice, length int) []byte {
	kid := &p.kids[0]
	low, high := p.from, p.to
	if kid.most > 0 {
		low = max(low, (length+kid.most-1)/kid.most)
	}
	if kid.least > 0 {
		high = min(high, length/kid.least)
	}
	times := min(max(low, p.from), p.to)
	if high > times {
		times += int(d.below(uint64(high-times) + 1))
	}
	return appendShared(dst, d, length-times*kid.least, times*(kid.most-kid.least), times, func(int) *part { return kid })
}

// appendShared appends n parts and shares the spare length among them; capacity is what they can take.
func appendShared(dst []byte, d *dice, spare, capacity, n int, at func(int) *part) []byte {
	for i := range n {
		k := at(i)
		room := k.most - k.least
		capacity -= room
		least, most := max(0, spare-capacity), min(max(spare, 0), room)
		take := min(least, room)
		if most > take {
			take += int(d.below(uint64(most-take) + 1))
		}
		spare -= take
		dst = k.append(dst, d, k.least+take)
	}
	return dst
}
