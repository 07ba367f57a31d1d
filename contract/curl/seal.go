package curl

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/internal/shell"
	"github.com/hookrig/hookrig/schemas"
)

// seal is how a secret signed a request, one of the user's or one that is tried: what a shell needs to do it
// again.
type seal struct {
	scheme    schemas.Signing
	variable  string // of the shell, holds the secrets of the endpoint
	line      int    // of the variable on which the secret stands, from 1; 0 when it stands there alone
	tried     string // the secret itself, where it is none of the user's
	id        string
	timestamp string // as signed
	offset    int64  // seconds from sending to the signed time
	text      []byte // what stood for {body}
	signature string // as made
	sent      string // as sent: the signature, or the part of it that was left
}

// sealed finds the seal of a request. It is nil when nothing is known to have signed it. It reports false when
// a secret of the user's did and what was signed cannot be told: then the headers hold what a report must not
// show.
func sealed(x checks.Exchange, p *schemas.Provider, endpoints []schemas.Endpoint) (*seal, bool) {
	values := signatureValues(x, p)
	for _, e := range x.Step.Edits {
		if e.Op == checks.Header || e.Op == checks.HeaderAdd { // a text of ours
			values = slices.DeleteFunc(values, func(value string) bool { return value == e.Value })
		}
	}
	if len(values) == 0 {
		return nil, true
	}
	scheme, cut, ours, tried := *p.Signing, 0, false, ""
	for _, e := range x.Step.Edits {
		switch e.Op {
		case checks.Key:
			if userSecret(e.Value, endpoints) {
				return nil, false
			}
			ours, tried, endpoints = true, e.Value, []schemas.Endpoint{{Secrets: []schemas.Secret{schemas.Secret(e.Value)}}}
		case checks.Items:
			if !slices.Contains(strings.Fields(e.Value), "good") {
				return nil, true
			}
		case checks.SignedText:
			scheme.Signs = e.Value
		case checks.Algorithm:
			scheme.Algorithm = e.Value
		case checks.Truncate:
			cut = e.Count
		}
	}
	for _, candidate := range candidates(x, p, scheme, endpoints) {
		candidate.sent = candidate.signature
		if n := cut; n != 0 {
			if n < 0 {
				n += len(candidate.signature)
			}
			candidate.sent = candidate.signature[:min(max(n, 0), len(candidate.signature))]
		}
		if candidate.sent != "" && strings.Contains(strings.Join(values, "\n"), candidate.sent) {
			if ours {
				candidate.tried, candidate.variable = tried, ""
			}
			return candidate, true
		}
	}
	return nil, ours
}

// signatureValues are the values of headers that hold text in the place of a signature.
func signatureValues(x checks.Exchange, p *schemas.Provider) []string {
	if p.Signing == nil {
		return nil
	}
	frame := len(p.Signing.Item) - len("{signature}")
	var values []string
	for _, name := range p.HeaderNames("signatures") {
		for _, line := range x.Request.Headers {
			if strings.EqualFold(line[0], name) && len(line[1]) > frame {
				values = append(values, line[1])
			}
		}
	}
	return values
}

func userSecret(text string, endpoints []schemas.Endpoint) bool {
	for _, e := range endpoints {
		for _, secret := range e.Secrets {
			if string(secret) == text {
				return true
			}
		}
	}
	return false
}

// candidates are all the ways in which the request may have been signed: with each secret, over the
// body as sent, as made or as the step says, with each id and time that the headers show.
func candidates(x checks.Exchange, p *schemas.Provider, scheme schemas.Signing, endpoints []schemas.Endpoint) []*seal {
	texts := [][]byte{x.Request.Body, x.Message.Body}
	for _, e := range x.Step.Edits {
		if e.Op == checks.SignedBytes {
			texts = append(texts, e.Bytes)
		}
	}
	ids := append(headerValues(x, p, "id"), x.Message.ID)
	times := headerValues(x, p, "timestamp")
	signed := x.At.Unix()
	for _, e := range x.Step.Edits {
		if e.Op == checks.Aged {
			signed -= int64(e.Count)
		}
	}
	for age := int64(-2); age <= 2; age++ {
		times = append(times, strconv.FormatInt(signed+age, 10))
	}
	if !scheme.SignsTimestamp() {
		times = times[:1]
	}
	var all []*seal
	for i, e := range endpoints {
		variable := "HOOKRIG_SECRET"
		if i > 0 {
			variable += "_" + strconv.Itoa(i+1)
		}
		for n, secret := range e.Secrets {
			line := 0
			if len(e.Secrets) > 1 {
				line = n + 1
			}
			for _, text := range texts {
				for _, id := range ids {
					for _, t := range times {
						signature, err := scheme.Sign(secret, id, t, text)
						if err != nil || t == "" {
							continue
						}
						made, _ := strconv.ParseInt(t, 10, 64)
						all = append(all, &seal{scheme: scheme, variable: variable, line: line, id: id, timestamp: t, offset: made - x.At.Unix(), text: text, signature: signature})
					}
				}
			}
		}
	}
	return all
}

// headerValues reads a placeholder out of the headers as they were sent.
func headerValues(x checks.Exchange, p *schemas.Provider, placeholder string) []string {
	var values []string
	for _, line := range p.Headers {
		template, err := schemas.ParseTemplate(line[1])
		if err != nil || !template.Uses(placeholder) {
			continue
		}
		for _, sent := range x.Request.Headers {
			if found, ok := template.Extract(sent[1]); ok && strings.EqualFold(sent[0], line[0]) {
				values = append(values, found[placeholder])
			}
		}
	}
	return values
}

// texts are, in pairs, what stands in the header and what the shell says in its place; nil when the
// header says nothing of the seal.
func (s *seal) texts(x checks.Exchange, p *schemas.Provider, header string) []string {
	named := func(placeholder string) bool {
		return slices.ContainsFunc(p.HeaderNames(placeholder), func(name string) bool { return strings.EqualFold(name, header) })
	}
	var texts []string
	if s != nil && named("signatures") { // with the item's frame, or a short piece would be found anywhere
		before, _, _ := strings.Cut(s.scheme.Item, "{signature}")
		frame := ""
		if before != "" {
			frame = shell.Word(before)
		}
		texts = append(texts, before+s.sent, frame+`"$s"`)
	}
	if s != nil && s.scheme.SignsTimestamp() && named("timestamp") {
		texts = append(texts, s.timestamp, `"$t"`)
	}
	if named("timestamp") { // what was now when it was sent, and is signed by nothing
		for _, value := range headerValues(x, p, "timestamp") {
			if at, err := strconv.ParseInt(value, 10, 64); err == nil && at-x.At.Unix() >= -5 && at-x.At.Unix() <= 5 {
				texts = append(texts, value, `"$(date +%s)"`)
			}
		}
	}
	return texts
}

// commands set $t to the signed time, where it is signed, and $s to the signature. b prints the body.
func (s *seal) commands(body []byte) []string {
	var commands []string
	if s.scheme.SignsTimestamp() {
		clock := "t=$(date +%s)"
		if s.offset < -5 || s.offset > 5 { // a signature of another time, not the time it took to send
			clock = fmt.Sprintf("t=$(($(date +%%s)%+d))", s.offset)
		}
		commands = append(commands, clock)
	}
	variable := s.variable
	switch {
	case s.variable == "":
		variable = "k"
		commands = append(commands, "k="+shell.Word(s.tried))
	case s.line > 0:
		variable = "k"
		commands = append(commands, fmt.Sprintf(`k=$(printf '%%s\n' "$%s" | sed -n %dp)`, s.variable, s.line))
	}
	command := s.hmac(body, variable)
	if s.scheme.Algorithm == "ed25519" {
		command = s.ed25519(body, variable)
	}
	if s.sent != s.signature {
		command += fmt.Sprintf(" | cut -c1-%d", len(s.sent))
	}
	return append(commands, "s=$("+command+")")
}

// hmac is the command that prints the signature.
func (s *seal) hmac(body []byte, variable string) string {
	hash := strings.TrimPrefix(s.scheme.Algorithm, "hmac-")
	command := fmt.Sprintf("%s | openssl dgst -%s %s", s.printed(body), hash, s.key(variable))
	if s.scheme.Encoding == "base64" {
		return command + " -binary | base64 | tr -d '\\n'"
	}
	return command + " -r | cut -d' ' -f1"
}

// ed25519 is the command that prints the signature. openssl takes the text from a file, whose length it must
// know, and the key's seed in the frame of RFC 8410, section 7.
func (s *seal) ed25519(body []byte, variable string) string {
	seed := fmt.Sprintf(`printf %%s "%s"`, s.bare(variable))
	switch s.scheme.Secret.Encoding {
	case "base64":
		seed += " | base64 -d"
	case "hex":
		seed += ` | perl -pe '$_=pack"H*",$_'`
	}
	command := fmt.Sprintf(`f=$(mktemp); %s >"$f"; { printf '0.\002\001\0000\005\006\003+ep\004\042\004 '; %s | head -c 32; } | openssl pkeyutl -sign -rawin -keyform DER -inkey /dev/stdin -in "$f"`, s.printed(body), seed)
	if s.scheme.Encoding == "base64" {
		command += " | base64 | tr -d '\\n'"
	} else {
		command += " | od -An -v -tx1 | tr -d ' \\n'"
	}
	return command + `; rm "$f"`
}

// printed is the command that prints the signed text.
func (s *seal) printed(body []byte) string {
	print := "b"
	if !bytes.Equal(s.text, body) {
		print = shell.Print(s.text)
	}
	var commands []string
	word := "" // what stands before, between or after the body
	flush := func() {
		if word != "" {
			commands = append(commands, "printf %s "+word)
		}
		word = ""
	}
	for _, part := range templateParts(s.scheme.Signs) {
		switch part {
		case "{body}":
			flush()
			commands = append(commands, print)
		case "{timestamp}":
			word += `"$t"`
		case "{id}":
			word += shell.Word(s.id)
		default:
			word += shell.Word(part)
		}
	}
	flush()
	if len(commands) == 1 {
		return commands[0]
	}
	return "{ " + strings.Join(commands, "; ") + "; }"
}

// bare is the secret without what a provider writes before it.
func (s *seal) bare(variable string) string {
	if s.scheme.Secret.Prefix != "" {
		return "${" + variable + "#" + s.scheme.Secret.Prefix + "}"
	}
	return "$" + variable
}

// key is how openssl is told the secret.
func (s *seal) key(variable string) string {
	switch s.scheme.Secret.Encoding {
	case "base64":
		return fmt.Sprintf(`-mac HMAC -macopt hexkey:"$(printf %%s "%s" | base64 -d | od -An -v -tx1 | tr -d ' \n')"`, s.bare(variable))
	case "hex":
		return fmt.Sprintf(`-mac HMAC -macopt hexkey:"%s"`, s.bare(variable))
	}
	return fmt.Sprintf(`-hmac "%s"`, s.bare(variable))
}

// templateParts splits a template into its literals and its {placeholders}.
func templateParts(template string) []string {
	var parts []string
	for rest := template; rest != ""; {
		literal, after, found := strings.Cut(rest, "{")
		if literal != "" {
			parts = append(parts, literal)
		}
		if !found {
			break
		}
		name, after, _ := strings.Cut(after, "}")
		parts, rest = append(parts, "{"+name+"}"), after
	}
	return parts
}
