package generators

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// times plays with the timestamp, where the scheme signs one.
func (s *scheme) times() []Tamper {
	tolerance := time.Duration(max(s.provider.Signing.ToleranceSeconds, 300)) * time.Second
	at := func(name string, want Want, shift time.Duration) Tamper {
		return Tamper{name, want, func(m schemas.Message, e schemas.Endpoint, a schemas.Attempt, _ *rand.Rand) (schemas.Envelope, error) {
			a.At = a.At.Add(shift)
			return s.provider.Envelope(m, e, a)
		}}
	}
	list := []Tamper{
		at("stale", Refused, -max(time.Hour, 2*tolerance)),
		at("future", Refused, max(time.Hour, 2*tolerance)),
		at("two-minutes-old", Accepted, -2*time.Minute),
		at("half-a-minute-ahead", Accepted, 30*time.Second),
		{"rewritten-timestamp", Refused, func(m schemas.Message, e schemas.Endpoint, a schemas.Attempt, _ *rand.Rand) (schemas.Envelope, error) {
			old := a
			old.At = a.At.Add(-max(time.Hour, 2*tolerance))
			env, err := s.provider.Envelope(m, e, old)
			return s.stamped(env, old.At, strconv.FormatInt(a.At.Unix(), 10)), err
		}},
	}
	for _, bad := range [][2]string{{"timestamp-abc", "abc"}, {"timestamp-negative", "-1"}, {"timestamp-huge", "1e30"}, {"timestamp-empty", ""}, {"timestamp-digits", strings.Repeat("9", 40)}} {
		list = append(list, Tamper{bad[0], Refused, func(m schemas.Message, e schemas.Endpoint, a schemas.Attempt, _ *rand.Rand) (schemas.Envelope, error) {
			env, err := s.provider.Envelope(m, e, a)
			return s.stamped(env, a.At, bad[1]), err
		}})
	}
	if s.stamp != s.signature {
		list = append(list, edit("missing-timestamp", Refused, dropping(s.stamp), s.provider))
	}
	return append(list, Tamper{"missing-timestamp-signed-without", Refused, func(m schemas.Message, e schemas.Endpoint, a schemas.Attempt, _ *rand.Rand) (schemas.Envelope, error) {
		// Signed over the body alone, as if the scheme had no time.
		without := *s.provider
		signing := *s.provider.Signing
		signing.Signs = "{body}"
		without.Signing = &signing
		env, err := without.Envelope(m, e, a)
		if s.stamp == s.signature {
			return s.stamped(env, a.At, ""), err
		}
		env.Headers = dropping(s.stamp)(slices.Clone(env.Headers), nil)
		return env, err
	}})
}

// stamped writes another text where the timestamp stands.
func (s *scheme) stamped(env schemas.Envelope, at time.Time, text string) schemas.Envelope {
	env.Headers = slices.Clone(env.Headers)
	for i, line := range env.Headers {
		if line[0] == s.stamp {
			env.Headers[i][1] = strings.Replace(line[1], strconv.FormatInt(at.Unix(), 10), text, 1)
		}
	}
	return env
}
