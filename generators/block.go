package generators

import "slices"

// constant makes the operation that appends a text as it stands.
func constant[T string | []byte](text T) op {
	return op{verb: opText, decision: -1, text: string(text)}
}

// quotedValue makes the block for a value in quotes.
func quotedValue(v *value) block {
	return block{constant(`"`), {verb: opValue, decision: -1, value: v}, constant(`"`)}
}

// quotedRegex makes the block for a text that a pattern matches, in quotes. It is escaped unless the
// pattern makes only what needs no escaping.
func quotedRegex(r *regex, escaped bool) block {
	o := op{verb: opRegex, decision: -1, detail: &detail{regex: r}}
	if escaped {
		o.escapes = 1
	}
	return block{constant(`"`), o, constant(`"`)}
}

// oneOfTexts makes the operation that appends one of the texts.
func oneOfTexts(decision int, texts [][]byte) op {
	o := op{verb: opOneOf, decision: int32(decision), detail: &detail{}}
	for _, text := range texts {
		o.detail.texts = append(o.detail.texts, string(text))
	}
	return o
}

// packed joins neighbouring constants.
func (b block) packed() block {
	var out block
	for _, o := range b {
		if n := len(out); o.verb == opText && n > 0 && out[n-1].verb == opText {
			out[n-1].text += o.text
			continue
		}
		out = append(out, o)
	}
	return slices.Clip(out)
}

// container says whether the block makes an object, or an array with something in it.
func (b block) container() bool {
	first := &b[0]
	return first.verb == opArray || first.verb == opText && first.text != "" && (first.text[0] == '{' || first.text[0] == '[' && first.text != "[]")
}

// visit calls f for each operation, also within others.
func (b block) visit(f func(*op)) {
	for i := range b {
		f(&b[i])
		for _, inner := range b[i].blocks {
			inner.visit(f)
		}
		if d := b[i].detail; d != nil && d.array != nil {
			for _, inner := range d.array.first {
				inner.visit(f)
			}
			d.array.rest.visit(f)
		}
	}
}

// escaped is the block whose output stands inside a JSON string: everything that is known in advance is
// escaped now, the rest when it is made.
func (b block) escaped(w *world) block {
	out := slices.Clone(b)
	for i := range out {
		o := &out[i]
		o.text = string(w.escape(o.text))
		o.blocks = escapedBlocks(o.blocks, w)
		switch o.verb {
		case opValue:
			if v, ok := o.value.escaped(w); ok {
				o.value = &v
			} else {
				o.escapes++
			}
		case opRegex:
			o.escapes++
		}
		if o.detail == nil {
			continue
		}
		d := *o.detail
		o.detail = &d
		d.texts = slices.Clone(d.texts)
		for n, text := range d.texts {
			d.texts[n] = string(w.escape(text))
		}
		if d.array != nil {
			a := *d.array
			a.first, a.rest = escapedBlocks(a.first, w), a.rest.escaped(w)
			d.array = &a
		}
	}
	return out
}

func escapedBlocks(list []block, w *world) []block {
	out := slices.Clone(list)
	for i := range out {
		out[i] = out[i].escaped(w)
	}
	return out
}
