package reference

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// Journey is a story of the catalog as lines that a reader follows.
type Journey struct {
	Name    string `json:"name"`
	Summary string `json:"summary"`
	Lines   []Line `json:"lines"`
}

// Line is one thing that happens, or the edge of a group of lines.
type Line struct {
	Kind  string `json:"kind"`            // emit, begin, end
	Event string `json:"event,omitempty"` // of emit
	Text  string `json:"text,omitempty"`  // of begin: "1 to 6 times", "7 in 10: ", "beside what follows"
	After string `json:"after,omitempty"` // how long it waits: "40s", "about 40s, seldom more than 15m"
	Set   string `json:"set,omitempty"`   // what the story decides: "status is closed"
}

func (j Journey) emits(event string) bool {
	for _, line := range j.Lines {
		if line.Kind == "emit" && line.Event == event {
			return true
		}
	}
	return false
}

// step is a step of a journey file, as far as a reader needs it; generators checks the rest.
type step struct {
	After  json.RawMessage            `json:"after"`
	Emit   string                     `json:"emit"`
	Set    map[string]json.RawMessage `json:"set"`
	Repeat []int                      `json:"repeat"`
	Choose []struct {
		Weight float64 `json:"weight"`
		Steps  []step  `json:"steps"`
	} `json:"choose"`
	Fork  []step `json:"fork"`
	Play  string `json:"play"`
	Steps []step `json:"steps"`
}

type journeyFile struct {
	Name    string   `json:"name"`
	Summary string   `json:"summary"`
	Weight  *float64 `json:"weight"` // nil is 1; 0 is played by others only
	Steps   []step   `json:"steps"`
}

// stories reads the journeys and laws of a catalog; a catalog may have none.
func stories(catalog *schemas.Catalog) ([]Journey, []Law, error) {
	files, err := fs.Glob(catalog.Files(), "journeys/*.json")
	if err != nil {
		return nil, nil, err
	}
	read := map[string]journeyFile{}
	var names []string
	for _, file := range files {
		var j journeyFile
		if err := readJSON(catalog.Files(), file, &j); err != nil {
			return nil, nil, err
		}
		name := strings.TrimSuffix(path.Base(file), ".json")
		read[name] = j
		names = append(names, name)
	}
	journeys := []Journey{}
	for _, name := range names {
		j := read[name]
		if j.Weight != nil && *j.Weight == 0 {
			continue
		}
		t := teller{read: read}
		t.tell(j.Steps, 0)
		journeys = append(journeys, Journey{j.Name, j.Summary, t.lines})
	}
	laws, err := readLaws(catalog.Files())
	return journeys, laws, err
}

func readJSON(fsys fs.FS, file string, to any) error {
	text, err := fs.ReadFile(fsys, file)
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	if err := json.Unmarshal(text, to); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	return nil
}

// teller turns steps into lines.
type teller struct {
	read  map[string]journeyFile
	lines []Line
}

// tell adds the lines of steps; plays are told in place, up to a depth no sensible story has.
func (t *teller) tell(steps []step, depth int) {
	if depth > 8 {
		return
	}
	for _, s := range steps {
		after := delay(s.After)
		switch {
		case s.Emit != "":
			t.lines = append(t.lines, Line{Kind: "emit", Event: s.Emit, After: after, Set: decided(s.Set)})
		case len(s.Repeat) == 2:
			t.group(fmt.Sprintf("%d to %d times", s.Repeat[0], s.Repeat[1]), after, s.Steps, depth)
		case len(s.Choose) > 0:
			t.choose(s, after, depth)
		case len(s.Fork) > 0:
			t.group("beside what follows", after, s.Fork, depth)
		case s.Play != "":
			t.group(t.read[s.Play].Summary, after, t.read[s.Play].Steps, depth)
		case len(s.Steps) > 0:
			t.group("", after, s.Steps, depth)
		}
	}
}

func (t *teller) choose(s step, after string, depth int) {
	total := 0.0
	for _, branch := range s.Choose {
		total += branch.Weight
	}
	for _, branch := range s.Choose {
		if len(branch.Steps) > 0 {
			t.group(fmt.Sprintf("in %.0f of 100 cases", 100*branch.Weight/total), after, branch.Steps, depth)
		}
	}
}

// group adds lines inside a frame; a frame around nothing is left out.
func (t *teller) group(text, after string, steps []step, depth int) {
	start := len(t.lines)
	t.lines = append(t.lines, Line{Kind: "begin", Text: text, After: after})
	t.tell(steps, depth+1)
	if len(t.lines) == start+1 {
		t.lines = t.lines[:start]
		return
	}
	t.lines = append(t.lines, Line{Kind: "end"})
}

// decided says which plain values a step sets; what depends on variables is left to the example.
func decided(set map[string]json.RawMessage) string {
	var said []string
	for _, pointer := range slices.Sorted(maps.Keys(set)) {
		value := plain(set[pointer])
		if strings.ContainsAny(value, "$[{") || len(value) > 40 {
			continue
		}
		said = append(said, path.Base(pointer)+" is "+value)
	}
	return strings.Join(said, ", ")
}

// delay says how long a step waits.
func delay(raw json.RawMessage) string {
	var constant string
	if len(raw) == 0 || json.Unmarshal(raw, &constant) == nil {
		return constant
	}
	var d struct {
		Constant    string   `json:"constant"`
		Uniform     []string `json:"uniform"`
		Exponential struct {
			Mean string `json:"mean"`
		} `json:"exponential"`
		Lognormal struct {
			Median string `json:"median"`
			P95    string `json:"p95"`
		} `json:"lognormal"`
		Hours string `json:"hours"`
	}
	if json.Unmarshal(raw, &d) != nil {
		return ""
	}
	text := d.Constant
	switch {
	case len(d.Uniform) == 2:
		text = d.Uniform[0] + " to " + d.Uniform[1]
	case d.Exponential.Mean != "":
		text = "about " + d.Exponential.Mean
	case d.Lognormal.Median != "":
		text = "about " + d.Lognormal.Median + ", seldom more than " + d.Lognormal.P95
	}
	if d.Hours != "" {
		text += ", between " + strings.Replace(d.Hours, "-", " and ", 1)
	}
	return text
}

// Law is a law of the catalog in a sentence.
type Law struct {
	Law   string   `json:"law"`
	Text  string   `json:"text"`
	Event string   `json:"event,omitempty"`
	Order []string `json:"order,omitempty"` // of monotonic
	Final []string `json:"final,omitempty"`
}

type lawFile struct {
	Laws []struct {
		Law   string   `json:"law"`
		Why   string   `json:"why"`
		Event string   `json:"event"`
		Value string   `json:"value"`
		To    string   `json:"to"`
		Key   string   `json:"key"`
		From  any      `json:"from"`
		Order []string `json:"order"`
		Final []string `json:"final"`
	} `json:"laws"`
}

func readLaws(fsys fs.FS) ([]Law, error) {
	var file lawFile
	if err := readJSON(fsys, "laws.json", &file); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return []Law{}, nil
		}
		return nil, err
	}
	laws := []Law{}
	for _, l := range file.Laws {
		where := "In the stream"
		if l.Event != "" {
			where = "In `" + l.Event + "`"
		}
		var text string
		switch l.Law {
		case "unique":
			text = fmt.Sprintf("%s no `%s` comes twice.", where, l.Value)
		case "reference":
			text = fmt.Sprintf("%s `%s` was introduced by an earlier `%s`.", where, l.Value, l.To)
		case "monotonic":
			text = fmt.Sprintf("%s `%s` moves %s", where, l.Value, strings.Join(l.Order, " → "))
			if len(l.Final) > 0 {
				text += ", or ends in " + strings.Join(l.Final, ", ")
			}
			text += fmt.Sprintf(", for each `%s`.", l.Key)
		case "increasing":
			text = fmt.Sprintf("%s `%s` never goes back.", where, l.Value)
		case "differ":
			text = fmt.Sprintf("%s `%s` and `%v` differ.", where, l.Value, l.From)
		case "last":
			text = fmt.Sprintf("Nothing about a `%s` follows its `%s`.", l.Key, l.Event)
		default:
			text = l.Why
		}
		if text != "" {
			laws = append(laws, Law{l.Law, text, l.Event, l.Order, l.Final})
		}
	}
	return laws, nil
}
