package wire_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hookrig/hookrig/internal/wire"
)

// TestRequestBytes: what is written is what was asked for, byte by byte and write by write.
func TestRequestBytes(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	for _, tt := range []struct {
		name    string
		request wire.Request
		want    []string
	}{
		{"plain", wire.Request{Headers: [][2]string{{"x-B", "2"}, {"X-a", "1"}, {"x-B", "3"}}, Body: []byte("{}")},
			[]string{"POST /hooks?q=1 HTTP/1.1\r\nHost: h.test:81\r\nx-B: 2\r\nX-a: 1\r\nx-B: 3\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"}},
		{"own framing", wire.Request{Method: "PUT", Target: "/other", Headers: [][2]string{{"content-length", "9"}, {"HOST", "x"}, {"connection", "x"}}, Body: []byte("ab")},
			[]string{"PUT /other HTTP/1.1\r\ncontent-length: 9\r\nHOST: x\r\nconnection: x\r\n\r\nab"}},
		{"get", wire.Request{Method: "GET"}, []string{"GET /hooks?q=1 HTTP/1.1\r\nHost: h.test:81\r\nConnection: close\r\n\r\n"}},
		{"empty post", wire.Request{}, []string{"POST /hooks?q=1 HTTP/1.1\r\nHost: h.test:81\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"}},
		{"splits", wire.Request{Body: []byte("abcdef"), Splits: []int{4, 2, 4, 9, -1}},
			[]string{"POST /hooks?q=1 HTTP/1.1\r\nHost: h.test:81\r\nContent-Length: 6\r\nConnection: close\r\n\r\nab", "cd", "ef"}},
		{"split before the body", wire.Request{Body: []byte("ab"), Splits: []int{0}},
			[]string{"POST /hooks?q=1 HTTP/1.1\r\nHost: h.test:81\r\nContent-Length: 2\r\nConnection: close\r\n\r\n", "ab"}},
		{"chunks", wire.Request{Body: []byte("abcdef"), Splits: []int{4}, Chunked: true},
			[]string{"POST /hooks?q=1 HTTP/1.1\r\nHost: h.test:81\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n4\r\nabcd\r\n", "2\r\nef\r\n0\r\n\r\n"}},
		{"no chunk", wire.Request{Chunked: true},
			[]string{"POST /hooks?q=1 HTTP/1.1\r\nHost: h.test:81\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n"}},
		{"cut", wire.Request{Body: []byte("abcdef"), CutAt: 3},
			[]string{"POST /hooks?q=1 HTTP/1.1\r\nHost: h.test:81\r\nContent-Length: 6\r\nConnection: close\r\n\r\nabc", ""}},
		{"expect without an interim reply", wire.Request{Headers: [][2]string{{"Expect", "100-continue"}}, Body: []byte("ab")},
			[]string{"POST /hooks?q=1 HTTP/1.1\r\nHost: h.test:81\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n", "ab"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				writes := make(chan string, len(tt.want)+1)
				client := wire.Client{Dial: pipe(func(conn net.Conn) {
					buffer := make([]byte, 4096)
					for range tt.want {
						n, _ := conn.Read(buffer)
						writes <- string(buffer[:n])
					}
					io.WriteString(conn, ok)
				})}
				tt.request.URL = "http://h.test:81/hooks?q=1"
				start := time.Now()
				got := client.Do(t.Context(), tt.request)
				if tt.request.CutAt == 0 && got.Status != 200 {
					t.Errorf("Do = %d, %q (%v), want 200", got.Status, got.Failure, got.Err)
				}
				var seen []string
				for range tt.want {
					seen = append(seen, <-writes)
				}
				if diff := cmp.Diff(tt.want, seen); diff != "" {
					t.Errorf("writes (-want +got):\n%s", diff)
				}
				pauses := time.Duration(len(tt.want)-1) * 50 * time.Millisecond
				switch {
				case tt.request.CutAt > 0:
				case strings.HasPrefix(tt.name, "expect"):
					if time.Since(start) != time.Second {
						t.Errorf("waited %v for the interim reply, want 1s", time.Since(start))
					}
				case time.Since(start) != pauses:
					t.Errorf("pauses took %v, want %v", time.Since(start), pauses)
				}
			})
		})
	}
}

func TestRequestNotSendable(t *testing.T) {
	url := listen(t, answer("HTTP/1.1 200 OK\r\n\r\n"))
	for _, tt := range []struct {
		name    string
		request wire.Request
	}{
		{"method", wire.Request{Method: "A B"}},
		{"target", wire.Request{Target: "/a\r\nX: y"}},
		{"header name", wire.Request{Headers: [][2]string{{"A:B", "1"}}}},
		{"no header name", wire.Request{Headers: [][2]string{{"", "1"}}}},
		{"header value", wire.Request{Headers: [][2]string{{"A", "1\nB: 2"}}}},
	} {
		tt.request.URL = url
		var client wire.Client
		if got := client.Do(t.Context(), tt.request); got.Failure != wire.FailureRequest {
			t.Errorf("Do with bad %s = %q, want %q", tt.name, got.Failure, wire.FailureRequest)
		}
	}
}

func TestExpectContinue(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(w, r.Body) // reading is what makes the server say 100 Continue
	}))
	t.Cleanup(server.Close)
	var client wire.Client
	got := client.Do(t.Context(), wire.Request{URL: server.URL, Headers: [][2]string{{"Expect", "100-continue"}}, Body: []byte("body")})
	if string(got.Body) != "body" || got.Sent >= time.Second {
		t.Errorf("Do = %q (%v) after %v, want the body at once", got.Body, got.Err, got.Sent)
	}
}

// TestExpectIsPatientWithinReason: a peer that never says 100 Continue gets the body in time to answer.
func TestExpectIsPatientWithinReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := wire.Client{Timeout: 300 * time.Millisecond, Dial: pipe(func(conn net.Conn) {
			conn.Read(make([]byte, 4096))
			conn.Read(make([]byte, 4096))
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		})}
		got := client.Do(t.Context(), wire.Request{URL: "http://h.test/", Headers: [][2]string{{"Expect", "100-continue"}}, Body: []byte("ab")})
		if got.Status != 200 || got.Sent != 150*time.Millisecond {
			t.Errorf("Do = %d, %q (%v), sent after %v; want 200, sent after 150ms", got.Status, got.Failure, got.Err, got.Sent)
		}
	})
}

func TestConnKeepsAlive(t *testing.T) {
	var conns atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/close" {
			w.Header().Set("Connection", "close")
		}
		body, _ := io.ReadAll(r.Body)
		w.Write(body)
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	var client wire.Client
	conn, err := client.Open(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for i := range 100 {
		body := bytes.Repeat([]byte{'a'}, i*10)
		if got := conn.Do(t.Context(), wire.Request{Body: body, Chunked: i%2 == 0}); !bytes.Equal(got.Body, body) || got.Failure != "" {
			t.Fatalf("Do %d of %d bytes = %d, %q (%v)", i, len(body), got.Status, got.Failure, got.Err)
		}
	}
	if got := conn.Do(t.Context(), wire.Request{Target: "/close"}); got.Failure != "" {
		t.Errorf("closing Do = %q (%v)", got.Failure, got.Err)
	}
	if got := conn.Do(t.Context(), wire.Request{}); got.Failure != wire.FailureReset {
		t.Errorf("Do after close = %q, want %q", got.Failure, wire.FailureReset)
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

// TestConnRelease: no handler sees a whole request before the release, and all see one after it.
func TestConnRelease(t *testing.T) {
	const copies = 20
	var whole atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil && string(body) == "{\"a\":1}" {
			whole.Add(1)
		}
	}))
	t.Cleanup(server.Close)
	var client wire.Client
	conns := make([]*wire.Conn, copies)
	for i := range conns {
		conn, err := client.Open(t.Context(), server.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.Prepare(t.Context(), wire.Request{Body: []byte(`{"a":1}`)}); err != nil {
			t.Fatal(err)
		}
		conns[i] = conn
	}
	if n := whole.Load(); n != 0 {
		t.Errorf("%d requests were whole before the release", n)
	}
	done := make(chan wire.Exchange)
	for _, conn := range conns {
		go func() { done <- conn.Release(t.Context()) }()
	}
	for range conns {
		if got := <-done; got.Status != 200 {
			t.Errorf("Release = %d, %q (%v), want 200", got.Status, got.Failure, got.Err)
		}
	}
	if n := whole.Load(); n != copies {
		t.Errorf("%d requests arrived, want %d", n, copies)
	}
	if got := conns[0].Release(t.Context()); got.Failure != wire.FailureReset {
		t.Errorf("Release without Prepare = %q, want %q", got.Failure, wire.FailureReset)
	}
}

func FuzzReply(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
	f.Add("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 404\r\nX: a\r\n b\r\n\r\n")
	f.Add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n0\r\nT: 1\r\n\r\n")
	f.Add("HTTP/1.1 204 \r\n\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		client := wire.Client{BodyLimit: 100, Timeout: 10 * time.Second, Dial: pipe(func(conn net.Conn) {
			defer conn.Close()
			conn.Read(make([]byte, 4096))
			io.WriteString(conn, text)
		})}
		got := client.Do(t.Context(), wire.Request{URL: "http://h.test/"})
		if (got.Failure == "") != got.Complete || (got.Failure == "") != (got.Err == nil) {
			t.Fatalf("Do = complete %v, failure %q, err %v", got.Complete, got.Failure, got.Err)
		}
		if got.Failure == wire.FailureTimeout || got.Failure == wire.FailureCanceled || len(got.Body) > 100 || (got.Complete && got.Status < 101) {
			t.Fatalf("Do = %q (%v), status %d, body of %d bytes", got.Failure, got.Err, got.Status, len(got.Body))
		}
	})
}
