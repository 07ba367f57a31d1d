package wire

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"
)

// headerLimit bounds everything of a reply that is not body: status lines, header lines, interim replies
// and trailers together.
const headerLimit = 64 << 10

// reply reads one reply from a connection, within its bounds.
type reply struct {
	in        *bufio.Reader
	method    string // of the request: a reply to HEAD has no body
	bodyLimit int
	budget    int    // bytes of header still allowed
	onFirst   func() // called when the first byte is there
	onInterim func() // called after each interim (1xx) reply
}

// read fills x with the reply and reports whether the connection can carry another exchange. Errors are
// *MalformedError, errHeaderTooLarge, errClosedEarly or those of the connection.
func (p *reply) read(x *Exchange) (reusable bool, err error) {
	p.budget = headerLimit
	if _, err := p.in.Peek(1); err != nil {
		if errors.Is(err, io.EOF) {
			err = errClosedEarly
		}
		return false, err
	}
	p.onFirst()
	var head head
	for {
		if head, err = p.readHead(); err != nil {
			return false, err
		}
		if head.status >= 200 || head.status == http.StatusSwitchingProtocols {
			break
		}
		p.onInterim()
	}
	x.Status, x.Reason, x.Headers = head.status, head.reason, head.lines
	return p.readBody(head, x)
}

// head is a status line with its header lines.
type head struct {
	minor  int // HTTP/1.minor
	status int
	reason string
	lines  [][2]string
}

func (p *reply) readHead() (head, error) {
	line, err := p.line()
	if err != nil {
		return head{}, err
	}
	h, err := parseStatus(line)
	if err != nil {
		return head{}, err
	}
	h.lines, err = p.headerLines()
	return h, err
}

// parseStatus reads "HTTP/1.1 200 OK"; the reason may be absent.
func parseStatus(line string) (head, error) {
	bad := &MalformedError{What: "status line", Got: shorten(line)}
	version, rest, ok := strings.Cut(line, " ")
	if !ok || len(version) != 8 || !strings.HasPrefix(version, "HTTP/1.") || version[7] < '0' || version[7] > '9' {
		return head{}, bad
	}
	code, reason, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(code)
	if err != nil || len(code) != 3 || status < 100 {
		return head{}, bad
	}
	return head{minor: int(version[7] - '0'), status: status, reason: reason}, nil
}

// headerLines reads lines up to the empty one. Folded lines are joined by a space (RFC 9112, 5.2).
func (p *reply) headerLines() ([][2]string, error) {
	var lines [][2]string
	for {
		line, err := p.line()
		if err != nil {
			return nil, err
		}
		if line == "" {
			return lines, nil
		}
		if line[0] == ' ' || line[0] == '\t' {
			if len(lines) == 0 {
				return nil, &MalformedError{What: "header line", Got: shorten(line)}
			}
			last := &lines[len(lines)-1][1]
			*last = strings.TrimSpace(*last + " " + strings.Trim(line, " \t"))
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || !isToken(name) || strings.ContainsAny(value, "\x00\r") {
			return nil, &MalformedError{What: "header line", Got: shorten(line)}
		}
		lines = append(lines, [2]string{name, strings.Trim(value, " \t")})
	}
}

// line reads one line without its end, charging the header budget.
func (p *reply) line() (string, error) {
	var line []byte
	for {
		part, err := p.in.ReadSlice('\n')
		p.budget -= len(part)
		if p.budget < 0 {
			return "", errHeaderTooLarge
		}
		line = append(line, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if errors.Is(err, io.EOF) && len(line) > 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return "", err
		}
		return strings.TrimSuffix(string(line[:len(line)-1]), "\r"), nil
	}
}

// readBody reads the body by the framing that the header names (RFC 9112, 6.3).
func (p *reply) readBody(h head, x *Exchange) (reusable bool, err error) {
	kept := &keeper{exchange: x, limit: p.bodyLimit}
	length, chunked, err := framing(h.lines)
	switch {
	case err != nil:
		return false, err
	case p.method == http.MethodHead, h.status < 200, h.status == http.StatusNoContent, h.status == http.StatusNotModified:
	case chunked:
		if _, err = io.Copy(kept, httputil.NewChunkedReader(p.in)); err == nil {
			_, err = p.headerLines()
		}
		err = asMalformed("chunk", err)
	case length >= 0:
		var n int64
		if n, err = io.CopyN(kept, p.in, length); errors.Is(err, io.EOF) && n < length {
			err = io.ErrUnexpectedEOF
		}
	default:
		_, err = io.Copy(kept, p.in)
		x.Complete = err == nil
		return false, err
	}
	x.Complete = err == nil
	return err == nil && keepsAlive(h), err
}

// framing reads Content-Length and Transfer-Encoding; length is -1 when absent.
func framing(lines [][2]string) (length int64, chunked bool, err error) {
	length = -1
	for _, line := range lines {
		switch {
		case strings.EqualFold(line[0], "Transfer-Encoding"):
			if !strings.EqualFold(line[1], "chunked") || chunked {
				return 0, false, &MalformedError{What: "transfer-encoding", Got: shorten(line[1])}
			}
			chunked = true
		case strings.EqualFold(line[0], "Content-Length"):
			n, err := strconv.ParseUint(line[1], 10, 63)
			if err != nil || (length >= 0 && length != int64(n)) {
				return 0, false, &MalformedError{What: "content-length", Got: shorten(line[1])}
			}
			length = int64(n)
		}
	}
	return length, chunked, nil
}

// keepsAlive reports whether the peer leaves the connection open after this reply.
func keepsAlive(h head) bool {
	alive := h.minor >= 1 && h.status != http.StatusSwitchingProtocols
	for _, line := range h.lines {
		if strings.EqualFold(line[0], "Connection") {
			for token := range strings.SplitSeq(line[1], ",") {
				switch strings.ToLower(strings.TrimSpace(token)) {
				case "close":
					return false
				case "keep-alive":
					alive = true
				}
			}
		}
	}
	return alive
}

// asMalformed makes the chunk reader's own complaints *MalformedErrors and leaves those of the connection.
func asMalformed(what string, err error) error {
	if err == nil || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, errHeaderTooLarge) {
		return err
	}
	if errors.Is(err, http.ErrLineTooLong) || strings.Contains(err.Error(), "chunk") {
		return &MalformedError{What: what, Got: err.Error()}
	}
	return err
}

// keeper keeps the first bytes of a body and counts the rest away.
type keeper struct {
	exchange *Exchange
	limit    int
}

func (k *keeper) Write(b []byte) (int, error) {
	room := k.limit - len(k.exchange.Body)
	if len(b) > room {
		k.exchange.Truncated = true
	}
	k.exchange.Body = append(k.exchange.Body, b[:min(len(b), room)]...)
	return len(b), nil
}

// isToken reports whether s is a header name (RFC 9110, 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return s != ""
}

// shorten keeps error texts short.
func shorten(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
