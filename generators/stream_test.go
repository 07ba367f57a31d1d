package generators_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// taken is one message of a stream.
type taken struct {
	body string
	meta generators.Meta
}

func take(t testing.TB, g *generators.Generator, cfg generators.StreamConfig, n int) []taken {
	t.Helper()
	s, err := g.Stream(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var list []taken
	for range n {
		body, meta, ok := s.Next(nil)
		if !ok {
			t.Fatalf("the stream ends after %d messages", len(list))
		}
		list = append(list, taken{string(body), meta})
	}
	return list
}

// TestStreamGolden keeps a page of each default stream, as the docs show it.
func TestStreamGolden(t *testing.T) {
	for _, name := range schemas.Builtins() {
		t.Run(name, func(t *testing.T) {
			_, g := builtin(t, name)
			var got bytes.Buffer
			for _, m := range take(t, g, generators.StreamConfig{}, 60) {
				fmt.Fprintf(&got, "%s %s %s\n", m.meta.Time.Format("Mon 15:04:05.000"), m.meta.Journey, m.body)
			}
			golden(t, filepath.Join("testdata", "golden", name+".stream.txt"), got.Bytes())
		})
	}
}

func TestStreamIsDeterministic(t *testing.T) {
	_, g := builtin(t, "watsi")
	a, b := take(t, g, generators.StreamConfig{}, 2000), take(t, g, generators.StreamConfig{}, 2000)
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("message %d is\n%v\nand then\n%v", i, a[i], b[i])
		}
	}
}

func TestStreamTimeRunsForward(t *testing.T) {
	_, g := builtin(t, "sentsays")
	last := taken{}
	for i, m := range take(t, g, generators.StreamConfig{}, 3000) {
		if m.meta.Time.Before(last.meta.Time) {
			t.Fatalf("message %d is of %v, after one of %v", i, m.meta.Time, last.meta.Time)
		}
		last = m
	}
}

// TestShardsMakeTheWhole: the union of the shards, merged by time, is the whole stream.
func TestShardsMakeTheWhole(t *testing.T) {
	for _, name := range []string{"watsi", "sentsays"} {
		_, g := builtin(t, name)
		whole := take(t, g, generators.StreamConfig{}, 3000)
		for _, shards := range []int{2, 4, 8} {
			t.Run(fmt.Sprintf("%s %d", name, shards), func(t *testing.T) {
				parts := make([][]taken, shards)
				for _, m := range whole {
					shard := m.meta.Coordinate.Life % uint64(shards)
					parts[shard] = append(parts[shard], m)
				}
				for shard, want := range parts {
					if len(want) == 0 {
						t.Fatalf("shard %d is empty", shard)
					}
					for i, got := range take(t, g, generators.StreamConfig{Shard: shard, Shards: shards}, len(want)) {
						if got != want[i] {
							t.Fatalf("shard %d message %d is\n%v\nwant\n%v", shard, i, got, want[i])
						}
					}
				}
			})
		}
	}
}

// TestFilterDoesNotShift: asking for some events leaves their bytes as they are.
func TestFilterDoesNotShift(t *testing.T) {
	_, g := builtin(t, "watsi")
	var want []taken
	for _, m := range take(t, g, generators.StreamConfig{}, 3000) {
		if strings.HasPrefix(m.meta.Event.Name, "contact.") {
			want = append(want, m)
		}
	}
	for i, got := range take(t, g, generators.StreamConfig{Events: []string{"contact.*"}}, len(want)) {
		if got != want[i] {
			t.Fatalf("message %d is %v, want %v", i, got, want[i])
		}
	}
}

// TestAtRemakes: a message is remade from its coordinate alone.
func TestAtRemakes(t *testing.T) {
	for _, name := range []string{"watsi", "sentsays"} {
		_, g := builtin(t, name)
		cfg := generators.StreamConfig{Lives: 30}
		s, err := g.Stream(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range take(t, g, cfg, 3000) {
			if i%37 != 0 {
				continue
			}
			body, meta, ok := s.At(nil, want.meta.Coordinate)
			if !ok || string(body) != want.body || meta != want.meta {
				t.Fatalf("%s: At(%v) = %v %s, want %s", name, want.meta.Coordinate, meta, body, want.body)
			}
		}
		if _, _, ok := s.At(nil, generators.Coordinate{Life: 1, Step: 1 << 40}); ok {
			t.Error("At makes a step that no life has")
		}
	}
}

func TestStreamWithoutJourneys(t *testing.T) {
	c := load(t, "{"+draft+`"type":"object","required":["v"],"properties":{"v":{"type":"string","x-gen":"id.uuid"}}}`, nil)
	g, err := generators.New(c, generators.Config{})
	if err != nil {
		t.Fatal(err)
	}
	list := take(t, g, generators.StreamConfig{}, 100)
	for i, m := range list {
		body, err := g.Append(nil, m.meta.Event.Name, m.meta.Coordinate)
		if err != nil || string(body) != m.body {
			t.Fatalf("message %d is %s, and Append makes %s (%v)", i, m.body, body, err)
		}
	}
	if _, err := g.Stream(generators.StreamConfig{Journeys: []string{"newcomer"}}); err == nil {
		t.Error("Stream takes a journey of a catalog that has none")
	}
}

func TestStreamRefuses(t *testing.T) {
	_, g := builtin(t, "watsi")
	for _, test := range []struct {
		name string
		cfg  generators.StreamConfig
		want string
	}{
		{"negative lives", generators.StreamConfig{Lives: -1}, "lives is -1"},
		{"too many tenants", generators.StreamConfig{Tenants: 1 << 20}, "tenants"},
		{"unknown event", generators.StreamConfig{Events: []string{"nosuch.*"}}, "nosuch"},
		{"unknown journey", generators.StreamConfig{Journeys: []string{"nosuch"}}, `unknown journey "nosuch"`},
		{"shard out of range", generators.StreamConfig{Shard: 2, Shards: 2}, "shard is 2"},
		{"more shards than lives", generators.StreamConfig{Lives: 3, Shards: 4}, "shards is 4"},
		{"event that the journeys do not emit", generators.StreamConfig{Events: []string{"contact.updated"}, Journeys: []string{"hand-over", "nosuch-else"}}, "nosuch-else"},
		{"negative shard", generators.StreamConfig{Shard: -1, Shards: 2}, "shard is -1"},
		{"chance above 1", generators.StreamConfig{Faults: generators.Faults{Drop: 1.5}}, "drop"},
		{"chance that is none", generators.StreamConfig{Faults: generators.Faults{Duplicate: math.NaN()}}, "duplicate"},
		{"negative window", generators.StreamConfig{Faults: generators.Faults{Reorder: 0.5, Window: -2}}, "window"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := g.Stream(test.cfg); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Stream() = %v, want an error with %q", err, test.want)
			}
		})
	}
}

// TestOnlyJourneys: a journey asked for is told, whether it begins a life or goes on with one.
func TestOnlyJourneys(t *testing.T) {
	_, g := builtin(t, "watsi")
	for _, name := range []string{"newcomer", "hand-over"} {
		seen := false
		for _, m := range take(t, g, generators.StreamConfig{Journeys: []string{name}, Lives: 20}, 1500) {
			seen = seen || m.meta.Journey == name
		}
		if !seen {
			t.Errorf("journey %q is never told", name)
		}
	}
}

func TestFaults(t *testing.T) {
	_, g := builtin(t, "watsi")
	whole := map[string]bool{}
	for _, m := range take(t, g, generators.StreamConfig{}, 4000) {
		whole[m.body] = true
	}
	faulty := func(f generators.Faults) (kinds map[string]int, bodies map[string]int) {
		kinds, bodies = map[string]int{}, map[string]int{}
		for _, m := range take(t, g, generators.StreamConfig{Faults: f}, 2000) {
			kinds[m.meta.Fault]++
			bodies[m.body]++
			if !whole[m.body] {
				t.Fatalf("a fault makes a message that is not in the stream: %s", m.body)
			}
		}
		return kinds, bodies
	}
	kinds, bodies := faulty(generators.Faults{Duplicate: 0.2})
	if kinds["duplicate"] < 250 || kinds["duplicate"] > 430 || len(bodies) != 2000-kinds["duplicate"]+copies(bodies) {
		t.Errorf("a fifth twice: %v, %d different", kinds, len(bodies))
	}
	if kinds, bodies = faulty(generators.Faults{Reorder: 0.2}); kinds["reorder"] < 300 || kinds["reorder"] > 500 || len(bodies) != 2000 {
		t.Errorf("a fifth late: %v, %d different", kinds, len(bodies))
	}
	if kinds, bodies = faulty(generators.Faults{Drop: 0.2}); kinds[""] != 2000 || len(bodies) != 2000 {
		t.Errorf("a fifth dropped: %v, %d different", kinds, len(bodies))
	}
}

// copies counts originals of duplicates that have not come yet when the stream is cut.
func copies(bodies map[string]int) int {
	more := 0
	for _, n := range bodies {
		if n > 2 {
			more += n - 2
		}
	}
	return more
}

// TestManyLives: a contact takes at most so much memory that a million of them take 256 MiB.
func TestManyLives(t *testing.T) {
	lives := 50_000
	if os.Getenv("HOOKRIG_SOAK") != "" {
		lives = 1_000_000
	}
	if held, most := heldByLives(t, lives), uint64(lives)*(256<<20)/1_000_000; held > most {
		t.Errorf("%d lives take %d bytes, want at most %d", lives, held, most)
	}
}

// heldByLives is how many bytes a stream holds once each of so many contacts has been heard of.
func heldByLives(t testing.TB, lives int) uint64 {
	t.Helper()
	_, g := builtin(t, "watsi")
	before := heapAlloc()
	s, err := g.Stream(generators.StreamConfig{Lives: lives, Journeys: []string{"newcomer"}, Events: []string{"contact.created"}})
	if err != nil {
		t.Fatal(err)
	}
	var body []byte
	for seen := 0; seen < lives; {
		next, meta, ok := s.Next(body[:0])
		if !ok {
			t.Fatal("the stream ends")
		}
		body = next
		if meta.Coordinate.Life < uint64(lives) {
			seen++
		}
	}
	held := heapAlloc() - before
	runtime.KeepAlive(s)
	return held
}

func heapAlloc() uint64 {
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return memory.HeapAlloc
}

// journeyFolder is a folder with one event and one journey.
func journeyFolder(journey, laws string) fstest.MapFS {
	files := fstest.MapFS{"journeys/story.json": {Data: []byte(journey)}}
	if laws != "" {
		files["laws.json"] = &fstest.MapFile{Data: []byte(laws)}
	}
	return files
}

const storySchema = "{" + draft + `"type":"object","required":["id","status"],"properties":{"id":{"type":"string","minLength":1,"x-gen":{"gen":"id.token","role":"thing.id"}},
	"status":{"enum":["new","old"]},"n":{"type":"integer","minimum":0,"maximum":9},"at":{"type":"string","format":"date-time","x-gen":"time.iso_ms"},"note":{"type":"string"}}}`

// TestLoadRefuses: each mistake is one clear line with file and pointer.
func TestLoadRefuses(t *testing.T) {
	story := func(rest string) string { return `{"name":"story","summary":"A story.",` + rest + `}` }
	law := func(rest string) string { return `{"laws":[{` + rest + `}]}` }
	fine := story(`"steps":[{"emit":"thing.made"}]`)
	for _, test := range []struct{ name, journey, laws, place, want string }{
		{"variable that nobody sets", story(`"steps":[{"emit":"thing.made","set":{"/note":"$nobody.name"}}]`), "", "/steps/0/set/~1note", "nobody lets the variable"},
		{"field that nobody sets", story(`"let":{"thing":{"id":"id.uuid"}},"steps":[{"emit":"thing.made","set":{"/note":"${thing.name}!"}}]`), "", "/steps/0/set/~1note", "no field"},
		{"plays itself", story(`"steps":[{"repeat":[1,2],"steps":[{"play":"story"}]}]`), "", "/steps/0/steps/0/play", "without end"},
		{"plays nobody", story(`"steps":[{"play":"nosuch"}]`), "", "/steps/0/play", "unknown journey"},
		{"unknown event", story(`"steps":[{"emit":"thing.lost"}]`), "", "/steps/0/emit", "unknown event"},
		{"unknown place", story(`"steps":[{"emit":"thing.made","set":{"/nosuch":1}}]`), "", "/steps/0/set/~1nosuch", "no place"},
		{"unknown absent place", story(`"steps":[{"emit":"thing.made","absent":["/nosuch"]}]`), "", "/steps/0/absent/0", "no place"},
		{"absent but required", story(`"steps":[{"emit":"thing.made","absent":["/status"]}]`), "", "/steps/0/absent/0", "no value satisfies"},
		{"value refused", story(`"steps":[{"emit":"thing.made","set":{"/status":"broken"}}]`), "", "/steps/0/set/~1status", "no value satisfies"},
		{"number refused", story(`"steps":[{"emit":"thing.made","set":{"/n":12}}]`), "", "/steps/0/set/~1n", "no value satisfies"},
		{"variable refused", story(`"let":{"thing":{"id":"id.uuid"}},"steps":[{"emit":"thing.made","set":{"/at":"$thing.id"}}]`), "", "/steps/0/set/~1at", "/at"},
		{"unknown gen", story(`"let":{"thing":{"id":"id.nosuch"}},"steps":[]`), "", "/let/thing/id", "unknown x-gen"},
		{"unknown key", story(`"steps":[{"emitt":"thing.made"}]`), "", "/steps/0/emitt", "unknown key"},
		{"bad duration", story(`"steps":[{"after":"2 hours"}]`), "", "/steps/0/after", "not a duration"},
		{"bad delay", story(`"steps":[{"after":{"lognormal":{"median":"5m","p95":"1m"}}}]`), "", "/steps/0/after/lognormal", "median"},
		{"bad hours", story(`"steps":[{"after":{"constant":"1m","hours":"8-22"}}]`), "", "/steps/0/after/hours", "times of day"},
		{"bad repeat", story(`"steps":[{"repeat":[3,1],"steps":[]}]`), "", "/steps/0/repeat", "least"},
		{"two things in a step", story(`"steps":[{"emit":"thing.made","play":"story"}]`), "", "/steps/0", "make two"},
		{"later without first", story(`"stage":"later","steps":[]`), "", "/stage", "begins a life"},
		{"nothing begins", story(`"weight":0,"steps":[]`), "", "", "begin a life"},
		{"life that begins in silence", story(`"steps":[{"after":"1s"},{"repeat":[0,0],"steps":[{"emit":"thing.made"}]}]`), "", "/steps", "emits anything"},
		{"other name", `{"name":"other","summary":"x","steps":[]}`, "", "/name", "called"},
		{"edit of nothing", story(`"steps":[{"edit":["thing.id"]}]`), "", "/steps/0/edit/0", "no variable of the life"},
		{"not JSON", `{`, "", "", "not JSON"},
		{"law of unknown event", fine, law(`"law":"last","event":"thing.lost","key":"/id"`), "/laws/0/event", "unknown event"},
		{"law at unknown place", fine, law(`"law":"unique","value":"/nosuch"`), "/laws/0/value", "no place"},
		{"law nothing can meet", fine, law(`"law":"unique","value":"/status"`), "/laws/0/value", "nothing can meet"},
		{"law of values that never come", fine, law(`"law":"monotonic","event":"thing.made","key":"/id","value":"/status","order":["new","gone"]`), "/laws/0/order/1", "never"},
		{"place that differs from itself", fine, law(`"law":"differ","event":"thing.made","value":"/id","from":"/id"`), "/laws/0/from", "itself"},
		{"unknown law", fine, law(`"law":"nosuch"`), "/laws/0/law", "unknown law"},
		{"law without its key", fine, law(`"law":"unique"`), "/laws/0", "missing"},
		{"law with a key too many", fine, law(`"law":"unique","value":"/id","to":"thing.made"`), "/laws/0/to", "no key"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := load(t, storySchema, journeyFolder(test.journey, test.laws))
			_, err := generators.Load(c)
			var file *generators.FileError
			if !errors.As(err, &file) {
				t.Fatalf("Load() = %v, want a FileError", err)
			}
			wantFile := "journeys"
			if test.laws != "" {
				wantFile = "laws.json"
			}
			if !strings.HasPrefix(file.File, wantFile) || string(file.Place) != test.place || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Load() = %v\nwant %s at %q with %q", err, wantFile, test.place, test.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("Load() tells %d lines: %v", strings.Count(err.Error(), "\n")+1, err)
			}
		})
	}
}

// TestStory tells one story and checks every kind of step in it.
func TestStory(t *testing.T) {
	c := load(t, storySchema, journeyFolder(`{"name":"story","summary":"A thing is made, noted and aged.",
		"let":{"thing":{"id":{"gen":"id.token","prefix":"t_","length":8},"name":"person.name","word":{"pick":["one","two"]}}},
		"steps":[
		 {"emit":"thing.made","set":{"/status":"new","/at":"$now","/note":"$$5 for ${thing.name} \"${thing.word}\"","/n":1},"absent":[]},
		 {"fork":[{"emit":"thing.made","after":"2s","set":{"/status":"old","/n":4,"/note":"$thing.word|json"}}]},
		 {"repeat":[2,2],"let":{"thing":{"id":"id.hex"}},"steps":[{"emit":"thing.made","after":"10s","set":{"/n":2},"absent":["/note","/at"]}]},
		 {"choose":[{"weight":1,"steps":[{"emit":"thing.made","after":"1m","set":{"/n":3},"present":["/note"]}]}]}]}`, ""))
	if _, err := generators.Load(c); err != nil {
		t.Fatal(err)
	}
	g, err := generators.New(c, generators.Config{})
	if err != nil {
		t.Fatal(err)
	}
	list := take(t, g, generators.StreamConfig{Lives: 1}, 5)
	var shape []string
	for _, m := range list {
		if err := m.meta.Event.Validate([]byte(m.body)); err != nil {
			t.Fatal(err)
		}
		shape = append(shape, m.body[strings.Index(m.body, `"status"`):])
	}
	for i, want := range []string{`"n":1`, `"n":4`, `"n":2`, `"n":2`, `"n":3`} {
		if !strings.Contains(shape[i], want) {
			t.Errorf("message %d is %s, want %s", i, shape[i], want)
		}
	}
	id := func(i int) string { return list[i].body[:strings.Index(list[i].body, `,`)] }
	if id(0) != id(1) || id(0) != id(4) || id(2) == id(0) || id(2) == id(3) {
		t.Errorf("ids are %s %s %s %s %s", id(0), id(1), id(2), id(3), id(4))
	}
	if !strings.Contains(list[0].body, `"note":"$5 for `) || !strings.Contains(list[1].body, `"note":"\"`) {
		t.Errorf("notes are in %s and %s", list[0].body, list[1].body)
	}
	if want := list[0].meta.Time.Format("2006-01-02T15:04:05.000Z"); !strings.Contains(list[0].body, want) {
		t.Errorf("%s is not of %s", list[0].body, want)
	}
	if gap := list[1].meta.Time.Sub(list[0].meta.Time); gap.Seconds() != 2 {
		t.Errorf("the fork comes after %v, want 2s", gap)
	}
}
