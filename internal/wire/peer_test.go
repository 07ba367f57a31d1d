package wire_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// listen serves each connection on loopback with serve and returns the URL. Connections still open at
// the end of the test are closed.
func listen(t *testing.T, serve func(*net.TCPConn)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
			go serve(conn.(*net.TCPConn))
		}
	}()
	return "http://" + ln.Addr().String() + "/hooks?a=1"
}

// readRequest consumes one request, so that closing afterwards does not reset.
func readRequest(conn net.Conn) {
	r, err := http.ReadRequest(bufio.NewReader(conn))
	if err == nil {
		io.Copy(io.Discard, r.Body)
	}
}

// answer reads the request, writes text and closes.
func answer(text string) func(*net.TCPConn) {
	return func(conn *net.TCPConn) {
		defer conn.Close()
		readRequest(conn)
		io.WriteString(conn, text)
	}
}

// reset makes the close a RST.
func reset(conn *net.TCPConn) {
	conn.SetLinger(0)
	conn.Close()
}

// pipe is a Dial whose other end serve holds: writes arrive one by one, as they were made.
func pipe(serve func(net.Conn)) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go serve(theirs)
		return ours, nil
	}
}

// header is a reply header of n bytes.
func header(n int) string {
	var b strings.Builder
	b.WriteString("HTTP/1.1 200 OK\r\n")
	for b.Len() < n {
		b.WriteString("X-Pad: " + strings.Repeat("x", 1000) + "\r\n")
	}
	return b.String() + "\r\n"
}
