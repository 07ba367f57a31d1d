package checks

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"iter"
	"maps"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// tellsSignature finds, in a refusal, the signature that would have been right for what was sent.
func (s *Subject) tellsSignature(e Evidence) *Flaw {
	for i, x := range e.Exchanges {
		if x.Reply.Acknowledged(s.Provider.Policy) {
			continue
		}
		said := reply(x.Reply)
		for _, signature := range s.rightSignatures(x) {
			if strings.Contains(said, strings.ToLower(signature)) {
				return &Flaw{
					Kind: Existential, Index: i,
					Rule: "a refusal must not tell the signature that it expected",
					Got:  "the right signature of the refused message, in the reply", Want: "a refusal with a fixed text",
				}
			}
		}
	}
	return nil
}

// reply is all that was said, in lower case.
func reply(r Reply) string {
	var b strings.Builder
	b.WriteString(r.Reason)
	for _, line := range r.Headers {
		b.WriteString("\n" + line[1])
	}
	b.WriteString("\n")
	b.Write(r.Body)
	return strings.ToLower(b.String())
}

// rightSignatures are the signatures that the endpoint's secrets make of what was sent, in the ways
// that people print them.
func (s *Subject) rightSignatures(x Exchange) []string {
	signing := s.Provider.Signing
	values := s.placeholders(x.Request)
	var all []string
	for _, secret := range s.Endpoints[x.Step.Endpoint].Secrets {
		signature, err := signing.Sign(secret, values["id"], values["timestamp"], x.Request.Body)
		if err != nil {
			continue
		}
		all = append(all, signature)
		raw, err := hex.DecodeString(signature)
		if signing.Encoding == "base64" {
			raw, err = base64.StdEncoding.DecodeString(signature)
		}
		if err == nil {
			all = append(all, hex.EncodeToString(raw), strings.TrimRight(base64.StdEncoding.EncodeToString(raw), "="))
		}
	}
	return all
}

// placeholders reads the values of a request's header templates back.
func (s *Subject) placeholders(env schemas.Envelope) map[string]string {
	return placeholders(s.Provider, func(name string) []string {
		var values []string
		for _, line := range env.Headers {
			if strings.EqualFold(line[0], name) {
				values = append(values, line[1])
			}
		}
		return values
	})
}

func placeholders(p *schemas.Provider, header func(name string) []string) map[string]string {
	values := map[string]string{}
	for _, line := range p.Headers {
		template, err := schemas.ParseTemplate(line[1])
		if err != nil {
			continue
		}
		for _, value := range header(line[0]) {
			if found, ok := template.Extract(value); ok {
				maps.Copy(values, found)
				break
			}
		}
	}
	return values
}

func keys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

func containsAny(text []byte, parts ...string) bool {
	for _, part := range parts {
		if bytes.Contains(text, []byte(part)) {
			return true
		}
	}
	return false
}
