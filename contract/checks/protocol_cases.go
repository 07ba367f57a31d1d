package checks

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/hookrig/hookrig/schemas"
)

// Sizes of what resource-unbounded sends, and of the kept connection.
const (
	hugeBody    = 50 << 20
	slowSockets = 50
	keptCount   = 100
	paddable    = 64 << 20 // largest body that is made
)

func largeBodies(s *Subject) ([]Case, error) {
	if s.MaxBody <= 0 {
		return []Case{{Name: "a large body", Reason: "the provider states no largest body; needs --max-body"}}, nil
	}
	if s.MaxBody > paddable {
		return []Case{{Name: "a large body", Reason: fmt.Sprintf("the largest body is above %d MiB", paddable>>20)}}, nil
	}
	var cases []Case
	for _, percent := range []int{90, 100} {
		size := int(s.MaxBody) * percent / 100
		step := s.step()
		body := s.like(step).Body
		place, ok := s.paddable(body, size)
		if !ok {
			return []Case{{Name: "a large body", Reason: "the schema lets nothing grow to that size"}}, nil
		}
		step.Edits = []Edit{{Op: Pad, Place: string(place), Count: size}}
		cases = append(cases, Case{
			Name: fmt.Sprintf("%d bytes, %d percent of the largest", size, percent), Where: string(place), Steps: []Step{step},
			Expect: Expect{
				Good: "ack", Rule: "a body as large as the provider may send must be accepted",
				Want: "an acknowledgement", Rests: "/policy/largest_body_bytes",
			},
		})
	}
	return cases, nil
}

// paddable is a place whose text may grow until the body has that size.
func (s *Subject) paddable(body []byte, size int) (schemas.Pointer, bool) {
	for _, place := range append(s.texts(body), schemas.Pointer("").Child(unknownField)) {
		if padded, err := pad(body, place, size); err == nil && s.valid(padded) {
			return place, true
		}
	}
	return "", false
}

// unbounded sends what has no end, and looks whether it is read.
func unbounded(ctx context.Context, b Bench) Outcome {
	s := b.Subject()
	huge := s.step(Edit{Op: Unsign}, Edit{Op: SendBlank, Count: hugeBody})
	x := b.Send(ctx, huge)[0]
	if x.Reply.Sent > 0 && x.Reply.FirstByte >= x.Reply.Sent {
		return Outcome{Cases: 1, Case: Case{Name: "an unsigned body of 50 MB", Where: "body"}, Evidence: Evidence{Exchanges: []Exchange{x}}, Flaw: &Flaw{
			Rule: "a body that no provider sends must not be read to its end",
			Got:  "all 50 MB were read before " + x.Reply.String(), Want: "413, or a closed connection, after some megabytes",
		}}
	}
	o := Outcome{Cases: 2}
	err := b.Drip(ctx, slowSockets, func(ctx context.Context) {
		if control, ok := b.Control(ctx); !ok {
			o.Case = Case{Name: "fifty slow connections", Where: "connection", Beside: slowSockets}
			o.Evidence = Evidence{Exchanges: []Exchange{control}}
			o.Flaw = &Flaw{
				Rule: "slow connections must not keep others waiting",
				Got:  "a plain message beside fifty slow connections got " + control.Reply.String(), Want: "an acknowledgement",
			}
		}
	})
	if err != nil {
		o.Reason = "open fifty connections: " + err.Error()
	}
	return o
}

func chunkedBody(s *Subject) ([]Case, error) {
	one, several := s.step(), s.step()
	length := len(s.like(several).Body)
	one.Fault = &Fault{Chunked: true}
	several.Fault = &Fault{Chunked: true, Splits: []int{length / 3, 2 * length / 3}, PauseMS: 5}
	expect := accept("a chunked body must be read like any other")
	return []Case{
		{Name: "one chunk", Where: "Transfer-Encoding", Steps: []Step{one}, Expect: expect},
		{Name: "three chunks", Where: "Transfer-Encoding", Steps: []Step{several}, Expect: expect},
	}, nil
}

func truncated(s *Subject) ([]Case, error) {
	step := s.step()
	step.Fault = &Fault{CutAt: len(s.like(step).Body) / 2}
	return []Case{{
		Name: "half of the body", Where: "body", Steps: []Step{step},
		Expect:  Expect{Good: "2xx 3xx 4xx 5xx reset timeout", Rule: "a body that broke off must not be processed", Want: "400, or a closed connection"},
		Effects: []Effect{{Max: 0, Rule: "a body that broke off must not be processed"}},
	}}, nil
}

func contentTypes(s *Subject) ([]Case, error) {
	expect := accept("the media type counts, not its parameters or case")
	var cases []Case
	for _, value := range []string{"application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON"} {
		cases = append(cases, Case{
			Name: value, Where: "Content-Type", Steps: []Step{s.step(Edit{Op: Header, Place: "Content-Type", Value: value})}, Expect: expect,
		})
	}
	return append(cases, Case{
		Name: "application/cloudevents+json", Where: "Content-Type", Level: LevelAdvisory,
		Steps:  []Step{s.step(Edit{Op: Header, Place: "Content-Type", Value: "application/cloudevents+json"})},
		Expect: Expect{Good: "ack 415", Rule: "JSON under another name must be read, or refused with 415", Want: "an acknowledgement, or 415"},
	}), nil
}

func httpFeatures(s *Subject) ([]Case, error) {
	pieces, expect, zipped := s.step(), s.step(Edit{Op: Header, Place: "Expect", Value: "100-continue"}), s.step()
	length := len(s.like(pieces).Body)
	pieces.Fault = &Fault{Splits: []int{length / 3, 2 * length / 3}, PauseMS: 20}
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, _ = writer.Write(s.like(zipped).Body) // a buffer does not fail
	_ = writer.Close()
	zipped.Edits = []Edit{{Op: Replace, Bytes: packed.Bytes()}, {Op: Header, Place: "Content-Encoding", Value: "gzip"}}
	return []Case{
		{Name: "a body in three pieces", Where: "body", Steps: []Step{pieces}, Expect: accept("a body may arrive in pieces")},
		{Name: "Expect: 100-continue", Where: "Expect", Steps: []Step{expect}, Expect: accept("100-continue must be answered or ignored")},
		{Name: "a gzip body", Where: "Content-Encoding", Steps: []Step{zipped}, Expect: survive("a compressed body must be read, or refused with 415")},
	}, nil
}

// oneConnection sends a hundred messages on one connection.
func oneConnection(ctx context.Context, b Bench) Outcome {
	s := b.Subject()
	sent := b.SendKept(ctx, s.steps(keptCount)...)
	o := Outcome{Cases: 1}
	for i, x := range sent {
		if x.Reply.Acknowledged(s.Provider.Policy) && x.Reply.Failure == "" {
			continue
		}
		closed := i > 0 && x.Reply.Failure == FailureReset // a server may close a kept connection whenever it likes
		if closed || x.Reply.Failure == FailureTimeout || x.Reply.Failure == FailureCanceled || x.Reply.Busy() {
			break
		}
		o.Case, o.Evidence = Case{Name: "a hundred messages on one connection", Where: "connection", Kind: Existential, Kept: true}, Evidence{Exchanges: sent[:i+1]}
		o.Flaw = &Flaw{
			Rule: "each request on a kept connection must be handled like the first",
			Got:  fmt.Sprintf("message %d got %s", i+1, x.Reply), Want: "an acknowledgement", Index: i,
		}
		break
	}
	return o
}

func otherMethods(s *Subject) ([]Case, error) {
	return []Case{{
		Name: "a signed PUT", Where: "method", Steps: []Step{s.step(Edit{Op: Method, Value: "PUT"})},
		Expect:  Expect{Good: "refusal", Rule: "only POST must be processed", Want: "405"},
		Effects: []Effect{{Max: 0, Rule: "only POST must be processed"}},
	}, {
		Name: "a GET without a body", Where: "method", Kind: Availability, Steps: []Step{s.step(Edit{Op: Method, Value: "GET"}, Edit{Op: Unsign})},
		Expect: Expect{Good: "2xx 3xx 4xx", Rule: "GET must not break the handler", Want: "405, or a page"},
	}, {
		Name: "a HEAD", Where: "method", Kind: Availability, Steps: []Step{s.step(Edit{Op: Method, Value: "HEAD"}, Edit{Op: Unsign})},
		Expect: Expect{Good: "2xx 3xx 4xx", Rule: "HEAD must not break the handler", Want: "405"},
	}}, nil
}

func interleaved(s *Subject) ([]Case, error) {
	if slices.Equal(s.Endpoints[0].Secrets, s.Endpoints[1].Secrets) {
		return []Case{{Name: "two endpoints", Reason: "both endpoints have the same secret"}}, nil
	}
	var cases []Case
	for wave := range 5 {
		c := Case{
			Name: fmt.Sprintf("ten messages to two endpoints, wave %d", wave+1), Where: s.signatureHeader(), Parallel: true, Kind: Availability,
			Expect: Expect{Good: "ack", Rule: "a message must be checked with its own endpoint's secret", Want: "an acknowledgement of each"},
		}
		for i := range 10 {
			step := s.step()
			step.Endpoint = i % 2
			c.Steps = append(c.Steps, step)
		}
		cases = append(cases, c)
	}
	for i := range 2 {
		step := s.step(Edit{Op: KeyOf, Count: 1 - i})
		step.Endpoint = i
		cases = append(cases, Case{
			Name: fmt.Sprintf("signed with the secret of endpoint %d, sent to endpoint %d", 2-i, i+1), Where: s.signatureHeader(),
			Steps: []Step{step}, Expect: refuse("another endpoint's secret must not be accepted"),
		})
	}
	return cases, nil
}

func provokedErrors(s *Subject) ([]Case, error) {
	silent := func(Evidence) *Flaw { return nil } // the review reads all replies of the run
	return []Case{
		{Name: "malformed JSON", Where: "body", Steps: []Step{s.step(Edit{Op: Replace, Bytes: []byte(`{"a":`)})}, Judge: silent},
		{Name: "an array", Where: "body", Steps: []Step{s.step(Edit{Op: Replace, Bytes: []byte(`[1,{}]`)})}, Judge: silent},
		{Name: "no signature", Steps: []Step{s.step(Edit{Op: Unsign})}, Judge: silent},
		{Name: "another method", Where: "method", Steps: []Step{s.step(Edit{Op: Method, Value: "DELETE"})}, Judge: silent},
	}, nil
}

// inside is something of a program that error replies show.
type inside struct {
	name string
	find *regexp.Regexp
}

// insides are compiled when a reply is first searched: they cost every start of the program otherwise.
var insides = sync.OnceValue(func() []inside {
	return []inside{
		{"a stack trace", regexp.MustCompile(`(?m)^\s+at [^\n]{1,200}[:(]\d+|Traceback \(most recent call last\)|goroutine \d+ \[|^#\d+ [^\n]{1,200}\(\d+\):`)},
		{"a file path", regexp.MustCompile(`(?:/(?:home|usr|var|app|srv|opt|root|Users|workspace)/|[A-Z]:\\)[\w./\\@-]{1,200}\.(?:js|mjs|ts|py|rb|php|go|java|cs|rs)\b`)},
		{"SQL", regexp.MustCompile(`SQLSTATE\[|(?i:\bselect\b[^\n]{1,200}\bfrom\b[^\n]{1,100}\bwhere\b)|(?i:\binsert into\b[^\n]{1,200}\bvalues\b)`)},
	}
})

func leaks(s *Subject, seen []Exchange) []Flaw {
	var shown []Flaw
	for i, x := range seen {
		if x.Reply.Status < 400 {
			continue
		}
		text := string(x.Reply.Body)
		for _, line := range x.Reply.Headers {
			text += "\n" + line[1]
		}
		for _, e := range s.Endpoints {
			for _, secret := range e.Secrets {
				bare := string(secret)
				if s.Provider.Signing != nil {
					bare = strings.TrimPrefix(bare, s.Provider.Signing.Secret.Prefix)
				}
				if len(bare) >= 4 && strings.Contains(text, bare) {
					return []Flaw{{Level: LevelMust, Rule: "no reply may show the secret", Got: "the signing secret, in a reply", Want: "an error with a fixed text", Index: i}}
				}
			}
		}
		for _, inside := range insides() {
			if found := inside.find.FindString(text); found != "" && len(shown) == 0 {
				shown = append(shown, Flaw{
					Rule: "an error reply must not show the program's insides",
					Got:  inside.name + ": " + strings.TrimSpace(firstLine(found)), Want: "an error with a fixed text", Index: i,
				})
			}
		}
	}
	return shown
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line[:min(len(line), 120)]
}
