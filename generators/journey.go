package generators

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// Journey is a story of one contact, conversation, group or auto-reply, as its file says.
type Journey struct {
	Name, Summary string
	Weight        float64
	Life          string // kind of life
	Stage         string // only, first, later, last
	Events        []string

	file  string
	after *delay
	let   letting
	steps []*step
}

// letting is a `let`: variables in order.
type letting []variableLet

type variableLet struct {
	name   string
	among  int // 0: not a tenant's
	fields []fieldLet
	place  schemas.Pointer
}

type fieldLet struct {
	name  string
	gen   schemas.Gen
	text  *string
	pick  []string
	place schemas.Pointer
}

// step is one step of a journey.
type step struct {
	place   schemas.Pointer // in the file
	after   *delay
	let     letting
	emit    string
	set     []setting
	present []schemas.Pointer
	absent  []schemas.Pointer
	least   int // of repeat
	most    int
	choose  []chosen
	fork    []*step
	play    string
	edit    []string
	steps   []*step
	what    string // emit, repeat, choose, fork, play, edit, steps or pause
}

type setting struct {
	at    schemas.Pointer
	value json.RawMessage
}

type chosen struct {
	weight float64
	let    letting
	steps  []*step
}

// FileError is a mistake in a journey or laws file.
type FileError struct {
	File  string          // path in the provider folder
	Place schemas.Pointer // in the file
	Cause error
}

func (e *FileError) Error() string { return fmt.Sprintf("%s, %q: %v", e.File, e.Place, e.Cause) }

// Unwrap gives the cause.
func (e *FileError) Unwrap() error { return e.Cause }

// readJourneys reads journeys/*.json. All mistakes are joined.
func readJourneys(fsys fs.FS) ([]*Journey, error) {
	names, err := fs.Glob(fsys, "journeys/*.json")
	if err != nil {
		return nil, err
	}
	var list []*Journey
	var errs []error
	delays := map[string]*delay{}
	for _, name := range names {
		j, err := readJourney(fsys, name, delays)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		list = append(list, j)
	}
	return list, errors.Join(errs...)
}

func readJourney(fsys fs.FS, name string, delays map[string]*delay) (*Journey, error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	d := &fileDecoder{file: name, delays: delays}
	t, err := parseTree(text)
	if err != nil {
		return nil, &FileError{name, "", errors.New("not JSON")}
	}
	j := &Journey{file: name, Weight: 1, Life: "contact", Stage: "only"}
	d.object(t, "", map[string]func(*tree, schemas.Pointer){
		"$schema": func(*tree, schemas.Pointer) {},
		"name":    func(t *tree, at schemas.Pointer) { j.Name = d.text(t, at) },
		"summary": func(t *tree, at schemas.Pointer) { j.Summary = d.text(t, at) },
		"weight":  func(t *tree, at schemas.Pointer) { j.Weight = d.number(t, at) },
		"life":    func(t *tree, at schemas.Pointer) { j.Life = d.text(t, at) },
		"stage":   func(t *tree, at schemas.Pointer) { j.Stage = d.text(t, at) },
		"after":   func(t *tree, at schemas.Pointer) { j.after = d.delay(t, at) },
		"let":     func(t *tree, at schemas.Pointer) { j.let = d.let(t, at) },
		"steps":   func(t *tree, at schemas.Pointer) { j.steps = d.steps(t, at) },
	}, "name", "summary", "steps")
	if want := strings.TrimSuffix(path.Base(name), ".json"); j.Name != want {
		d.fail("/name", "is %q, but the file is called %q", j.Name, want)
	}
	if !slices.Contains([]string{"only", "first", "later", "last"}, j.Stage) {
		d.fail("/stage", "is %q: want only, first, later or last", j.Stage)
	}
	if j.Weight < 0 {
		d.fail("/weight", "is negative")
	}
	return j, errors.Join(d.errs...)
}

// fileDecoder reads a file strictly and collects mistakes.
type fileDecoder struct {
	file   string
	errs   []error
	delays map[string]*delay // by their text, over all files
}

func (d *fileDecoder) fail(at schemas.Pointer, format string, args ...any) {
	d.errs = append(d.errs, &FileError{d.file, at, fmt.Errorf(format, args...)})
}

// object reads the members of an object, in the file's order; an unknown one is a mistake.
func (d *fileDecoder) object(t *tree, at schemas.Pointer, members map[string]func(*tree, schemas.Pointer), required ...string) {
	if t.kind != '{' {
		d.fail(at, "want an object")
		return
	}
	for i, l := range t.members {
		read := members[l.name]
		switch {
		case read == nil:
			d.fail(at.Child(l.name), "unknown key %q: want %s", l.name, strings.Join(sortedKeys(members), ", "))
		case slices.ContainsFunc(t.members[:i], func(other limb) bool { return other.name == l.name }):
			d.fail(at.Child(l.name), "key %q stands here twice", l.name)
		default:
			read(l.value, at.Child(l.name))
		}
	}
	for _, name := range required {
		if !has(t, name) {
			d.fail(at, "key %q is missing", name)
		}
	}
}

// each reads the elements of an array.
func (d *fileDecoder) each(t *tree, at schemas.Pointer, read func(*tree, schemas.Pointer)) {
	if t.kind != '[' {
		d.fail(at, "want an array")
		return
	}
	for i, l := range t.members {
		read(l.value, at.Index(i))
	}
}

func (d *fileDecoder) text(t *tree, at schemas.Pointer) string {
	if t.kind != '"' {
		d.fail(at, "want a text")
		return ""
	}
	return t.text()
}

func (d *fileDecoder) number(t *tree, at schemas.Pointer) float64 {
	var n float64
	if t.kind != 0 || json.Unmarshal(t.raw, &n) != nil || t.raw[0] == 'n' {
		d.fail(at, "want a number")
	}
	return n
}

func (d *fileDecoder) count(t *tree, at schemas.Pointer) int {
	n := d.number(t, at)
	if n < 0 || n > 1e6 || n != float64(int(n)) {
		d.fail(at, "want a whole number from 0 to 1000000")
		return 0
	}
	return int(n)
}

func (d *fileDecoder) let(t *tree, at schemas.Pointer) letting {
	var list letting
	if t.kind != '{' {
		d.fail(at, "want an object")
		return nil
	}
	for _, l := range t.members {
		v := variableLet{name: l.name, place: at.Child(l.name)}
		if l.value.kind != '{' {
			d.fail(v.place, "want an object of fields")
			continue
		}
		for _, f := range l.value.members {
			place := v.place.Child(f.name)
			if f.name == "among" {
				if v.among = d.count(f.value, place); v.among == 0 {
					d.fail(place, "want 1 or more")
				}
				continue
			}
			v.fields = append(v.fields, d.field(f.name, f.value, place))
		}
		list = append(list, v)
	}
	return list
}

func (d *fileDecoder) field(name string, t *tree, at schemas.Pointer) fieldLet {
	f := fieldLet{name: name, place: at}
	if t.kind == '"' {
		f.gen.Gen = t.text()
		return f
	}
	d.object(t, at, map[string]func(*tree, schemas.Pointer){
		"gen":    func(t *tree, at schemas.Pointer) { f.gen.Gen = d.text(t, at) },
		"prefix": func(t *tree, at schemas.Pointer) { f.gen.Prefix = d.text(t, at) },
		"length": func(t *tree, at schemas.Pointer) { f.gen.Length = d.count(t, at) },
		"text":   func(t *tree, at schemas.Pointer) { text := d.text(t, at); f.text = &text },
		"pick": func(t *tree, at schemas.Pointer) {
			d.each(t, at, func(t *tree, at schemas.Pointer) { f.pick = append(f.pick, d.text(t, at)) })
		},
	})
	ways := 0
	for _, given := range []bool{f.gen.Gen != "", f.text != nil, len(f.pick) > 0} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		d.fail(at, "want one of gen, text and pick")
	}
	return f
}

func (d *fileDecoder) steps(t *tree, at schemas.Pointer) []*step {
	var list []*step
	d.each(t, at, func(t *tree, at schemas.Pointer) { list = append(list, d.step(t, at)) })
	return list
}

func (d *fileDecoder) step(t *tree, at schemas.Pointer) *step {
	s := &step{place: at}
	before := len(d.errs)
	pointers := func(into *[]schemas.Pointer) func(*tree, schemas.Pointer) {
		return func(t *tree, at schemas.Pointer) {
			d.each(t, at, func(t *tree, at schemas.Pointer) { *into = append(*into, d.pointer(d.text(t, at), at)) })
		}
	}
	d.object(t, at, map[string]func(*tree, schemas.Pointer){
		"after": func(t *tree, at schemas.Pointer) { s.after = d.delay(t, at) },
		"let":   func(t *tree, at schemas.Pointer) { s.let = d.let(t, at) },
		"emit":  func(t *tree, at schemas.Pointer) { s.emit = d.text(t, at) },
		"set": func(t *tree, at schemas.Pointer) {
			if t.kind != '{' {
				d.fail(at, "want an object: place to value")
			}
			for _, l := range t.members {
				s.set = append(s.set, setting{d.pointer(l.name, at.Child(l.name)), l.value.append(nil)})
			}
		},
		"present": pointers(&s.present),
		"absent":  pointers(&s.absent),
		"repeat": func(t *tree, at schemas.Pointer) {
			var ends []int
			d.each(t, at, func(t *tree, at schemas.Pointer) { ends = append(ends, d.count(t, at)) })
			if len(ends) != 2 || ends[0] > ends[1] {
				d.fail(at, "want the least and the most number of times")
				return
			}
			s.least, s.most = ends[0], ends[1]
		},
		"choose": func(t *tree, at schemas.Pointer) {
			d.each(t, at, func(t *tree, at schemas.Pointer) { s.choose = append(s.choose, d.chosen(t, at)) })
		},
		"fork": func(t *tree, at schemas.Pointer) { s.fork = d.steps(t, at) },
		"play": func(t *tree, at schemas.Pointer) { s.play = d.text(t, at) },
		"edit": func(t *tree, at schemas.Pointer) {
			d.each(t, at, func(t *tree, at schemas.Pointer) { s.edit = append(s.edit, d.text(t, at)) })
		},
		"steps": func(t *tree, at schemas.Pointer) { s.steps = d.steps(t, at) },
	})
	if len(d.errs) == before {
		d.kind(t, s)
	}
	return s
}

// kind finds what the step does, and refuses two things at once.
func (d *fileDecoder) kind(t *tree, s *step) {
	s.what = "pause"
	for _, what := range []string{"emit", "repeat", "choose", "fork", "play", "edit", "steps"} {
		if !has(t, what) || what == "steps" && s.what == "repeat" {
			continue
		}
		if s.what != "pause" {
			d.fail(s.place, "%q and %q stand in one step: make two", s.what, what)
		}
		s.what = what
	}
	if s.what == "repeat" && !has(t, "steps") {
		d.fail(s.place, "repeat has no steps")
	}
	if s.what == "pause" && s.after == nil {
		d.fail(s.place, "the step does nothing")
	}
	if s.what != "emit" && (has(t, "set") || has(t, "present") || has(t, "absent")) {
		d.fail(s.place, "set, present and absent belong to emit")
	}
}

func (d *fileDecoder) chosen(t *tree, at schemas.Pointer) chosen {
	var c chosen
	d.object(t, at, map[string]func(*tree, schemas.Pointer){
		"weight": func(t *tree, at schemas.Pointer) {
			if c.weight = d.number(t, at); c.weight <= 0 {
				d.fail(at, "want more than 0")
			}
		},
		"let":   func(t *tree, at schemas.Pointer) { c.let = d.let(t, at) },
		"steps": func(t *tree, at schemas.Pointer) { c.steps = d.steps(t, at) },
	}, "weight", "steps")
	return c
}

func (d *fileDecoder) pointer(text string, at schemas.Pointer) schemas.Pointer {
	p := schemas.Pointer(text)
	if err := p.Check(); err != nil || p == "" {
		d.fail(at, "%q is not a JSON Pointer to a place", text)
	}
	return p
}
