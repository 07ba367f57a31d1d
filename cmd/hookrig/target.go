package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/internal/guard"
	"github.com/hookrig/hookrig/schemas"
)

// target is the flags that say whom to test and how to reach it.
type target struct {
	allow    []string
	headers  []string
	cacert   string
	cert     string
	key      string
	insecure bool
	proxy    string
	waitFor  span
	await    span
	before   []string
	after    []string
}

func (t *target) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringSliceVar(&t.allow, "allow-host", nil, "HOST, HOST:PORT or CIDR that may be tested, beside this machine")
	flags.StringArrayVarP(&t.headers, "header", "H", nil, "header line for every request: 'Name: ${VAR}' (repeatable)")
	flags.StringVar(&t.cacert, "cacert", "", "certificates (PEM) to trust, beside the system's")
	flags.StringVar(&t.cert, "cert", "", "certificate (PEM) to show the consumer; with --key")
	flags.StringVar(&t.key, "key", "", "key (PEM) of --cert")
	flags.BoolVar(&t.insecure, "insecure", false, "do not check the consumer's certificate")
	flags.StringVar(&t.proxy, "proxy", "", "http proxy to go through")
	flags.Var(&t.waitFor, "wait-for", "wait so long for the consumer's port to open")
	flags.Var(&t.await, "await-registration", "serve the provider's API and test the URL that the consumer registers within this time")
	flags.StringArrayVar(&t.before, "before", nil, "command to run before the run (repeatable)")
	flags.StringArrayVar(&t.after, "after", nil, "command to run after the run (repeatable)")
	for _, file := range []string{"cacert", "cert", "key"} {
		fileFlag(cmd, file)
	}
}

// policy says who may be dialled.
func (t *target) policy() (*guard.Policy, error) {
	p := &guard.Policy{Allow: t.allow}
	if err := p.Validate(); err != nil {
		return nil, misused("--allow-host: %w", err)
	}
	return p, nil
}

// lines are the extra header lines, ${VAR} filled in. Whatever came from a variable is kept out of all
// that is said.
func (t *target) lines(e *env) (lines schemas.Headers, masked []string, err error) {
	lines, err = headerLines(t.headers)
	for i := range lines {
		value, secrets, missing := expandVariables(lines[i][1], e.getenv)
		if missing != "" {
			return nil, nil, misused("header %q: the environment variable %s is not set", lines[i][0], missing)
		}
		lines[i][1], masked = value, append(masked, secrets...)
	}
	return lines, masked, err
}

// expandVariables fills in ${VAR}; secrets are the values it filled in.
func expandVariables(text string, getenv func(string) string) (filled string, secrets []string, missing string) {
	filled = variable().ReplaceAllStringFunc(text, func(found string) string {
		name, ok := strings.CutPrefix(strings.TrimSuffix(found, "}"), "${")
		if !ok {
			return "$"
		}
		value := getenv(name)
		if value == "" && missing == "" {
			missing = name
		}
		secrets = append(secrets, value)
		return value
	})
	return filled, secrets, missing
}

// tls is how https is spoken; nil means by default.
func (t *target) tls(e *env) (*tls.Config, error) {
	if t.cacert == "" && t.cert == "" && t.key == "" && !t.insecure {
		return nil, nil
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: t.insecure} //nolint:gosec // --insecure says so, and warns
	if t.insecure {
		e.say("--insecure: nobody checks that the consumer is who it says")
	}
	if t.cacert != "" {
		data, err := e.readInput(t.cacert)
		if err != nil {
			return nil, err
		}
		if cfg.RootCAs, err = x509.SystemCertPool(); err != nil {
			cfg.RootCAs = x509.NewCertPool()
		}
		if !cfg.RootCAs.AppendCertsFromPEM(data) {
			return nil, misused("--cacert %q holds no certificate in PEM", t.cacert)
		}
	}
	if (t.cert == "") != (t.key == "") {
		return nil, misused("--cert and --key go together")
	}
	if t.cert != "" {
		pair, err := tls.LoadX509KeyPair(t.cert, t.key)
		if err != nil {
			return nil, misused("read --cert and --key: %w", reason(err))
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg, nil
}

// proxyURL is the proxy to go through, nil for none.
func (t *target) proxyURL(policy *guard.Policy) (*url.URL, error) {
	if t.proxy == "" {
		return nil, nil
	}
	u, err := url.Parse(t.proxy)
	if err != nil || u.Scheme != "http" || u.Host == "" {
		return nil, misused("--proxy %q is not an http:// URL", shorten(t.proxy, 80))
	}
	return u, policy.Check(t.proxy)
}

// waitForPort waits until somebody accepts connections at the URL's port, or stop says why not.
func waitForPort(ctx context.Context, policy *guard.Policy, target string, limit time.Duration, stop <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	address := hostPort(target)
	for {
		conn, err := policy.DialContext(ctx, "tcp", address)
		if err == nil {
			conn.Close()
			return nil
		}
		var refused *guard.RefusedError
		if errors.As(err, &refused) {
			return err
		}
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return unable("nothing listens on %s after %s", address, limit)
			}
			return ctx.Err()
		case err := <-stop:
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// hostPort is the host and port that a URL means.
func hostPort(target string) string {
	u, err := url.Parse(target)
	if err != nil {
		return target
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443"}[u.Scheme]
	}
	if port == "" {
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// endpointSets are the values pinned for each endpoint.
func endpointSets(endpoints []endpointConfig) []map[schemas.Pointer]json.RawMessage {
	var sets []map[schemas.Pointer]json.RawMessage
	for _, endpoint := range endpoints {
		set := map[schemas.Pointer]json.RawMessage{}
		for place, value := range endpoint.set {
			set[schemas.Pointer(place)] = value
		}
		sets = append(sets, set)
	}
	return sets
}
