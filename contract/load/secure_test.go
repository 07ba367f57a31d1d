package load_test

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract/load"
	"github.com/hookrig/hookrig/schemas"
)

// secured is a consumer behind TLS and the settings that trust it.
func secured(t *testing.T, http2 bool, handler http.HandlerFunc) (url string, trust *tls.Config) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.EnableHTTP2 = http2
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL, &tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
}

// Over TLS the messages are the same, whichever HTTP the consumer speaks, and connections are few.
func TestSecureSpeaksBoth(t *testing.T) {
	t.Parallel()
	catalog := builtin(t, "watsi")
	for _, tt := range []struct {
		name  string
		http2 bool
		major int
	}{{"http/2", true, 2}, {"http/1.1", false, 1}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url, trust := secured(t, tt.http2, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if _, err := catalog.Provider.Open(schemas.Received{Header: r.Header, Body: body}, []schemas.Secret{secret}, time.Now()); err != nil {
					t.Errorf("a delivery is not signed: %v", err)
				}
				if r.ProtoMajor != tt.major || r.Header.Get("User-Agent") != "" || r.Header.Get("Idempotency-Key") != "" || r.URL.RequestURI() != "/hook?x=1" {
					t.Errorf("got %s %s, headers %v", r.Proto, r.URL.RequestURI(), r.Header)
				}
				w.WriteHeader(http.StatusAccepted)
			})
			cfg := config(t, url+"/hook?x=1", load.Constant(100, 500*time.Millisecond))
			cfg.TLS, cfg.Connections = trust, 4
			r := run(t, cfg)
			if c := r.Counts; r.Statuses[202] != 50 || c.Opened == 0 || c.Opened+c.Reused < 50 || c.Reused == 0 {
				t.Errorf("%+v, statuses %v, failures %v", c, r.Statuses, r.Failures)
			}
		})
	}
}

func TestSecureEndings(t *testing.T) {
	t.Parallel()
	redirected := &atomic.Int64{}
	for _, tt := range []struct {
		name    string
		http2   bool
		handler http.HandlerFunc
		want    string // status or failure
	}{
		{"redirect", true, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/" {
				redirected.Add(1)
			}
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, "307"},
		{"endless body", true, endlessBody, "200"},
		{"endless body over http/1.1", false, endlessBody, "200"},
		{"reset stream", true, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "reset"},
		{"closed connection", false, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "reset"},
		{"header too large", false, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 20<<10)) }, "reply-too-large"},
		{"never answers", true, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "timeout"},
		{"garbage", false, func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, "what is this?\r\n\r\n")
				conn.Close()
			}
		}, "malformed-reply"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url, trust := secured(t, tt.http2, tt.handler)
			cfg := config(t, url, load.Constant(50, 200*time.Millisecond))
			cfg.TLS = trust
			if tt.want == "timeout" {
				cfg.Timeout = 100 * time.Millisecond // one life may have several in a row
			}
			r := run(t, cfg)
			if len(r.Answers) != 1 || r.Answers[0].Answer != tt.want || r.Answers[0].Count != 10 {
				t.Errorf("answers %v, failures %v, want 10 of %s", r.Statuses, r.Failures, tt.want)
			}
		})
	}
	if redirected.Load() != 0 {
		t.Errorf("%d redirects were followed", redirected.Load())
	}
}

func endlessBody(w http.ResponseWriter, r *http.Request) {
	for r.Context().Err() == nil {
		if _, err := io.WriteString(w, strings.Repeat("x", 4096)); err != nil {
			return
		}
	}
}

// A consumer behind TLS that gives idle connections up is met with a new one, which is told.
func TestSecureIdleConnectionClosed(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Config.ConnState = func(c net.Conn, s http.ConnState) {
		if s == http.StateIdle {
			c.Close()
		}
	}
	server.StartTLS()
	defer server.Close()
	cfg := config(t, server.URL, load.Constant(50, 400*time.Millisecond))
	cfg.Connections = 4
	cfg.TLS = &tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	if r := run(t, cfg); r.Counts.Acknowledged != 20 || r.Counts.Opened < 10 {
		t.Errorf("%+v, failures %v", r.Counts, r.Failures)
	}
}
