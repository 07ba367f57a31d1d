package generators_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// Streams that must obey the laws are so long, and so many; every event occurs in the first of their
// messages. What the race detector looks for is found in less.
const (
	lawStream   = 20_000 / raceFactor
	lawSeeds    = 10 / raceFactor
	firstStream = 2_000
)

// TestStreamsObeyLaws: ten seeds of every provider's default stream obey its laws and are valid, every
// law has something to say in each of them, and every event occurs early.
func TestStreamsObeyLaws(t *testing.T) {
	t.Parallel()
	names := schemas.Builtins()
	if len(names) == 0 {
		t.Fatal("Builtins() lists nothing")
	}
	for _, name := range names {
		c, _ := builtin(t, name)
		seeds := uint64(lawSeeds)
		if c.Provider.Extends != "" {
			seeds = 2 // the stories are its parent's
		}
		for seed := uint64(1); seed <= seeds; seed++ {
			t.Run(fmt.Sprintf("%s seed %d", name, seed), func(t *testing.T) {
				t.Parallel()
				checker, err := newLawChecker(c.Files())
				if err != nil {
					t.Fatal(err)
				}
				if len(checker.laws) == 0 {
					t.Fatal("no laws")
				}
				g, err := generators.New(c, generators.Config{Seed: seed})
				if err != nil {
					t.Fatal(err)
				}
				stream, err := g.Stream(generators.StreamConfig{})
				if err != nil {
					t.Fatal(err)
				}
				var body []byte
				occurs := map[string]int{}
				for i := range lawStream {
					next, meta, ok := stream.Next(body[:0])
					if !ok {
						t.Fatalf("the stream ends after %d messages", i)
					}
					body = next
					if i < firstStream {
						occurs[meta.Event.Name]++
					}
					if err := checker.message(meta.Event.Name, body); err != nil {
						t.Fatalf("message %d: %v", i, err)
					}
					// The first seed's messages are validated all, another's in turn.
					if seed > 1 && i%lawSeeds != int(seed)%lawSeeds {
						continue
					}
					if err := meta.Event.Validate(body); err != nil {
						t.Fatalf("message %d: %v\n%s", i, err, body)
					}
				}
				for _, e := range c.Events() {
					if occurs[e.Name] == 0 {
						t.Errorf("%q does not occur in the first %d messages: %v", e.Name, firstStream, occurs)
					}
				}
				for i, fault := range checker.broken {
					if i == 10 {
						t.Errorf("and %d more", len(checker.broken)-i)
						break
					}
					t.Error(fault)
				}
				for i, l := range checker.laws {
					if l.met == 0 {
						t.Errorf("law %d (%s: %s) concerned no message", i, l.Law, l.Why)
					}
				}
			})
		}
	}
}

// TestAutoRepliesMatch: whatever sets an auto-reply off matches its trigger the way its match_criteria
// says, and is answered within seconds with what the rule holds.
func TestAutoRepliesMatch(t *testing.T) {
	rules := []string{"autoreply-exact", "autoreply-contains", "autoreply-starts", "autoreply-ends", "autoreply-tried"}
	type rule struct{ trigger, criteria string }
	fired := map[string]int{}
	lives := map[uint64]rule{}
	for _, m := range streamOf(t, "sentsays", generators.StreamConfig{Journeys: rules}, 3000) {
		life := m.meta.Coordinate.Life
		doc := decodeBody(t, m.body)
		text := func(at string) string { return strings.Join(texts(doc, placeOf(at), ""), "") }
		switch m.meta.Event.Name {
		case "autoreply.created":
			lives[life] = rule{text("/data/trigger"), text("/data/match_criteria")}
		case "message.received":
			r, said := lives[life], text("/data/value/messages/0/text/body")
			matches := map[string]func(text, trigger string) bool{
				"exact match": func(text, trigger string) bool { return text == trigger },
				"contains":    strings.Contains,
				"starts with": strings.HasPrefix,
				"ends with":   strings.HasSuffix,
			}[r.criteria]
			if matches == nil || r.trigger == "" || !matches(said, r.trigger) {
				t.Errorf("%q does not match %q by %q", said, r.trigger, r.criteria)
			}
			fired[r.criteria]++
		}
	}
	for _, criteria := range []string{"exact match", "contains", "starts with", "ends with"} {
		if fired[criteria] == 0 {
			t.Errorf("no rule by %q was ever set off", criteria)
		}
	}
}

// TestAnswersAnswer: what the business writes to a customer who has asked is the answer to a question of
// that customer, in the customer's language.
func TestAnswersAnswer(t *testing.T) {
	questions := map[string]string{} // answer → question
	for _, file := range []string{"data/es.json", "data/en.json"} {
		var table struct{ Chats [][2]string }
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &table); err != nil {
			t.Fatal(err)
		}
		for _, pair := range table.Chats {
			questions[pair[1]] = pair[0]
		}
	}
	type line struct {
		life uint64
		text string
	}
	asked := map[line]bool{}
	answers := 0
	for _, m := range streamOf(t, "sentsays", generators.StreamConfig{}, 4000) {
		life := m.meta.Coordinate.Life
		doc := decodeBody(t, m.body)
		for _, text := range texts(doc, placeOf("/data/value/messages/*/text/body"), "") {
			asked[line{life, text}] = true
		}
		for _, text := range texts(doc, placeOf("/data/data/data/chat/metadata"), "") {
			question, known := questions[strings.Join(texts(decodeBody(t, []byte(text)), placeOf("/text/body"), ""), "")]
			switch m.meta.Journey {
			case "invited", "offer", "order", "campaign":
				continue // here the business begins, or answers something else than a text
			}
			if !known || strings.HasPrefix(m.meta.Journey, "autoreply") {
				continue // no text, or a rule's
			}
			answers++
			if !asked[line{life, question}] {
				t.Errorf("life %d, %s: the answer to %q, which nobody asked", life, m.meta.Journey, question)
			}
		}
	}
	if answers < 200 {
		t.Errorf("only %d answers seen", answers)
	}
}

// TestLawCheckerSees: for each kind of law, a stream that breaks it is found out and one that keeps it
// is not.
func TestLawCheckerSees(t *testing.T) {
	tests := []struct {
		name, law     string
		keeps, breaks []string // "event body"
	}{
		{"unique", `{"law":"unique","value":"/id"}`,
			[]string{`a {"id":1}`, `b {"id":2}`}, []string{`a {"id":1}`, `b {"id":1}`}},
		{"unique in a batch", `{"law":"unique","event":"a","value":"/l/*/id"}`,
			[]string{`a {"l":[{"id":"x"},{"id":"y"}]}`, `b {"l":[{"id":"x"}]}`}, []string{`a {"l":[{"id":"x"},{"id":"x"}]}`}},
		{"reference", `{"law":"reference","event":"b","value":"/of","to":"a","key":"/id"}`,
			[]string{`a {"id":"x"}`, `b {"of":"x"}`, `b {}`}, []string{`b {"of":"x"}`, `a {"id":"x"}`}},
		{"reference by digits", `{"law":"reference","event":"b","value":"/of","to":"a","key":"/id","as":"digits"}`,
			[]string{`a {"id":"+1 2"}`, `b {"of":"12"}`}, []string{`a {"id":"+12"}`, `b {"of":"13"}`}},
		{"monotonic", `{"law":"monotonic","event":"a","key":"/id","value":"/s","order":["x","y"],"final":["f"]}`,
			[]string{`a {"id":1,"s":"x"}`, `a {"id":2,"s":"y"}`, `a {"id":1,"s":"y"}`, `a {"id":2,"s":"f"}`}, []string{`a {"id":1,"s":"y"}`, `a {"id":1,"s":"x"}`}},
		{"monotonic repeats", `{"law":"monotonic","event":"a","key":"/id","value":"/s","order":["x","y"]}`,
			[]string{`a {"id":1,"s":"x"}`}, []string{`a {"id":1,"s":"x"}`, `a {"id":1,"s":"x"}`}},
		{"monotonic final", `{"law":"monotonic","event":"a","key":"/l/*/id","value":"/l/*/s","order":["x","y"],"final":["f"]}`,
			[]string{`a {"l":[{"id":1,"s":"x"},{"id":2,"s":"f"}]}`, `a {"l":[{"id":1,"s":"y"}]}`}, []string{`a {"l":[{"id":1,"s":"f"}]}`, `a {"l":[{"id":1,"s":"y"}]}`}},
		{"increasing", `{"law":"increasing","value":"/at","as":"unix"}`,
			[]string{`a {"at":"2026-01-01T00:00:00.000Z"}`, `b {"at":"1767225601"}`, `b {"at":1767225601}`}, []string{`a {"at":"1767225601"}`, `b {"at":"2026-01-01T00:00:00.000Z"}`}},
		{"same", `{"law":"same","of":[{"event":"a","key":"/id","value":"/w"},{"event":"b","key":"/of","value":"/v"}]}`,
			[]string{`a {"id":1,"w":"x"}`, `b {"of":1,"v":"x"}`, `b {"of":2,"v":"y"}`}, []string{`a {"id":1,"w":"x"}`, `b {"of":1,"v":"y"}`}},
		{"differ", `{"law":"differ","event":"a","value":"/l/*/from","from":"/own","as":"digits"}`,
			[]string{`a {"own":"1","l":[{"from":"+2"}]}`}, []string{`a {"own":"1","l":[{"from":"2"},{"from":"+1"}]}`}},
		{"last", `{"law":"last","event":"gone","key":"/id"}`,
			[]string{`a {"id":1}`, `gone {"id":1}`, `a {"id":2}`}, []string{`gone {"id":1}`, `a {"id":1}`}},
		{"last of marks", `{"law":"last","event":"gone","key":"/l/*/id","of":[{"event":"a","key":"/of"}]}`,
			[]string{`gone {"l":[{"id":1}]}`, `b {"of":1}`}, []string{`gone {"l":[{"id":2},{"id":1}]}`, `a {"of":1}`}},
		{"during", `{"law":"during","event":"m","key":"/c","from":[{"event":"o","key":"/c"},{"event":"u","key":"/c","where":{"/s":"open"}}],"until":[{"event":"u","key":"/c","where":{"/s":"shut"}}]}`,
			[]string{`o {"c":1}`, `m {"c":1}`, `u {"c":1,"s":"shut"}`, `u {"c":1,"s":"open"}`, `m {"c":1}`}, []string{`o {"c":1}`, `u {"c":1,"s":"shut"}`, `m {"c":1}`}},
		{"during, never opened", `{"law":"during","event":"m","key":"/c","from":[{"event":"o","key":"/c"}],"until":[{"event":"u","key":"/c"}]}`,
			[]string{`o {"c":1}`, `m {"c":1}`}, []string{`m {"c":1}`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, run := range []struct {
				messages []string
				want     int
			}{{tt.keeps, 0}, {tt.breaks, 1}} {
				checker, err := newLawChecker(fstest.MapFS{"laws.json": {Data: []byte(`{"laws":[` + tt.law + `]}`)}})
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range run.messages {
					event, body, _ := strings.Cut(m, " ")
					if err := checker.message(event, []byte(body)); err != nil {
						t.Fatal(err)
					}
				}
				if len(checker.broken) != run.want {
					t.Errorf("%s: broken %q, want %d", run.messages, checker.broken, run.want)
				}
			}
		})
	}
}

// streamed is one message of a stream.
type streamed struct {
	meta generators.Meta
	body []byte
}

// streamOf collects the first messages of a provider's stream.
func streamOf(t *testing.T, provider string, how generators.StreamConfig, n int) []streamed {
	t.Helper()
	_, g := builtin(t, provider)
	stream, err := g.Stream(how)
	if err != nil {
		t.Fatal(err)
	}
	var list []streamed
	for len(list) < n {
		body, meta, ok := stream.Next(nil)
		if !ok {
			t.Fatalf("the stream ends after %d messages", len(list))
		}
		list = append(list, streamed{meta, body})
	}
	return list
}
