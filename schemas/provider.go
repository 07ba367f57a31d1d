package schemas

import (
	"bytes"
	"encoding/json"
)

// Provider is a platform that sends webhooks, described as data (provider.json). A loaded one is
// checked and read-only. Safe for concurrent use.
type Provider struct {
	Name     string `json:"name"`
	Title    string `json:"title"`
	Homepage string `json:"homepage"`
	Extends  string `json:"extends,omitempty"` // built-in provider that this one is a variant of

	Fields    Fields               `json:"envelope"`
	Entity    map[string][]Pointer `json:"entity,omitempty"` // event → where the key stands; first non-empty wins
	Headers   Headers              `json:"headers"`          // name and template, in sending order (an object in JSON)
	Signing   *Signing             `json:"signing"`          // nil when the provider signs nothing ("none" in JSON)
	Body      BodyStyle            `json:"body"`
	Policy    Policy               `json:"policy"`
	Handshake *Handshake           `json:"handshake,omitempty"`
	API       *API                 `json:"api,omitempty"`
	Consumer  *Consumer            `json:"consumer,omitempty"`
	Events    []Listing            `json:"events"`
	Sources   map[Pointer]string   `json:"sources"` // place in provider.json → source; longest match wins

	templates []Template // of Headers, read once
}

// template reads the template of a header line.
func (p *Provider) template(line int) (Template, error) {
	text := p.Headers[line][1]
	if line < len(p.templates) {
		return p.templates[line].orParse(text)
	}
	return ParseTemplate(text)
}

// Fields points at what every body of the provider carries. An empty pointer: the provider has none.
type Fields struct {
	Event  Pointer `json:"event,omitempty"`
	ID     Pointer `json:"id,omitempty"`
	Time   Pointer `json:"time,omitempty"`
	Tenant Pointer `json:"tenant,omitempty"`
}

// Listing is an event as provider.json lists it.
type Listing struct {
	Name        string `json:"name"`
	Summary     string `json:"summary"`               // one line
	Description string `json:"description,omitempty"` // Markdown
	Stability   string `json:"stability"`             // stable, assumed, deprecated
}

// BodyStyle is how the provider spells JSON.
type BodyStyle struct {
	EscapesNonASCII bool `json:"escapes_non_ascii"`
	EscapesSlash    bool `json:"escapes_slash"`
}

// Consumer is the consumer of the provider's own tutorial.
type Consumer struct {
	Port      int    `json:"port"`
	Path      string `json:"path"`
	SecretEnv string `json:"secret_env,omitempty"`
}

// HeaderNames lists the headers whose template holds the placeholder ("signatures", "timestamp",
// "id", "delivery_id", "event", "attempt"), as the provider spells them.
func (p *Provider) HeaderNames(placeholder string) []string {
	var names []string
	for i, line := range p.Headers {
		template, err := p.template(i)
		if err == nil && template.Uses(placeholder) {
			names = append(names, line[0])
		}
	}
	return names
}

// providerFile has Provider's fields without its methods.
type providerFile Provider

// UnmarshalJSON reads headers in the order of the file and "none" as a nil Signing. Unknown keys are
// left to [Load], which checks them against the published schema.
func (p *Provider) UnmarshalJSON(data []byte) error {
	file := struct {
		*providerFile
		Headers Templates `json:"headers"`
		Signing noneOr    `json:"signing"`
	}{providerFile: (*providerFile)(p)}
	if err := json.Unmarshal(data, &file); err != nil {
		return err
	}
	p.Headers, p.Signing, p.templates = Headers(file.Headers), file.Signing.Signing, nil
	for _, line := range p.Headers {
		template, err := ParseTemplate(line[1])
		if err != nil {
			template = Template{} // Load reports it
		}
		p.templates = append(p.templates, template)
	}
	if s := p.Signing; s != nil {
		s.signs, _ = ParseTemplate(s.Signs) // Load reports the error
		s.item, _ = ParseTemplate(s.Item)
	}
	return nil
}

// MarshalJSON is the inverse of UnmarshalJSON.
func (p *Provider) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		*providerFile
		Headers Templates `json:"headers"`
		Signing noneOr    `json:"signing"`
	}{(*providerFile)(p), Templates(p.Headers), noneOr{p.Signing}})
}

// noneOr is a Signing, or nil spelled "none".
type noneOr struct{ *Signing }

func (n noneOr) MarshalJSON() ([]byte, error) {
	if n.Signing == nil {
		return []byte(`"none"`), nil
	}
	return json.Marshal(n.Signing)
}

func (n *noneOr) UnmarshalJSON(data []byte) error {
	if string(data) == `"none"` {
		return nil
	}
	n.Signing = new(Signing)
	return json.Unmarshal(data, n.Signing)
}

func strictUnmarshal(data []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	return decoder.Decode(v)
}
