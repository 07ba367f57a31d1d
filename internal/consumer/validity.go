package consumer

import (
	"errors"

	"github.com/hookrig/hookrig/schemas"
)

// valid holds the body against the schema of its event. A batch loses the items that break it and keeps
// the others: one poisoned item must not cost the good ones. ok is false when nothing good is left, or
// the body is broken outside of its items. A value that the provider may add is no reason to refuse.
func (d *door) valid(m schemas.Message, doc any, items []item) (good []item, ok bool) {
	if d.cfg.Catalog == nil || d.cfg.Catalog.Event(m.Event) == nil {
		return items, true
	}
	err := d.cfg.Catalog.Validate(m.Body)
	if err == nil || d.novel[m.Event].in(doc) {
		return items, true
	}
	var invalid *schemas.InvalidError
	if !errors.As(err, &invalid) || invalid.More > 0 {
		return nil, false
	}
	broken := map[schemas.Pointer]bool{}
	for _, v := range invalid.Violations {
		place, inside := d.batchItem(m.Event, v.Pointer)
		if !inside {
			return nil, false
		}
		broken[place] = true
	}
	for _, it := range items {
		if !broken[it.place] {
			good = append(good, it)
		}
	}
	return good, len(good) > 0
}

// batchItem finds the place of the batch's item in which a place stands, whether or not it has a key.
func (d *door) batchItem(event string, place schemas.Pointer) (item schemas.Pointer, inside bool) {
	segments := place.Segments()
	for _, pointer := range d.cfg.Provider.Entity[event] {
		before, _ := splitBatch(pointer)
		pattern := before.Segments()
		if len(pattern) == 0 || len(segments) < len(pattern) {
			continue
		}
		item = ""
		for i, want := range pattern {
			if want != "*" && want != segments[i] {
				item = ""
				break
			}
			item = item.Child(segments[i])
		}
		if item != "" {
			return item, true
		}
	}
	return "", false
}
