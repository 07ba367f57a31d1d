package generators

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// code is what an instruction of a script does.
type code uint8

const (
	codeWait  code = iota // wait
	codeEmit              // emit a message
	codeLet               // begin a scope: its register gets a new value
	codeLoop              // draw how often to repeat; jump when never
	codeAgain             // jump back until the loop is done
	codePick              // jump to one of the targets
	codeJump              // jump
	codeFork              // go on at the target, and beside it at the next instruction
	codeEdit              // edit a variable
	codeEnd               // a fork ends
	codeNext              // the life goes on with another journey
	codeOver              // the life ends
)

// instruction is one step of a script. Which fields it uses depends on the code.
type instruction struct {
	code    code
	reg     uint8
	edit    uint8
	target  uint32
	least   uint32
	most    uint32
	wait    *delay
	plan    *plan
	journey *Journey
	picks   []pick
}

// pick is a target with the share of the chances up to it, of 2^32.
type pick struct {
	upto   uint64
	target uint32
}

// opening is a journey that a life can take next.
type opening struct {
	journey *Journey
	target  uint32
	wait    *delay
	upto    uint64 // share of the chances up to it, of 2^32
	emits   map[string]bool
}

// weigh shares out the chances by weight.
func weigh(list []opening) []opening {
	total, sum := 0.0, 0.0
	for _, o := range list {
		total += o.journey.Weight
	}
	list = slices.Clone(list)
	for i, o := range list {
		sum += o.journey.Weight
		list[i].upto = uint64(math.Round(sum / total * (1 << 32)))
	}
	return list
}

// script is every journey of a catalog, compiled for one generator.
type script struct {
	code   []instruction
	firsts []opening
	kinds  []kind
}

// kind is a kind of life.
type kind struct {
	name  string
	later []opening // and last ones
	edits map[string]int
	scope scope
}

// scripter compiles journeys.
type scripter struct {
	generator *Generator
	journeys  map[string]*Journey
	script    *script
	plans     map[string]*plan
	scopes    map[string]int // scopes told apart, by what they let
	known     map[told]block
	linker    *linker
	errs      []error
	root      *Journey
	playing   []string
	kind      *kind
}

// newScript compiles the journeys. All mistakes are joined, each with file and pointer.
func newScript(g *Generator, journeys []*Journey) (*script, error) {
	b := &scripter{generator: g, journeys: map[string]*Journey{}, script: &script{}, plans: map[string]*plan{}, scopes: map[string]int{}, known: map[told]block{}, linker: newLinker()}
	for _, j := range journeys {
		b.journeys[j.Name] = j
	}
	for _, j := range journeys {
		b.checkPlays(j, j.steps, []string{j.Name})
	}
	if len(b.errs) > 0 {
		return nil, errors.Join(b.errs...)
	}
	b.findKinds(journeys)
	for _, stage := range []string{"first", "only", "later", "last"} {
		for _, j := range journeys {
			if j.Stage == stage && j.Weight > 0 {
				b.journey(j)
			}
		}
	}
	b.script.firsts = weigh(b.script.firsts)
	for i := range b.script.kinds {
		b.script.kinds[i].later = weigh(b.script.kinds[i].later)
	}
	if len(b.script.firsts) == 0 && len(b.errs) == 0 {
		b.errs = append(b.errs, &FileError{"journeys", "", errors.New("no journey of weight above 0 can begin a life: one must be first or only")})
	}
	b.checkEmits()
	return b.script, errors.Join(b.errs...)
}

func (b *scripter) fail(j *Journey, at schemas.Pointer, format string, args ...any) {
	b.errs = append(b.errs, &FileError{j.file, at, fmt.Errorf(format, args...)})
}

// journey compiles one journey that a life takes by itself.
func (b *scripter) journey(j *Journey) {
	b.root, b.kind = j, b.kindOf(j.Life)
	start := b.here()
	var s scope
	reg := 1
	switch j.Stage {
	case "first", "only":
		s = b.scope(j, j.let, nil, 0)
		b.script.firsts = append(b.script.firsts, opening{journey: j, target: start, emits: b.emits(j.steps, nil)})
		if j.Stage == "first" {
			b.common(s)
		}
	default:
		s = b.kind.scope
		b.kind.later = append(b.kind.later, opening{journey: j, target: start, wait: cmp.Or(j.after, defaultRest()), emits: b.emits(j.steps, nil)})
		s, reg = b.enter(j, "", j.let, s, reg)
	}
	b.playing = []string{j.Name}
	b.steps(j, j.steps, s, reg)
	end := codeNext
	if j.Stage == "only" || j.Stage == "last" {
		end = codeOver
	}
	b.add(instruction{code: end})
}

// defaultRest is how long a life rests before another journey.
func defaultRest() *delay { return lognormalDelay(6*time.Hour, 72*time.Hour).within(8*60, 22*60) }

// common keeps in the kind's scope the variables that every first journey lets.
func (b *scripter) common(s scope) {
	if b.kind.scope == nil {
		b.kind.scope = s
		return
	}
	kept := scope{}
	for name, v := range b.kind.scope {
		if s[name] != nil {
			kept[name] = v
		}
	}
	b.kind.scope = kept
}

func (b *scripter) here() uint32 { return uint32(len(b.script.code)) }

func (b *scripter) add(i instruction) uint32 {
	i.journey = b.root
	b.script.code = append(b.script.code, i)
	return b.here() - 1
}

// enter begins a scope in a register of its own, where something is let.
func (b *scripter) enter(j *Journey, at schemas.Pointer, let letting, s scope, reg int) (scope, int) {
	if len(let) == 0 {
		return s, reg
	}
	if !b.fits(j, at, reg) {
		return s, reg
	}
	b.add(instruction{code: codeLet, reg: uint8(reg)})
	return b.scope(j, let, s, reg), reg + 1
}

func (b *scripter) fits(j *Journey, at schemas.Pointer, reg int) bool {
	if reg >= scopes {
		b.fail(j, at, "lets and repeats nest deeper than %d, the journeys that it plays included", scopes-1)
	}
	return reg < scopes
}

// scope makes the variables of a let.
func (b *scripter) scope(j *Journey, let letting, outer scope, reg int) scope {
	s := scope{}
	for name, v := range outer {
		s[name] = v
	}
	for _, l := range let {
		v := &variable{fields: map[string]value{}, edits: map[string]int{}}
		v.source = source{owner: ofScope, site: hashText(l.name), scope: uint8(reg), edit: -1, first: reg == 0 && l.name == contactVariable}
		if l.among > 0 {
			v.source.owner, v.source.among = ofTenant, uint32(l.among)
		}
		for name, n := range b.kind.edits {
			if variable, field, _ := strings.Cut(name, "."); variable == l.name && reg == 0 {
				v.edits[field] = n
			}
		}
		s[l.name] = v
	}
	for _, l := range let {
		for _, f := range l.fields {
			v, err := b.field(f, s, s[l.name])
			if err != nil {
				b.fail(j, f.place, "%v", err)
				continue
			}
			s[l.name].fields[f.name] = v
		}
	}
	return s
}

// field makes one field of a variable.
func (b *scripter) field(f fieldLet, s scope, of *variable) (value, error) {
	w := b.generator.world
	var v value
	var err error
	switch {
	case f.text != nil:
		v, err = b.template(*f.text, s)
	case len(f.pick) > 0:
		v = w.pick(f.pick...)
	default:
		v, err = w.newValue(f.gen)
	}
	if err != nil {
		return v, err
	}
	text := ""
	if f.text != nil {
		text = *f.text
	}
	v.spec += fmt.Sprintf("%q %q", text, f.pick)
	v.source = of.source
	if n, ok := of.edits[f.name]; ok {
		v.source.edit, v.source.stays = int8(n), v.person && v.unique
	}
	v.phone = source{owner: ofLife, site: hashText(contactVariable), edit: -1, first: true}
	if contact := s[contactVariable]; contact != nil {
		v.phone = contact.source
	}
	v.aim(f.name)
	return v, nil
}

// steps compiles steps that run one after another.
func (b *scripter) steps(j *Journey, list []*step, s scope, reg int) {
	for _, step := range list {
		b.step(j, step, s, reg)
	}
}

func (b *scripter) step(j *Journey, st *step, s scope, reg int) {
	if st.after != nil {
		b.add(instruction{code: codeWait, wait: st.after})
	}
	if st.what == "repeat" {
		b.repeat(j, st, s, reg)
		return
	}
	s, reg = b.enter(j, st.place.Child("let"), st.let, s, reg)
	switch st.what {
	case "emit":
		b.emit(j, st, s)
	case "choose":
		b.choose(j, st, s, reg)
	case "fork":
		fork := b.add(instruction{code: codeFork})
		b.steps(j, st.fork, s, reg)
		b.add(instruction{code: codeEnd})
		b.script.code[fork].target = b.here()
	case "play":
		next := b.journeys[st.play]
		s, reg = b.enter(next, "/let", next.let, s, reg)
		b.steps(next, next.steps, s, reg)
	case "edit":
		b.edit(j, st, s)
	case "steps":
		b.steps(j, st.steps, s, reg)
	}
}

func (b *scripter) repeat(j *Journey, st *step, s scope, reg int) {
	if !b.fits(j, st.place, reg) {
		return
	}
	loop := b.add(instruction{code: codeLoop, reg: uint8(reg), least: uint32(st.least), most: uint32(st.most)})
	inner, next := b.enter(j, st.place.Child("let"), st.let, s, reg+1)
	b.steps(j, st.steps, inner, next)
	b.add(instruction{code: codeAgain, reg: uint8(reg), target: loop + 1})
	b.script.code[loop].target = b.here()
}

func (b *scripter) choose(j *Journey, st *step, s scope, reg int) {
	at := b.add(instruction{code: codePick})
	total, sum := 0.0, 0.0
	for _, c := range st.choose {
		total += c.weight
	}
	var picks []pick
	var jumps []uint32
	for i, c := range st.choose {
		sum += c.weight
		picks = append(picks, pick{uint64(math.Round(sum / total * (1 << 32))), b.here()})
		inner, next := b.enter(j, st.place.Child("choose").Index(i).Child("let"), c.let, s, reg)
		b.steps(j, c.steps, inner, next)
		jumps = append(jumps, b.add(instruction{code: codeJump}))
	}
	for _, jump := range jumps {
		b.script.code[jump].target = b.here()
	}
	b.script.code[at].picks = picks
}

func (b *scripter) edit(j *Journey, st *step, s scope) {
	for i, name := range st.edit {
		variable, field, _ := strings.Cut(name, ".")
		v := s[variable]
		if v == nil || v.source.owner != ofScope || v.source.scope != 0 {
			b.fail(j, st.place.Child("edit").Index(i), "%q is no variable of the life: only what its first journey lets can be edited", name)
			continue
		}
		if n, ok := v.edits[field]; ok {
			b.add(instruction{code: codeEdit, edit: uint8(n)})
		}
	}
}
