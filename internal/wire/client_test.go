package wire_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hookrig/hookrig/internal/wire"
)

func TestClientReplies(t *testing.T) {
	long := strings.Repeat("y", 70<<10)
	for _, tt := range []struct {
		name  string
		reply string
		want  wire.Exchange
	}{
		{"length", "HTTP/1.1 200 OK\r\nX-a:  b \r\nx-A: c\r\nContent-Length: 2\r\n\r\nhi",
			wire.Exchange{Status: 200, Reason: "OK", Headers: [][2]string{{"X-a", "b"}, {"x-A", "c"}, {"Content-Length", "2"}}, Body: []byte("hi"), Complete: true}},
		{"until close", "HTTP/1.0 500 No\r\n\r\nbye", wire.Exchange{Status: 500, Reason: "No", Body: []byte("bye"), Complete: true}},
		{"chunked with trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-T: 1\r\n\r\n",
			wire.Exchange{Status: 200, Reason: "OK", Headers: [][2]string{{"Transfer-Encoding", "chunked"}}, Body: []byte("hi"), Complete: true}},
		{"no content", "HTTP/1.1 204\r\n\r\n", wire.Exchange{Status: 204, Complete: true}},
		{"interim skipped", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 202 OK\r\nContent-Length: 0\r\n\r\n",
			wire.Exchange{Status: 202, Reason: "OK", Headers: [][2]string{{"Content-Length", "0"}}, Complete: true}},
		{"bare line feeds and folding", "HTTP/1.1 200 \nX: a\n\tb\nContent-Length: 0\n\n",
			wire.Exchange{Status: 200, Headers: [][2]string{{"X", "a b"}, {"Content-Length", "0"}}, Complete: true}},
		{"body past the limit", fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(long), long),
			wire.Exchange{Status: 200, Reason: "OK", Headers: [][2]string{{"Content-Length", "71680"}}, Body: []byte(long[:64<<10]), Complete: true, Truncated: true}},

		{"nothing", "", wire.Exchange{Failure: wire.FailureReset}},
		{"cut status line", "HTTP/1.1 2", wire.Exchange{Failure: wire.FailureReset}},
		{"cut header", "HTTP/1.1 200 OK\r\nX: ", wire.Exchange{Failure: wire.FailureReset}},
		{"cut body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi",
			wire.Exchange{Status: 200, Reason: "OK", Headers: [][2]string{{"Content-Length", "9"}}, Body: []byte("hi"), Failure: wire.FailureReset}},
		{"cut chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhi",
			wire.Exchange{Status: 200, Reason: "OK", Headers: [][2]string{{"Transfer-Encoding", "chunked"}}, Body: []byte("hi"), Failure: wire.FailureReset}},

		{"not http", "220 smtp.example.com ready\r\n", wire.Exchange{Failure: wire.FailureMalformed}},
		{"http/2", "HTTP/2 200 OK\r\n\r\n", wire.Exchange{Failure: wire.FailureMalformed}},
		{"status word", "HTTP/1.1 fine OK\r\n\r\n", wire.Exchange{Failure: wire.FailureMalformed}},
		{"status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", wire.Exchange{Failure: wire.FailureMalformed}},
		{"signed status", "HTTP/1.1 +20 OK\r\n\r\n", wire.Exchange{Failure: wire.FailureMalformed}},
		{"header without colon", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", wire.Exchange{Failure: wire.FailureMalformed}},
		{"header with space", "HTTP/1.1 200 OK\r\nX : 1\r\n\r\n", wire.Exchange{Failure: wire.FailureMalformed}},
		{"header begins folded", "HTTP/1.1 200 OK\r\n X: 1\r\n\r\n", wire.Exchange{Failure: wire.FailureMalformed}},
		{"NUL in header", "HTTP/1.1 200 OK\r\nX: \x00\r\n\r\n", wire.Exchange{Failure: wire.FailureMalformed}},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
			wire.Exchange{Status: 200, Reason: "OK", Headers: [][2]string{{"Content-Length", "1"}, {"Content-Length", "2"}}, Failure: wire.FailureMalformed}},
		{"negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
			wire.Exchange{Status: 200, Reason: "OK", Headers: [][2]string{{"Content-Length", "-1"}}, Failure: wire.FailureMalformed}},
		{"huge length", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
			wire.Exchange{Status: 200, Reason: "OK", Headers: [][2]string{{"Content-Length", "99999999999999999999"}}, Failure: wire.FailureMalformed}},
		{"unknown coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
			wire.Exchange{Status: 200, Reason: "OK", Headers: [][2]string{{"Transfer-Encoding", "gzip"}}, Failure: wire.FailureMalformed}},
		{"bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
			wire.Exchange{Status: 200, Reason: "OK", Headers: [][2]string{{"Transfer-Encoding", "chunked"}}, Failure: wire.FailureMalformed}},

		{"header too large", header(66 << 10), wire.Exchange{Failure: wire.FailureTooLarge}},
		{"endless line", "HTTP/1.1 200 " + strings.Repeat("x", 66<<10), wire.Exchange{Failure: wire.FailureTooLarge}},
		{"endless interim replies", strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 4000), wire.Exchange{Failure: wire.FailureTooLarge}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			client := wire.Client{Timeout: 5 * time.Second}
			got := client.Do(t.Context(), wire.Request{URL: listen(t, answer(tt.reply)), Body: []byte("{}")})
			if got.Connected == 0 || got.Done == 0 || (got.Failure == "") != (got.Err == nil) {
				t.Errorf("Do = connected %v, done %v, failure %q, err %v", got.Connected, got.Done, got.Failure, got.Err)
			}
			got.Connected, got.Sent, got.FirstByte, got.Done, got.Err = 0, 0, 0, 0, nil
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Do (-want +got):\n%s", diff)
			}
		})
	}
}

// TestClientPeers holds each failure against a peer that causes it.
func TestClientPeers(t *testing.T) {
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	closed := httptest.NewServer(nil)
	closed.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)

	endless := func(head, tail string, gap time.Duration) string {
		return listen(t, func(conn *net.TCPConn) {
			defer conn.Close()
			readRequest(conn)
			io.WriteString(conn, head)
			for {
				if _, err := io.WriteString(conn, tail); err != nil {
					return
				}
				select {
				case <-stop:
					return
				case <-time.After(gap):
				}
			}
		})
	}
	for _, tt := range []struct {
		name   string
		url    string
		want   wire.Failure
		status int
	}{
		{"not a URL", "http://[::1", wire.FailureRequest, 0},
		{"ftp", "ftp://127.0.0.1/", wire.FailureRequest, 0},
		{"unknown host", "http://host.invalid/", wire.FailureResolve, 0},
		{"nobody listens", closed.URL, wire.FailureConnect, 0},
		{"unknown authority", secure.URL, wire.FailureTLS, 0},
		{"plain text where TLS was due", "https" + strings.TrimPrefix(listen(t, answer("HTTP/1.1 400 Bad\r\n\r\n")), "http"), wire.FailureTLS, 0},
		{"reset before the reply", listen(t, func(c *net.TCPConn) { readRequest(c); reset(c) }), wire.FailureReset, 0},
		{"reset inside the reply", listen(t, func(c *net.TCPConn) {
			readRequest(c)
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")
			reset(c)
		}), wire.FailureReset, 200},
		{"silent", listen(t, func(*net.TCPConn) { <-stop }), wire.FailureTimeout, 0},
		{"dripping header", endless("HTTP/1.1 200 OK\r\n", "X: 1\r\n", 20*time.Millisecond), wire.FailureTimeout, 0},
		{"dripping body", endless("HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", "x", 20*time.Millisecond), wire.FailureTimeout, 200},
		{"endless body", endless("HTTP/1.1 200 OK\r\n\r\n", strings.Repeat("x", 64<<10), 0), wire.FailureTimeout, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client := wire.Client{Timeout: 30 * time.Second}
			if tt.want == wire.FailureTimeout {
				client.Timeout = time.Second
			}
			if tt.want == wire.FailureResolve {
				client.Dial = func(context.Context, string, string) (net.Conn, error) {
					return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "host.invalid"}}
				}
			}
			got := client.Do(t.Context(), wire.Request{URL: tt.url, Body: []byte("{}")})
			if got.Failure != tt.want || got.Status != tt.status || got.Err == nil || got.Complete {
				t.Errorf("Do = %q (%v), status %d, complete %v; want %q, status %d", got.Failure, got.Err, got.Status, got.Complete, tt.want, tt.status)
			}
			if tt.want == wire.FailureTimeout && got.Done < client.Timeout {
				t.Errorf("Do took %v, its deadline was %v", got.Done, client.Timeout)
			}
		})
	}
}

type refusal struct{}

func (refusal) Error() string { return "not allowed" }
func (refusal) Refused() bool { return true }

func TestClientRefusedTarget(t *testing.T) {
	client := wire.Client{Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, fmt.Errorf("dial: %w", refusal{})
	}}
	if got := client.Do(t.Context(), wire.Request{URL: "http://10.0.0.1/"}); got.Failure != wire.FailureRefusedTarget {
		t.Errorf("Do = %q, want %q", got.Failure, wire.FailureRefusedTarget)
	}
}

func TestClientCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	url := listen(t, func(conn *net.TCPConn) { readRequest(conn); cancel() })
	var client wire.Client
	got := client.Do(ctx, wire.Request{URL: url})
	if got.Failure != wire.FailureCanceled || !errors.Is(got.Err, context.Canceled) {
		t.Errorf("Do = %q (%v), want %q", got.Failure, got.Err, wire.FailureCanceled)
	}
}

// TestClientEarlyReply: a peer that answers from the header alone and closes is heard, however large the
// body that it left unread.
func TestClientEarlyReply(t *testing.T) {
	url := listen(t, func(conn *net.TCPConn) {
		conn.Read(make([]byte, 256))
		io.WriteString(conn, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		conn.CloseWrite()
	})
	var client wire.Client
	got := client.Do(t.Context(), wire.Request{URL: url, Body: make([]byte, 16<<20)})
	if got.Status != 413 || got.Failure != "" || got.Sent != 0 {
		t.Errorf("Do = status %d, %q (%v), sent %v; want 413, not all sent", got.Status, got.Failure, got.Err, got.Sent)
	}
}

func TestClientTLS(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) }))
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	client := wire.Client{TLS: &tls.Config{RootCAs: roots}}
	got := client.Do(t.Context(), wire.Request{URL: server.URL})
	if got.Status != 200 || string(got.Body) != "HTTP/1.1" {
		t.Errorf("Do = %d %q (%v), want 200 HTTP/1.1", got.Status, got.Body, got.Err)
	}
}

func TestClientProxy(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "seen ", r.URL) }))
	t.Cleanup(plain.Close)
	secure := httptest.NewTLSServer(plain.Config.Handler)
	t.Cleanup(secure.Close)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, _, _ := (&http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}).BasicAuth(); user != "ann" {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		if r.Method != http.MethodConnect {
			fmt.Fprint(w, "proxied ", r.RequestURI)
			return
		}
		up, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		down, _, _ := w.(http.Hijacker).Hijack()
		io.WriteString(down, "HTTP/1.1 200 Connected\r\n\r\n")
		go func() { io.Copy(up, down); up.Close() }()
		io.Copy(down, up)
		down.Close()
	}))
	t.Cleanup(proxy.Close)
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	via, err := url.Parse(strings.Replace(proxy.URL, "http://", "http://ann:pw@", 1))
	if err != nil {
		t.Fatal(err)
	}
	client := wire.Client{Proxy: via, TLS: &tls.Config{RootCAs: roots}}
	if got := client.Do(t.Context(), wire.Request{URL: "http://consumer.invalid/a?b=c"}); string(got.Body) != "proxied http://consumer.invalid/a?b=c" {
		t.Errorf("Do through http proxy = %q (%v)", got.Body, got.Err)
	}
	if got := client.Do(t.Context(), wire.Request{URL: secure.URL + "/a"}); string(got.Body) != "seen /a" {
		t.Errorf("Do through tunnel = %q (%v)", got.Body, got.Err)
	}
	client.Proxy = &url.URL{Scheme: "http", Host: via.Host}
	if got := client.Do(t.Context(), wire.Request{URL: secure.URL}); got.Failure != wire.FailureConnect {
		t.Errorf("Do without credentials = %q (%v), want %q", got.Failure, got.Err, wire.FailureConnect)
	}
}

func ExampleClient_Do() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusAccepted) }))
	defer server.Close()
	client := wire.Client{Timeout: time.Second}
	exchange := client.Do(context.Background(), wire.Request{
		URL:     server.URL + "/webhooks",
		Headers: [][2]string{{"content-type", "application/json"}, {"X-Signature", "abc"}},
		Body:    []byte(`{"type":"message.received"}`),
	})
	fmt.Println(exchange.Status, exchange.Reason, exchange.Complete)
	// Output: 202 Accepted true
}
