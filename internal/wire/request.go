package wire

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Request is one HTTP/1.1 request, sent as it is written here.
type Request struct {
	URL     string      // http or https; names the peer, not the request target
	Method  string      // Default POST
	Target  string      // request target. Default the URL's path and query
	Headers [][2]string // sent in this order and spelling; Host, Content-Length and Connection are added unless present
	Body    []byte
	Chunked bool          // Transfer-Encoding: chunked, one chunk per split
	Splits  []int         // byte offsets in Body at which to flush and pause; 0 is between header and body
	Pause   time.Duration // at each split. Default 50ms
	CutAt   int           // close the sending side after so many body bytes; 0: never
}

// joinLimit is the size up to which header and body leave in one write.
const joinLimit = 64 << 10

// unit is what one write puts on the wire.
type unit struct {
	bytes []byte
	pause bool // wait the request's pause before it
}

// script is a request laid out as writes.
type script struct {
	units  []unit
	pause  time.Duration
	expect bool // wait for an interim reply after the first unit
	cut    bool // close the sending side after the last unit
}

// method is the request's method, or its default.
func (r *Request) method() string {
	if r.Method == "" {
		return http.MethodPost
	}
	return r.Method
}

// script lays the request out for a peer. target is what the request line names.
func (r *Request) script(peer *url.URL, target string, keepAlive bool) (script, error) {
	head, err := r.head(peer, target, keepAlive)
	if err != nil {
		return script{}, err
	}
	s := script{pause: r.Pause, expect: r.expects()}
	if s.pause <= 0 {
		s.pause = 50 * time.Millisecond
	}
	body := r.Body
	if r.CutAt > 0 && r.CutAt < len(body) {
		body, s.cut = body[:r.CutAt], true
	}
	pieces, atStart := r.pieces(body)
	if r.Chunked {
		pieces = chunks(pieces, !s.cut)
	}
	s.units = append(s.units, unit{bytes: head})
	for i, piece := range pieces {
		first := i == 0 && !atStart && !s.expect
		if first && len(piece) <= joinLimit {
			s.units[0].bytes = append(head, piece...)
			continue
		}
		s.units = append(s.units, unit{bytes: piece, pause: i > 0 || atStart})
	}
	return s, nil
}

// pieces cuts the body at the splits that fall inside it; atStart reports a split at offset 0.
func (r *Request) pieces(body []byte) (pieces [][]byte, atStart bool) {
	from := 0
	for _, at := range slices.Sorted(slices.Values(r.Splits)) {
		if at == 0 {
			atStart = true
		}
		if at <= from || at >= len(body) {
			continue
		}
		pieces = append(pieces, body[from:at])
		from = at
	}
	if from < len(body) {
		pieces = append(pieces, body[from:])
	}
	return pieces, atStart
}

// chunks frames each piece as one chunk; the last also carries the end of the body.
func chunks(pieces [][]byte, end bool) [][]byte {
	var framed [][]byte
	for _, piece := range pieces {
		chunk := strconv.AppendInt(nil, int64(len(piece)), 16)
		chunk = append(chunk, "\r\n"...)
		framed = append(framed, append(append(chunk, piece...), "\r\n"...))
	}
	switch {
	case !end:
	case len(framed) == 0:
		framed = append(framed, []byte("0\r\n\r\n"))
	default:
		framed[len(framed)-1] = append(framed[len(framed)-1], "0\r\n\r\n"...)
	}
	return framed
}

// head writes the request line and the header lines.
func (r *Request) head(peer *url.URL, target string, keepAlive bool) ([]byte, error) {
	method := r.method()
	if strings.ContainsAny(method, " \r\n") || strings.ContainsAny(target, " \r\n") || method == "" || target == "" {
		return nil, fmt.Errorf("write request: %q is not a method and target", method+" "+target)
	}
	head := make([]byte, 0, 512+r.joined())
	head = append(append(append(append(head, method...), ' '), target...), " HTTP/1.1\r\n"...)
	if !r.has("Host") {
		head = appendLine(head, "Host", peer.Host)
	}
	for _, line := range r.Headers {
		if line[0] == "" || strings.ContainsAny(line[0], ":\r\n") || strings.ContainsAny(line[1], "\r\n") {
			return nil, fmt.Errorf("write request: header %q cannot stand on one line", line[0])
		}
		head = appendLine(head, line[0], line[1])
	}
	switch {
	case r.Chunked && !r.has("Transfer-Encoding"):
		head = append(head, "Transfer-Encoding: chunked\r\n"...)
	case !r.Chunked && !r.has("Content-Length") && (len(r.Body) > 0 || !bodyless(method)):
		head = appendLine(head, "Content-Length", strconv.Itoa(len(r.Body)))
	}
	if !keepAlive && !r.has("Connection") {
		head = append(head, "Connection: close\r\n"...)
	}
	return append(head, "\r\n"...), nil
}

// joined is the size of the body where it leaves in one write with the header.
func (r *Request) joined() int {
	if len(r.Body) > joinLimit {
		return 0
	}
	return len(r.Body)
}

func appendLine(head []byte, name, value string) []byte {
	return append(append(append(append(head, name...), ": "...), value...), "\r\n"...)
}

// bodyless reports whether a method says nothing about an absent body.
func bodyless(method string) bool {
	return method != http.MethodPost && method != http.MethodPut && method != http.MethodPatch
}

// expects reports whether the request asks for 100 Continue before its body.
func (r *Request) expects() bool {
	return slices.ContainsFunc(r.Headers, func(line [2]string) bool {
		return strings.EqualFold(line[0], "Expect") && strings.EqualFold(strings.TrimSpace(line[1]), "100-continue")
	})
}

func (r *Request) has(name string) bool {
	return slices.ContainsFunc(r.Headers, func(line [2]string) bool { return strings.EqualFold(line[0], name) })
}
