package load

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// MaxRate is the most arrivals per second that a plan may have.
const MaxRate = 1_000_000

// Rate is a number of arrivals per second.
type Rate float64

// ParseRate reads 5000/s, 300/m or 0.5/s; a bare number is per second. Zero, and more than MaxRate, are
// errors.
func ParseRate(text string) (Rate, error) {
	r, err := parseRate(strings.TrimSpace(text))
	if err == nil && r == 0 {
		err = errors.New("it is zero")
	}
	if err != nil {
		return 0, fmt.Errorf("read rate %q: %w", shown(text), err)
	}
	return r, nil
}

// String writes the rate as ParseRate reads it.
func (r Rate) String() string { return strconv.FormatFloat(float64(r), 'f', -1, 64) + "/s" }

// parseRate is ParseRate, with zero.
func parseRate(text string) (Rate, error) {
	number, unit, _ := strings.Cut(text, "/")
	per, ok := map[string]float64{"": 1, "s": 1, "m": 60, "h": 3600}[strings.TrimSpace(unit)]
	if !ok {
		return 0, errors.New("write a number per second, such as 5000/s")
	}
	value, err := parseNumber(strings.TrimSpace(number))
	if err != nil {
		return 0, err
	}
	value /= per
	if value > MaxRate {
		return 0, fmt.Errorf("it is more than %d/s", MaxRate)
	}
	return Rate(value), nil
}

// parseNumber reads a plain decimal number: no sign, no exponent, no NaN.
func parseNumber(text string) (float64, error) {
	whole, fraction, dotted := strings.Cut(text, ".")
	if !digits(whole) || dotted && !digits(fraction) {
		return 0, fmt.Errorf("%q is not a plain number", shown(text))
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(value, 0) {
		return 0, fmt.Errorf("%q is too large", shown(text))
	}
	return value, nil
}

func digits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// parseLength reads a length of time above zero, at most MaxLength.
func parseLength(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is not a length of time: write 500ms, 30s, 2m", shown(text))
	case d <= 0:
		return 0, fmt.Errorf("%q must be above zero", shown(text))
	case d > MaxLength:
		return 0, fmt.Errorf("%q is longer than %s", shown(text), MaxLength)
	}
	return d, nil
}

// shown is a text of the user's, cut to what an error can hold.
func shown(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
