package guard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Resolver looks names up. *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Policy says who may be dialled. Its zero value allows loopback only. Safe for concurrent use; not to be
// copied after first use.
type Policy struct {
	Allow    []string // HOST, HOST:PORT or CIDR, beside loopback
	Resolver Resolver // Default net.DefaultResolver

	mu   sync.Mutex
	seen map[string]class // guarded by mu: what kind of address each name first had
}

// Validate reports every entry of Allow that is not a HOST, HOST:PORT or CIDR.
func (p *Policy) Validate() error {
	var problems []error
	for _, entry := range p.Allow {
		if _, err := parseRule(entry); err != nil {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

// Check reports whether the URL may be dialled, as far as that shows without asking the network. Its
// errors are *RefusedError.
func (p *Policy) Check(rawURL string) error {
	host, port, err := parseURL(rawURL)
	if err != nil {
		return err
	}
	return withTarget(p.judge(host, port), rawURL)
}

// DialContext resolves the address, judges everything it resolves to, and connects to the first that
// answers. Its refusals are *RefusedError.
func (p *Policy) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	hostText, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, &RefusedError{Target: address, Why: "it is not HOST:PORT"}
	}
	host, port, err := parseHost(address, hostText, portText)
	if err == nil {
		err = withTarget(p.judge(host, port), address)
	}
	if err != nil {
		return nil, err
	}
	addrs, err := p.addresses(ctx, network, host)
	if err != nil {
		return nil, err
	}
	if err := withTarget(p.judgeAddresses(host, port, addrs), address); err != nil {
		return nil, err
	}
	return dialFirst(ctx, network, addrs, port)
}

// judge decides by the host as written.
func (p *Policy) judge(host host, port uint16) error {
	switch {
	case host.addr.IsValid():
		return p.judgeAddress(host, host.addr, port)
	case host.isLocal() || p.names(host.name, port):
		return nil
	}
	return &RefusedError{Why: fmt.Sprintf("host %q is not loopback", host.name), Flag: flag(host.name, port)}
}

// judgeAddresses decides by what a name resolves to. All addresses must be allowed: which one answers is
// not ours to choose.
func (p *Policy) judgeAddresses(host host, port uint16, addrs []netip.Addr) error {
	if len(addrs) == 0 {
		return &RefusedError{Why: fmt.Sprintf("host %q has no address", host.name)}
	}
	for _, addr := range addrs {
		if err := p.judgeAddress(host, addr, port); err != nil {
			return err
		}
	}
	if host.addr.IsValid() || host.isLocal() {
		return nil
	}
	return p.pin(host.name, classOf(addrs[0]))
}

// judgeAddress decides about one concrete address.
func (p *Policy) judgeAddress(host host, addr netip.Addr, port uint16) error {
	addr = addr.Unmap()
	kind, about := classOf(addr), addr.String()
	if !host.addr.IsValid() {
		about = fmt.Sprintf("%s (%s)", host.name, addr)
	}
	switch {
	case addr.Zone() != "":
		return &RefusedError{Why: fmt.Sprintf("%s names a network interface", about)}
	case kind == loopback, p.covers(addr, port):
		return nil
	case special(kind):
		return &RefusedError{Why: fmt.Sprintf("%s is %s", about, kind), Flag: flag(addr.String(), port)}
	case !host.addr.IsValid() && !host.isLocal():
		return nil // the name itself was allowed
	}
	return &RefusedError{Why: fmt.Sprintf("%s is not loopback", about), Flag: flag(addr.String(), port)}
}

// pin remembers what kind of address a name had first, and refuses another kind later: a public name that
// turns private in the middle of a run is a rebinding, whoever does it.
func (p *Policy) pin(name string, kind class) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil {
		p.seen = map[string]class{}
	}
	first, known := p.seen[name]
	if !known {
		p.seen[name] = kind
	}
	if known && first != kind {
		return &RefusedError{Why: fmt.Sprintf("the addresses of %q changed from %s to %s during the run", name, first, kind)}
	}
	return nil
}

// names reports whether Allow names the host.
func (p *Policy) names(name string, port uint16) bool {
	return p.any(func(r rule) bool { return r.name == name && r.fits(port) })
}

// covers reports whether Allow names the address. A special range is opened only by an entry that is as
// narrow as the range itself: 0.0.0.0/0 does not mean the metadata service.
func (p *Policy) covers(addr netip.Addr, port uint16) bool {
	return p.any(func(r rule) bool {
		if !r.prefix.IsValid() || !r.prefix.Contains(addr) || !r.fits(port) {
			return false
		}
		within, ok := specialRange(addr)
		return !ok || r.prefix.Bits() >= within.Bits()
	})
}

func (p *Policy) any(match func(rule) bool) bool {
	return slices.ContainsFunc(p.Allow, func(entry string) bool {
		r, err := parseRule(entry)
		return err == nil && match(r)
	})
}

func (p *Policy) addresses(ctx context.Context, network string, host host) ([]netip.Addr, error) {
	switch {
	case host.addr.IsValid():
		return []netip.Addr{host.addr}, nil
	case host.isLocal():
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, nil // RFC 6761, 6.3
	}
	var resolver Resolver = net.DefaultResolver
	if p.Resolver != nil {
		resolver = p.Resolver
	}
	return resolver.LookupNetIP(ctx, strings.Replace(network, "tcp", "ip", 1), host.name)
}

// dialFirst connects to the first address that answers.
func dialFirst(ctx context.Context, network string, addrs []netip.Addr, port uint16) (net.Conn, error) {
	var dialer net.Dialer
	var problems []error
	for _, addr := range addrs {
		conn, err := dialer.DialContext(ctx, network, netip.AddrPortFrom(addr.Unmap(), port).String())
		if err == nil {
			return conn, nil
		}
		problems = append(problems, err)
	}
	if len(problems) == 1 || ctx.Err() != nil {
		return nil, problems[0]
	}
	return nil, errors.Join(problems...)
}

// flag is what the user would write to allow a host.
func flag(host string, port uint16) string {
	return "--allow-host " + net.JoinHostPort(host, strconv.Itoa(int(port)))
}
