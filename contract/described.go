package contract

import (
	"path"
	"slices"

	"github.com/hookrig/hookrig/schemas"
)

// described is the file that says what the event is, "" when nobody knows: its schema or the sample. For
// the endpoint as a whole it is the provider's description.
func (p *plan) described(event string) string {
	if len(p.cfg.Samples) > 0 {
		i := slices.IndexFunc(p.all, func(e *schemas.Event) bool { return e.Name == event })
		return p.cfg.Samples[max(i, 0)].File
	}
	source := p.cfg.Source
	if source == "" {
		source = "schemas/" + p.provider.Name
	}
	switch {
	case path.Ext(source) != "": // one document that describes all
		return source
	case event == "":
		return source + "/provider.json"
	}
	return source + "/events/" + event + ".schema.json"
}
