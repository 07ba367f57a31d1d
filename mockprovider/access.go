package mockprovider

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Why a call is refused before it is looked at.
var (
	errToken     = errors.New("the Authorization header does not carry the control token")
	errForeign   = errors.New("the call comes from another site")
	errMediaType = errors.New("want Content-Type: application/json")
)

// sameText compares secrets in constant time.
func sameText(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1 && b != ""
}

// knownHost refuses names that are not the server's: a page elsewhere that has made its own name point
// here (DNS rebinding) comes with that name.
func (s *Server) knownHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	return isLoopback(host) || slices.ContainsFunc(s.cfg.PublicHosts, func(name string) bool {
		return strings.EqualFold(name, host) || strings.EqualFold(name, hostport)
	})
}

// sameSite refuses what another site's page sends through a browser: a foreign Origin, or a browser's
// own word that the page is a foreign one.
func (s *Server) sameSite(r *http.Request) error {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return fmt.Errorf("%w (Sec-Fetch-Site: %s)", errForeign, site)
	}
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		return nil
	}
	origin, err := url.Parse(origins[0])
	if err != nil || len(origins) > 1 || origin.Host == "" || !strings.EqualFold(origin.Host, r.Host) {
		return fmt.Errorf("%w (Origin: %q)", errForeign, origins[0])
	}
	return nil
}

// guarded lets a call to the control API through when host, origin, token and media type are right.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.sameSite(r); err != nil {
			refuse(w, err)
			return
		}
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if s.cfg.Token != "" && !sameText(token, s.cfg.Token) {
			refuse(w, errToken)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodDelete {
			if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
				refuse(w, fmt.Errorf("%w, not %q", errMediaType, r.Header.Get("Content-Type")))
				return
			}
		}
		r.Body = http.MaxBytesReader(w, r.Body, s.cfg.ControlLimit)
		next.ServeHTTP(w, r)
	})
}

// named refuses calls under names that are not the server's.
func (s *Server) named(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if !s.knownHost(r.Host) {
			refuse(w, fmt.Errorf("%w (Host: %q); allow the name with --public-host", errForeign, r.Host))
			return
		}
		next.ServeHTTP(w, r)
	})
}
