package checks

import (
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// Judged finds the flaw in what a case has brought to light, nil when there is none. Effects are
// judged only when they were read.
func (c Case) Judged(p *schemas.Provider, e Evidence) *Flaw {
	if c.Judge != nil {
		if flaw := c.Judge(e); flaw != nil {
			return flaw
		}
	} else if flaw := c.expected(p, e); flaw != nil {
		return flaw
	}
	for i, want := range c.Effects {
		if i < len(e.Readings) {
			if flaw := want.judge(e.Readings[i]); flaw != nil {
				return flaw
			}
		}
	}
	return nil
}

// expected holds the answers against the table: each when all steps went out together, else the last.
func (c Case) expected(p *schemas.Provider, e Evidence) *Flaw {
	if c.Expect.Good == "" && c.Expect.Minor == "" || len(e.Exchanges) == 0 {
		return nil
	}
	first := len(e.Exchanges) - 1
	if c.Parallel {
		first = 0
	}
	for i := first; i < len(e.Exchanges); i++ {
		if flaw := c.Expect.judge(p.Policy, e.Exchanges[i].Reply); flaw != nil {
			flaw.Index = i
			return flaw
		}
	}
	return nil
}

func (e Expect) judge(p schemas.Policy, r Reply) *Flaw {
	if r.in(e.Good, p) {
		return nil
	}
	flaw := &Flaw{Rule: e.Rule, Got: r.String(), Want: e.Want, Rests: e.Rests}
	if r.in(e.Minor, p) {
		flaw.Level = LevelAdvisory
	}
	return flaw
}

// in reports whether the reply is one of the answers of the set.
func (r Reply) in(set string, p schemas.Policy) bool {
	for _, answer := range strings.Fields(set) {
		switch answer {
		case "ack":
			if r.Acknowledged(p) {
				return true
			}
		case "refusal":
			if !r.Acknowledged(p) {
				return true
			}
		case FailureReset, FailureTimeout, FailureConnect:
			if r.Failure == answer {
				return true
			}
		default:
			if r.Status != 0 && matchesStatus(answer, r.Status) {
				return true
			}
		}
	}
	return false
}

func (want Effect) judge(got Reading) *Flaw {
	switch {
	case got.Err != nil:
		return nil
	case want.Max >= 0 && got.Units > want.Max:
		return &Flaw{
			Kind: Existential,
			Rule: want.Rule,
			Got:  times(got.Units) + " for " + want.name(got),
			Want: "at most " + times(want.Max),
		}
	case got.Units < want.Min:
		return &Flaw{
			Kind: Availability,
			Rule: want.Rule,
			Got:  times(got.Units) + " for " + want.name(got),
			Want: "at least " + times(want.Min),
		}
	case want.Value != nil:
		return want.Value(got.Value)
	}
	return nil
}

func (want Effect) name(got Reading) string {
	if got.Key == "" {
		return "the message"
	}
	return "the key " + got.Key
}
