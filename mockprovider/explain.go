package mockprovider

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

// shownText is how much of the signed text an explanation shows, in bytes.
const shownText = 4096

// explanation is how a signature came about, step by step. The secret is never part of it.
type explanation struct {
	Signed   bool   `json:"signed"`
	Attempt  int    `json:"attempt"`
	Steps    []step `json:"steps"`
	Matches  bool   `json:"matches"`            // the signature that was sent is the one that these steps make
	Tampered string `json:"tampered,omitempty"` // what was done to it on purpose
}

// step is one step of a signature.
type step struct {
	Title string `json:"title"`
	Text  string `json:"text"`            // what is done
	Value string `json:"value,omitempty"` // what comes out
}

// explainSignature explains the signature of one attempt, the last unless attempt= says otherwise.
func (c *call) explainSignature() (answer, error) {
	seq, err := c.number("delivery")
	if err != nil {
		return answer{}, err
	}
	number, err := c.number("attempt")
	if err != nil {
		return answer{}, err
	}
	d, m, attempts, err := c.session.Delivery(c.Context(), seq)
	if err != nil {
		return answer{}, err
	}
	at := len(attempts) - 1
	if number > 0 {
		at = slices.IndexFunc(attempts, func(a journal.Attempt) bool { return int64(a.Number) == number })
	}
	if at < 0 {
		return answer{}, fmt.Errorf("delivery %d: attempt: %w", seq, ErrNotFound)
	}
	sub, err := c.session.Subscription(d.Subscription)
	if err != nil {
		return answer{}, err
	}
	explained, err := explain(c.server.provider, sub, attempts[at], m.Body)
	if err != nil {
		return answer{}, err
	}
	r := c.session.redactor(true)
	for i, s := range explained.Steps {
		explained.Steps[i].Value = shorten(r.String(s.Value)) // in this order: half a secret is not known as one
	}
	return answer{http.StatusOK, explained}, nil
}

// explain makes the signature of an attempt again, one step at a time.
func explain(p *schemas.Provider, sub Subscription, a journal.Attempt, body []byte) (explanation, error) {
	e := explanation{Attempt: a.Number, Signed: p.Signing != nil, Steps: []step{}}
	for _, fault := range a.Faults() {
		if name, ok := strings.CutPrefix(fault, "tamper:"); ok {
			e.Tampered = name
		}
	}
	if p.Signing == nil {
		e.Steps = append(e.Steps, step{"No signature", p.Title + " signs nothing: a consumer cannot know who sent this.", ""})
		return e, nil
	}
	if a.RequestBody != nil {
		body = a.RequestBody
	}
	sent := showHTTP(a.RequestHeader, nil, nil, p.HeaderNames("signatures")).Headers
	id, timestamp := signedValue(p, sent, "id"), signedValue(p, sent, "timestamp")
	text := strings.NewReplacer("{id}", id, "{timestamp}", timestamp, "{body}", string(body)).Replace(p.Signing.Signs)
	e.Steps = append(e.Steps,
		step{"Take the secret", secretText(p.Signing.Secret), fmt.Sprintf("the subscription has %d", len(sub.Secrets))},
		step{"Write down what is signed", "The scheme signs " + p.Signing.Signs + ", byte for byte as sent.", text},
	)
	var signatures []string
	for _, secret := range sub.Secrets {
		signature, err := p.Signing.Sign(secret, id, timestamp, body)
		if err != nil {
			return e, err
		}
		signatures = append(signatures, signature)
	}
	value, err := p.Signing.Header(signatures...)
	if err != nil {
		return e, err
	}
	e.Steps = append(e.Steps, step{"Sign it", fmt.Sprintf("%s with the secret, written in %s.", strings.ToUpper(p.Signing.Algorithm), p.Signing.Encoding), strings.Join(signatures, "\n")})
	for _, name := range p.HeaderNames("signatures") {
		got := ""
		for _, line := range sent {
			if strings.EqualFold(line[0], name) {
				got = line[1]
			}
		}
		e.Matches = got != "" && strings.Contains(got, value)
		e.Steps = append(e.Steps,
			step{"Put it into " + name, "Each signature becomes " + p.Signing.Item + ".", value},
			step{"Compare", "This is what was sent. " + verdict(e), got})
	}
	return e, nil
}

func verdict(e explanation) string {
	switch {
	case e.Matches:
		return "It is the same."
	case e.Tampered != "":
		return "It differs, on purpose: " + e.Tampered + "."
	}
	return "It differs: the secret was changed since."
}

// secretText says how a secret becomes a key.
func secretText(f schemas.SecretFormat) string {
	text := map[string]string{"utf8": "Its characters as UTF-8 are the key.", "base64": "Decode it from base64.", "hex": "Decode it from hex."}[f.Encoding]
	if f.Prefix != "" {
		text = "Take off " + f.Prefix + ". " + text
	}
	return text
}

// signedValue reads a placeholder's value out of the headers that carry it.
func signedValue(p *schemas.Provider, sent [][2]string, placeholder string) string {
	for _, line := range p.Headers {
		template, err := schemas.ParseTemplate(line[1])
		if err != nil || !template.Uses(placeholder) {
			continue
		}
		for _, header := range sent {
			if !strings.EqualFold(header[0], line[0]) {
				continue
			}
			if values, ok := template.Extract(header[1]); ok {
				return values[placeholder]
			}
		}
	}
	return ""
}

func shorten(text string) string {
	if len(text) <= shownText {
		return text
	}
	return fmt.Sprintf("%s… (%d bytes more)", strings.ToValidUTF8(text[:shownText], ""), len(text)-shownText)
}
