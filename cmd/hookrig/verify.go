package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/schemas"
)

// verdictLine is what `verify --output json` prints of a delivery.
type verdictLine struct {
	Provider string `json:"provider"`
	Event    string `json:"event"`
	ID       string `json:"id,omitempty"`
	Valid    bool   `json:"valid"`
	Reason   string `json:"reason,omitempty"`
}

func newVerify(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "verify [FILE]", Short: "Check the signature of a delivery as a consumer must",
		Long: `Check what arrived: FILE or stdin is a recorded delivery (JSON lines), a raw HTTP request, or a body whose
headers are given with -H. Exit 0: every signature is good. The secret is HOOKRIG_SECRET or --secret-file.`,
		Args: atMostOne}
	provider, secret := providerFlag(cmd), secretFlag(cmd)
	signing := signingFlag(cmd, "verify as this scheme says")
	at := &instant{now: e.now}
	cmd.Flags().Var(at, "at", "when it arrived (default now)")
	headers := cmd.Flags().StringArrayP("header", "H", nil, "header line of the delivery: 'Name: value' (repeatable)")
	output := outputFlag(cmd, "text", "json")
	useConfig(cmd, configLenient)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		p, err := e.signer(*provider, *signing)
		if err != nil {
			return err
		}
		if p.Signing == nil {
			return misused("%s signs nothing: there is no signature to verify", p.Name)
		}
		secrets, err := e.secretsFor(p, *secret)
		if err != nil {
			return err
		}
		data, err := e.readInput(argument(args))
		if err != nil {
			return err
		}
		arrived, err := readArrived(data, fileName(args), *headers)
		if err != nil {
			return err
		}
		if at.IsZero() {
			at.Time = e.now()
		}
		code := exitGood
		for _, r := range arrived {
			m, err := p.Open(r, secrets, at.Time)
			if err != nil {
				code = exitBad
				m, _ = p.Read(r.Body) // whatever can be said about it
			}
			if err := e.printVerdict(p, m, err, output.is("json")); err != nil {
				return err
			}
		}
		return ended(code)
	}
	return cmd
}

// printVerdict says whether a delivery is what it claims to be.
func (e *env) printVerdict(p *schemas.Provider, m schemas.Message, problem error, asJSON bool) error {
	line := verdictLine{Provider: p.Name, Event: m.Event, ID: m.ID, Valid: problem == nil}
	if problem != nil {
		line.Reason = problem.Error()
	}
	if asJSON {
		return e.printJSON(line)
	}
	name := strings.TrimSpace(m.Event + " " + m.ID)
	if name == "" {
		name = "delivery"
	}
	if problem == nil {
		return e.printLine("good: %s", name)
	}
	if err := e.printLine("bad: %s: %s", name, line.Reason); err != nil {
		return err
	}
	for known, hint := range verifyHints(p) {
		if errors.Is(problem, known) {
			fmt.Fprintf(e.stderr, "hint: %s\n", hint)
		}
	}
	return nil
}

// verifyHints says what is most often behind a refusal.
func verifyHints(p *schemas.Provider) map[error]string {
	signs := strings.Join(p.HeaderNames("signatures"), ", ")
	return map[error]string{
		schemas.ErrNoSignature: "the signature stands in the header " + signs + "; give it with -H",
		schemas.ErrSignature:   "is it the right secret, and the body byte for byte as it arrived? An editor adds a newline at the end",
		schemas.ErrStale:       "--at says when it arrived",
		schemas.ErrFuture:      "--at says when it arrived",
	}
}

// fileName is how errors name the input.
func fileName(args []string) string {
	if name := argument(args); name != "-" {
		return name
	}
	return "stdin"
}

// readArrived reads recorded deliveries, a raw HTTP request, or a body and its headers.
func readArrived(data []byte, file string, headers []string) ([]schemas.Received, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, misused("%s: it is empty", file)
	}
	extra, err := headerLines(headers)
	if err != nil {
		return nil, err
	}
	first, _, _ := bytes.Cut(data, []byte("\n"))
	switch {
	case bytes.Contains(first, []byte(" HTTP/1.")):
		return readRequest(data, file)
	case len(headers) == 0 && isDelivery(first):
		return readDeliveries(data, file)
	}
	r := schemas.Received{Header: http.Header{}, Body: data}
	for _, line := range extra {
		r.Header.Add(line[0], line[1])
	}
	return []schemas.Received{r}, nil
}

func readDeliveries(data []byte, file string) ([]schemas.Received, error) {
	var all []schemas.Received
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		d, err := readDelivery(line, file, number)
		if err != nil {
			return nil, err
		}
		all = append(all, receivedOf(d))
	}
	return all, nil
}

// readRequest reads one raw HTTP request. Its body goes to the end of the file where no length says less.
func readRequest(data []byte, file string) ([]schemas.Received, error) {
	reader := bufio.NewReader(bytes.NewReader(data))
	request, err := http.ReadRequest(reader)
	if err != nil {
		return nil, misused("%s: not an HTTP request: %w", file, err)
	}
	body, err := io.ReadAll(io.LimitReader(request.Body, inputBytes))
	if err != nil {
		return nil, misused("%s: the body is shorter than its headers say", file)
	}
	if request.ContentLength <= 0 && len(request.TransferEncoding) == 0 {
		body, _ = io.ReadAll(reader) // it reads from memory
	}
	return []schemas.Received{{Header: request.Header, Body: body}}, nil
}

// headerLines reads 'Name: value'.
func headerLines(texts []string) (schemas.Headers, error) {
	var lines schemas.Headers
	for _, text := range texts {
		name, value, ok := strings.Cut(text, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || !isToken(name) {
			return nil, misused("header %q is not 'Name: value'", shorten(name, 40))
		}
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return nil, misused("header %q: its value holds a control character", name)
		}
		lines = append(lines, [2]string{name, value})
	}
	return lines, nil
}

// isToken says whether the text can be a header's name (RFC 9110, 5.6.2).
func isToken(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		letter := 'a' <= r|0x20 && r|0x20 <= 'z' || '0' <= r && r <= '9'
		return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}
