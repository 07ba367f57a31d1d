package checks

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/generators"
)

// refuse is what must happen to a message that the provider did not send.
func refuse(rule string) Expect {
	return Expect{Good: "refusal", Rule: rule, Want: "401, or another 4xx"}
}

// accept is what must happen to a message that the provider could send.
func accept(rule string) Expect {
	return Expect{Good: "ack", Rule: rule, Want: "an acknowledgement, as for the same message in its usual form"}
}

func (s *Subject) signatureHeader() string {
	return strings.Join(s.Provider.HeaderNames("signatures"), ", ")
}

func wrongKey(s *Subject) ([]Case, error) {
	return []Case{{
		Name: "signed with a key that is nobody's", Where: s.signatureHeader(),
		Steps:  []Step{s.step(Edit{Op: Key, Value: s.WrongSecret()})},
		Expect: refuse("a signature made with another key must be refused"),
	}}, nil
}

func missingSignature(s *Subject) ([]Case, error) {
	rule := refuse("a message without a signature must be refused")
	cases := []Case{{Name: "no signature header", Steps: []Step{s.step(Edit{Op: Unsign})}}}
	var blank []Edit
	for _, name := range s.Provider.HeaderNames("signatures") {
		blank = append(blank, Edit{Op: Header, Place: name, Value: ""})
	}
	cases = append(cases, Case{Name: "empty signature header", Steps: []Step{s.step(blank...)}})
	if s.Provider.Signing.Item != "{signature}" {
		cases = append(cases, Case{Name: "nothing after the signature's prefix", Steps: []Step{s.step(Edit{Op: Truncate, Count: 0})}})
	}
	for i := range cases {
		cases[i].Where, cases[i].Expect = s.signatureHeader(), rule
	}
	return cases, nil
}

func tamperedBody(s *Subject) ([]Case, error) {
	step := s.step()
	place, ok := s.tampered(s.like(step).Body)
	if !ok {
		return []Case{{Name: "one byte changed", Reason: "the message holds no text to change"}}, nil
	}
	step.Edits = []Edit{{Op: Flip, Place: string(place)}}
	return []Case{{
		Name: "one byte changed after signing", Where: string(place), Steps: []Step{step},
		Expect: refuse("a body that is not the one that was signed must be refused"),
	}}, nil
}

func defaultKeys(s *Subject) ([]Case, error) {
	var cases []Case
	for _, key := range []struct{ name, text string }{{"the empty key", "\x00"}, {`the key "secret"`, "secret"}, {`the key "changeme"`, "changeme"}} {
		// HMAC pads a key with zeros: one zero byte is the same key as none.
		secret := formatSecret(s.Provider.Signing.Secret, []byte(key.text), key.text)
		if s.Provider.Signing.Algorithm == "ed25519" {
			continue
		}
		c := Case{Name: "signed with " + key.name, Where: s.signatureHeader(), Expect: refuse("a key that everybody knows must not be accepted")}
		if s.isSecret(secret) {
			c.Reason = "this is the configured secret: choose another"
		} else {
			c.Steps = []Step{s.step(Edit{Op: Key, Value: secret})}
		}
		cases = append(cases, c)
	}
	return cases, nil
}

func (s *Subject) isSecret(text string) bool {
	for _, e := range s.Endpoints {
		for _, secret := range e.Secrets {
			if string(secret) == text {
				return true
			}
		}
	}
	return false
}

func partialSignature(s *Subject) ([]Case, error) {
	length := s.signatureLength()
	cuts := []int{1, 8, length/2 - 1}
	if s.Provider.Signing.Encoding == "hex" {
		cuts = append(cuts, length-1)
	}
	var cases []Case
	for _, n := range cuts {
		cases = append(cases, Case{
			Name:  fmt.Sprintf("the first %d of %d characters", n, length),
			Steps: []Step{s.step(Edit{Op: Truncate, Count: n})},
		})
	}
	if s.Provider.Signing.Encoding == "hex" {
		cases = append(cases, Case{Name: "two characters more", Steps: []Step{s.step(Edit{Op: Extend, Value: "00"})}})
	}
	for i := range cases {
		cases[i].Where, cases[i].Expect = s.signatureHeader(), refuse("only the whole signature may be accepted")
	}
	return cases, nil
}

// signatureLength is how many characters a signature has.
func (s *Subject) signatureLength() int {
	signature, err := s.Provider.Signing.Sign(s.Endpoints[0].Secrets[0], "id", "1", nil)
	if err != nil {
		return 64
	}
	return len(signature)
}

func malformedAuth(s *Subject) ([]Case, error) {
	item := func(signature string) string {
		return strings.ReplaceAll(s.Provider.Signing.Item, "{signature}", signature)
	}
	full := s.signatureLength()
	values := []struct{ name, value string }{
		{"a signature of three characters", item("abc")},
		{"a signature in no known encoding", item(strings.Repeat("?", full))},
		{"a signature that is not ASCII", item(strings.Repeat("é", full/2))},
		{"a signature of 8 KiB", item(strings.Repeat("a", 8<<10))},
		{"a signature header of punctuation", ",=;, ="},
	}
	expect := Expect{Good: "4xx 431 ack 3xx", Rule: "a malformed signature or timestamp must be refused, not crash", Want: "a 4xx"}
	var cases []Case
	for _, v := range values {
		var edits []Edit
		for _, name := range s.Provider.HeaderNames("signatures") {
			edits = append(edits, Edit{Op: Header, Place: name, Value: v.value})
		}
		cases = append(cases, Case{Name: v.name, Where: s.signatureHeader(), Steps: []Step{s.step(edits...)}, Expect: expect})
	}
	if SchemeOf(s.Provider) != Stamped {
		return cases, nil
	}
	for _, stamp := range []string{"abc", "-1", "1e30", ""} {
		cases = append(cases, Case{
			Name: fmt.Sprintf("the timestamp %q", stamp), Where: strings.Join(s.Provider.HeaderNames("timestamp"), ", "),
			Steps: []Step{s.step(Edit{Op: Stamp, Value: stamp})}, Expect: expect,
		})
	}
	return cases, nil
}

func legacySignature(s *Subject) ([]Case, error) {
	signing := s.Provider.Signing
	if !strings.HasPrefix(signing.Algorithm, "hmac-sha2") && signing.Algorithm != "hmac-sha512" {
		return []Case{{Name: "SHA-1", Reason: "no older algorithm is known beside " + signing.Algorithm}}, nil
	}
	rule := refuse("a signature of an older scheme must not be enough")
	where := s.signatureHeader()
	cases := []Case{{Name: "SHA-1 under the same mark", Steps: []Step{s.step(Edit{Op: Algorithm, Value: "hmac-sha1"})}}}
	switch {
	case strings.Contains(signing.Item, "sha256="):
		older := strings.ReplaceAll(signing.Item, "sha256=", "sha1=")
		edits := []Edit{{Op: Algorithm, Value: "hmac-sha1"}, {Op: Item, Value: older}}
		cases = append(cases, Case{Name: "SHA-1, marked sha1", Steps: []Step{s.step(edits...)}})
	case strings.Contains(signing.Item, "v1"):
		older := strings.ReplaceAll(signing.Item, "v1", "v0")
		cases = append(cases, Case{Name: "marked v0", Steps: []Step{s.step(Edit{Op: Algorithm, Value: "hmac-sha1"}, Edit{Op: Item, Value: older})}})
	}
	none := []Edit{{Op: Truncate}, {Op: Item, Value: strings.ReplaceAll(signing.Item, "{signature}", "none")}}
	cases = append(cases, Case{Name: "marked none", Steps: []Step{s.step(none...)}})
	for i := range cases {
		cases[i].Where, cases[i].Expect = where, rule
	}
	return cases, nil
}

func spellings(s *Subject) ([]Case, error) {
	var cases []Case
	for _, encoding := range generators.Encodings() {
		if encoding.Raw {
			continue // characters beyond ASCII are another check's
		}
		step := s.step()
		body := s.like(step).Body
		spelled, splits, err := respell(body, encoding.Name)
		if err != nil || splits != nil || bytes.Equal(spelled, body) || !s.valid(spelled) {
			continue
		}
		step.Edits = []Edit{{Op: Respell, Value: encoding.Name}}
		cases = append(cases, Case{
			Name: encoding.Name, Where: "body", Steps: []Step{step},
			Expect: accept("the signature is over the bytes that were sent, however the JSON is spelled"),
		})
	}
	return cases, nil
}

func signatureLists(s *Subject) ([]Case, error) {
	if s.Provider.Signing.Separator == "" {
		return []Case{{Name: "several signatures", Reason: "the provider sends one signature only"}}, nil
	}
	var cases []Case
	for _, list := range []struct{ name, words string }{
		{"a wrong signature before the right one", "wrong good"},
		{"the right signature before a wrong one", "good wrong"},
		{"an unknown version before the right signature", "unknown good"},
	} {
		c := Case{
			Name: list.name, Where: s.signatureHeader(), Steps: []Step{s.step(Edit{Op: Items, Value: list.words})},
			Expect: Expect{Good: "ack", Rule: "one right signature in the list is enough", Want: "an acknowledgement"},
		}
		if SchemeOf(s.Provider) == Plain {
			c.Level = LevelAdvisory
		}
		cases = append(cases, c)
	}
	return cases, nil
}

func doubleHeader(s *Subject) ([]Case, error) {
	names := s.Provider.HeaderNames("signatures")
	wrong := base64.StdEncoding.EncodeToString([]byte("hookrig"))
	if s.Provider.Signing.Encoding == "hex" {
		wrong = strings.Repeat("0", s.signatureLength())
	}
	wrong = strings.ReplaceAll(s.Provider.Signing.Item, "{signature}", wrong)
	expect := Expect{Good: "2xx 3xx 4xx", Rule: "a repeated header must be handled or refused, not crash", Want: "an acknowledgement or a 4xx"}
	return []Case{{
		Name: "a wrong header line before the right one", Where: s.signatureHeader(), Expect: expect,
		Steps: []Step{s.step(Edit{Op: HeaderAdd, Place: names[0], Value: wrong, Count: -1})},
	}, {
		Name: "a wrong header line after the right one", Where: s.signatureHeader(), Expect: expect,
		Steps: []Step{s.step(Edit{Op: HeaderAdd, Place: names[0], Value: wrong})},
	}}, nil
}

func headerCases(s *Subject) ([]Case, error) {
	var cases []Case
	for _, style := range []string{"lower", "upper", "mixed"} {
		cases = append(cases, Case{
			Name: "header names in " + style + " case", Where: "header names",
			Steps:  []Step{s.step(Edit{Op: HeaderCase, Value: style})},
			Expect: accept("header names mean the same in every case"),
		})
	}
	return cases, nil
}

func oracle(s *Subject) ([]Case, error) {
	steps := map[string]Step{
		"wrong key":     s.step(Edit{Op: Key, Value: s.WrongSecret()}),
		"no signature":  s.step(Edit{Op: Unsign}),
		"half a one":    s.step(Edit{Op: Truncate, Count: s.signatureLength() / 2}),
		"one byte more": s.step(Edit{Op: Extend, Value: "0"}),
	}
	var cases []Case
	for _, name := range slices.Sorted(keys(steps)) {
		cases = append(cases, Case{Name: name, Where: s.signatureHeader(), Steps: []Step{steps[name]}, Judge: s.tellsSignature})
	}
	return cases, nil
}

func unsignedEffects(s *Subject) ([]Case, error) {
	const rule = "a message that is refused must not be acted on"
	return []Case{{
		Name: "no signature", Where: s.signatureHeader(), Steps: []Step{s.step(Edit{Op: Unsign})},
		Effects: []Effect{{Max: 0, Rule: rule}},
	}, {
		Name: "a wrong key", Where: s.signatureHeader(), Steps: []Step{s.step(Edit{Op: Key, Value: s.WrongSecret()})},
		Effects: []Effect{{Max: 0, Rule: rule}},
	}}, nil
}

func unsignedMalformed(s *Subject) ([]Case, error) {
	valid, malformed := s.step(Edit{Op: Unsign}), s.step(Edit{Op: SendBody, Bytes: []byte(`{"a":`)}, Edit{Op: Unsign})
	return []Case{{
		Name: "unsigned malformed JSON", Where: "body", Steps: []Step{valid, malformed},
		Judge: func(e Evidence) *Flaw {
			first, second := e.Exchanges[0].Reply, e.Exchanges[1].Reply
			flaw := &Flaw{Rule: "an unsigned body must be refused before it is parsed", Got: second.String(), Index: 1,
				Want: "what an unsigned valid message gets: " + first.String()}
			switch {
			case first.Status/100 != 5 && second.in("5xx reset", s.Provider.Policy):
				flaw.Want = "401, or another 4xx"
				return flaw
			case first.Status != second.Status && second.Status != 0 && !first.Acknowledged(s.Provider.Policy):
				flaw.Level = LevelAdvisory
				return flaw
			}
			return nil
		},
	}}, nil
}
