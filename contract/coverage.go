package contract

import (
	"sync"

	"github.com/hookrig/hookrig/generators"
)

// coverage counts what of the catalog was acknowledged. Safe for concurrent use.
type coverage struct {
	mu      sync.Mutex
	events  map[string]bool           // guarded by mu
	touched map[generators.Point]bool // guarded by mu
}

// touch notes an acknowledged message of the event and the points that it touches.
func (c *coverage) touch(event string, points []generators.Point) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.events == nil {
		c.events, c.touched = map[string]bool{}, map[generators.Point]bool{}
	}
	c.events[event] = true
	for _, p := range points {
		c.touched[p] = true
	}
}

func place(points []generators.Point) string {
	if len(points) == 0 {
		return ""
	}
	return points[0].Place
}

// has reports whether the point was touched.
func (c *coverage) has(p generators.Point) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.touched[p]
}
