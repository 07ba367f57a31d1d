package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/hookrig/hookrig/internal/shell"
	"github.com/hookrig/hookrig/schemas"
)

// requestPrinter prints signed requests in the form that some tool reads.
type requestPrinter interface {
	print(m schemas.Message, at time.Time) error
	end() error
}

// printer makes the printer that --output means.
func (s *stream) printer(c *schemas.Catalog) (requestPrinter, error) {
	secrets, err := s.env.secretsFor(c.Provider, *s.secret)
	if err != nil {
		return nil, err
	}
	endpoint := schemas.Endpoint{URL: s.address(c.Provider), Secrets: secrets}
	signer, err := c.Provider.Signer(endpoint)
	if err != nil {
		return nil, misused("%w", err)
	}
	base := signed{env: s.env, provider: c.Provider, signer: signer, url: endpoint.URL}
	switch s.output.value {
	case "vegeta":
		return &vegetaPrinter{base}, nil
	case "curl":
		return &curlPrinter{base}, nil
	case "har":
		return &harPrinter{signed: base}, nil
	case "k6":
		return &k6Printer{signed: base}, nil
	}
	return &linePrinter{base}, nil
}

// signed makes the envelopes of one endpoint.
type signed struct {
	env      *env
	provider *schemas.Provider
	signer   *schemas.Signer
	url      string
}

func (s signed) envelope(m schemas.Message, at time.Time) (schemas.Envelope, error) {
	return s.signer.Envelope(m, schemas.Attempt{Number: 1, At: at})
}

func (s signed) end() error { return nil }

// linePrinter prints recorded deliveries.
type linePrinter struct{ signed }

func (p *linePrinter) print(m schemas.Message, at time.Time) error {
	env, err := p.envelope(m, at)
	if err != nil {
		return err
	}
	return p.env.printJSON(schemas.NewRecord(p.provider.Name, m, env, at))
}

// vegetaPrinter prints targets of vegeta's JSON format, one a line.
type vegetaPrinter struct{ signed }

func (p *vegetaPrinter) print(m schemas.Message, at time.Time) error {
	env, err := p.envelope(m, at)
	if err != nil {
		return err
	}
	target := struct {
		Method string              `json:"method"`
		URL    string              `json:"url"`
		Body   []byte              `json:"body"`
		Header map[string][]string `json:"header"`
	}{env.Method, p.url, env.Body, map[string][]string{}}
	for _, line := range env.Headers {
		target.Header[line[0]] = append(target.Header[line[0]], line[1])
	}
	return p.env.printJSON(target)
}

// curlPrinter prints one shell line a request.
type curlPrinter struct{ signed }

func (p *curlPrinter) print(m schemas.Message, at time.Time) error {
	env, err := p.envelope(m, at)
	if err != nil {
		return err
	}
	words := []string{"curl", "-sS", "-g", "--path-as-is", "-X", env.Method}
	for _, line := range env.Headers {
		text := line[0] + ": " + line[1]
		if line[1] == "" {
			text = line[0] + ";" // curl's way to send an empty header
		}
		words = append(words, "-H", shell.Word(text))
	}
	words = append(words, "--data-binary", "@-", shell.Word(p.url))
	_, err = fmt.Fprintf(p.env.stdout, "%s | %s\n", shell.Print(env.Body), strings.Join(words, " "))
	return err
}

// harPrinter prints one HTTP Archive (HAR 1.2), entry by entry.
type harPrinter struct {
	signed
	entries int
}

type harField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func (p *harPrinter) print(m schemas.Message, at time.Time) error {
	env, err := p.envelope(m, at)
	if err != nil {
		return err
	}
	headers, mime := []harField{}, ""
	for _, line := range env.Headers {
		headers = append(headers, harField{line[0], line[1]})
		if strings.EqualFold(line[0], "Content-Type") {
			mime = line[1]
		}
	}
	query := []harField{}
	if u, err := url.Parse(p.url); err == nil {
		for _, name := range keysOf(u.Query()) {
			for _, value := range u.Query()[name] {
				query = append(query, harField{name, value})
			}
		}
	}
	entry := map[string]any{
		"startedDateTime": at.UTC().Format(time.RFC3339Nano), "time": 0, "cache": map[string]any{},
		"timings": map[string]any{"send": 0, "wait": 0, "receive": 0},
		"request": map[string]any{"method": env.Method, "url": p.url, "httpVersion": "HTTP/1.1", "cookies": []any{}, "headers": headers,
			"queryString": query, "headersSize": -1, "bodySize": len(env.Body), "postData": map[string]any{"mimeType": mime, "text": string(env.Body)}},
		"response": map[string]any{"status": 0, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": []any{}, "headers": []any{},
			"content": map[string]any{"size": 0, "mimeType": ""}, "redirectURL": "", "headersSize": -1, "bodySize": -1},
	}
	if err := p.begin(); err != nil {
		return err
	}
	return p.env.printJSON(entry)
}

// begin prints what stands before an entry.
func (p *harPrinter) begin() error {
	before := ","
	if p.entries == 0 {
		creator, _ := json.Marshal(map[string]string{"name": "hookrig", "version": buildVersion().Version}) // strings alone
		before = `{"log":{"version":"1.2","creator":` + string(creator) + `,"entries":[` + "\n"
	}
	p.entries++
	_, err := fmt.Fprint(p.env.stdout, before)
	return err
}

func (p *harPrinter) end() error {
	if p.entries == 0 {
		if err := p.begin(); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(p.env.stdout, "]}}")
	return err
}

// k6Printer prints a script for k6: each iteration sends the next request.
type k6Printer struct {
	signed
	requests int
}

const k6Head = `// k6 run this: each iteration sends the next request, over all virtual users.
import http from 'k6/http';
import exec from 'k6/execution';
import { SharedArray } from 'k6/data';
import { check } from 'k6';

const requests = new SharedArray('requests', () => [
`

const k6Foot = `]);

export const options = { scenarios: { deliveries: { executor: 'shared-iterations', vus: 10, iterations: requests.length } }, maxRedirects: 0 };

export default function () {
  const r = requests[exec.scenario.iterationInTest % requests.length];
  const reply = http.request(r.method, r.url, r.body, { headers: r.headers });
  check(reply, { acknowledged: (a) => a.status >= 200 && a.status < 300 });
}
`

func (p *k6Printer) print(m schemas.Message, at time.Time) error {
	env, err := p.envelope(m, at)
	if err != nil {
		return err
	}
	headers := map[string]string{}
	for _, line := range env.Headers {
		headers[line[0]] = line[1]
	}
	if err := p.begin(); err != nil {
		return err
	}
	return p.env.printJSON(map[string]any{"method": env.Method, "url": p.url, "headers": headers, "body": string(env.Body)})
}

func (p *k6Printer) begin() error {
	before := ","
	if p.requests == 0 {
		before = k6Head
	}
	p.requests++
	_, err := fmt.Fprint(p.env.stdout, before)
	return err
}

func (p *k6Printer) end() error {
	if p.requests == 0 {
		if err := p.begin(); err != nil {
			return err
		}
	}
	_, err := fmt.Fprint(p.env.stdout, k6Foot)
	return err
}
