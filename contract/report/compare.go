package report

// Comparison sets a run against the one before it. Results are matched by check and event.
type Comparison struct {
	Fixed        []Key `json:"fixed"`         // failed last time, pass now
	New          []Key `json:"new"`           // fail now and did not fail last time
	StillFailing []Key `json:"still_failing"` // fail in both
	Unknown      []Key `json:"unknown"`       // failed last time, not assessed or not run now
}

// Key names a result.
type Key struct {
	Check string `json:"check"`
	Event string `json:"event"`
}

// Key names the result within its report.
func (r Result) Key() Key { return Key{Check: r.Check, Event: r.Event} }

// Compare sets r against the report of the run before it. A result counts as failing when its verdict
// is fail, waived or not.
func (r *Report) Compare(previous *Report) *Comparison {
	c := &Comparison{Fixed: []Key{}, New: []Key{}, StillFailing: []Key{}, Unknown: []Key{}}
	before, now := previous.verdicts(), r.verdicts()
	for _, result := range r.Results {
		failed := before[result.Key()] == VerdictFail
		switch {
		case result.Verdict == VerdictFail && failed:
			c.StillFailing = append(c.StillFailing, result.Key())
		case result.Verdict == VerdictFail:
			c.New = append(c.New, result.Key())
		}
	}
	for _, result := range previous.Results {
		if result.Verdict != VerdictFail {
			continue
		}
		switch now[result.Key()] {
		case VerdictFail:
		case VerdictNotAssessed, "":
			c.Unknown = append(c.Unknown, result.Key())
		default:
			c.Fixed = append(c.Fixed, result.Key())
		}
	}
	return c
}

func (r *Report) verdicts() map[Key]Verdict {
	verdicts := make(map[Key]Verdict, len(r.Results))
	for _, result := range r.Results {
		verdicts[result.Key()] = result.Verdict
	}
	return verdicts
}
