package checks

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// Bounds of what is told before a message.
const (
	parentsTold  = 24      // messages: a batch refers to many
	parentsDepth = 3       // a parent's parent's parent
	parentTries  = 8       // messages that are looked at for one that can be a parent
	parentStep   = 1 << 20 // of a life: no message of a check stands there
)

// Parents are plain messages that create what a message refers to by the provider's laws, grandparents
// first: a provider has sent them long before. What one of the known messages creates is left out. They
// are about the same life, and older.
func (s *Subject) Parents(child Exchange, known []schemas.Message) []Step {
	f := &family{subject: s, endpoint: child.Step.Endpoint, known: known}
	if at := child.Step.Coordinate; at != nil {
		f.life = at.Life
	} else {
		f.life = s.Lives.Next().Life
	}
	f.parents(child.Message, 1)
	return f.steps
}

// family collects the parents of one message.
type family struct {
	subject  *Subject
	life     uint64
	endpoint int
	known    []schemas.Message // what is told anyway, and by the steps so far
	steps    []Step
}

func (f *family) parents(child schemas.Message, depth int) {
	doc, err := schemas.Decode(child.Body)
	if err != nil || depth > parentsDepth {
		return
	}
	for _, law := range f.subject.laws().of(child.Event) {
		for _, value := range law.Value.Find(doc) {
			if key, ok := value.(string); ok && key != "" && !f.knows(law, key) && len(f.steps) < parentsTold {
				f.add(law, key, child, depth)
			}
		}
	}
}

// knows reports whether what the key names is created by a message that is told anyway.
func (f *family) knows(law reference, key string) bool {
	for _, m := range f.known {
		if m.Event != law.To {
			continue
		}
		if created, ok := stringAt(m.Body, law.Key); ok && law.met(key, created) {
			return true
		}
	}
	return false
}

// add makes the parent of that key, and tells its own parents before it.
func (f *family) add(law reference, key string, child schemas.Message, depth int) {
	s := f.subject
	step, plain, ok := f.creator(law)
	if !ok {
		return
	}
	if created, ok := stringAt(plain.Body, law.Key); !ok || !law.met(key, created) {
		raw, ok := f.spelled(law, key, plain.Body)
		if !ok {
			return
		}
		step.Edits = append(step.Edits, Edit{Op: Set, Place: string(law.Key), JSON: raw})
	}
	fields := s.Provider.Fields
	if at, ok := find(child.Body, fields.Tenant); fields.Tenant != "" && ok {
		if own, ok := find(plain.Body, fields.Tenant); ok && !bytes.Equal(child.Body[at.from:at.to], plain.Body[own.from:own.to]) {
			step.Edits = append(step.Edits, Edit{Op: Set, Place: string(fields.Tenant), JSON: child.Body[at.from:at.to]})
		}
	}
	if before := s.timeIn(child.Body); fields.Time != "" && before != nil {
		step.Edits = append(step.Edits, Edit{Op: Set, Place: string(fields.Time), JSON: before(time.Minute)})
	}
	m, _, err := s.editMessage(plain, step.Edits)
	if err != nil {
		return
	}
	f.known = append(f.known, m)
	f.parents(m, depth+1)
	f.steps = append(f.steps, step)
}

// creator is a plain message of the event that creates, one that holds a key: not each may.
func (f *family) creator(law reference) (step Step, plain schemas.Message, ok bool) {
	for try := range parentTries {
		at := generators.Coordinate{Life: f.life, Step: parentStep + uint64(len(f.known)*parentTries+try)}
		step = Step{Event: law.To, Endpoint: f.endpoint, Coordinate: &at}
		plain, err := f.subject.message(step)
		if err != nil {
			return step, plain, false
		}
		if _, ok := find(plain.Body, law.Key); ok {
			return step, plain, true
		}
	}
	return step, plain, false
}

// spelled is the key as the parent's schema wants it.
func (f *family) spelled(law reference, key string, body []byte) (json.RawMessage, bool) {
	parent := f.subject.Catalog.Event(law.To)
	for _, text := range []string{key, "+" + law.written(key), law.written(key)} {
		raw := quote(text)
		if edited, err := set(body, law.Key, raw); err == nil && law.met(key, text) && parent.Validate(edited) == nil {
			return raw, true
		}
	}
	return nil, false
}

// stringAt is the text at the place of a body.
func stringAt(body []byte, place schemas.Pointer) (string, bool) {
	at, ok := find(body, place)
	if !ok || body[at.from] != '"' {
		return "", false
	}
	var text string
	return text, json.Unmarshal(body[at.from:at.to], &text) == nil
}
