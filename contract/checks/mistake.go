package checks

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// Mistake is a known way to verify wrongly: a step that a consumer accepts that made it.
type Mistake struct {
	Name string // what is accepted
	Fix  string
	Step Step
}

// Mistakes lists the usual reasons why a plain valid message is refused.
func (s *Subject) Mistakes() []Mistake {
	var all []Mistake
	add := func(name, fix string, edits ...Edit) {
		all = append(all, Mistake{name, fix, s.step(edits...)})
	}
	signing := s.Provider.Signing
	secret := string(s.Endpoints[0].Secrets[0])
	key := func(bytes []byte) Edit {
		return Edit{Op: Key, Value: formatSecret(signing.Secret, bytes, string(bytes))}
	}
	bare := strings.TrimPrefix(secret, signing.Secret.Prefix)
	if signing.Secret.Encoding != "utf8" {
		add("a signature made with the secret's text, not decoded",
			"Decode the secret from "+signing.Secret.Encoding+" before using it as a key.", key([]byte(bare)))
	}
	if signing.Secret.Prefix != "" {
		add("a signature made with the secret's text, prefix included",
			"Take "+signing.Secret.Prefix+" off the secret and decode the rest.", key([]byte(secret)))
	}
	if signing.Secret.Encoding == "utf8" {
		if decoded, err := base64.StdEncoding.DecodeString(bare); err == nil && len(decoded) > 0 {
			add("a signature made with the secret decoded from base64", "Use the secret's text as it is: it is not base64.", key(decoded))
		}
		if decoded, err := hex.DecodeString(bare); err == nil && len(decoded) > 0 {
			add("a signature made with the secret decoded from hexadecimal", "Use the secret's text as it is: it is not hexadecimal.", key(decoded))
		}
		add("a signature made with the secret and a newline", "Trim the secret when you read it from a file.", key([]byte(bare+"\n")))
	}
	if signing.Item == "{signature}" {
		for _, prefix := range []string{"sha256=", "v1=", "v1,"} {
			add("a signature after "+prefix, "The provider writes the bare signature: expect no "+prefix+" before it.",
				Edit{Op: Item, Value: prefix + "{signature}"})
		}
	} else {
		add("a signature without "+strings.ReplaceAll(signing.Item, "{signature}", ""),
			"Take the prefix off the header before comparing.", Edit{Op: Item, Value: "{signature}"})
	}
	for _, text := range []string{"{body}", "{timestamp}.{body}", "{id}.{timestamp}.{body}"} {
		if text != signing.Signs {
			add("a signature over "+text, "The provider signs "+signing.Signs+".", Edit{Op: SignedText, Value: text})
		}
	}
	return append(all, s.respelledMistakes()...)
}

// respelledMistakes are signatures over a body that was parsed and written again.
func (s *Subject) respelledMistakes() []Mistake {
	var all []Mistake
	for _, way := range []struct {
		name    string
		respell func([]byte) []byte
	}{
		{"as Python's json.dumps writes it", pythonic},
		{"with sorted keys", sortedKeys},
		{"with everything beyond ASCII escaped", escapedASCII},
		{"as a compact serialiser writes it", func(b []byte) []byte { return compacted(b) }},
	} {
		step := s.step()
		body := s.like(step).Body
		if spelled := way.respell(body); spelled != nil && !bytes.Equal(spelled, body) {
			step.Edits = []Edit{{Op: SignedBytes, Bytes: spelled}}
			all = append(all, Mistake{
				"a signature over the body " + way.name,
				"Verify over the raw bytes of the request, before any parser touches them.", step,
			})
		}
	}
	return all
}

func compacted(body []byte) []byte {
	var out bytes.Buffer
	if json.Compact(&out, body) != nil {
		return nil
	}
	return out.Bytes()
}

// pythonic puts a space behind every comma and colon outside strings, and escapes beyond ASCII.
func pythonic(body []byte) []byte {
	var out bytes.Buffer
	quoted := false
	compact := escapedASCII(compacted(body))
	for i := 0; i < len(compact); i++ {
		c := compact[i]
		out.WriteByte(c)
		switch {
		case quoted && c == '\\':
			i++
			out.WriteByte(compact[i])
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ',' || c == ':'):
			out.WriteByte(' ')
		}
	}
	return out.Bytes()
}

func sortedKeys(body []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var doc any
	if decoder.Decode(&doc) != nil {
		return nil
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(doc) != nil {
		return nil
	}
	return bytes.TrimSpace(out.Bytes())
}

// escapedASCII escapes all characters beyond ASCII; outside strings JSON has none.
func escapedASCII(body []byte) []byte {
	if body == nil {
		return nil
	}
	var out bytes.Buffer
	for _, r := range string(body) {
		if r < 0x80 {
			out.WriteRune(r)
			continue
		}
		escaped := asciiOf(string(r))
		out.Write(escaped[1 : len(escaped)-1])
	}
	return out.Bytes()
}
