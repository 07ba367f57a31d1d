package guard

import (
	"errors"
	"fmt"
)

// RefusedError says why a target may not be dialled.
type RefusedError struct {
	Target string // URL or address, without userinfo
	Why    string
	Flag   string // what would allow it; "" when nothing does
}

func (e *RefusedError) Error() string {
	text := fmt.Sprintf("target %q is not allowed: %s", e.Target, e.Why)
	if e.Flag != "" {
		text += "; if it is meant, allow it with " + e.Flag
	}
	return text
}

// Refused tells internal/wire that no connection was tried.
func (e *RefusedError) Refused() bool { return true }

// withTarget fills in what was asked for.
func withTarget(err error, target string) error {
	var refused *RefusedError
	if errors.As(err, &refused) {
		refused.Target = target
	}
	return err
}
