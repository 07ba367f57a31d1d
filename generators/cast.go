package generators

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// cast says who plays the roles that schemas name: in a story its variables, elsewhere the life, the
// tenant and the message itself.
type cast struct {
	judge     *judge
	seed, run uint64
	start     int64  // Unix milliseconds
	tenant    string // variable that is the tenant's own
	id        schemas.Pointer
	story     bool
	scope     scope // a story's variables; nil elsewhere
	scopeID   int   // tells scopes apart
	known     map[told]block
}

// told is a place of a story without pins: what is made there has been compiled once.
type told struct {
	scope, deep, parts int
	first, last        *schemas.Schema
}

// scope holds the variables that are let at a point of a story.
type scope map[string]*variable

// variable is one variable of a story.
type variable struct {
	source source
	fields map[string]value // as let; a role may name others, made as its schema says
	edits  map[string]int   // field → byte of maker.edits
}

// role is the x-gen role, taken apart: `contact.phone|digits`.
type role struct {
	variable, field string
	filters         []string
}

func parseRole(text string) role {
	parts := strings.Split(text, "|")
	variable, field, _ := strings.Cut(parts[0], ".")
	return role{variable, field, parts[1:]}
}

// contactVariable is the person whom a life is about: its phone is the one that message ids hold.
const contactVariable = "contact"

// tenantVariables are the variables that belong to a tenant wherever nobody lets them.
var tenantVariables = []string{"tenant", "workspace", "business", "organization", "account"}

// knows says whether the role is played by a variable of the story.
func (c *cast) knows(g *schemas.Gen) bool {
	return g != nil && c.scope[parseRole(g.Role).variable] != nil
}

// plays says whether an x-gen tells what to make.
func (c *cast) plays(g *schemas.Gen) bool {
	_, told := c.told(g)
	return told || g != nil && g.Gen != ""
}

// told gives the value of a role whose field the story has let.
func (c *cast) told(g *schemas.Gen) (value, bool) {
	if g == nil || g.Role == "" {
		return value{}, false
	}
	r := parseRole(g.Role)
	v := c.scope[r.variable]
	if v == nil {
		return value{}, false
	}
	told, ok := v.fields[r.field]
	if !ok {
		return value{}, false
	}
	told, err := told.filtered(r.filters)
	return told, err == nil
}

// play gives the value of a place with an x-gen.
func (c *cast) play(w *world, g *schemas.Gen, place schemas.Pointer) (value, error) {
	if told, ok := c.told(g); ok {
		return told, nil
	}
	r := parseRole(g.Role)
	if g.Gen == "" {
		return value{}, fmt.Errorf("x-gen with role %q has no gen, and nothing else says what to make", g.Role)
	}
	v, err := w.newValue(*g)
	if err != nil {
		return v, err
	}
	v.source = c.source(r, g, place)
	if r.field != "" {
		v.aim(r.field)
	}
	if v.source.owner == ofScope {
		if n, ok := c.scope[r.variable].edits[r.field]; ok {
			v.source.edit, v.source.stays = int8(n), v.person && v.unique
		}
	}
	v.phone = c.source(role{variable: contactVariable, field: "phone"}, &schemas.Gen{}, place)
	if contact := c.scope[contactVariable]; contact != nil {
		v.phone = contact.source
	}
	return v.filtered(r.filters)
}

// source says what the variable of a role belongs to.
func (c *cast) source(r role, g *schemas.Gen, place schemas.Pointer) source {
	s := source{edit: -1, site: hashText(r.variable), perItem: true}
	let := c.scope[r.variable]
	switch {
	case r.variable == "" || r.variable == "now":
		s.owner = ofPlace
	case let != nil:
		s = let.source
		// The people of a batch are the same, its messages are not.
		s.perItem = strings.HasPrefix(g.Gen, "wamid.") || strings.HasPrefix(g.Gen, "media.")
	case r.variable == c.tenant || slices.Contains(tenantVariables, r.variable):
		s.owner, s.perItem = ofTenant, false
	case c.story || place == c.id || g.Gen == "wamid.inbound":
		s.owner = ofMessage
	default:
		s.owner, s.first = ofLife, r.variable == contactVariable
	}
	return s
}

// aim says which field of a variable the value is.
func (v *value) aim(field string) {
	v.own = field == "phone"
	// Fields that go together (a name and its parts, a question and its answer) share the variable's
	// key; ids and free texts of one variable differ.
	if v.lines == "label" || v.lines == "title" || v.lines == "sentence" || v.make == makePick || v.unique && !v.person {
		v.field = hashText(field)
	}
}

// filtered applies a role's filters.
func (v value) filtered(filters []string) (value, error) {
	for _, f := range filters {
		switch f {
		case "digits":
			inner := v
			v = value{make: makeOnlyDigits, source: v.source, number: true, unique: v.unique, inner: &inner}
		case "unix":
			v = value{make: makeUnix, source: v.source, number: true}
		case "iso":
			v = value{make: makeISO, source: v.source, length: 3}
		case "json":
			inner := v
			v = value{make: makeJSON, source: v.source, unique: v.unique, inner: &inner}
		default:
			return v, fmt.Errorf("unknown filter %q: want digits, unix, iso or json", f)
		}
	}
	return v, nil
}
