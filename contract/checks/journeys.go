package checks

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// Bounds of what is looked at of a provider's journeys.
const (
	journeyLives    = 6
	journeyMessages = 1_000
)

// Journeys are the beginnings of some lives of a provider's stream, read when they are first asked for.
// Safe for concurrent use.
type Journeys struct {
	catalog   *schemas.Catalog
	generator *generators.Generator
	laws      *Laws
	states    map[string][]schemas.Pointer // event → places with one of a few values

	once  sync.Once // guards lives
	lives [][]scene
}

// NewJourneys are those of the catalog, as the generator makes them.
func NewJourneys(c *schemas.Catalog, g *generators.Generator, laws *Laws) *Journeys {
	j := &Journeys{catalog: c, generator: g, laws: laws, states: map[string][]schemas.Pointer{}}
	for _, e := range c.Events() {
		visitSchema(e.Schema, "", map[*schemas.Schema]bool{}, func(place schemas.Pointer, at *schemas.Schema) {
			if len(at.Enum) > 1 && !slices.Contains(j.states[e.Name], place) {
				j.states[e.Name] = append(j.states[e.Name], place)
			}
		})
	}
	return j
}

// scene is a message of a journey and what the laws see in it.
type scene struct {
	at      generators.Coordinate
	message schemas.Message
	kind    string    // its event, and what it says where there are but a few values
	time    time.Time // that it gives; zero when it gives none
	creates []string  // names of what it creates, as far as others refer to it
	refers  []string  // names of what it refers to
}

// all lists the scenes of each life; none for a catalog without journeys that can be told.
func (j *Journeys) all() [][]scene {
	j.once.Do(func() {
		stream, err := j.generator.Stream(generators.StreamConfig{Lives: journeyLives, Tenants: 1})
		if err != nil {
			return
		}
		places := map[uint64]int{}
		for range journeyMessages {
			m, meta, ok := stream.Message()
			if !ok {
				return
			}
			if meta.Journey == "" {
				continue // a message by itself
			}
			place, known := places[meta.Coordinate.Life]
			if !known {
				place = len(j.lives)
				places[meta.Coordinate.Life] = place
				j.lives = append(j.lives, nil)
			}
			j.lives[place] = append(j.lives[place], j.scene(m, meta.Coordinate))
		}
	})
	return j.lives
}

// retold are the messages of scenes of one life in another run: the same shapes, words and times, other ids.
func (j *Journeys) retold(scenes []scene, runID string) ([]schemas.Message, error) {
	stream, err := j.generator.Renewed(runID).Stream(generators.StreamConfig{
		Lives: journeyLives, Tenants: 1, Shards: journeyLives, Shard: int(scenes[0].at.Life % journeyLives), // of that life alone
	})
	if err != nil {
		return nil, err
	}
	var messages []schemas.Message
	for range journeyMessages {
		m, meta, ok := stream.Message()
		if !ok {
			break
		}
		if meta.Coordinate != scenes[len(messages)].at {
			continue
		}
		if messages = append(messages, m); len(messages) == len(scenes) {
			return messages, nil
		}
	}
	return nil, errors.New("the journey has no such message")
}

func (j *Journeys) scene(m schemas.Message, at generators.Coordinate) scene {
	s := scene{at: at, message: m, kind: m.Event, time: m.Time}
	doc, err := schemas.Decode(m.Body)
	if err != nil {
		return s
	}
	for _, place := range j.states[m.Event] {
		for _, value := range place.Find(doc) {
			s.kind += fmt.Sprintf(" %v", value)
		}
	}
	for _, law := range j.laws.references {
		if law.To == m.Event {
			s.creates = append(s.creates, law.names(law.Key, doc)...)
		}
		if law.Event == m.Event && law.To != m.Event {
			s.refers = append(s.refers, law.names(law.Value, doc)...)
		}
	}
	for _, place := range j.laws.times[m.Event] {
		for _, value := range place.Find(doc) {
			if text, ok := value.(string); ok && s.time.IsZero() {
				s.time = instant(text)
			}
		}
	}
	return s
}

// names are the keys at a place, each as one word that says for what it is the key.
func (r reference) names(place schemas.Pointer, doc any) []string {
	var names []string
	for _, value := range place.Find(doc) {
		if key, ok := value.(string); ok && key != "" {
			names = append(names, r.To+" "+string(r.Key)+" "+r.As+" "+r.written(key))
		}
	}
	return names
}

// instant reads Unix seconds or RFC 3339; zero for anything else.
func instant(text string) time.Time {
	if seconds, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err == nil {
		return time.Unix(seconds, 0)
	}
	then, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return then
}

// refersTo reports whether the scene refers to what the other creates.
func (s scene) refersTo(parent scene) bool { return share(s.refers, parent.creates) }

// about reports whether both scenes are about the same thing.
func (s scene) about(other scene) bool { return share(s.message.Entities, other.message.Entities) }

// common is how much both scenes have in common: things that they are about, create or refer to.
func (s scene) common(other scene) int {
	theirs := slices.Concat(other.message.Entities, other.creates, other.refers)
	count := 0
	for _, name := range slices.Concat(s.message.Entities, s.creates, s.refers) {
		if slices.Contains(theirs, name) {
			count++
		}
	}
	return count
}

// overtakes reports whether both scenes are about one thing and say so when: the other is newer.
func (s scene) overtakes(newer scene) bool {
	return len(s.message.Entities) == 1 && slices.Equal(s.message.Entities, newer.message.Entities) && !s.time.IsZero() && s.time.Before(newer.time)
}

func share(a, b []string) bool {
	return slices.ContainsFunc(a, func(one string) bool { return slices.Contains(b, one) })
}
