package checks

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// freshness are the checks of when a message was signed. They need a signed timestamp.
func freshness() []*Check {
	replay := Basis{Kind: Security, Source: "CWE-294, authentication bypass by capture-replay", Fact: "/signing/tolerance_seconds"}
	return []*Check{{
		ID: "ts-stale-accepted", Number: 18, Title: "accepts a message of an hour ago",
		Family: Freshness, Severity: High, Level: LevelMust, Kind: Existential, Phase: Harmless, Schemes: stamped(), Basis: replay,
		Why: "A signed timestamp that nobody looks at is no protection: whoever recorded a delivery sends it again next year. " +
			"hermes-agent#20518 is a receiver without a window.",
		Sends:  "A message rightly signed an hour ago.",
		Judges: "An acknowledgement is a finding.",
		Fix:    "Refuse a timestamp that is further from your clock than the provider's tolerance.",
		Cases:  stale, Sabotage: acceptingAll(schemas.ErrStale),
	}, {
		ID: "ts-future-accepted", Number: 19, Title: "accepts a message from the future",
		Family: Freshness, Severity: Medium, Level: LevelAdvisory, Kind: Existential, Phase: Harmless, Schemes: stamped(), Basis: replay,
		Why: "A check of one side only lets a message signed for next year pass until then; stripe-go's own verification " +
			"had only the one side for years.",
		Sends:  "A message rightly signed for an hour from now.",
		Judges: "An acknowledgement is advisory.",
		Fix:    "Compare the absolute difference to the tolerance.",
		Cases:  future, Sabotage: acceptingAll(schemas.ErrFuture),
	}, {
		ID: "ts-missing-accepted", Number: 20, Title: "accepts a message without its timestamp",
		Family: Freshness, Severity: High, Level: LevelMust, Kind: Existential, Phase: Harmless, Schemes: stamped(), Basis: replay,
		Why:    "A check that runs only when the header is there is switched off by leaving it out (CWE-636, not failing securely).",
		Sends:  "A message without its timestamp: its signature as made, and made over the rest alone.",
		Judges: "An acknowledgement is a finding.",
		Fix:    "Refuse a request without the timestamp before you compute anything.",
		Cases:  withoutStamp, Sabotage: stampOptional,
	}, {
		ID: "ts-not-signed", Number: 21, Title: "reads the timestamp from an unsigned header",
		Family: Freshness, Severity: High, Level: LevelMust, Kind: Existential, Phase: Harmless, Schemes: stamped(), Basis: replay,
		Why: "A timestamp that is checked but not part of what was signed is anybody's to rewrite: the window is there and never closes. " +
			"GitHub's scheme has no timestamp, and code copied from it forgets to sign one.",
		Sends:  "A body and signature of an hour ago, with the timestamp rewritten to now.",
		Judges: "An acknowledgement is a finding.",
		Fix:    "Compute the signature over the timestamp as it arrived, then check its age.",
		Cases:  rewrittenStamp, Sabotage: stampUnsigned,
	}, {
		ID: "ts-tolerance-too-tight", Number: 22, Title: "refuses messages that are a little old",
		Family: Freshness, Severity: Medium, Level: LevelAdvisory, Kind: Availability, Phase: Harmless, Schemes: stamped(),
		Basis: Basis{Kind: Standard, Source: "Standard Webhooks, Verifying webhook authenticity: allow for clock skew", Fact: "/signing/tolerance_seconds"},
		Why: "Clocks differ and queues take time. Seconds compared with milliseconds, or a window of a few seconds, " +
			"refuse good messages now and then (makeradmin#591 waited for a clock).",
		Sends:  "Messages signed 120 seconds ago and 30 seconds ahead.",
		Judges: "A refusal is advisory: it may be a policy.",
		Fix:    "Allow five minutes on both sides, and compare in one unit.",
		Cases:  littleOld, Sabotage: tightWindow,
	}}
}

const hour = 3600 // seconds

// beyond is an age in seconds that no tolerance covers.
func (s *Subject) beyond() int { return max(hour, 2*s.Provider.Signing.ToleranceSeconds) }

func (s *Subject) stampHeader() string {
	return strings.Join(s.Provider.HeaderNames("timestamp"), ", ")
}

func stale(s *Subject) ([]Case, error) {
	return []Case{{
		Name: "signed an hour ago", Where: s.stampHeader(), Steps: []Step{s.step(Edit{Op: Aged, Count: s.beyond()})},
		Expect: refuse("a message that was signed long ago must be refused"),
	}}, nil
}

func future(s *Subject) ([]Case, error) {
	return []Case{{
		Name: "signed for an hour from now", Where: s.stampHeader(), Steps: []Step{s.step(Edit{Op: Aged, Count: -s.beyond()})},
		Expect: refuse("a message that was signed for later must be refused"),
	}}, nil
}

// signedStamp is {timestamp} in the signed text, with what joins it to the next part.
var signedStamp = regexp.MustCompile(`\{timestamp\}[^{]*`)

func withoutStamp(s *Subject) ([]Case, error) {
	expect := refuse("a message without its timestamp must be refused")
	rest := signedStamp.ReplaceAllString(s.Provider.Signing.Signs, "")
	return []Case{
		{Name: "no timestamp", Where: s.stampHeader(), Expect: expect, Steps: []Step{s.step(Edit{Op: DropStamp})}},
		{Name: "no timestamp, and none signed", Where: s.stampHeader(), Expect: expect,
			Steps: []Step{s.step(Edit{Op: DropStamp}, Edit{Op: SignedText, Value: rest})}},
		{Name: "no timestamp, and the body alone signed", Where: s.stampHeader(), Expect: expect,
			Steps: []Step{s.step(Edit{Op: DropStamp}, Edit{Op: SignedText, Value: "{body}"})}},
	}, nil
}

func rewrittenStamp(s *Subject) ([]Case, error) {
	return []Case{{
		Name: "signed an hour ago, the timestamp rewritten to now", Where: s.stampHeader(),
		Steps:  []Step{s.step(Edit{Op: Aged, Count: s.beyond()}, Edit{Op: Stamp, Value: stampNow})},
		Expect: refuse("a timestamp that is not the signed one must be refused"),
	}, {
		Name: "signed without a timestamp, which says now", Where: s.stampHeader(),
		Steps:  []Step{s.step(Edit{Op: SignedText, Value: signedStamp.ReplaceAllString(s.Provider.Signing.Signs, "")})},
		Expect: refuse("a timestamp that was not signed must be refused"),
	}}, nil
}

func littleOld(s *Subject) ([]Case, error) {
	var cases []Case
	for _, c := range []struct {
		name string
		age  int
	}{{"signed 120 seconds ago", 120}, {"signed 30 seconds ahead", -30}} {
		if tolerance := s.Provider.Signing.ToleranceSeconds; tolerance > 0 && max(c.age, -c.age) > tolerance {
			continue
		}
		cases = append(cases, Case{
			Name: c.name, Where: s.stampHeader(), Steps: []Step{s.step(Edit{Op: Aged, Count: c.age})},
			Expect: accept("a message within the provider's tolerance must be accepted"),
		})
	}
	return cases, nil
}

// acceptingAll accepts what a good consumer refuses for that reason.
func acceptingAll(reason error) func(Stand, http.Handler) http.Handler {
	return func(s Stand, inner http.Handler) http.Handler {
		return s.accepting(inner, func(r *http.Request, body []byte) bool { return isError(s.verify(r, body), reason) })
	}
}

// stampOptional checks the age when there is a timestamp.
func stampOptional(s Stand, inner http.Handler) http.Handler {
	return s.accepting(inner, func(r *http.Request, _ []byte) bool {
		values := placeholders(s.Provider, r.Header.Values)
		for _, name := range s.Provider.HeaderNames("signatures") {
			if r.Header.Get(name) == "" {
				return false
			}
		}
		return values["timestamp"] == ""
	})
}

// stampUnsigned signs the rest alone.
func stampUnsigned(s Stand, inner http.Handler) http.Handler {
	unstamped := s.variant(func(g *schemas.Signing) { g.Signs = signedStamp.ReplaceAllString(g.Signs, "") })
	return s.accepting(inner, func(r *http.Request, body []byte) bool {
		stamp := placeholders(s.Provider, r.Header.Values)["timestamp"]
		return stamp != "" && s.verifyAs(unstamped, r, body, s.secrets()...) == nil
	})
}

// tightWindow allows ten seconds.
func tightWindow(s Stand, inner http.Handler) http.Handler {
	return answering(inner, func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		seconds, err := strconv.ParseInt(placeholders(s.Provider, r.Header.Values)["timestamp"], 10, 64)
		if err != nil {
			return false
		}
		age := s.Now().Sub(time.Unix(seconds, 0)).Abs()
		return age > 12*time.Second && answer(w, http.StatusUnauthorized, "timestamp outside the window")
	})
}
