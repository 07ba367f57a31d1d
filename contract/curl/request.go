package curl

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/internal/shell"
	"github.com/hookrig/hookrig/schemas"
)

// lineBytes is the longest command that prints a body; a longer one is read from a file.
const lineBytes = 16 << 10

// Why there is no script.
var (
	errNoRequest = errors.New("it is not known which request it was")
	errUnsigned  = errors.New("it cannot be told what its signature was made of")
	errTLS       = errors.New("over TLS a body cannot be broken up as this one is")
)

// request is a command that sends the exchange's request again.
func (w *writer) request(x checks.Exchange) (string, error) {
	if len(x.Fault.Splits) > 0 || x.Fault.CutAt > 0 {
		return w.raw(x)
	}
	c, err := w.command(x)
	if err != nil {
		return "", err
	}
	return c.line(), nil
}

// command is a request as curl sends it.
type command struct {
	before []string // commands that make what the headers need
	body   string   // the command that prints the body
	plain  string   // the body as a shell word; "" when it needs body
	words  []string // of curl, without body and URL
	target string   // a shell word
	bare   bool     // there is no body
}

func (w *writer) command(x checks.Exchange) (command, error) {
	r := x.Request
	c := command{bare: len(r.Body) == 0 && (r.Method == "GET" || r.Method == "HEAD" || r.Method == "OPTIONS")}
	origin, err := w.origin(x.URL)
	if err != nil {
		return c, err
	}
	c.target = origin + shell.Word(r.Path)
	headers, before, err := w.headers(x)
	if err != nil {
		return c, err
	}
	c.before = before
	c.words = []string{"curl -sS -i -g --path-as-is -X", shell.Word(r.Method)}
	if r.Method == "HEAD" {
		c.words = []string{"curl -sS -I -g --path-as-is"}
	}
	if x.Reply.Failure == checks.FailureTimeout {
		c.words = append(c.words, fmt.Sprintf("-m %d", patience(x)))
	}
	for _, header := range headers {
		c.words = append(c.words, "-H", header)
	}
	for _, name := range []string{"User-Agent", "Accept"} { // curl's own, which were not sent
		if !has(x, name) {
			c.words = append(c.words, "-H "+name+":")
		}
	}
	if w.several {
		c.words = append(c.words, `-w '\n'`) // between answers
	}
	if x.Fault.Chunked {
		c.words = append(c.words, "-H 'Transfer-Encoding: chunked'")
	}
	if c.bare {
		return c, nil
	}
	if !has(x, "Content-Type") {
		c.words = append(c.words, "-H Content-Type:") // or curl takes the body for a form
	}
	if !has(x, "Expect") {
		c.words = append(c.words, "-H Expect:")
	}
	c.body = w.print(r.Body)
	if shell.Plain(r.Body) && len(c.before) == 0 && len(r.Body) <= lineBytes {
		c.plain = shell.Word(string(r.Body))
	}
	return c, nil
}

// line is what the headers need, then the body into curl.
func (c command) line() string {
	switch {
	case c.bare:
		return strings.Join(append(c.before, strings.Join(append(c.words, c.target), " ")), "; ")
	case c.plain != "":
		return strings.Join(append(c.words, "--data-raw", c.plain, c.target), " ")
	}
	parts := append([]string{"b(){ " + c.body + "; }"}, c.before...)
	return strings.Join(append(parts, "b | "+strings.Join(append(c.words, "--data-binary @-", c.target), " ")), "; ")
}

// headers are the header lines as shell words, and the commands that make the signature in them.
func (w *writer) headers(x checks.Exchange) (words, before []string, err error) {
	seal, ok := sealed(x, w.Provider, w.Endpoints)
	if !ok {
		return nil, nil, errUnsigned
	}
	if seal != nil {
		before = seal.commands(x.Request.Body)
	}
	for _, header := range x.Request.Headers {
		word := shell.Word(header[0] + ": " + header[1])
		if header[1] == "" {
			word = shell.Word(header[0] + ";") // curl's way to send an empty header
		} else if texts := seal.texts(x, w.Provider, header[0]); texts != nil {
			word = shell.Word(header[0]+": ") + shell.Word(header[1], texts...)
		} else if w.given(header) {
			word = shell.Word(header[0]+": ") + `"$` + variable(header[0]) + `"`
		}
		words = append(words, word)
	}
	return words, before, nil
}

// given reports whether the user gave the header to send along: it may be a secret.
func (w *writer) given(header [2]string) bool {
	return slices.ContainsFunc(w.Endpoints, func(e schemas.Endpoint) bool { return slices.Contains(e.Headers, header) })
}

// variable is what a shell calls the value of a header: X_PREVIEW_BYPASS of X-Preview-Bypass.
func variable(header string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(header))
	if name[0] >= '0' && name[0] <= '9' {
		name = "_" + name
	}
	return name
}

// origin is where the consumer listens, as the beginning of a shell word.
func (w *writer) origin(target string) (string, error) {
	if w.Unserved {
		return `"$URL"`, nil
	}
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("%q is no URL", target)
	}
	return shell.Word(u.Scheme + "://" + u.Host), nil
}

// print is a command that prints the body: from a file beside the report, when it is long and nothing in
// it repeats itself.
func (w *writer) print(body []byte) string {
	command := shell.Print(body)
	if len(command) <= lineBytes {
		return command
	}
	name := w.Files
	if n := len(w.files); n > 0 {
		name += fmt.Sprintf("-%d", n+1)
	}
	name += ".json"
	w.files[name] = body
	return "cat " + shell.Word(name)
}

func has(x checks.Exchange, name string) bool {
	return slices.ContainsFunc(x.Request.Headers, func(line [2]string) bool { return strings.EqualFold(line[0], name) })
}
