package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// ConsumerContract is what a consumer needs of a provider, found out by Probe: the file
// consumer-contract.json.
type ConsumerContract struct {
	SchemaVersion int                   `json:"schema_version"`
	Provider      string                `json:"provider"`
	CatalogDigest string                `json:"catalog_digest"`
	Observed      bool                  `json:"observed"` // effects were seen; else "ignored" means acknowledged
	Events        map[string]EventNeeds `json:"events"`
}

// EventNeeds is what the consumer does with an event, and with each optional field of it.
type EventNeeds struct {
	Accepts bool                           `json:"accepts"`          // acknowledges a message with all optional fields
	Reason  string                         `json:"reason,omitempty"` // why not
	Fields  map[schemas.Pointer]FieldNeeds `json:"fields"`
}

// FieldNeeds is what the consumer does when the field is left out, null, or has another valid value.
// A way that could not be tried is "".
type FieldNeeds struct {
	Absent  Reaction `json:"absent,omitempty"`
	Null    Reaction `json:"null,omitempty"`
	Changed Reaction `json:"changed,omitempty"`
}

// Reaction is what a consumer does with a message that differs in one field.
type Reaction string

// The reactions.
const (
	Breaks  Reaction = "breaks"  // three of three are refused, or acknowledged and lost
	Unclear Reaction = "unclear" // some are refused and some are not
	Uses    Reaction = "uses"    // acknowledged, and the value turns up in what the consumer keeps
	Ignored Reaction = "ignored" // acknowledged, and nothing else can be seen
)

const (
	consumerVersion = 1
	consumerBytes   = 64 << 20
)

// WriteConsumerContract writes the file that ReadConsumerContract reads.
func WriteConsumerContract(w io.Writer, c *ConsumerContract) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(c); err != nil {
		return fmt.Errorf("write consumer contract: %w", err)
	}
	_, err := b.WriteTo(w)
	return err
}

// ReadConsumerContract reads a consumer contract; unknown keys are errors.
func ReadConsumerContract(r io.Reader) (*ConsumerContract, error) {
	decoder := json.NewDecoder(io.LimitReader(r, consumerBytes))
	decoder.DisallowUnknownFields()
	var c ConsumerContract
	if err := decoder.Decode(&c); err != nil {
		return nil, fmt.Errorf("read consumer contract: %w", err)
	}
	if c.SchemaVersion != consumerVersion {
		return nil, fmt.Errorf("read consumer contract: schema_version is %d, want %d", c.SchemaVersion, consumerVersion)
	}
	return &c, nil
}

// Probe finds out what the consumer really needs: of each selected event, it leaves out, nulls and
// changes each optional field in turn, each time in a fresh message that is otherwise complete. The
// error is about cfg, or says that the consumer went away; then the contract holds what was found.
func Probe(ctx context.Context, cfg Config) (*ConsumerContract, error) {
	if cfg.Catalog == nil {
		return nil, errors.New("probe: needs a catalog: a sample body has no optional fields")
	}
	p, err := newPlan(cfg)
	if err != nil {
		return nil, fmt.Errorf("probe: %w", err)
	}
	stop, err := p.serve(ctx)
	if err != nil {
		return nil, fmt.Errorf("probe: %w", err)
	}
	defer stop()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	found := &ConsumerContract{
		SchemaVersion: consumerVersion, Provider: p.provider.Name, CatalogDigest: cfg.Catalog.Digest(), Observed: cfg.Observer != nil, Events: map[string]EventNeeds{},
	}
	probe := prober{runner: newRunner(p, end)}
	for _, event := range p.events {
		needs, err := probe.event(ctx, event)
		if err != nil {
			return found, fmt.Errorf("probe %s: %w", event.Name, err)
		}
		found.Events[event.Name] = needs
	}
	return found, nil
}

// prober tries one event after the other.
type prober struct {
	runner *runner
	life   uint64 // next life that nobody has used
}

// tried is an acknowledged message whose effects are still to be read.
type tried struct {
	exchange checks.Exchange
	value    json.RawMessage // of the changed field; nil when nothing was set
	reaction *Reaction
}

func (p *prober) event(ctx context.Context, event *schemas.Event) (EventNeeds, error) {
	needs := EventNeeds{Fields: map[schemas.Pointer]FieldNeeds{}}
	variants, err := p.cover(event)
	if err != nil {
		return needs, err
	}
	reaction, x, err := p.try(ctx, event, nil)
	if err != nil {
		return needs, err
	}
	if needs.Accepts = reaction != Breaks; !needs.Accepts {
		needs.Reason = "a complete message got " + x.Reply.String()
		return needs, nil
	}
	fields := map[schemas.Pointer]*FieldNeeds{}
	pending := []tried{{exchange: x}}
	for _, place := range p.optional(event, variants[0].Message.Body) {
		field := &FieldNeeds{}
		fields[place] = field
		edits := map[*Reaction]checks.Edit{
			&field.Absent: {Op: checks.Remove, Place: string(place)},
			&field.Null:   {Op: checks.Set, Place: string(place), JSON: json.RawMessage("null")},
		}
		if other := another(place, variants); other != nil {
			edits[&field.Changed] = checks.Edit{Op: checks.Set, Place: string(place), JSON: other}
		}
		for _, reaction := range []*Reaction{&field.Absent, &field.Null, &field.Changed} {
			edit, possible := edits[reaction]
			if !possible {
				continue
			}
			if *reaction, x, err = p.try(ctx, event, &edit); err != nil {
				return needs, err
			}
			if *reaction == Ignored {
				pending = append(pending, tried{x, edit.JSON, reaction})
			}
		}
	}
	p.observe(ctx, pending)
	for place, field := range fields {
		needs.Fields[place] = *field
	}
	return needs, nil
}

// observe reads the effects of all that was acknowledged, once. Without effects of the complete
// message, which comes first, nothing can be said of the others.
func (p *prober) observe(ctx context.Context, pending []tried) {
	var keys []string
	for _, t := range pending {
		keys = append(keys, keyOf(t.exchange))
	}
	if p.runner.plan.cfg.Observer == nil || keys[0] == "" {
		return
	}
	readings, err := p.runner.readKeys(ctx, keys...)
	if err != nil {
		return
	}
	byKey := map[string]checks.Reading{}
	for _, reading := range readings {
		byKey[reading.Key] = reading
	}
	if byKey[keys[0]].Count == 0 {
		return
	}
	for i, t := range pending[1:] {
		reading, read := byKey[keys[i+1]]
		switch {
		case !read || reading.Err != nil || keys[i+1] == "":
		case reading.Count == 0:
			*t.reaction = Breaks
		case len(t.value) > len(`"a"`) && bytes.Contains(reading.Value, t.value):
			*t.reaction = Uses
		}
	}
}

func keyOf(x checks.Exchange) string {
	if len(x.Message.Entities) == 0 {
		return ""
	}
	return x.Message.Entities[0]
}

// cover makes messages that nobody has seen, the complete one first.
func (p *prober) cover(event *schemas.Event) ([]generators.Variant, error) {
	variants, err := p.runner.plan.generator.Cover(event.Name, p.life)
	p.life += uint64(len(variants)) + 1
	return variants, err
}

// optional lists the places that the schema lets be absent and that the body has, once each.
func (p *prober) optional(event *schemas.Event, body []byte) []schemas.Pointer {
	document, err := schemas.Decode(body)
	if err != nil {
		return nil
	}
	var places []schemas.Pointer
	for _, point := range p.runner.plan.generator.Points(event.Name) {
		place := schemas.Pointer(point.Place)
		if point.What == "absent" && !slices.Contains(places, place) && len(place.Find(document)) == 1 {
			places = append(places, place)
		}
	}
	return places
}

// another is a valid value for the place that differs from the one in the complete message, taken
// from the other variants; nil when they hold none.
func another(place schemas.Pointer, variants []generators.Variant) json.RawMessage {
	value := func(body []byte) []byte {
		document, err := schemas.Decode(body)
		if err != nil {
			return nil
		}
		if found := place.Find(document); len(found) == 1 && found[0] != nil {
			if text, err := json.Marshal(found[0]); err == nil {
				return text
			}
		}
		return nil
	}
	usual := value(variants[0].Message.Body)
	for _, v := range variants[1:] {
		if other := value(v.Message.Body); other != nil && !bytes.Equal(other, usual) {
			return other
		}
	}
	return nil
}

// try sends the message until it is acknowledged, three times at most: Ignored when the first was,
// Breaks when none was.
func (p *prober) try(ctx context.Context, event *schemas.Event, edit *checks.Edit) (Reaction, checks.Exchange, error) {
	var x checks.Exchange
	for look := range looks {
		variants, err := p.cover(event)
		if err != nil {
			return "", x, err
		}
		step := checks.Step{Event: event.Name, Body: variants[0].Message.Body}
		if edit != nil {
			step.Edits = []checks.Edit{*edit}
		}
		if x, err = p.runner.plan.subject(nil, event).Build(step, nil); err != nil {
			return "", x, err
		}
		x = p.runner.sender.send(ctx, p.runner.marked(x))
		switch {
		case ctx.Err() != nil:
			return "", x, context.Cause(ctx)
		case x.Reply.Failure == checks.FailureConnect || x.Reply.Failure == notSentDeadlines:
			return "", x, fmt.Errorf("the consumer is gone: %s", x.Reply)
		case x.Reply.Acknowledged(p.runner.plan.provider.Policy) && look == 0:
			return Ignored, x, nil
		case x.Reply.Acknowledged(p.runner.plan.provider.Policy):
			return Unclear, x, nil
		}
	}
	return Breaks, x, nil
}
