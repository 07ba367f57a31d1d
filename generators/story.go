package generators

import (
	"errors"

	"github.com/hookrig/hookrig/schemas"
)

// Stories are the journeys and laws of a catalog, checked.
type Stories struct {
	Journeys []*Journey // by file name; none: the catalog's streams are independent messages
	Laws     []Law
}

// Load reads the journeys and laws of a catalog and finds every mistake in them: a variable that
// nobody lets, a journey that plays itself, an unknown event, a place or value that a schema refuses,
// a law that nothing can meet. All are joined, each a *FileError with file and pointer.
func Load(c *schemas.Catalog) (*Stories, error) {
	g, err := New(c, Config{})
	if err != nil {
		return nil, err
	}
	journeys, err := readJourneys(c.Files())
	errs := []error{err}
	if err == nil && len(journeys) > 0 {
		_, err := newScript(g, journeys)
		errs = append(errs, err)
	}
	laws, err := readLaws(c, journeys)
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	for _, j := range journeys {
		j.Events = emitted(j.steps, nil)
	}
	return &Stories{journeys, laws}, nil
}

// emitted lists the events that steps emit themselves.
func emitted(steps []*step, list []string) []string {
	for _, s := range steps {
		if s.emit != "" {
			list = append(list, s.emit)
		}
		list = emitted(s.fork, emitted(s.steps, list))
		for _, c := range s.choose {
			list = emitted(c.steps, list)
		}
	}
	return list
}
