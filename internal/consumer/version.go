package consumer

import (
	"encoding/json"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// versions are the places of each event at which its laws say that time runs forward: what tells a newer
// message from an older one where the envelope has no time.
type versions map[string][]schemas.Pointer

// versionsOf reads the laws of a catalog; none where there is none, or no laws.
func versionsOf(c *schemas.Catalog) versions {
	if c == nil {
		return nil
	}
	text, err := fs.ReadFile(c.Files(), "laws.json")
	if err != nil {
		return nil // a provider need not have laws
	}
	var file struct {
		Laws []struct {
			Law, Event string
			Value      schemas.Pointer
		}
	}
	if json.Unmarshal(text, &file) != nil {
		return nil
	}
	all := versions{}
	for _, law := range file.Laws {
		if law.Law == "increasing" {
			all[law.Event] = append(all[law.Event], law.Value)
		}
	}
	return all
}

// at is the time that an item gives of itself; zero when it gives none. The item stands where the pointer
// reaches in the body of the event.
func (v versions) at(event string, item schemas.Pointer, value any) time.Time {
	for _, place := range v[event] {
		within, ok := strings.CutPrefix(string(place), string(item))
		if !ok {
			continue
		}
		for _, found := range schemas.Pointer(within).Find(value) {
			if text, ok := found.(string); ok {
				if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
					return time.Unix(seconds, 0)
				}
				if then, err := time.Parse(time.RFC3339Nano, text); err == nil {
					return then
				}
			}
		}
	}
	return time.Time{}
}
