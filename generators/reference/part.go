package reference

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// Part is a shared piece of schemas: a page of its own, linked from where it is used.
type Part struct {
	Name        string  `json:"name"`     // "message", "context.referral"
	Location    string  `json:"location"` // file and pointer in the catalog
	Title       string  `json:"title"`
	Description string  `json:"description"`
	Fields      []Field `json:"fields"`
}

// parts are the shared pieces that pages have asked for.
type parts struct {
	known map[string]*Part // by name
	queue []asked
}

type asked struct {
	part   *Part
	schema *schemas.Schema
}

func newParts() *parts { return &parts{known: map[string]*Part{}} }

// isShared says whether a schema stands in a file that several events use.
func (p *parts) isShared(schema *schemas.Schema) bool {
	return schema != nil && strings.HasPrefix(schema.Location, "events/common/")
}

// ask notes that a page needs a part, and returns its name.
func (p *parts) ask(schema *schemas.Schema) string {
	name := partName(schema.Location)
	if p.known[name] == nil {
		part := &Part{Name: name, Location: schema.Location, Title: schema.Title, Description: schema.Description}
		if part.Title == "" {
			part.Title = name
		}
		p.known[name] = part
		p.queue = append(p.queue, asked{part, schema})
	}
	return name
}

// list fills every part that was asked for, and those that they ask for in turn; sorted by name.
func (p *parts) list() []Part {
	for i := 0; i < len(p.queue); i++ { // filling one may ask for more
		p.queue[i].part.Fields = fields(p.queue[i].schema, p)
	}
	all := []Part{}
	for _, item := range p.queue {
		all = append(all, *item.part)
	}
	slices.SortFunc(all, func(a, b Part) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// partName names a place: events/common/context.schema.json#/$defs/referral is context.referral.
func partName(location string) string {
	file, pointer, _ := strings.Cut(location, "#")
	name := strings.TrimSuffix(strings.TrimPrefix(file, "events/common/"), ".schema.json")
	name = strings.ReplaceAll(name, "/", ".")
	if pointer == "" || pointer == "/" {
		return name
	}
	return name + "." + path.Base(pointer)
}
