package checks

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hookrig/hookrig/schemas"
)

// Build makes the exact bytes of a step, signed afresh: the request of the exchange to come. The
// exchange before is needed only for a step that repeats it.
func (s *Subject) Build(step Step, before *Exchange) (Exchange, error) {
	if step.Again {
		if before == nil {
			return Exchange{}, fmt.Errorf("repeat the step before: there is none")
		}
		again := *before
		again.Step, again.Reply = step, Reply{}
		return again, nil
	}
	if step.Endpoint >= len(s.Endpoints) {
		return Exchange{}, fmt.Errorf("send to endpoint %d: the run has %d", step.Endpoint+1, len(s.Endpoints))
	}
	x := Exchange{Step: step, URL: s.Endpoints[step.Endpoint].URL}
	if step.Challenge != nil {
		var err error
		x.Request, err = s.shakeHands(step)
		return x, err
	}
	m, err := s.message(step)
	if err != nil {
		return Exchange{}, err
	}
	if step.Fault != nil {
		x.Fault = *step.Fault
	}
	m, splits, err := s.editMessage(m, step.Edits)
	if err != nil {
		return Exchange{}, err
	}
	x.Message = m
	x.Fault.Splits = append(x.Fault.Splits, splits...)
	if x.Request, err = s.sign(m, step); err != nil {
		return Exchange{}, err
	}
	for _, e := range step.Edits {
		if x.Request, err = e.editEnvelope(s.Provider, x.Request); err != nil {
			return Exchange{}, err
		}
	}
	if x.Fault.SplitsIn != "" {
		x.Fault.Splits = append(x.Fault.Splits, insideCharacters(x.Request.Body)...)
	}
	return x, nil
}

// shakeHands makes the request of a handshake.
func (s *Subject) shakeHands(step Step) (schemas.Envelope, error) {
	challenge := *step.Challenge
	if challenge.Token == rightToken {
		challenge.Token = s.Token
	}
	return s.Provider.Handshaking(challenge, s.Endpoints[step.Endpoint], schemas.Attempt{Number: 1, At: s.Now()})
}

// message makes the message of a step, before any edit.
func (s *Subject) message(step Step) (schemas.Message, error) {
	event := step.Event
	if event == "" {
		event = s.Event.Name
	}
	if step.Coordinate != nil {
		return s.Sources[min(step.Endpoint, len(s.Sources)-1)].Message(event, *step.Coordinate)
	}
	m, err := s.Provider.ReadAs(event, step.Body)
	if err != nil { // not JSON, and not meant to be
		return schemas.Message{Event: event, Body: step.Body}, nil //nolint:nilerr // it is sent as it is
	}
	return m, nil
}

// editMessage applies the edits of the body. What the envelope says follows the body, as long as it
// can be read.
func (s *Subject) editMessage(m schemas.Message, edits []Edit) (edited schemas.Message, splits []int, err error) {
	edited = m
	for _, e := range edits {
		var more []int
		switch e.Op {
		case Join, SetFrom:
			edited.Body, err = s.borrow(edited, e)
		default:
			edited.Body, more, err = e.editBody(edited.Body)
		}
		if err != nil {
			return m, nil, err
		}
		splits = append(splits, more...)
	}
	if bytes.Equal(edited.Body, m.Body) {
		return m, splits, nil
	}
	read, err := s.Provider.ReadAs(m.Event, edited.Body)
	if err != nil {
		return edited, splits, nil //nolint:nilerr // the edit broke the JSON, as it was meant to
	}
	if read.ID == "" {
		read.ID = m.ID
	}
	return read, splits, nil
}

// borrow takes a part of another message into the body.
func (s *Subject) borrow(m schemas.Message, e Edit) ([]byte, error) {
	event, place, from := e.Event, schemas.Pointer(e.Place), schemas.Pointer(e.From)
	if event == "" {
		event = m.Event
	}
	if from == "" {
		from = place
	}
	other, err := s.message(Step{Event: event, Coordinate: e.Coordinate})
	if err != nil {
		return nil, err
	}
	at, ok := find(other.Body, from)
	if !ok {
		return nil, fmt.Errorf("take %q of another %s: %w", from, event, errNoPlace)
	}
	if e.Op == SetFrom {
		return set(m.Body, place, other.Body[at.from:at.to])
	}
	if other.Body[at.from] != '[' {
		return nil, fmt.Errorf("join to %q: %w", place, errNoPlace)
	}
	body := m.Body
	for _, item := range elements(other.Body, at) {
		if body, err = push(body, place, other.Body[item.from:item.to]); err != nil {
			return nil, err
		}
	}
	return body, nil
}

// signing is how one step is signed: the provider's way, with the step's edits.
type signing struct {
	scheme   schemas.Signing
	secrets  []schemas.Secret
	attempt  schemas.Attempt
	id       string // in place of the message's; "" keeps it
	text     []byte // signed in place of the body; nil is the body
	list     string // words of Items; "" is one item per secret
	truncate *int
	extend   string
	stamp    *string // in place of {timestamp} in headers; the empty word drops it
	dropped  bool    // {timestamp} and what introduces it leave the headers
	edited   bool
}

func (s *Subject) signing(step Step) signing {
	g := signing{attempt: schemas.Attempt{Number: max(step.Attempt, 1), At: s.Now()}}
	g.attempt.At = g.attempt.At.Add(time.Duration(g.attempt.Number-1) * time.Second)
	if s.Provider.Signing != nil {
		g.scheme = *s.Provider.Signing
	}
	g.secrets = s.Endpoints[step.Endpoint].Secrets
	for _, e := range step.Edits {
		switch e.Op {
		case Key:
			g.secrets = []schemas.Secret{schemas.Secret(e.Value)}
		case KeyOf:
			g.secrets = s.Endpoints[min(e.Count, len(s.Endpoints)-1)].Secrets
		case Aged:
			g.attempt.At = g.attempt.At.Add(-time.Duration(e.Count) * time.Second)
		case DeliveryID:
			g.attempt.DeliveryID = e.Value
		case MessageID:
			g.id = e.Value
			if e.Coordinate != nil {
				g.id = s.idOf(e)
			}
		case SignedText:
			g.scheme.Signs, g.edited = e.Value, true
		case Algorithm:
			g.scheme.Algorithm, g.edited = e.Value, true
		case Item:
			g.scheme.Item, g.edited = e.Value, true
		case SignedBytes:
			g.text, g.edited = e.Bytes, true
		case Items:
			g.list, g.edited = e.Value, true
		case Truncate:
			g.truncate, g.edited = &e.Count, true
		case Extend:
			g.extend, g.edited = e.Value, true
		case Stamp:
			value := e.Value
			if value == stampNow {
				value = strconv.FormatInt(s.Now().Unix(), 10)
			}
			g.stamp, g.edited = &value, true
		case DropStamp:
			g.dropped, g.edited = true, true
		}
	}
	return g
}

// sign makes the envelope. All signing is done by package schemas; an edited signature is put into
// the provider's own headers.
func (s *Subject) sign(m schemas.Message, step Step) (schemas.Envelope, error) {
	g := s.signing(step)
	if g.id != "" {
		m.ID = g.id
	}
	endpoint := s.Endpoints[step.Endpoint]
	endpoint.Secrets = g.secrets
	if !g.edited || s.Provider.Signing == nil {
		return s.Provider.Envelope(m, endpoint, g.attempt)
	}
	signatures, err := s.signatures(m, endpoint, g)
	if err != nil {
		return schemas.Envelope{}, err
	}
	p := *s.Provider
	p.Signing, p.Headers = nil, nil
	for _, line := range s.Provider.Headers {
		if template, keep := g.header(line[1]); keep {
			template = strings.ReplaceAll(template, "{signatures}", signatures)
			p.Headers = append(p.Headers, [2]string{line[0], template})
		}
	}
	return p.Envelope(m, endpoint, g.attempt)
}

// signatures is what stands for {signatures} in the headers.
func (s *Subject) signatures(m schemas.Message, e schemas.Endpoint, g signing) (string, error) {
	values := *s.Provider
	values.Signing, values.Headers = nil, schemas.Headers{{"id", "{id}"}, {"timestamp", "{timestamp}"}}
	env, err := values.Envelope(m, e, g.attempt)
	if err != nil {
		return "", err
	}
	text := m.Body
	if g.text != nil {
		text = g.text
	}
	item := func(secret schemas.Secret) (string, error) {
		signature, err := g.scheme.Sign(secret, env.Headers[0][1], env.Headers[1][1], text)
		if err != nil {
			return "", err
		}
		return strings.ReplaceAll(g.scheme.Item, "{signature}", g.edit(signature)), nil
	}
	var items []string
	for _, word := range strings.Fields(g.list) {
		secret := g.secrets[0]
		if word == "wrong" {
			secret = schemas.Secret(wrongSecret(s.Provider, rand.New(rand.NewPCG(1, 2))))
		}
		made, err := item(secret)
		if err != nil {
			return "", err
		}
		if word == "unknown" {
			made = unknownItem(s.Provider.Signing.Item)
		}
		items = append(items, made)
	}
	if g.list == "" {
		for _, secret := range g.secrets {
			made, err := item(secret)
			if err != nil {
				return "", err
			}
			if items = append(items, made); g.scheme.Separator == "" {
				break
			}
		}
	}
	return strings.Join(items, s.Provider.Signing.Separator), nil
}

// idOf is the id of the message that an edit names.
func (s *Subject) idOf(e Edit) string {
	m, err := s.message(Step{Event: e.Event, Coordinate: e.Coordinate})
	if err != nil || m.ID == "" {
		return fmt.Sprintf("msg_hookrig_%d", e.Coordinate.Life)
	}
	return m.ID
}

// edit changes the signature itself.
func (g signing) edit(signature string) string {
	if g.truncate != nil {
		n := *g.truncate
		if n < 0 {
			n += len(signature)
		}
		signature = signature[:min(max(n, 0), len(signature))]
	}
	return signature + g.extend
}

// stampNow is the value of a Stamp edit that means the time of sending.
const stampNow = "now"

// stampPart is {timestamp} in a header's template with what introduces and ends it: "t={timestamp},".
var stampPart = regexp.MustCompile(`[^,; ]*\{timestamp\}[,; ]*`)

// header is the template of a header line as the step wants it; keep is false when the line goes.
func (g signing) header(template string) (edited string, keep bool) {
	if !strings.Contains(template, "{timestamp}") {
		return template, true
	}
	if g.dropped {
		template = stampPart.ReplaceAllString(template, "")
		return template, template != ""
	}
	if g.stamp != nil {
		template = strings.ReplaceAll(template, "{timestamp}", *g.stamp)
	}
	return template, true
}

// unknownItem is an item of a version that no consumer knows: "v9,…" beside "v1,{signature}".
func unknownItem(item string) string {
	prefix, suffix, _ := strings.Cut(item, "{signature}")
	digits := strings.IndexFunc(prefix, unicode.IsDigit)
	if digits >= 0 {
		prefix = prefix[:digits] + "9" + strings.TrimLeftFunc(prefix[digits:], unicode.IsDigit)
	} else {
		prefix = "x9" + prefix
	}
	return prefix + "aG9va3JpZw==" + suffix
}

// wrongSecret makes a secret in the provider's form that is nobody's.
func wrongSecret(p *schemas.Provider, random *rand.Rand) string {
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(random.Uint32())
	}
	return formatSecret(p.Signing.Secret, key, "wrong-"+hex.EncodeToString(key))
}

// formatSecret writes a key as the provider writes secrets; text is what it is where secrets are text.
func formatSecret(f schemas.SecretFormat, key []byte, text string) string {
	switch f.Encoding {
	case "base64":
		return f.Prefix + base64.StdEncoding.EncodeToString(key)
	case "hex":
		return f.Prefix + hex.EncodeToString(key)
	}
	return f.Prefix + text
}

// insideCharacters lists offsets inside the first multi-byte characters of the body.
func insideCharacters(body []byte) []int {
	var at []int
	for i := 0; i < len(body) && len(at) < 3; {
		_, size := utf8.DecodeRune(body[i:])
		if size > 1 {
			at = append(at, i+size/2)
		}
		i += size
	}
	return at
}
