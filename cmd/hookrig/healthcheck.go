package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/internal/guard"
)

// healthURL is where `hookrig serve` says that it is well.
const healthURL = "http://127.0.0.1:4400/healthz"

func newHealthcheck(e *env) *cobra.Command {
	timeout := span(3 * time.Second)
	cmd := &cobra.Command{Use: "healthcheck [URL]", Short: "Ask a running hookrig serve whether it is well (for containers)", Args: atMostOne}
	cmd.Flags().Var(&timeout, "timeout", "how long it may take")
	allow := cmd.Flags().StringSlice("allow-host", nil, "a host, HOST:PORT or CIDR that may be asked, beside this machine")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		target := healthURL
		if len(args) == 1 {
			target = args[0]
			if port := consumerURL(nil, args[0]); port != args[0] {
				target = port[:len(port)-len(defaultPath)] + "/healthz"
			}
		}
		if err := checkURL(target); err != nil {
			return err
		}
		return e.askHealth(cmd.Context(), target, time.Duration(timeout), &guard.Policy{Allow: *allow})
	}
	return cmd
}

func (e *env) askHealth(ctx context.Context, target string, timeout time.Duration, policy *guard.Policy) error {
	if err := policy.Check(target); err != nil {
		return err
	}
	client := &http.Client{Timeout: timeout,
		Transport:     &http.Transport{DialContext: policy.DialContext, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return misused("%q is not a URL", target)
	}
	response, err := client.Do(request)
	if err != nil {
		return unable("ask %s: %s", target, netReason(err))
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		fmt.Fprintf(e.stdout, "unwell: %s answered %d\n", target, response.StatusCode)
		return ended(exitBad)
	}
	fmt.Fprintln(e.stdout, "well")
	return nil
}

// netReason is why a connection or an exchange failed, in a few words.
func netReason(err error) string {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return "no answer in time"
	}
	var operation *net.OpError
	if errors.As(err, &operation) && operation.Err != nil {
		return operation.Err.Error()
	}
	return err.Error()
}
