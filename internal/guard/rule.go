package guard

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// rule is one entry of Policy.Allow.
type rule struct {
	name   string       // "" when prefix is set
	prefix netip.Prefix // invalid when name is set
	port   uint16       // 0: any
}

func (r rule) fits(port uint16) bool { return r.port == 0 || r.port == port }

// parseRule reads HOST, HOST:PORT or CIDR; a HOST may be an address.
func parseRule(entry string) (rule, error) {
	if prefix, err := netip.ParsePrefix(entry); err == nil {
		return rule{prefix: prefix.Masked()}, nil
	}
	bad := fmt.Errorf("read allowed host %q: not HOST, HOST:PORT or CIDR", entry)
	text, portText, hasPort := entry, "1", false
	if _, err := netip.ParseAddr(entry); err != nil && strings.Contains(entry, ":") {
		var err error
		if text, portText, err = net.SplitHostPort(entry); err != nil {
			return rule{}, bad
		}
		hasPort = true
	}
	host, port, err := parseHost(entry, text, portText)
	if err != nil || (strings.HasPrefix(entry, "[") && !host.addr.Is6()) {
		return rule{}, bad
	}
	r := rule{name: host.name}
	if hasPort {
		r.port = port
	}
	if host.addr.IsValid() {
		r.prefix = netip.PrefixFrom(host.addr, host.addr.BitLen())
	}
	return r, nil
}
