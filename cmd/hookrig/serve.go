package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/contract/load"
	"github.com/hookrig/hookrig/mockprovider"
	"github.com/hookrig/hookrig/schemas"
)

// serve is the command that plays a provider.
type serve struct {
	serving
	secret  *string
	targets []string
	rate    string
	speed   float64
}

func newServe(e *env) *cobra.Command {
	s := &serve{}
	cmd := &cobra.Command{Use: "serve", Short: "Play a provider on this machine: its API, deliveries, retries, and a page",
		Long: `Play a provider on 127.0.0.1:4400: the provider's own API at its own paths, by which consumers register;
hookrig's control API under /_hookrig/v1; a page at /_hookrig/; /healthz and /metrics.

Deliveries are signed, retried by the provider's policy and written into a journal before they are accepted.`,
		Example: `  hookrig serve -p PROVIDER
  hookrig serve -p PROVIDER --to 4000 --rate 2
  hookrig serve -p PROVIDER --data journal.db --listen 0.0.0.0:4400 --public-host hookrig --allow-host app`,
		Args: exactly()}
	s.flags(e, cmd, "127.0.0.1:4400")
	s.secret = secretFlag(cmd)
	cmd.Flags().StringSliceVar(&s.targets, "to", nil, "subscribe this URL or port from the start (repeatable)")
	cmd.Flags().StringVar(&s.rate, "rate", "", "send lifelike messages at this rate, such as 2/s")
	cmd.Flags().Float64Var(&s.speed, "speed", 1, "let the provider's clock run so many times as fast")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) }
	return cmd
}

func (s *serve) run(ctx context.Context) error {
	cfg, err := s.config()
	if err != nil {
		return err
	}
	secrets, err := s.env.secrets(*s.secret)
	if err != nil {
		return err
	}
	return s.serve(ctx, cfg, func(server *mockprovider.Server, url string) error {
		if err := server.SetSpeed(s.speed); err != nil {
			return misused("--speed: %w", err)
		}
		if err := s.begin(ctx, server, cfg, secrets); err != nil {
			return err
		}
		s.announce(cfg.Catalog.Provider, url)
		return nil
	})
}

// begin subscribes the targets and starts the stream that were asked for. Targets that a kept journal
// knows already stay as they are.
func (s *serve) begin(ctx context.Context, server *mockprovider.Server, cfg mockprovider.Config, secrets []schemas.Secret) error {
	p, masks := cfg.Catalog.Provider, masks(cfg, secrets)
	known := map[string]bool{}
	for _, sub := range server.Subscriptions() {
		known[sub.URL] = true
	}
	for _, target := range s.targets {
		url := consumerURL(p, target)
		if known[url] {
			continue
		}
		sub := mockprovider.Subscription{URL: url}
		if p.Signing != nil {
			if len(secrets) == 0 {
				return missingSecret(p)
			}
			sub.Secrets = secrets
		}
		if _, err := server.Subscribe(ctx, sub); err != nil {
			return misused("--to %s: %s", masks.String(target), masks.String(err.Error()))
		}
		s.env.say("%s is sent every event", masks.String(url))
	}
	if s.rate == "" {
		return nil
	}
	rate, err := load.ParseRate(s.rate)
	if err != nil {
		return misused("--rate: %w", err)
	}
	if _, err := server.StartStream(ctx, mockprovider.Stream{Rate: float64(rate)}); err != nil {
		return misused("--rate: %w", err)
	}
	return nil
}

// announce says where everything is: the page's address on stdout, the rest beside it.
func (s *serve) announce(p *schemas.Provider, url string) {
	fmt.Fprintf(s.env.stdout, "%s/_hookrig/\n", url)
	if out, ok := s.env.stdout.(interface{ Flush() error }); ok {
		_ = out.Flush() // whoever reads it may have seen enough
	}
	lines := []string{fmt.Sprintf("%s is played at %s; the page is %s/_hookrig/", p.Title, url, url)}
	if p.API != nil && p.API.Subscription != nil {
		lines = append(lines, fmt.Sprintf("a consumer registers by %s %s%s", p.API.Subscription.Method, url, p.API.Subscription.Path))
	}
	s.env.say("%s", strings.Join(lines, "; "))
}
