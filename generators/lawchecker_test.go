package generators_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
)

// lawBook is a provider's laws.json, read anew: the checker shares no code with the generator that it
// checks.
type lawBook struct {
	Laws []law `json:"laws"`
}

type law struct {
	Law   string          `json:"law"`
	Why   string          `json:"why"`
	Event string          `json:"event"`
	Where map[string]any  `json:"where"`
	Key   place           `json:"key"`
	Value place           `json:"value"`
	To    string          `json:"to"`
	As    string          `json:"as"`
	Order []string        `json:"order"`
	Final []string        `json:"final"`
	Of    []mark          `json:"of"`
	Until []mark          `json:"until"`
	From  json.RawMessage `json:"from"` // a place (differ) or marks (during)
}

type mark struct {
	Event string         `json:"event"`
	Key   place          `json:"key"`
	Value place          `json:"value"`
	Where map[string]any `json:"where"`
}

// lawChecker holds a stream against laws, message by message.
type lawChecker struct {
	laws   []*heldLaw
	broken []string
	count  int
}

// heldLaw is a law and what it remembers.
type heldLaw struct {
	law
	fromPlace place
	fromMarks []mark
	seen      map[string]string // key → what was last seen
	met       int               // how often it had something to say
}

func newLawChecker(fsys fs.FS) (*lawChecker, error) {
	text, err := fs.ReadFile(fsys, "laws.json")
	if err != nil {
		return nil, err
	}
	var book lawBook
	if err := json.Unmarshal(text, &book); err != nil {
		return nil, err
	}
	c := new(lawChecker)
	for _, l := range book.Laws {
		held := &heldLaw{law: l, seen: map[string]string{}}
		switch l.Law {
		case "differ":
			err = json.Unmarshal(l.From, &held.fromPlace)
		case "during":
			err = json.Unmarshal(l.From, &held.fromMarks)
		}
		if err != nil {
			return nil, err
		}
		c.laws = append(c.laws, held)
	}
	return c, nil
}

// message checks the next message of the stream.
func (c *lawChecker) message(event string, body []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var doc any
	if err := decoder.Decode(&doc); err != nil {
		return err
	}
	for _, l := range c.laws {
		if fault := l.check(event, doc); fault != "" {
			c.broken = append(c.broken, fmt.Sprintf("message %d (%s): %s: %s (%s)", c.count, event, l.Law, fault, l.Why))
		}
	}
	c.count++
	return nil
}

func (l *heldLaw) check(event string, doc any) string {
	switch l.Law {
	case "unique":
		return l.unique(event, doc)
	case "reference":
		return l.reference(event, doc)
	case "monotonic":
		return l.monotonic(event, doc)
	case "increasing":
		return l.increasing(event, doc)
	case "same":
		return l.same(event, doc)
	case "differ":
		return l.differ(event, doc)
	case "last":
		return l.last(event, doc)
	case "during":
		return l.during(event, doc)
	}
	return "a law that the checker does not know"
}

func (l *heldLaw) concerns(event string, doc any) bool {
	return (l.Event == "" || l.Event == event) && holdsWhere(l.Where, doc)
}

func (l *heldLaw) unique(event string, doc any) (fault string) {
	if !l.concerns(event, doc) {
		return ""
	}
	for _, v := range texts(doc, l.Value, "") {
		l.met++
		if _, twice := l.seen[v]; twice {
			fault = fmt.Sprintf("%s %q comes twice", l.Value, v)
		}
		l.seen[v] = ""
	}
	return fault
}

func (l *heldLaw) reference(event string, doc any) (fault string) {
	if l.concerns(event, doc) {
		for _, v := range texts(doc, l.Value, l.As) {
			l.met++
			if _, known := l.seen[v]; !known {
				fault = fmt.Sprintf("%s %q is not the %s of an earlier %s", l.Value, v, l.Key, l.To)
			}
		}
	}
	if event == l.To {
		for _, v := range texts(doc, l.Key, l.As) {
			l.seen[v] = ""
		}
	}
	return fault
}

func (l *heldLaw) monotonic(event string, doc any) (fault string) {
	if !l.concerns(event, doc) {
		return ""
	}
	for _, p := range pairs(doc, l.Key, l.Value, "") {
		l.met++
		before, again := l.seen[p.key]
		l.seen[p.key] = p.value
		switch {
		case slices.Contains(l.Final, before):
			fault = fmt.Sprintf("%q follows %q, which is final, for %s", p.value, before, p.key)
		case slices.Contains(l.Final, p.value):
		case !slices.Contains(l.Order, p.value):
			fault = fmt.Sprintf("%q has no place in the order", p.value)
		case again && slices.Index(l.Order, p.value) <= slices.Index(l.Order, before):
			fault = fmt.Sprintf("%q follows %q for %s", p.value, before, p.key)
		}
	}
	return fault
}

func (l *heldLaw) increasing(event string, doc any) (fault string) {
	if !l.concerns(event, doc) {
		return ""
	}
	list := pairs(doc, l.Key, l.Value, l.As)
	for _, p := range list {
		l.met++
		if before, ok := l.seen[p.key]; ok && less(p.value, before, l.As) {
			fault = fmt.Sprintf("%s goes back from %s to %s", l.Value, before, p.value)
		}
		l.seen[p.key] = p.value
	}
	return fault
}

func (l *heldLaw) same(event string, doc any) (fault string) {
	for _, m := range l.Of {
		if m.Event != event || !holdsWhere(m.Where, doc) {
			continue
		}
		for _, p := range pairs(doc, m.Key, m.Value, l.As) {
			// Keys of `as` digits are compared as text: an id is not a number.
			l.met++
			if before, ok := l.seen[p.key]; ok && before != p.value {
				fault = fmt.Sprintf("%s is %q for %s, which had %q", m.Value, p.value, p.key, before)
			}
			l.seen[p.key] = p.value
		}
	}
	return fault
}

func (l *heldLaw) differ(event string, doc any) (fault string) {
	if !l.concerns(event, doc) {
		return ""
	}
	for _, a := range texts(doc, l.Value, l.As) {
		for _, b := range texts(doc, l.fromPlace, l.As) {
			l.met++
			if a == b {
				fault = fmt.Sprintf("%s and %s are both %q", l.Value, l.fromPlace, a)
			}
		}
	}
	return fault
}

func (l *heldLaw) last(event string, doc any) (fault string) {
	marks := l.Of
	if marks == nil {
		marks = []mark{{Event: event, Key: l.Key}}
	}
	for _, m := range marks {
		if m.Event != event || !holdsWhere(m.Where, doc) {
			continue
		}
		for _, key := range texts(doc, m.Key, "") {
			if _, gone := l.seen[key]; gone {
				fault = fmt.Sprintf("%s %q comes after %s", m.Key, key, l.Event)
			}
		}
	}
	if l.concerns(event, doc) {
		for _, key := range texts(doc, l.Key, "") {
			l.met++
			l.seen[key] = ""
		}
	}
	return fault
}

func (l *heldLaw) during(event string, doc any) (fault string) {
	turn := func(marks []mark, state string) {
		for _, m := range marks {
			if m.Event != event || !holdsWhere(m.Where, doc) {
				continue
			}
			for _, key := range texts(doc, m.Key, "") {
				l.seen[key] = state
			}
		}
	}
	turn(l.Until, "closed")
	turn(l.fromMarks, "open")
	if !l.concerns(event, doc) {
		return fault
	}
	for _, key := range texts(doc, l.Key, "") {
		l.met++
		if l.seen[key] != "open" {
			fault = fmt.Sprintf("%s %q is not open but %q", l.Key, key, l.seen[key])
		}
	}
	return fault
}
