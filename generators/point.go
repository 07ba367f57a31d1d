package generators

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// Point is one schema point of an event: an enum value, a branch, an optional field present or
// absent, a bound.
type Point struct {
	Event string `json:"event"`
	Place string `json:"place"` // JSON Pointer in the instance
	What  string `json:"what"`  // "enum active", "present", "absent", "branch 2", "minLength 1", …
}

// Variant is a message made to touch schema points.
type Variant struct {
	Name    string // "/data/status: enum failed (+3)"
	Message schemas.Message
	Points  []Point
}

// Points lists every schema point of the event, in schema order; none for an unknown event.
func (g *Generator) Points(event string) []Point {
	p := g.plans[event]
	if p == nil {
		return nil
	}
	var points []Point
	seen := map[Point]bool{}
	for _, d := range p.decisions {
		for option := range d.options {
			if point, ok := d.point(event, option); ok && !seen[point] {
				seen[point] = true
				points = append(points, point)
			}
		}
	}
	return points
}

// point gives the schema point of an option, where it is one.
func (d *decision) point(event string, option int) (Point, bool) {
	if !d.points || option >= len(d.options) || d.options[option] == "" {
		return Point{}, false
	}
	return Point{event, d.place, d.options[option]}, true
}

// Cover makes a small set of messages that together touch every schema point of the event, and every
// pair of optional fields and enum values of one object, each with ids of its own: lives from the
// given one upwards. The first holds everything optional, the second nothing.
func (g *Generator) Cover(event string, life uint64) ([]Variant, error) {
	p := g.plans[event]
	if p == nil {
		return nil, fmt.Errorf("cover event: provider %q has no event %q", g.catalog.Provider.Name, event)
	}
	c := &coverer{generator: g, plan: p, event: event, life: life, seen: map[Point]bool{}, pairs: map[[4]int16]bool{}}
	c.wantPairs()
	for i, name := range []string{"everything optional", "nothing optional"} {
		if err := c.add(name, c.extreme(int16(i))); err != nil {
			return nil, err
		}
	}
	for d := range p.decisions {
		for option := range p.decisions[d].options {
			point, ok := p.decisions[d].point(event, option)
			if !ok || c.seen[point] {
				continue
			}
			if err := c.add("", c.rowWith(d, option, point)); err != nil {
				return nil, err
			}
		}
	}
	for pair := c.openPair(); pair != nil && len(c.variants) < mostVariants; pair = c.openPair() {
		row := c.empty()
		c.force(row, int(pair[0]), int(pair[1]))
		c.force(row, int(pair[2]), int(pair[3]))
		delete(c.pairs, *pair)
		c.fill(row)
		if err := c.add("", row); err != nil {
			return nil, err
		}
	}
	return c.variants, nil
}

// mostVariants bounds the messages that are made for pairs alone.
const mostVariants = 160

// coverer collects variants until all points are touched.
type coverer struct {
	generator *Generator
	plan      *plan
	event     string
	life      uint64
	variants  []Variant
	seen      map[Point]bool
	pairs     map[[4]int16]bool // decision, option, decision, option: still to be seen together
}

// wantPairs lists the pairs of options of decisions about one object: met on the same way, one level
// apart from each other at most.
func (c *coverer) wantPairs() {
	groups := map[string][]int{}
	for i, d := range c.plan.decisions {
		if d.points && len(d.options) <= 12 && !strings.HasPrefix(d.options[0], "branch") {
			parent := d.place[:max(strings.LastIndexByte(d.place, '/'), 0)]
			key := fmt.Sprint(parent, " ", d.parent, " ", d.option)
			groups[key] = append(groups[key], i)
		}
	}
	for _, key := range sortedKeys(groups) {
		group := groups[key]
		if len(group) > 8 {
			continue // pairs of many fields would need too many messages
		}
		for i, a := range group {
			for _, b := range group[i+1:] {
				for x, labelX := range c.plan.decisions[a].options {
					for y, labelY := range c.plan.decisions[b].options {
						if labelX != "" && labelY != "" {
							c.pairs[[4]int16{int16(a), int16(x), int16(b), int16(y)}] = true
						}
					}
				}
			}
		}
	}
}

// openPair gives the first pair that no variant has shown yet, in order.
func (c *coverer) openPair() *[4]int16 {
	var first *[4]int16
	for pair := range c.pairs {
		if first == nil || slices.Compare(pair[:], first[:]) < 0 {
			first = &pair
		}
	}
	return first
}

// empty is a row in which everything is left to chance.
func (c *coverer) empty() []int16 {
	row := make([]int16, len(c.plan.decisions))
	for i := range row {
		row[i] = -1
	}
	return row
}

// extreme is the row in which every optional place is present (0) or absent (1).
func (c *coverer) extreme(option int16) []int16 {
	row := c.empty()
	for i, d := range c.plan.decisions {
		if len(d.options) == 2 && d.options[0] == "present" {
			row[i] = option
		}
	}
	return row
}

// force takes an option, and on the way to it the options that lead there. It says false when the row
// has already taken others.
func (c *coverer) force(row []int16, d, option int) bool {
	if !c.fits(row, d, option) {
		return false
	}
	for at, want := d, option; at >= 0; at, want = c.plan.decisions[at].parent, c.plan.decisions[at].option {
		row[at] = int16(want)
	}
	return true
}

// fits says whether force would succeed.
func (c *coverer) fits(row []int16, d, option int) bool {
	for at, want := d, option; at >= 0; at, want = c.plan.decisions[at].parent, c.plan.decisions[at].option {
		if row[at] >= 0 && int(row[at]) != want {
			return false
		}
	}
	return true
}

// rowWith is a row that touches the point, and as many others that nobody has touched as fit.
func (c *coverer) rowWith(d, option int, point Point) []int16 {
	row := c.empty()
	c.force(row, d, option)
	taken := map[Point]bool{point: true}
	for other := range c.plan.decisions {
		for o := range c.plan.decisions[other].options {
			p, ok := c.plan.decisions[other].point(c.event, o)
			if ok && !c.seen[p] && !taken[p] && c.force(row, other, o) {
				taken[p] = true
			}
		}
	}
	c.fill(row)
	return row
}

// fill uses what is still free in a row for pairs that nobody has shown.
func (c *coverer) fill(row []int16) {
	open := make([][4]int16, 0, len(c.pairs))
	for pair := range c.pairs {
		open = append(open, pair)
	}
	slices.SortFunc(open, func(a, b [4]int16) int { return slices.Compare(a[:], b[:]) })
	for _, pair := range open {
		if !c.fits(row, int(pair[0]), int(pair[1])) || !c.fits(row, int(pair[2]), int(pair[3])) {
			continue
		}
		trial := slices.Clone(row)
		if c.force(trial, int(pair[0]), int(pair[1])) && c.force(trial, int(pair[2]), int(pair[3])) {
			copy(row, trial)
		}
	}
}

// add makes the variant of a row and notes what it touches.
func (c *coverer) add(name string, row []int16) error {
	trace := c.empty()
	body := c.generator.append(nil, c.plan, Coordinate{Life: c.life}, row, trace)
	c.life++
	message, err := c.generator.catalog.Provider.ReadAs(c.event, body)
	if err != nil {
		return fmt.Errorf("cover event %q: %w", c.event, err)
	}
	v := Variant{Name: name, Message: message}
	var fresh []Point
	noted := map[Point]bool{}
	for d, option := range trace {
		if option < 0 {
			continue
		}
		point, ok := c.plan.decisions[d].point(c.event, int(option))
		if !ok || noted[point] {
			continue
		}
		noted[point] = true
		v.Points = append(v.Points, point)
		if !c.seen[point] {
			fresh = append(fresh, point)
		}
		c.seen[point] = true
	}
	for pair := range c.pairs {
		if trace[pair[0]] == pair[1] && trace[pair[2]] == pair[3] {
			delete(c.pairs, pair)
		}
	}
	if v.Name == "" {
		v.Name = variantName(fresh, len(c.variants))
	}
	c.variants = append(c.variants, v)
	return nil
}

// variantName names a variant for the points that it is the first to touch.
func variantName(fresh []Point, number int) string {
	if len(fresh) == 0 {
		return fmt.Sprintf("pairs %d", number)
	}
	name := fmt.Sprintf("%s: %s", fresh[0].Place, fresh[0].What)
	if len(fresh) > 1 {
		name += fmt.Sprintf(" (+%d)", len(fresh)-1)
	}
	return name
}
