package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/internal/redact"
	"github.com/hookrig/hookrig/mockprovider"
	"github.com/hookrig/hookrig/schemas"
)

// grace is how long a stopping server waits for what is under way.
const grace = 10 * time.Second

// serving is the flags of the commands that play a provider: where to listen, and what to keep.
type serving struct {
	env      *env
	provider *string
	making   making
	target   target
	listen   string
	data     string
	sync     bool
	keepFor  span
	keepMiB  amount
	token    string
	keys     string
	public   []string
}

func (s *serving) flags(e *env, cmd *cobra.Command, listen string) {
	s.env, s.provider = e, providerFlag(cmd)
	s.making.flags(e, cmd)
	flags := cmd.Flags()
	flags.StringVarP(&s.listen, "listen", "l", listen, "address to listen on; a port alone is one of this machine")
	flags.StringVar(&s.data, "data", "", "journal file to keep (default: one of this run's own)")
	flags.BoolVar(&s.sync, "sync", false, "the journal also survives the loss of power")
	flags.Var(&s.keepFor, "keep-for", "forget finished deliveries after so long (default: never)")
	flags.Var(&s.keepMiB, "keep-mib", "forget the oldest finished deliveries when the journal's records take more MiB (default 1024)")
	flags.StringVar(&s.token, "token-file", "", "file with the token of the control API (or set HOOKRIG_TOKEN); needed beyond this machine")
	flags.StringVar(&s.keys, "api-key-file", "", "file with the keys of the provider's own API, one a line (or set HOOKRIG_API_KEY; default: any key)")
	flags.StringSliceVar(&s.public, "public-host", nil, "name under which others reach it, beside this machine's (repeatable)")
	flags.StringSliceVar(&s.target.allow, "allow-host", nil, "HOST, HOST:PORT or CIDR that may be delivered to, beside this machine")
	flags.StringVar(&s.target.cacert, "cacert", "", "certificates (PEM) to trust, beside the system's")
	flags.BoolVar(&s.target.insecure, "insecure", false, "do not check the consumers' certificates")
	for _, name := range []string{"data", "token-file", "api-key-file", "cacert"} {
		fileFlag(cmd, name)
	}
	useConfig(cmd, configLenient)
}

// config is what the flags say.
func (s *serving) config() (mockprovider.Config, error) {
	c, err := s.env.catalog(*s.provider)
	if err != nil {
		return mockprovider.Config{}, err
	}
	made, err := s.making.config()
	if err != nil {
		return mockprovider.Config{}, err
	}
	policy, err := s.target.policy()
	if err != nil {
		return mockprovider.Config{}, err
	}
	cfg := mockprovider.Config{
		Catalog: c, Data: s.data, Sync: s.sync, KeepFor: time.Duration(s.keepFor), KeepBytes: int64(s.keepMiB) << 20, Seed: made.Seed, RunID: made.RunID, Start: made.Start,
		Set: made.Set, Phones: made.Phones, PublicHosts: s.public, AllowHosts: policy.Allow,
	}
	if cfg.TLS, err = s.target.tls(s.env); err != nil {
		return cfg, err
	}
	tokens, err := s.words("HOOKRIG_TOKEN", s.token)
	if err != nil {
		return cfg, err
	}
	if len(tokens) > 0 {
		cfg.Token = tokens[0]
	}
	cfg.Keys, err = s.words("HOOKRIG_API_KEY", s.keys)
	return cfg, err
}

// masks hide every secret that the server is given.
func masks(cfg mockprovider.Config, secrets []schemas.Secret) *redact.Redactor {
	all := append(textsOf(secrets), cfg.Token)
	return redact.New(append(all, cfg.Keys...)...)
}

// textsOf are secrets as text, for those who must not show them.
func textsOf(secrets []schemas.Secret) []string {
	var texts []string
	for _, secret := range secrets {
		texts = append(texts, string(secret))
	}
	return texts
}

// words are the lines of a file, or of a variable.
func (s *serving) words(variable, file string) ([]string, error) {
	text := s.env.getenv(variable)
	if file != "" {
		data, err := s.env.readInput(file)
		if err != nil {
			return nil, err
		}
		text = string(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	}
	return strings.Fields(text), nil
}

// serve serves until ctx ends, then stops in order. ready is called once it listens.
func (s *serving) serve(ctx context.Context, cfg mockprovider.Config, ready func(server *mockprovider.Server, url string) error) error {
	address := s.listen
	if !strings.Contains(address, ":") {
		address = net.JoinHostPort("127.0.0.1", address)
	}
	if err := cfg.CheckAddress(address); err != nil {
		return misused("%w", err).hint("set HOOKRIG_TOKEN and HOOKRIG_API_KEY, or use --token-file and --api-key-file")
	}
	server, err := mockprovider.New(cfg)
	if err != nil {
		return misused("%w", err)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		_ = server.Close(ctx) // the error that led here counts
		f := unable("listen on %s: %s", address, netReason(err))
		if errors.Is(err, syscall.EADDRINUSE) {
			_ = f.hint("something listens there already; --listen PORT takes another")
		}
		return f
	}
	ignoreFileLimit()
	served := make(chan error, 1)
	go func() { served <- server.Serve(context.WithoutCancel(ctx), listener) }()
	err = ready(server, "http://"+listener.Addr().String())
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-served:
			served <- nil
		}
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	return errors.Join(err, server.Close(closing), <-served)
}
