package main

import (
	"fmt"
	"strings"

	"github.com/hookrig/hookrig/contract/load"
)

// loadVerdict ends the command as the run did.
func loadVerdict(r *load.Record) error {
	switch {
	case r.Ended == load.EndedInterrupted:
		return ended(exitInterrupted)
	case r.Counts.Answered == 0 && len(r.Failures) > 0:
		return unable("%s answered nothing: %s", r.Target, strings.Join(keysOf(r.Failures), ", "))
	case r.Counts.Answered == 0:
		return unable("nothing was sent to %s", r.Target)
	case r.Counts.Acknowledged == 0:
		f := &exitError{code: exitBad, err: fmt.Errorf("%s acknowledged nothing", r.Target)}
		if r.Statuses[401]+r.Statuses[403] > 0 {
			f.hint("is the secret the one that the consumer has?")
		}
		return f
	}
	return effectVerdict(r)
}

// effectVerdict tells a run that is bad from one of which too little was seen.
func effectVerdict(r *load.Record) error {
	e := r.Effects
	switch {
	case e == nil || e.Lost+e.Doubled > 0 || !r.Kept():
	case e.Trouble != "":
		return unable("effects: %s", e.Trouble)
	case len(e.Active) == 0:
		return unable("no effect of any message was seen").hint("does --observe look where the consumer acts? --settle waits longer")
	}
	if !r.Good() {
		return ended(exitBad)
	}
	return nil
}

// searchVerdict ends the command as the search did.
func searchVerdict(f *load.Search) error {
	switch f.Ended {
	case load.SearchUnreachable:
		return unable("%s answered nothing", f.Target)
	case load.SearchInterrupted:
		return ended(exitInterrupted)
	}
	switch {
	case f.Held > 0:
		return nil
	case f.Ended == load.SearchOurLimit:
		return unable("hookrig itself was too late to say at which rate %s keeps up", f.Target)
	}
	return ended(exitBad)
}
