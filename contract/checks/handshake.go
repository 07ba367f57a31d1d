package checks

import (
	"io"
	"net/http"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// handshake are the checks of how an endpoint proves that it wants the provider's messages.
func handshake() []*Check {
	return []*Check{{
		ID: "handshake-broken", Number: 59, Title: "fails the provider's handshake",
		Family: HandshakeFamily, Severity: High, Level: LevelMust, Kind: Availability, Phase: Harmless, Schemes: every(), Needs: Needs{Handshake: true},
		Basis: Basis{Kind: Standard, Source: "the provider's handshake", Fact: "/handshake"},
		Why: "Without the handshake the provider never sends anything, and one that accepts every token lets anybody subscribe your endpoint. " +
			"python-slack-sdk#937, node-slack-sdk#1035 and java-slack-sdk#1317 are failed handshakes.",
		Sends:  "Handshakes with a short, a large and a numeric challenge; where the provider has a token, one with a wrong token.",
		Judges: "An answer that the provider does not accept is a finding; so is an acknowledged wrong token.",
		Fix:    "Return the challenge exactly as it came, and compare the token in constant time first.",
		Cases:  handshakes, Sabotage: manglesChallenge,
	}, {
		ID: "handshake-challenge-html", Number: 60, Title: "echoes the challenge as HTML",
		Family: HandshakeFamily, Severity: Medium, Level: LevelAdvisory, Kind: Existential, Phase: Harmless, Schemes: every(), Needs: Needs{Handshake: true},
		Basis: Basis{Kind: Security, Source: "CWE-79, cross-site scripting"},
		Why: "The challenge comes from the URL. Echoed as text/html it is a script on your domain, for everybody who knows the token, " +
			"and many samples hard-code the token.",
		Sends:  "A handshake with the challenge <b>x.",
		Judges: "An echo as text/html, or of no type and without nosniff, is advisory.",
		Fix:    "Answer with Content-Type: text/plain and X-Content-Type-Options: nosniff.",
		Cases:  htmlChallenge, Sabotage: echoesHTML,
	}}
}

// rightToken stands for the token that both sides know, which no step may hold.
const rightToken = "{token}"

// origin is who asks, where a handshake says so.
const origin = "hookrig.example.com"

func handshakes(s *Subject) ([]Case, error) {
	h := s.Provider.Handshake
	if h.Guarded && s.Token == "" {
		return []Case{{Name: "the handshake", Reason: "needs the verify token of the handshake"}}, nil
	}
	var cases []Case
	for _, c := range []struct{ name, text string }{
		{"a short challenge", token(s.Random, 24)}, {"a challenge of 2 KiB", token(s.Random, 2<<10)}, {"a negative number as challenge", "-1158201444"},
	} {
		challenge := schemas.Challenge{Challenge: c.text, Token: rightToken, Origin: origin}
		cases = append(cases, Case{
			Name: c.name, Where: "handshake", Steps: []Step{{Event: s.Event.Name, Challenge: &challenge}},
			Judge: func(e Evidence) *Flaw { return s.answered(e, challenge) },
		})
	}
	if !h.Guarded {
		return cases, nil
	}
	wrong := schemas.Challenge{Challenge: token(s.Random, 24), Token: "hookrig-wrong-token", Origin: origin}
	return append(cases, Case{
		Name: "a wrong token", Where: "handshake", Kind: Existential, Steps: []Step{{Event: s.Event.Name, Challenge: &wrong}},
		Judge: func(e Evidence) *Flaw {
			if s.answered(e, wrong) != nil {
				return nil
			}
			return &Flaw{Rule: "a handshake with a wrong token must be refused", Got: e.Exchanges[0].Reply.String() + " and the challenge", Want: "403"}
		},
	}), nil
}

// answered finds what the provider would not accept about an answer to its handshake.
func (s *Subject) answered(e Evidence, c schemas.Challenge) *Flaw {
	r := e.Exchanges[0].Reply
	if r.Status == 0 {
		return &Flaw{Rule: "the handshake must be answered", Got: r.String(), Want: "the challenge"}
	}
	header := http.Header{}
	for _, line := range r.Headers {
		header.Add(line[0], line[1])
	}
	if err := s.Provider.Handshake.Accepts(c, r.Status, header, r.Body); err != nil {
		return &Flaw{Rule: "the handshake must be answered as the provider documents it", Got: err.Error(), Want: "the challenge, exactly"}
	}
	return nil
}

func htmlChallenge(s *Subject) ([]Case, error) {
	if s.Provider.Handshake.Guarded && s.Token == "" {
		return []Case{{Name: "the handshake", Reason: "needs the verify token of the handshake"}}, nil
	}
	challenge := schemas.Challenge{Challenge: "<b>x", Token: rightToken, Origin: origin}
	return []Case{{
		Name: "the challenge <b>x", Where: "handshake", Steps: []Step{{Event: s.Event.Name, Challenge: &challenge}},
		Judge: func(e Evidence) *Flaw {
			r := e.Exchanges[0].Reply
			kind := strings.ToLower(r.Header("Content-Type"))
			html := strings.Contains(kind, "html") || kind == "" && !strings.EqualFold(r.Header("X-Content-Type-Options"), "nosniff")
			if !html || !strings.Contains(string(r.Body), "<b>x") {
				return nil
			}
			return &Flaw{Rule: "the challenge must not be echoed as HTML", Got: "<b>x, unescaped, as " + kindName(kind), Want: "text/plain with nosniff"}
		},
	}}, nil
}

func kindName(kind string) string {
	if kind == "" {
		return "no type, for the browser to guess"
	}
	return kind
}

// challenged reports whether a request is a handshake, as far as method and path of delivery tell.
func (s Stand) challenged(r *http.Request, body []byte) bool {
	h := s.Provider.Handshake
	if h == nil || r.Method != h.Method {
		return false
	}
	for _, line := range h.Query {
		if !r.URL.Query().Has(line[0]) {
			return false
		}
	}
	return h.Body == nil || strings.Contains(string(body), `"challenge"`)
}

// manglesChallenge cuts the challenge short.
func manglesChallenge(s Stand, inner http.Handler) http.Handler {
	return answering(inner, func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		return s.challenged(r, body) && answer(w, http.StatusOK, "ok")
	})
}

// echoesHTML leaves the type of its answer to the framework.
func echoesHTML(s Stand, inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := read(r)
		if s.challenged(r, body) {
			w = &asHTML{ResponseWriter: w}
		}
		inner.ServeHTTP(w, r)
	})
}

// asHTML gives every reply the type of a page.
type asHTML struct {
	http.ResponseWriter
	begun bool
}

func (h *asHTML) WriteHeader(status int) {
	h.begun = true
	h.Header().Set("Content-Type", "text/html; charset=utf-8")
	h.ResponseWriter.WriteHeader(status)
}

func (h *asHTML) Write(b []byte) (int, error) {
	if !h.begun {
		h.WriteHeader(http.StatusOK)
	}
	// A JSON encoder escapes < and >; a template does not.
	text := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(string(b))
	_, err := io.WriteString(h.ResponseWriter, text)
	return len(b), err
}
