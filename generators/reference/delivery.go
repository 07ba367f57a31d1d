package reference

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// Delivery is what holds for every event of a provider: how it arrives and what to answer.
type Delivery struct {
	Method         string   `json:"method"`
	Headers        []Header `json:"headers"`
	Signed         bool     `json:"signed"`
	Signing        *Signing `json:"signing"` // null when the provider signs nothing
	Acknowledge    []string `json:"acknowledge"`
	TimeoutSeconds float64  `json:"timeout_seconds"`
	Attempts       []Try    `json:"attempts"` // the first, then the retries
	JitterRatio    float64  `json:"jitter_ratio"`
	StopOn         []int    `json:"stop_on"`
	LargestBytes   int64    `json:"largest_body_bytes"` // 0: not stated
	Repeats        bool     `json:"repeats"`
	Ordered        bool     `json:"ordered"`
	DeliveryID     string   `json:"delivery_id"`
	Sources        []Fact   `json:"sources"`
}

// Header is one header line that arrives with every delivery.
type Header struct {
	Name     string `json:"name"`
	Template string `json:"template"`
	Meaning  string `json:"meaning"`
}

// Try is one attempt of a delivery that is never acknowledged.
type Try struct {
	Number       int     `json:"number"`
	DelaySeconds float64 `json:"delay_seconds"` // after the attempt before
	AfterSeconds float64 `json:"after_seconds"` // after the first
}

// Fact says where a fact about the delivery stands.
type Fact struct {
	About   string `json:"about"`
	Source  string `json:"source"`
	Assumed bool   `json:"assumed"`
}

// Signing is the recipe, and one delivery worked through.
type Signing struct {
	Algorithm        string    `json:"algorithm"`
	Signs            string    `json:"signs"`
	Encoding         string    `json:"encoding"`
	Header           string    `json:"header"`
	Item             string    `json:"item"`
	ToleranceSeconds int       `json:"tolerance_seconds"`
	Steps            []string  `json:"steps"`
	Vector           Vector    `json:"vector"`
	Snippets         []Snippet `json:"snippets"`
}

// Vector is one signed delivery, whole, with a secret made up for it.
type Vector struct {
	Secret    string          `json:"secret"` // made up; to verify with
	Timestamp int64           `json:"timestamp"`
	Headers   schemas.Headers `json:"headers"`
	Body      string          `json:"body"`
	Signed    string          `json:"signed"` // the signed text, body included
}

// vectorTime is when the worked delivery was sent: any fixed instant does.
var vectorTime = time.Date(2026, time.January, 5, 8, 0, 0, 0, time.UTC)

func newDelivery(p *schemas.Provider, events []Event) (Delivery, error) {
	d := Delivery{
		Method: http.MethodPost, Headers: []Header{}, Signed: p.Signing != nil, Acknowledge: p.Policy.Acknowledge,
		TimeoutSeconds: p.Policy.TimeoutSeconds, JitterRatio: p.Policy.Retries.JitterRatio,
		StopOn: append([]int{}, p.Policy.Retries.StopOn...), LargestBytes: p.Policy.LargestBodyBytes,
		Repeats: p.Policy.Repeats, Ordered: p.Policy.Ordered, DeliveryID: p.Policy.DeliveryID,
		Attempts: tries(p.Policy.Retries), Sources: facts(p),
	}
	for _, line := range p.Headers {
		d.Headers = append(d.Headers, Header{line[0], line[1], meaning(line[1])})
	}
	if p.Signing == nil {
		return d, nil
	}
	var err error
	d.Signing, err = newSigning(p, events)
	return d, err
}

func tries(r schemas.Retries) []Try {
	all := []Try{{Number: 1}}
	after := 0.0
	for i, delay := range r.DelaysSeconds {
		after += delay
		all = append(all, Try{i + 2, delay, after})
	}
	return all
}

// meaning says what the placeholders of a header template stand for.
func meaning(template string) string {
	words := map[string]string{
		"{event}":       "the name of the event",
		"{id}":          "the id of the message, the same in every attempt",
		"{delivery_id}": "the id of the delivery",
		"{timestamp}":   "when the attempt was sent, in Unix seconds",
		"{attempt}":     "the number of the attempt, from 1",
		"{signatures}":  "the signature",
	}
	var said []string
	for _, name := range []string{"{event}", "{id}", "{delivery_id}", "{timestamp}", "{attempt}", "{signatures}"} {
		if strings.Contains(template, name) {
			said = append(said, words[name])
		}
	}
	if len(said) == 0 {
		return "always this"
	}
	return strings.Join(said, ", ")
}

// facts names the source of each part of the delivery.
func facts(p *schemas.Provider) []Fact {
	all := []Fact{}
	for _, about := range []struct {
		pointer schemas.Pointer
		words   string
	}{
		{"/headers", "headers"}, {"/signing", "signature"}, {"/policy/acknowledge", "acknowledgement"},
		{"/policy/timeout_seconds", "deadline"}, {"/policy/retries", "retries"}, {"/policy/largest_body_bytes", "largest body"},
		{"/policy/repeats", "duplicates"}, {"/policy/ordered", "order"}, {"/policy/delivery_id", "delivery id"},
	} {
		if source, known := p.Source(about.pointer); known {
			all = append(all, Fact{about.words, source, schemas.IsAssumed(source)})
		}
	}
	return all
}

func newSigning(p *schemas.Provider, events []Event) (*Signing, error) {
	s := &Signing{
		Algorithm: p.Signing.Algorithm, Signs: p.Signing.Signs, Encoding: p.Signing.Encoding, Item: p.Signing.Item,
		ToleranceSeconds: p.Signing.ToleranceSeconds,
	}
	names := p.HeaderNames("signatures")
	if len(names) == 0 {
		return nil, errors.New("no header holds {signatures}")
	}
	s.Header = names[0]
	s.Steps = steps(p, s.Header)
	var err error
	if s.Vector, err = newVector(p, events); err != nil {
		return nil, err
	}
	s.Snippets, err = snippets(p, s.Header)
	return s, err
}

// newVector signs the first example of the first event that has one.
func newVector(p *schemas.Provider, events []Event) (Vector, error) {
	for _, event := range events {
		if len(event.Examples) == 0 {
			continue
		}
		message, err := p.Read([]byte(event.Examples[0].Body))
		if err != nil {
			return Vector{}, err
		}
		message.Body = compact(message.Body)
		signing, verifying := madeUpSecret(p.Signing)
		envelope, err := p.Envelope(message, schemas.Endpoint{URL: "http://127.0.0.1/", Secrets: []schemas.Secret{signing}},
			schemas.Attempt{Number: 1, At: vectorTime, DeliveryID: "delivery_1"})
		if err != nil {
			return Vector{}, err
		}
		id := message.ID
		if id == "" {
			id = "delivery_1"
		}
		signed := strings.NewReplacer("{id}", id, "{timestamp}", fmt.Sprint(vectorTime.Unix()), "{body}", string(envelope.Body)).Replace(p.Signing.Signs)
		return Vector{string(verifying), vectorTime.Unix(), envelope.Headers, string(envelope.Body), signed}, nil
	}
	return Vector{}, errors.New("no event has an example to sign")
}

// madeUpSecret is a secret in the provider's own spelling: one to sign with, one to verify with, the
// same but for key pairs.
func madeUpSecret(s *schemas.Signing) (signing, verifying schemas.Secret) {
	const text = "only-for-the-reference-page-32-b"
	if s.Algorithm == "ed25519" {
		return madeUpKeyPair(s, text)
	}
	secret := s.Secret.Prefix
	switch s.Secret.Encoding {
	case "base64":
		secret += base64.StdEncoding.EncodeToString([]byte(text))
	case "hex":
		secret += hex.EncodeToString([]byte(text))
	default:
		secret += text
	}
	return schemas.Secret(secret), schemas.Secret(secret)
}

// steps is the recipe in words.
func steps(p *schemas.Provider, header string) []string {
	s := p.Signing
	all := []string{"Keep the body as the bytes that arrived. Do not parse it first: the same JSON written anew has another signature."}
	switch {
	case s.Secret.Encoding == "utf8" && s.Secret.Prefix == "":
		all = append(all, "Use the secret as it is, as UTF-8 bytes.")
	case s.Secret.Encoding == "utf8":
		all = append(all, fmt.Sprintf("Take `%s` off the secret and use the rest as UTF-8 bytes.", s.Secret.Prefix))
	default:
		take := ""
		if s.Secret.Prefix != "" {
			take = fmt.Sprintf("Take `%s` off the secret and ", s.Secret.Prefix)
		}
		all = append(all, sentence(take+"decode it as "+s.Secret.Encoding+"."))
	}
	all = append(all,
		fmt.Sprintf("Make the signed text: `%s`.", s.Signs),
		fmt.Sprintf("Sign it with %s and write the result as %s.", s.Algorithm, s.Encoding),
		fmt.Sprintf("Compare it, in constant time, with what `%s` holds (`%s`).", header, s.Item))
	if s.Separator != "" {
		all = append(all, fmt.Sprintf("The header may hold several signatures, separated by `%s`: any one that matches is enough. Skip versions that you do not know.", s.Separator))
	}
	if s.SignsTimestamp() && s.ToleranceSeconds > 0 {
		all = append(all, fmt.Sprintf("Refuse a timestamp that is more than %d seconds from now, in either direction.", s.ToleranceSeconds))
	}
	return append(all, "Answer 401 when nothing matches.")
}

func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
