package mockprovider_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/hookrig/hookrig/mockprovider"
)

// Slow clients do not keep others from the server, and ambiguous requests are refused.
func TestServerLimits(t *testing.T) {
	mock := start(t)
	address := strings.TrimPrefix(mock.URL, "http://")
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	for range 200 {
		fmt.Fprintf(dial(), "POST %s/reset HTTP/1.1\r\nHost: %s\r\nX-Slow: ", v1, address)
	}
	if reply, _ := ask(t, mock, "GET", "/healthz", ""); reply.StatusCode != http.StatusOK {
		t.Errorf("beside 200 slow clients: %d", reply.StatusCode)
	}
	post := "POST " + v1 + "/reset HTTP/1.1\r\nHost: " + address + "\r\nContent-Type: application/json\r\n"
	for name, request := range map[string]string{
		"two lengths":      post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
		"a length twice":   post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
		"length, coding":   post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"coding, length":   post + "Transfer-Encoding: chunked\r\ncontent-length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"bare newlines":    strings.ReplaceAll(post, "\r", "") + "Transfer-Encoding: chunked\nContent-Length: 2\n\n2\r\n{}\r\n0\r\n\r\n",
		"a second head":    post + "Transfer-Encoding: chunked\r\nContent-Length: 400\r\n\r\n80\r\n" + post + "Content-Length: 0\r\n\r\n",
		"after a good one": post + "Content-Length: 2\r\n\r\n{}" + post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"a huge header":    "GET /healthz HTTP/1.1\r\nHost: " + address + "\r\nX-Huge: " + strings.Repeat("x", 80<<10) + "\r\n\r\n",
		"a space in name":  "POST " + v1 + "/reset HTTP/1.1\r\nHost: " + address + "\r\nContent-Length : 2\r\n\r\n{}",
		"unknown coding":   "POST " + v1 + "/reset HTTP/1.1\r\nHost: " + address + "\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
		"no host":          "GET /healthz HTTP/1.1\r\n\r\n",
	} {
		conn := dial()
		_, _ = io.WriteString(conn, request) // it may be refused before it is written
		status := 400                        // or refused without a word
		for in := bufio.NewReader(conn); ; {
			reply, err := http.ReadResponse(in, nil)
			if err != nil {
				break
			}
			_, _ = io.Copy(io.Discard, reply.Body)
			reply.Body.Close()
			if status = reply.StatusCode; status >= 400 {
				break
			}
		}
		if status < 400 {
			t.Errorf("%s: %d, want a refusal", name, status)
		}
	}
}

// Requests of one framing go through, one after another on a connection, and what is captured has its header
// lines as they came.
func TestUnambiguousRequests(t *testing.T) {
	var got []mockprovider.Captured
	mock := start(t, func(c *mockprovider.Config) {
		c.Capture = &mockprovider.Capture{Report: func(c mockprovider.Captured) { got = append(got, c) }}
	})
	conn, err := net.Dial("tcp", strings.TrimPrefix(mock.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	large := strings.Repeat("POST /hook HTTP/1.1\r\nContent-Length: 1\r\n\r\n", 5000)
	bodies := []string{"{}", "[1]", large, "4", large}
	in := bufio.NewReader(conn)
	for i, body := range bodies {
		framing := fmt.Sprintf("content-LENGTH: %d\r\n\r\n%s", len(body), body)
		if i%3 == 1 {
			framing = fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body)
		}
		if _, err := io.WriteString(conn, "POST /hook HTTP/1.1\r\nX-b: 2\r\nHost: localhost\r\nx-A:  1\r\n"+framing); err != nil {
			t.Fatal(err)
		}
		reply, err := http.ReadResponse(in, nil)
		if err != nil || reply.StatusCode != http.StatusOK {
			t.Fatalf("request %d = %v, %v, want 200", i, reply, err)
		}
		reply.Body.Close()
	}
	if len(got) != len(bodies) {
		t.Fatalf("captured %d, want %d", len(got), len(bodies))
	}
	for i, c := range got {
		if string(c.Body) != bodies[i] {
			t.Errorf("request %d: a body of %d bytes, want %d", i, len(c.Body), len(bodies[i]))
		}
		if want := "[[X-b 2] [Host localhost] [x-A 1]"; len(c.Body) < 10 && !strings.HasPrefix(fmt.Sprint(c.Headers), want) {
			t.Errorf("request %d: headers %v, want %s …", i, c.Headers, want)
		}
	}
}
