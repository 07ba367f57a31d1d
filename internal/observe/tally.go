package observe

import (
	"encoding/json"
	"slices"
	"sync"

	"github.com/hookrig/hookrig/schemas"
)

// How many answers, entities and bodies a tally remembers; the oldest are forgotten first. A body is
// needed only until its message is answered.
const (
	tallyLimit = 1_000_000
	bodyLimit  = 20_000
)

// topic is what a call can answer: under one key, by one call.
type topic struct{ call, key string }

// tally counts answers by topic, and knows which entities of the messages sent stand behind each.
type tally struct {
	mu      sync.Mutex // guards all below
	answers *recent[topic, answered]
	behind  *recent[string, []topic] // entity → the topics under which it is answered
	sent    *recent[topic, []byte]   // topic → the last message sent about it
	total   int
}

// answered is what was said on a topic.
type answered struct {
	count int
	last  json.RawMessage
}

func newTally() *tally {
	return &tally{answers: newRecent[topic, answered](tallyLimit), behind: newRecent[string, []topic](tallyLimit), sent: newRecent[topic, []byte](bodyLimit)}
}

// expect notes that the message's entities are answered by the call under these keys. In a batch with a
// key for each entity they belong together one by one.
func (t *tally) expect(call string, keys []string, m schemas.Message) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, key := range keys {
		t.sent.put(topic{call, key}, m.Body)
	}
	for i, entity := range m.Entities {
		mine := keys
		if len(keys) == len(m.Entities) {
			mine = keys[i : i+1]
		}
		topics, _ := t.behind.get(entity)
		for _, key := range mine {
			if topic := (topic{call, key}); !slices.Contains(topics, topic) {
				topics = append(slices.Clip(topics), topic)
			}
		}
		if len(topics) > 0 {
			t.behind.put(entity, topics)
		}
	}
}

// count notes an answer.
func (t *tally) count(call, key string, value json.RawMessage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total++
	before, _ := t.answers.get(topic{call, key})
	t.answers.put(topic{call, key}, answered{count: before.count + 1, last: value})
}

// said counts the answers on a topic.
func (t *tally) said(about topic) (count int, value json.RawMessage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a, _ := t.answers.get(about)
	return a.count, a.last
}

// inbound is the last message sent on a topic, nil when there was none.
func (t *tally) inbound(call, key string) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	body, _ := t.sent.get(topic{call, key})
	return body
}

// read counts the answers to an entity; the empty key counts all.
func (t *tally) read(entity string) (count int, value json.RawMessage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if entity == "" {
		return t.total, nil
	}
	topics, _ := t.behind.get(entity)
	for _, topic := range topics {
		a, _ := t.answers.get(topic)
		count += a.count
		if a.last != nil {
			value = a.last
		}
	}
	return count, value
}

// recent is a map of the newest keys.
type recent[K comparable, V any] struct {
	limit  int
	values map[K]V
	order  []K // keys by age
}

func newRecent[K comparable, V any](limit int) *recent[K, V] {
	return &recent[K, V]{limit: limit, values: map[K]V{}}
}

func (r *recent[K, V]) get(key K) (V, bool) {
	value, ok := r.values[key]
	return value, ok
}

func (r *recent[K, V]) put(key K, value V) {
	if _, known := r.values[key]; !known {
		if r.order = append(r.order, key); len(r.order) > r.limit {
			delete(r.values, r.order[0])
			r.order = r.order[1:]
		}
	}
	r.values[key] = value
}
