package schemas

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Impact is what a change of a catalog does to a consumer that was right before it.
type Impact string

// Impacts, worst first. A webhook's body is the provider's output: sending less, or more kinds of
// values, breaks those who read it; sending more fields, or fewer kinds, does not.
const (
	Breaks    Impact = "breaks"    // a right consumer may fail
	Announced Impact = "announced" // a new value where the provider had said that values may be added
	Safe      Impact = "safe"
)

// Change is one difference between two versions of a catalog, seen by the consumer.
type Change struct {
	Event  string  `json:"event,omitempty"` // "" when it concerns the provider as a whole
	Place  Pointer `json:"place"`           // in the message, * for each element; in provider.json when Event is ""
	Kind   string  `json:"kind"`            // "field-dropped", "value-added", …
	Impact Impact  `json:"impact"`
	Was    string  `json:"was,omitempty"`
	Is     string  `json:"is,omitempty"`
	Why    string  `json:"why"`
	Like   string  `json:"like,omitempty"` // what the consumer may now meet at the place: absent, null, changed
}

// String is "breaks message.received /data/from: was required, is optional: …".
func (c Change) String() string {
	where := strings.TrimSpace(c.Event + " " + string(c.Place))
	text := fmt.Sprintf("%s %s: %s", c.Impact, where, c.Kind)
	if c.Was != "" || c.Is != "" {
		text += fmt.Sprintf(" (was %s, is %s)", cmp.Or(c.Was, "nothing"), cmp.Or(c.Is, "nothing"))
	}
	return text + ": " + c.Why
}

// Diff lists what a consumer sees change from one version of a catalog to the next, what breaks
// first, then by event in catalog order and by place.
func Diff(was, is *Catalog) []Change {
	d := &differ{seen: map[string]bool{}}
	d.provider(was.Provider, is.Provider)
	for _, e := range was.events {
		next := is.Event(e.Name)
		if next == nil {
			d.change(Change{Event: e.Name, Kind: "event-dropped", Impact: Breaks, Why: "the event no longer arrives"})
			continue
		}
		d.event = e.Name
		d.shapes("", shapeOf(e.Schema), shapeOf(next.Schema))
		d.stability(e, next)
	}
	for _, e := range is.events {
		if was.Event(e.Name) == nil {
			d.change(Change{Event: e.Name, Kind: "event-added", Impact: Safe, Why: "only those who ask for it get it; an unknown event must not fail"})
		}
	}
	rank := []Impact{Breaks, Announced, Safe}
	slices.SortStableFunc(d.changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(slices.Index(rank, a.Impact), slices.Index(rank, b.Impact)),
			cmp.Compare(d.order(was, is, a), d.order(was, is, b)), cmp.Compare(a.Place, b.Place))
	})
	return slices.Compact(d.changes)
}

// differ collects changes.
type differ struct {
	event   string
	changes []Change
	seen    map[string]bool // pairs of shapes being compared, or compared and alike
}

func (d *differ) change(c Change) { d.changes = append(d.changes, c) }

// order places provider-wide changes first, then events as the catalogs list them.
func (d *differ) order(was, is *Catalog, c Change) int {
	if i := slices.Index(was.names(), c.Event); i >= 0 {
		return i + 1
	}
	if i := slices.Index(is.names(), c.Event); i >= 0 {
		return len(was.events) + i + 1
	}
	return 0
}

func (d *differ) stability(was, is *Event) {
	if was.Stability != is.Stability {
		d.change(Change{Event: was.Name, Kind: "stability-changed", Impact: Safe, Was: was.Stability, Is: is.Stability,
			Why: "nothing on the wire changes"})
	}
}

// provider compares all that is not a body.
func (d *differ) provider(was, is *Provider) {
	whole := func(place Pointer, kind, why string, a, b any) {
		if x, y := jsonText(a), jsonText(b); x != y {
			d.change(Change{Place: place, Kind: kind, Impact: Breaks, Was: shorten(x, 120), Is: shorten(y, 120), Why: why})
		}
	}
	whole("/envelope", "envelope-moved", "consumers look for event and id where they were", was.Fields, is.Fields)
	whole("/signing", "signing-changed", "signatures no longer verify as they did", was.Signing, is.Signing)
	whole("/handshake", "handshake-changed", "an endpoint must answer it to be delivered to", was.Handshake, is.Handshake)
	d.headers(was.Headers, is.Headers)
	d.policy(was.Policy, is.Policy)
	if was.Body != is.Body {
		d.change(Change{Place: "/body", Kind: "spelling-changed", Impact: Safe, Was: jsonText(was.Body), Is: jsonText(is.Body),
			Why: "the same JSON in another spelling; only who signs parsed bodies notices"})
	}
}

func (d *differ) headers(was, is Headers) {
	next := map[string]string{}
	for _, line := range is {
		next[strings.ToLower(line[0])] = line[1]
	}
	for _, line := range was {
		name := strings.ToLower(line[0])
		value, kept := next[name]
		delete(next, name)
		place := Pointer("/headers").Child(line[0])
		switch {
		case !kept:
			d.change(Change{Place: place, Kind: "header-dropped", Impact: Breaks, Was: line[1], Why: "consumers may read it"})
		case value != line[1]:
			d.change(Change{Place: place, Kind: "header-changed", Impact: Breaks, Was: line[1], Is: value, Why: "consumers may read it"})
		}
	}
	for _, line := range is {
		if value, added := next[strings.ToLower(line[0])]; added {
			d.change(Change{Place: Pointer("/headers").Child(line[0]), Kind: "header-added", Impact: Safe, Is: value, Why: "unknown headers are to be ignored"})
		}
	}
}

// policy compares promises about delivery.
func (d *differ) policy(was, is Policy) {
	add := func(place Pointer, kind string, breaks bool, a, b any, why string) {
		impact := Safe
		if breaks {
			impact = Breaks
		}
		if x, y := jsonText(a), jsonText(b); x != y {
			d.change(Change{Place: "/policy" + place, Kind: kind, Impact: impact, Was: x, Is: y, Why: why})
		}
	}
	narrower := slices.ContainsFunc(statuses(), func(s int) bool { return was.Acknowledges(s) && !is.Acknowledges(s) })
	add("/acknowledge", "acknowledgement-changed", narrower, was.Acknowledge, is.Acknowledge, "an answer that no longer counts makes deliveries come again")
	add("/timeout_seconds", "deadline-changed", is.TimeoutSeconds < was.TimeoutSeconds, was.TimeoutSeconds, is.TimeoutSeconds, "a shorter one cuts off slow consumers")
	larger := is.LargestBodyBytes > was.LargestBodyBytes && was.LargestBodyBytes > 0 || is.LargestBodyBytes == 0
	add("/largest_body_bytes", "largest-body-changed", larger, was.LargestBodyBytes, is.LargestBodyBytes, "consumers limit what they read")
	add("/repeats", "repeats-changed", is.Repeats, was.Repeats, is.Repeats, "consumers must be idempotent")
	add("/ordered", "order-changed", was.Ordered, was.Ordered, is.Ordered, "consumers may rely on the order")
	add("/delivery_id", "delivery-id-changed", was.DeliveryID == "per-delivery" || is.DeliveryID == "none", was.DeliveryID, is.DeliveryID, "consumers may deduplicate by it")
	add("/retries", "retries-changed", len(is.Retries.DelaysSeconds) < len(was.Retries.DelaysSeconds), was.Retries, is.Retries, "fewer attempts lose more messages")
}

func statuses() []int {
	var all []int
	for s := 100; s < 600; s++ {
		all = append(all, s)
	}
	return all
}

func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
