package contract

import (
	"net/url"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/internal/shell"
	"github.com/hookrig/hookrig/schemas"
)

// curlBytes is the largest body that is put into a shell line.
const curlBytes = 16 << 10

// curlLine is a line for a POSIX shell that sends the exchange's request again: the body byte for
// byte, signed afresh with openssl where a secret of the user's signed it. The secret stands in it as
// $HOOKRIG_SECRET ($HOOKRIG_SECRET_2 for the second endpoint); no signature by it does. It is "" for
// what curl cannot do: broken writes, ed25519, a body above 16 KiB, a handler in memory.
func curlLine(x checks.Exchange, p *schemas.Provider, endpoints []schemas.Endpoint) string {
	u, err := url.Parse(x.URL)
	if err != nil || u.Host == "" || len(x.Request.Body) > curlBytes || len(x.Fault.Splits) > 0 || x.Fault.CutAt > 0 {
		return ""
	}
	seal, ok := sealed(x, p, endpoints)
	if !ok {
		return ""
	}
	line := curl{exchange: x, origin: u.Scheme + "://" + u.Host}
	if seal != nil {
		line.before = seal.commands(x.Request.Body)
	}
	for _, header := range x.Request.Headers {
		word := shell.Word(header[0] + ": " + header[1])
		if header[1] == "" {
			word = shell.Word(header[0] + ";") // curl's way to send an empty header
		} else if texts := seal.texts(p, header[0]); texts != nil {
			word = shell.Word(header[0]+": ") + shell.Word(header[1], texts...)
		}
		line.headers = append(line.headers, word)
	}
	return line.String()
}

// curl is a line in the making.
type curl struct {
	exchange checks.Exchange
	origin   string
	before   []string // commands that make what the headers need
	headers  []string // shell words
}

// String is the line: what the headers need, then the body into curl.
func (c curl) String() string {
	r := c.exchange.Request
	send := []string{"curl -sS -i -g --path-as-is -X", shell.Word(r.Method)}
	if r.Method == "HEAD" {
		send = []string{"curl -sS -I -g --path-as-is"}
	}
	for _, header := range c.headers {
		send = append(send, "-H", header)
	}
	if c.exchange.Fault.Chunked {
		send = append(send, "-H 'Transfer-Encoding: chunked'")
	}
	target := shell.Word(c.origin + r.Path)
	if len(r.Body) == 0 && (r.Method == "GET" || r.Method == "HEAD" || r.Method == "OPTIONS") {
		return strings.Join(append(c.before, strings.Join(append(send, target), " ")), "; ")
	}
	if !slices.ContainsFunc(r.Headers, func(line [2]string) bool { return strings.EqualFold(line[0], "Content-Type") }) {
		send = append(send, "-H 'Content-Type:'") // or curl takes the body for a form
	}
	send = append(send, "-H 'Expect:'")
	if len(c.before) == 0 && shell.Plain(r.Body) {
		return strings.Join(append(send, "--data-raw", shell.Word(string(r.Body)), target), " ")
	}
	line := []string{"b(){ " + shell.Print(r.Body) + "; }"}
	line = append(line, c.before...)
	return strings.Join(append(line, "b | "+strings.Join(append(send, "--data-binary @-", target), " ")), "; ")
}
