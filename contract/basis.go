package contract

import (
	"strings"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/schemas"
)

// Facts of a provider that a flag may settle.
var settles = map[schemas.Pointer]string{
	"/policy/timeout_seconds":    "--timeout",
	"/policy/largest_body_bytes": "--max-body",
}

// base says on what a finding rests. A must that rests on a guess of ours becomes advisory and names
// the flag that settles it; a guess lowers nothing else.
func (r *runner) base(c *checks.Check, f *checks.Finding) {
	basis := c.Basis
	if f.Case.Basis != nil {
		basis = *f.Case.Basis
	}
	f.Basis, f.Source = basis.Kind, basis.Source
	if f.Rests != "" {
		r.rest(f)
		return
	}
	if basis.Fact == "" {
		return
	}
	if source, assumed := r.source(basis.Fact); source != "" && !assumed {
		f.Basis, f.Source = checks.Documented, source
	}
}

// rest bases a finding on the fact that it rests on.
func (r *runner) rest(f *checks.Finding) {
	flag := settles[f.Rests]
	if r.given(f.Rests) {
		f.Basis, f.Source = checks.Yours, flag
		return
	}
	source, assumed := r.source(f.Rests)
	if source != "" && !assumed {
		f.Basis, f.Source = checks.Documented, source
		return
	}
	f.Basis, f.Source = checks.Assumed, strings.TrimSpace(strings.TrimPrefix(source, "assumed:"))
	if flag != "" {
		f.Source += "; settle it with " + flag
	}
	f.Level = checks.LevelAdvisory
}

// given reports whether the user has settled the fact.
func (r *runner) given(fact schemas.Pointer) bool {
	switch settles[fact] {
	case "--timeout":
		return r.plan.cfg.Timeout > 0
	case "--max-body":
		return r.plan.cfg.MaxBody > 0
	}
	return false
}

// source is where a fact of provider.json stands.
func (r *runner) source(fact schemas.Pointer) (source string, assumed bool) {
	source, _ = r.plan.provider.Source(fact)
	return source, schemas.IsAssumed(source)
}
