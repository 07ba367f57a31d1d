package load_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract/load"
)

// proxy passes absolute targets and tunnels on, to whoever has the password.
func proxy(t *testing.T) (*url.URL, *atomic.Int64) {
	var passed atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := (&http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}).BasicAuth(); !ok || user != "u" || password != "p" {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		passed.Add(1)
		if r.Method == http.MethodConnect {
			tunnel(w, r.Host)
			return
		}
		r.RequestURI = ""
		r.Header.Del("Proxy-Authorization")
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
		w.WriteHeader(answer.StatusCode)
	}))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("u", "p")
	return u, &passed
}

func tunnel(w http.ResponseWriter, to string) {
	there, err := net.Dial("tcp", to)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer there.Close()
	here, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { _, _ = io.Copy(there, here); there.Close() }()
	_, _ = io.Copy(here, there)
}

func TestProxy(t *testing.T) {
	t.Parallel()
	way, passed := proxy(t)
	var met atomic.Int64
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Proxy-Authorization") == "" {
			met.Add(1)
		}
	})
	plain, secure := httptest.NewServer(handler), httptest.NewTLSServer(handler)
	defer plain.Close()
	defer secure.Close()
	for _, target := range []string{plain.URL, secure.URL} {
		met.Store(0)
		passed.Store(0)
		cfg := config(t, target, load.Constant(100, 300*time.Millisecond))
		cfg.Proxy = way
		cfg.TLS = secure.Client().Transport.(*http.Transport).TLSClientConfig
		if r := run(t, cfg); r.Counts.Acknowledged != 30 || met.Load() != 30 || passed.Load() == 0 {
			t.Errorf("%s through the proxy: %d acknowledged, %d met, %d passed, failures %v", target, r.Counts.Acknowledged, met.Load(), passed.Load(), r.Failures)
		}
		stranger := *way
		stranger.User = nil
		cfg.Proxy = &stranger
		if r := run(t, cfg); r.Counts.Acknowledged != 0 || r.Statuses[407]+r.Failures["connect"] != 30 {
			t.Errorf("%s without the password: statuses %v, failures %v", target, r.Statuses, r.Failures)
		}
	}
	cfg := config(t, plain.URL, load.Constant(1, time.Second))
	cfg.Proxy = &url.URL{Scheme: "socks5", Host: "127.0.0.1:1"}
	if _, err := load.Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "is not an http:// URL") {
		t.Errorf("Run = %v, want an error", err)
	}
}
