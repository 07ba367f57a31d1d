package checks

import (
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// Scheme is what kind of signing a provider has, read from its description.
type Scheme string

// The schemes.
const (
	Plain    Scheme = "P" // signed, and the signed text holds no timestamp
	Stamped  Scheme = "S" // signed together with a timestamp
	Unsigned Scheme = "N" // nothing is signed
)

// SchemeOf reads the scheme of a provider.
func SchemeOf(p *schemas.Provider) Scheme {
	switch {
	case p.Signing == nil:
		return Unsigned
	case strings.Contains(p.Signing.Signs, "{timestamp}"):
		return Stamped
	default:
		return Plain
	}
}

// Sets of schemes, for the Schemes of a check.
func signed() []Scheme  { return []Scheme{Plain, Stamped} }
func stamped() []Scheme { return []Scheme{Stamped} }
func every() []Scheme   { return []Scheme{Plain, Stamped, Unsigned} }
