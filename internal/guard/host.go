package guard

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// host is a host as written: an address, or a name in lower case.
type host struct {
	addr netip.Addr
	name string
}

// isLocal reports whether the name means this machine (RFC 6761, 6.3).
func (h host) isLocal() bool {
	return h.name == "localhost" || strings.HasSuffix(h.name, ".localhost")
}

// parseURL reads host and port of a target URL.
func parseURL(rawURL string) (host, uint16, error) {
	u, err := url.Parse(rawURL)
	switch {
	case err != nil:
		return host{}, 0, &RefusedError{Target: shown(rawURL), Why: "it is not a URL"}
	case u.Scheme != "http" && u.Scheme != "https":
		return host{}, 0, &RefusedError{Target: u.Redacted(), Why: "only http and https are spoken"}
	case u.User != nil:
		return host{}, 0, &RefusedError{Target: u.Redacted(), Why: "a URL with credentials can lead elsewhere than it seems; send them as a header"}
	}
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	if strings.HasPrefix(u.Host, "[") && !strings.Contains(u.Hostname(), ":") {
		return host{}, 0, &RefusedError{Target: rawURL, Why: "only an IPv6 address stands in brackets"}
	}
	return parseHost(rawURL, u.Hostname(), port)
}

// parseHost reads a host and a port. Spellings that other programs read differently are refused.
func parseHost(target, text, portText string) (host, uint16, error) {
	refuse := func(format string, args ...any) (host, uint16, error) {
		return host{}, 0, &RefusedError{Target: target, Why: fmt.Sprintf(format, args...)}
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil || port == 0 {
		return refuse("%q is not a port", portText)
	}
	if text == "" {
		return refuse("it names no host")
	}
	if addr, err := netip.ParseAddr(text); err == nil {
		if addr.Zone() != "" {
			return refuse("%s names a network interface", text)
		}
		return host{addr: addr.Unmap()}, uint16(port), nil
	}
	name := strings.ToLower(text)
	switch {
	case endsInNumber(name):
		return refuse("%q is an address in a spelling that programs read differently; write it as four decimal numbers", text)
	case strings.HasSuffix(name, "."):
		return refuse("host %q ends in a dot; write it without", text)
	case !isName(name):
		return refuse("%q is not a host name in ASCII", text)
	}
	return host{name: name}, uint16(port), nil
}

// endsInNumber is the URL standard's test for hosts that are meant as IPv4 addresses: 127.1, 0x7f000001,
// 2130706433, 0177.0.0.1, also with a dot at the end.
func endsInNumber(name string) bool {
	name = strings.TrimSuffix(name, ".")
	last := name[strings.LastIndexByte(name, '.')+1:]
	if last == "" {
		return false
	}
	if strings.Trim(last, "0123456789") == "" {
		return true
	}
	return strings.HasPrefix(last, "0x") && strings.Trim(last[2:], "0123456789abcdef") == ""
}

// isName reports whether the text is a host name: letters, digits, hyphens and underscores between dots.
func isName(name string) bool {
	if len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

// shown is an unreadable URL without anything that could be a credential.
func shown(rawURL string) string {
	if at := strings.LastIndexByte(rawURL, '@'); at >= 0 {
		return "…" + rawURL[at:]
	}
	return rawURL
}
