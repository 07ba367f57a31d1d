package curl

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/internal/shell"
)

// defaultPause stands between two pieces of a body, where the exchange does not say how long.
const defaultPause = 50 * time.Millisecond

// perl copies what it is given to a connection, piece by piece as it comes, and prints what comes back.
const perl = `perl -MIO::Socket::INET -e '$s=IO::Socket::INET->new(shift) or die "$!\n"; alarm 30; syswrite $s,$b while sysread STDIN,$b,65536; %sprint while <$s>' `

// raw is a command that sends a request as curl cannot: in pieces, or without its end.
func (w *writer) raw(x checks.Exchange) (string, error) {
	host, address, err := w.peer(x.URL)
	if err != nil {
		return "", err
	}
	headers, before, err := w.headers(x)
	if err != nil {
		return "", err
	}
	body := x.Request.Body
	head := []string{"printf '%s\\r\\n'", shell.Word(x.Request.Method + " " + x.Request.Path + " HTTP/1.1"), host}
	for i, header := range headers {
		if x.Request.Headers[i][1] == "" {
			header = shell.Word(x.Request.Headers[i][0] + ":")
		}
		head = append(head, header)
	}
	if x.Fault.Chunked {
		head = append(head, "'Transfer-Encoding: chunked'")
	} else if !has(x, "Content-Length") {
		head = append(head, fmt.Sprintf("'Content-Length: %d'", len(body)))
	}
	head = append(head, "'Connection: close'", "''")
	parts := append(before, strings.Join(head, " "))
	closing := ""
	if x.Fault.CutAt > 0 && x.Fault.CutAt < len(body) {
		body, closing = body[:x.Fault.CutAt], "shutdown $s,1; "
	}
	pause := x.Fault.Pause()
	if pause <= 0 {
		pause = defaultPause
	}
	for i, piece := range pieces(body, x.Fault.Splits) {
		if i > 0 || slices.Contains(x.Fault.Splits, 0) {
			parts = append(parts, fmt.Sprintf("sleep %.3g", pause.Seconds()))
		}
		if x.Fault.Chunked {
			parts = append(parts, fmt.Sprintf(`printf '%x\r\n'; %s; printf '\r\n'`, len(piece), w.print(piece)))
		} else {
			parts = append(parts, w.print(piece))
		}
	}
	if x.Fault.Chunked && closing == "" {
		parts = append(parts, `printf '0\r\n\r\n'`)
	}
	define := ""
	if len(before) > 0 {
		define = "b(){ " + w.print(x.Request.Body) + "; }; "
	}
	return define + "{ " + strings.Join(parts, "; ") + "; } | " + fmt.Sprintf(perl, closing) + address, nil
}

// peer is the Host line of a request and the address to connect to, both as shell words.
func (w *writer) peer(target string) (host, address string, err error) {
	if w.Unserved {
		return `"Host: ${URL#http://}"`, `"${URL#http://}"`, nil
	}
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return "", "", fmt.Errorf("%q is no URL", target)
	}
	if u.Scheme != "http" {
		return "", "", errTLS
	}
	address = u.Host
	if u.Port() == "" {
		address = net.JoinHostPort(u.Hostname(), "80")
	}
	return shell.Word("Host: " + u.Host), shell.Word(address), nil
}

// pieces cuts the body at the splits that fall inside it.
func pieces(body []byte, splits []int) [][]byte {
	var all [][]byte
	from := 0
	for _, at := range slices.Sorted(slices.Values(splits)) {
		if at > from && at < len(body) {
			all = append(all, body[from:at])
			from = at
		}
	}
	if from < len(body) {
		all = append(all, body[from:])
	}
	return all
}

// slow are commands that hold so many connections open, each with a request whose body does not come.
func (w *writer) slow(x checks.Exchange, connections int) ([]string, error) {
	host, address, err := w.peer(x.URL)
	if err != nil {
		return nil, err
	}
	hold := fmt.Sprintf(`{ printf '%%s\r\n' %s %s 'Content-Length: 100000' ''; sleep 6; } | %s`,
		shell.Word(x.Request.Method+" "+x.Request.Path+" HTTP/1.1"), host, fmt.Sprintf(perl, "exit; ")+address)
	return []string{fmt.Sprintf("for i in $(seq %d); do %s & done", connections, hold), "sleep 2"}, nil
}

// kept is a command that sends the last request on one connection, as often as there were requests:
// curl keeps the connection from URL to URL.
func (w *writer) kept(all []checks.Exchange) (string, error) {
	c, err := w.command(all[len(all)-1])
	if err != nil {
		return "", err
	}
	if len(all) > 1 {
		c.target = fmt.Sprintf(`$(for i in $(seq %d); do printf '%%s ' %s; done)`, len(all), c.target)
	}
	return c.line(), nil
}
