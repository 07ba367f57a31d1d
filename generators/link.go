package generators

import "fmt"

// linker makes one of all blocks and values that are alike. The plans of a story mostly consist of the
// same blocks: linked, they take a tenth of the memory and stay in the processor's caches.
type linker struct {
	values  map[value]*value
	pieces  map[string]*pieces
	details map[string]*detail
	blocks  map[string]block
	done    map[*op]block // by the first operation as compiled
}

func newLinker() *linker {
	return &linker{map[value]*value{}, map[string]*pieces{}, map[string]*detail{}, map[string]block{}, map[*op]block{}}
}

// link replaces the blocks of a plan. What is alike makes the same, so the plan does too.
func (l *linker) link(p *plan) { p.ops = l.block(p.ops) }

func (l *linker) block(b block) block {
	if len(b) == 0 {
		return b
	}
	if known, ok := l.done[&b[0]]; ok {
		return known
	}
	linked := make(block, len(b))
	var key []byte
	for i, o := range b {
		o.value, o.detail = l.value(o.value), l.detail(o.detail)
		blocks := make([]block, len(o.blocks))
		for n, inner := range o.blocks {
			blocks[n] = l.block(inner)
		}
		o.blocks = blocks
		key = fmt.Appendf(key, "%d %d %d %q %p %p", o.verb, o.escapes, o.decision, o.text, o.value, o.detail)
		key = appendPlaces(key, o.blocks)
		linked[i] = o
	}
	linked = known(l.blocks, string(key), linked)
	l.done[&b[0]] = linked
	return linked
}

func (l *linker) detail(d *detail) *detail {
	if d == nil {
		return nil
	}
	linked := *d
	key := fmt.Appendf(nil, "%d %q %d %+v %p", d.chance, d.texts, d.weights, d.number, d.regex)
	if d.array != nil {
		a := *d.array
		linked.array = &a
		a.first = make([]block, len(d.array.first))
		for i, b := range d.array.first {
			a.first[i] = l.block(b)
		}
		a.rest = l.block(a.rest)
		key = fmt.Appendf(key, " %d %d %d", a.least, a.most, a.usual)
		key = appendPlaces(appendPlaces(key, a.first), []block{a.rest})
	}
	return known(l.details, string(key), &linked)
}

func (l *linker) value(v *value) *value {
	if v == nil {
		return nil
	}
	linked := *v
	linked.spec, linked.lines, linked.inner = "", "", l.value(v.inner)
	if v.parts != nil {
		var parts pieces
		var key []byte
		for _, p := range *v.parts {
			parts = append(parts, piece{p.text, l.value(p.value)})
			key = fmt.Appendf(key, "%q %p ", p.text, parts[len(parts)-1].value)
		}
		linked.parts = known(l.pieces, string(key), &parts)
	}
	return known(l.values, linked, &linked)
}

// appendPlaces tells blocks apart that have been linked: alike, they stand in the same place.
func appendPlaces(key []byte, list []block) []byte {
	for _, b := range list {
		if len(b) == 0 {
			key = append(key, " -"...)
			continue
		}
		key = fmt.Appendf(key, " %p", &b[0])
	}
	return append(key, '\n')
}

// known gives what stands under the key, and puts it there if nothing does.
func known[K comparable, V any](table map[K]V, key K, made V) V {
	if before, ok := table[key]; ok {
		return before
	}
	table[key] = made
	return made
}
