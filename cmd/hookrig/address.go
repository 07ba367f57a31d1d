package main

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// Where a consumer is expected when nobody says.
const (
	defaultPort = 3000
	defaultPath = "/webhooks"
)

// consumerURL reads a target: a URL, a port of this machine, or "" for the address of the provider's
// own tutorial.
func consumerURL(p *schemas.Provider, target string) string {
	port, path := defaultPort, defaultPath
	if p != nil && p.Consumer != nil {
		port, path = p.Consumer.Port, p.Consumer.Path
	}
	if n, err := strconv.ParseUint(strings.TrimPrefix(target, ":"), 10, 16); err == nil && n > 0 {
		port, target = int(n), ""
	}
	if target != "" {
		return target
	}
	return "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) + path
}

// withoutUser hides what stands before the last @ of a text that may be a URL: a password, perhaps.
func withoutUser(target string) string {
	at := strings.LastIndex(target, "@")
	if at < 0 {
		return target
	}
	scheme, _, found := strings.Cut(target[:at], "//")
	if !found {
		return "…" + target[at:]
	}
	return scheme + "//…" + target[at:]
}

// checkURL says what is wrong with a target.
func checkURL(target string) error {
	u, err := url.Parse(target)
	if err != nil {
		return misused("%q is not a URL", shorten(withoutUser(target), 200))
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		f := misused("%q is not a URL: it must begin with http:// or https://", shorten(u.Redacted(), 200))
		if host, _, err := net.SplitHostPort(strings.SplitN(target, "/", 2)[0]); err == nil && host != "" {
			return f.hint("did you mean http://%s?", target)
		}
		return f
	}
	if u.Fragment != "" {
		return misused("%q has a fragment, which no server sees", shorten(target, 200))
	}
	return nil
}
