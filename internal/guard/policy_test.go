package guard_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hookrig/hookrig/internal/guard"
)

// names is a resolver with fixed answers, one list per lookup; the last one stays.
type names map[string][][]string

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	answers := n[host]
	if len(answers) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(answers) > 1 {
		n[host] = answers[1:]
	}
	var addrs []netip.Addr
	for _, text := range answers[0] {
		addrs = append(addrs, netip.MustParseAddr(text))
	}
	return addrs, nil
}

// anywhere resolves every name to loopback, as a hostile name server would.
type anywhere struct{}

func (anywhere) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
}

// canary listens on loopback and counts who comes.
func canary(t *testing.T) (port string, connections *atomic.Int32) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	connections = new(atomic.Int32)
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			conn.Close()
		}
	}()
	_, port, _ = net.SplitHostPort(ln.Addr().String())
	return port, connections
}

// TestRefusedURLs: with nothing allowed, each of these is refused when it is written down and again when
// it is dialled, and nobody is connected to. PORT is where the canary listens.
func TestRefusedURLs(t *testing.T) {
	port, connections := canary(t)
	for _, tt := range []struct{ name, url, why string }{
		{"short IPv4", "http://127.1:PORT/", "spelling"},
		{"shorter IPv4", "http://1:PORT/", "spelling"},
		{"decimal", "http://2130706433:PORT/", "spelling"},
		{"hexadecimal", "http://0x7f000001:PORT/", "spelling"},
		{"hexadecimal parts", "http://0x7f.1:PORT/", "spelling"},
		{"hexadecimal last part", "http://127.0.0.0x1:PORT/", "spelling"},
		{"upper-case hexadecimal", "http://0X7F000001:PORT/", "spelling"},
		{"octal", "http://0177.0.0.1:PORT/", "spelling"},
		{"octal of one number", "http://017700000001:PORT/", "spelling"},
		{"leading zeros", "http://127.000.000.001:PORT/", "spelling"},
		{"five parts", "http://127.0.0.0.1:PORT/", "spelling"},
		{"part too large", "http://127.0.0.256:PORT/", "spelling"},
		{"IPv4 with a dot", "http://127.0.0.1.:PORT/", "spelling"},
		{"number after a name", "http://localhost.1:PORT/", "spelling"},
		{"name ends in hexadecimal", "http://a.0x1f:PORT/", "spelling"},

		{"unspecified", "http://0.0.0.0:PORT/", "no address of anybody"},
		{"zero", "http://0:PORT/", "spelling"},
		{"this network", "http://0.1.2.3:PORT/", "no address of anybody"},
		{"unspecified IPv6", "http://[::]:PORT/", "no address of anybody"},
		{"IPv4-compatible", "http://[::7f00:1]:PORT/", "no address of anybody"},
		{"IPv4-compatible, dotted", "http://[::127.0.0.1]:PORT/", "no address of anybody"},
		{"mapped unspecified", "http://[::ffff:0.0.0.0]:PORT/", "no address of anybody"},

		{"metadata", "http://169.254.169.254/latest/meta-data/", "link-local"},
		{"metadata of containers", "http://169.254.170.2/v2/credentials", "link-local"},
		{"mapped metadata", "http://[::ffff:a9fe:a9fe]/", "link-local"},
		{"mapped metadata, dotted", "http://[::ffff:169.254.169.254]/", "link-local"},
		{"mapped metadata, long", "http://[0:0:0:0:0:ffff:a9fe:a9fe]/", "link-local"},
		{"translated metadata", "http://[::ffff:0:a9fe:a9fe]/", "disguise"},
		{"decimal metadata", "http://2852039166/", "spelling"},
		{"NAT64 metadata", "http://[64:ff9b::a9fe:a9fe]/", "NAT64"},
		{"NAT64 loopback", "http://[64:ff9b::7f00:1]:PORT/", "NAT64"},
		{"local NAT64", "http://[64:ff9b:1::a9fe:a9fe]/", "NAT64"},
		{"6to4 metadata", "http://[2002:a9fe:a9fe::]/", "6to4"},
		{"6to4 loopback", "http://[2002:7f00:1::]:PORT/", "6to4"},
		{"Teredo", "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", "Teredo"},
		{"metadata over IPv6", "http://[fd00:ec2::254]/", "metadata"},
		{"another cloud's metadata", "http://100.100.100.200/", "metadata"},
		{"a third cloud's metadata", "http://168.63.129.16/", "metadata"},
		{"a fourth cloud's metadata", "http://192.0.0.192/", "metadata"},
		{"metadata by name", "http://metadata.google.internal/", "not loopback"},

		{"link-local IPv6", "http://[fe80::1]/", "link-local"},
		{"zone", "http://[fe80::1%25eth0]/", "interface"},
		{"zone of one letter", "http://[fe80::1%251]/", "interface"},
		{"loopback with a zone", "http://[::1%25lo]:PORT/", "interface"},
		{"bare zone", "http://[fe80::%1]/", "not a URL"},
		{"site-local", "http://[fec0::1]/", "site-local"},

		{"private 10", "http://10.0.0.1/", "not loopback"},
		{"private 172", "http://172.31.255.254/", "not loopback"},
		{"private 192", "http://192.168.1.1/", "not loopback"},
		{"mapped private", "http://[::ffff:10.0.0.1]/", "not loopback"},
		{"unique local", "http://[fd12:3456::1]/", "not loopback"},
		{"carrier NAT", "http://100.64.0.1/", "not loopback"},
		{"benchmarks", "http://198.18.0.1/", "benchmarks"},
		{"benchmarks, upper half", "http://198.19.255.255/", "benchmarks"},
		{"protocols", "http://192.0.0.8/", "protocols"},
		{"documentation", "http://192.0.2.1/", "documentation"},
		{"documentation 2", "http://198.51.100.7/", "documentation"},
		{"documentation 3", "http://203.0.113.9/", "documentation"},
		{"documentation IPv6", "http://[2001:db8::1]/", "documentation"},
		{"6to4 relay", "http://192.88.99.1/", "6to4"},
		{"multicast", "http://224.0.0.1/", "multicast"},
		{"multicast, upper end", "http://239.255.255.255/", "multicast"},
		{"multicast IPv6", "http://[ff02::1]/", "multicast"},
		{"reserved", "http://240.0.0.1/", "reserved"},
		{"broadcast", "http://255.255.255.255/", "reserved"},
		{"discard", "http://[100::1]/", "discarding"},
		{"public", "http://8.8.8.8/", "not loopback"},
		{"public IPv6", "http://[2606:4700::1111]/", "not loopback"},
		{"name", "http://example.com/", "not loopback"},
		{"name with a dot", "http://example.com.:PORT/", "dot"},
		{"localhost with a dot", "http://localhost.:PORT/", "dot"},
		{"looks like localhost", "http://localhost.example.com:PORT/", "not loopback"},
		{"address in a name", "http://127.0.0.1.nip.io:PORT/", "not loopback"},
		{"name in brackets", "http://[example.com]/", "not a URL"},
		{"IPv4 in brackets", "http://[127.0.0.1]:PORT/", "not a URL"},
		{"wide digits", "http://１２７.０.０.１:PORT/", "ASCII"},
		{"circled digits", "http://①②⑦.⓪.⓪.①:PORT/", "ASCII"},
		{"ideographic dots", "http://127。0。0。1:PORT/", "ASCII"},
		{"umlaut", "http://müller.example/", "ASCII"},
		{"escaped host", "http://%31%32%37.0.0.1:PORT/", "not a URL"},
		{"escaped separator", "http://127.0.0.1%2f.example.com:PORT/", "not a URL"},
		{"empty label", "http://a..b:PORT/", "ASCII"},
		{"long label", "http://" + strings.Repeat("a", 64) + ":PORT/", "ASCII"},

		{"user", "http://ann@127.0.0.1:PORT/", "credentials"},
		{"user and password", "http://ann:canary-password@127.0.0.1:PORT/", "credentials"},
		{"host as user", "http://127.0.0.1:PORT@evil.example/", "credentials"},
		{"backslash", `http://127.0.0.1:PORT\@evil.example/`, "not a URL"},
		{"no scheme", "127.0.0.1:PORT", "not a URL"},
		{"relative", "/webhooks", "only http and https"},
		{"ftp", "ftp://127.0.0.1:PORT/", "only http and https"},
		{"file", "file:///etc/passwd", "only http and https"},
		{"gopher", "gopher://127.0.0.1:PORT/_x", "only http and https"},
		{"no host", "http:///x", "no host"},
		{"no host but a port", "http://:PORT/", "no host"},
		{"port zero", "http://127.0.0.1:0/", "not a port"},
		{"port too large", "http://127.0.0.1:65536/", "not a port"},
		{"port in letters", "http://127.0.0.1:http/", "not a URL"},
		{"control character", "http://127.0.0.1:PORT/\r\nX: y", "not a URL"},
		{"space", "http://127.0.0.1 :PORT/", "not a URL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			policy := guard.Policy{Resolver: anywhere{}}
			target := strings.ReplaceAll(tt.url, "PORT", port)
			err := policy.Check(target)
			var refused *guard.RefusedError
			if !errors.As(err, &refused) || !refused.Refused() || !strings.Contains(err.Error(), tt.why) {
				t.Errorf("Check(%q) = %v, want a refusal with %q", target, err, tt.why)
			}
			if strings.Contains(err.Error(), "canary-password") {
				t.Errorf("Check(%q) shows the password: %v", target, err)
			}
			u, parseErr := url.Parse(target)
			if parseErr != nil || u.User != nil || (u.Scheme != "http" && u.Scheme != "https") {
				return // nothing that could be dialled
			}
			address := u.Host
			if u.Port() == "" {
				address += ":80"
			}
			conn, err := policy.DialContext(t.Context(), "tcp", address)
			if !errors.As(err, &refused) {
				t.Errorf("DialContext(%q) = %v, %v, want a refusal", address, conn, err)
			}
		})
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("the canary was connected to %d times", n)
	}
}

func TestAllowed(t *testing.T) {
	port, connections := canary(t)
	resolver := names{
		"app":            {{"127.0.0.1"}},
		"app.internal":   {{"127.0.0.1", "127.0.0.1"}},
		"other.internal": {{"127.0.0.1"}},
	}
	for _, tt := range []struct {
		name  string
		allow []string
		url   string
		ok    bool
	}{
		{"loopback", nil, "http://127.0.0.1:PORT/a?b=c#d", true},
		{"other loopback", nil, "http://127.0.0.1:PORT", true},
		{"mapped loopback", nil, "http://[::ffff:127.0.0.1]:PORT/", true},
		{"localhost", nil, "http://localhost:PORT/", true},
		{"upper case", nil, "HTTP://LOCALHOST:PORT/", true},
		{"below localhost", nil, "http://app.localhost:PORT/", true},
		{"host", []string{"app"}, "http://app:PORT/", true},
		{"host, other case", []string{"APP"}, "http://App:PORT/", true},
		{"host and port", []string{"app:PORT"}, "http://app:PORT/", true},
		{"host and another port", []string{"app:1"}, "http://app:PORT/", false},
		{"host above", []string{"internal"}, "http://app.internal:PORT/", false},
		{"one of several", []string{"a", "app.internal:PORT", "c"}, "http://app.internal:PORT/", true},
		{"network does not name hosts", []string{"127.0.0.0/8", "::/0", "0.0.0.0/0"}, "http://other.internal:PORT/", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			policy := guard.Policy{Resolver: resolver}
			for _, entry := range tt.allow {
				policy.Allow = append(policy.Allow, strings.ReplaceAll(entry, "PORT", port))
			}
			target := strings.ReplaceAll(tt.url, "PORT", port)
			if err := policy.Check(target); (err == nil) != tt.ok {
				t.Errorf("Check(%q) = %v, want ok %v", target, err, tt.ok)
			}
			u, _ := url.Parse(target)
			before := connections.Load()
			conn, err := policy.DialContext(t.Context(), "tcp", u.Host)
			if err == nil {
				conn.Read(make([]byte, 1)) // the canary has counted when it hangs up
				conn.Close()
			}
			if (err == nil) != tt.ok || (connections.Load() > before) != tt.ok {
				t.Errorf("DialContext(%q) = %v, want ok %v", u.Host, err, tt.ok)
			}
		})
	}
}

// TestAllowedRanges: what opens which address; nothing is dialled.
func TestAllowedRanges(t *testing.T) {
	for _, tt := range []struct {
		allow, url string
		ok         bool
	}{
		{"10.0.0.0/8", "http://10.1.2.3:4000/", true},
		{"10.0.0.0/8", "http://[::ffff:10.1.2.3]:4000/", true},
		{"10.0.0.0/8", "http://11.1.2.3:4000/", false},
		{"10.1.2.3", "http://10.1.2.3:4000/", true},
		{"10.1.2.3:4000", "http://10.1.2.3:4000/", true},
		{"10.1.2.3:4001", "http://10.1.2.3:4000/", false},
		{"fd00::/8", "http://[fd00::5]/", true},
		{"[fd00::5]:443", "https://[fd00::5]/", true},
		{"fd00::5", "https://[fd00::5]/", true},
		{"0.0.0.0/0", "http://93.184.216.34/", true},
		{"0.0.0.0/0", "http://169.254.169.254/", false},
		{"::/0", "http://[fd00:ec2::254]/", false},
		{"fd00::/8", "http://[fd00:ec2::254]/", false},
		{"169.254.0.0/16", "http://169.254.169.254/", true},
		{"169.254.169.254", "http://169.254.169.254/", true},
		{"0.0.0.0/0", "http://224.0.0.1/", false},
		{"0.0.0.0/0", "http://0.0.0.0/", false},
	} {
		policy := guard.Policy{Allow: []string{tt.allow}}
		if err := policy.Check(tt.url); (err == nil) != tt.ok {
			t.Errorf("Allow %s: Check(%q) = %v, want ok %v", tt.allow, tt.url, err, tt.ok)
		}
	}
}

// TestRefusalNamesFlag: what the refusal prints is what allows.
func TestRefusalNamesFlag(t *testing.T) {
	for _, target := range []string{"http://app/", "https://app:8443/x", "http://10.0.0.5:4000/", "http://[fd00::5]/", "http://169.254.169.254/", "http://0.0.0.0:80/"} {
		var strict guard.Policy
		text := strict.Check(target).Error()
		_, entry, ok := strings.Cut(text, "--allow-host ")
		if !ok {
			t.Errorf("Check(%q) = %q, names no flag", target, text)
			continue
		}
		policy := guard.Policy{Allow: []string{entry}}
		if err := errors.Join(policy.Validate(), policy.Check(target)); err != nil {
			t.Errorf("Check(%q) with its own flag %q = %v", target, entry, err)
		}
	}
}

func TestRebinding(t *testing.T) {
	port, connections := canary(t)
	for _, tt := range []struct {
		name    string
		answers [][]string
		want    []bool // per dial
	}{
		{"to metadata", [][]string{{"127.0.0.1"}, {"169.254.169.254"}}, []bool{true, false}},
		{"to a private network", [][]string{{"127.0.0.1"}, {"10.0.0.1"}}, []bool{true, false}},
		{"metadata among good answers", [][]string{{"127.0.0.1", "169.254.169.254"}}, []bool{false}},
		{"metadata in disguise", [][]string{{"::ffff:169.254.169.254"}}, []bool{false}},
		{"zone", [][]string{{"fe80::1%eth0"}}, []bool{false}},
		{"no answer", nil, []bool{false}},
		{"same class", [][]string{{"127.0.0.1"}, {"127.0.0.1"}}, []bool{true, true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			policy := guard.Policy{Allow: []string{"app"}, Resolver: names{"app": tt.answers}}
			for i, want := range tt.want {
				before := connections.Load()
				conn, err := policy.DialContext(t.Context(), "tcp", "app:"+port)
				if err == nil {
					conn.Read(make([]byte, 1))
					conn.Close()
				}
				if (err == nil) != want || (connections.Load() > before) != want {
					t.Errorf("dial %d = %v, want ok %v", i, err, want)
				}
			}
		})
	}
}

func TestValidate(t *testing.T) {
	policy := guard.Policy{Allow: []string{"app", "app:80", "10.0.0.0/8", "10.0.0.1:1", "[::1]:80", "::1", "a_b.example"}}
	if err := policy.Validate(); err != nil {
		t.Errorf("Validate = %v, want nil", err)
	}
	for _, entry := range []string{"", "http://app", "app:", "app:0", "app:99999", "10.0.0.0/33", "*", "app/", "127.1", "a b", "[app]:80", "fe80::1%eth0"} {
		policy := guard.Policy{Allow: []string{entry}}
		if err := policy.Validate(); err == nil {
			t.Errorf("Validate(%q) = nil, want an error", entry)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"http://127.0.0.1/", "http://[::1]:80", "http://a@b:1", "https://0x7f.1/%00", "//x", "http://[fe80::1%25a]/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, target string) {
		var policy guard.Policy
		if policy.Check(target) != nil {
			return
		}
		u, err := url.Parse(target)
		if err != nil {
			t.Fatalf("Check(%q) = nil for what is not a URL", target)
		}
		host := strings.ToLower(u.Hostname())
		addr, err := netip.ParseAddr(host)
		if err == nil && !addr.Unmap().IsLoopback() || err != nil && host != "localhost" && !strings.HasSuffix(host, ".localhost") {
			t.Fatalf("Check(%q) = nil", target)
		}
	})
}
